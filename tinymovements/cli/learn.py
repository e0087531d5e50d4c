"""`train` and `evaluate`: the classifier and what it is worth."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich import box
from rich.console import Console
from rich.table import Table

from tinymovements.cli.console import amount, json_option, number, out, print_json, progress

if TYPE_CHECKING:
    from tinymovements.workflow.learn import Figure, Report

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_ROWS = click.option(
    "--rows", nargs=2, type=_FILE, multiple=True, metavar="TEXTS LABELS", help="Labelled rows: CSV texts, TSV labels."
)
_CHATTER = click.option("--chatter", type=_FILE, multiple=True, help="Messages about no initiative: variety, tab, text.")

_WIDTH = 100
"""Of the tables, where no terminal has a width of its own."""

_CONFUSIONS = 10


@click.command()
@_ROWS
@_CHATTER
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Folder for the models; then all are made.")
def train(rows: tuple[tuple[Path, Path], ...], chatter: tuple[Path, ...], into: Path | None) -> None:
    """Make the classifier's models from our labelled posts and from what you have labelled yourself.

    Movements of your own (movements.toml in the home folder) are learnt in less than a minute from your posts of them
    (examples/*.jsonl there, and what you corrected), beside the models there are. Without such movements, where you labelled or
    corrected something else, or with --rows, --chatter or --into, all models are made, which takes half an hour. What is learnt
    from anything of yours is kept in the home folder, unless --into names another.

    `annotate` afterwards does all posts again, for they were understood by another model.

    Example: tinymovements train --rows proposals.csv labels.tsv --into models
    """
    from tinymovements.settings import load
    from tinymovements.workflow.learn import train_models

    folder = train_models(load(), rows, chatter, into, lambda line: click.echo(line, err=True))
    click.echo(f"The models are in {folder}.")


@click.command()
@click.argument("file", type=_FILE, required=False)
@click.option("--labels", type=_FILE, help="TSV labels of the rows, where FILE is a CSV file of texts.")
@click.option("--folds", type=click.IntRange(2, 20), help="Instead of FILE: learn so many times, each time leaving writers out.")
@_ROWS
@_CHATTER
@click.option(
    "--picture", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.html", help="Draw it too, as a page of HTML."
)
@json_option
def evaluate(
    file: Path | None,
    labels: Path | None,
    folds: int | None,
    rows: tuple[tuple[Path, Path], ...],
    chatter: tuple[Path, ...],
    picture: Path | None,
    as_json: bool,
) -> None:
    """Measure the classifier on texts that people have labelled.

    FILE holds labelled posts, one JSON object a line, in the fields of our corpus; or, as .txt, messages about no initiative
    (variety, tab, text). With --folds it is measured on our corpus, by voices of which it has learned nothing; with --rows on those
    rows, having learned from the other ones, the corpus and the messages of --chatter. A fold takes some minutes, and measures
    words alone: not the encoder, nor movements of your own.

    Example: tinymovements evaluate labelled.jsonl --picture worth.html
    """
    from tinymovements.settings import load
    from tinymovements.workflow.learn import draw, measure, measure_in_folds

    if (file is None) == (folds is None):
        raise click.UsageError("Give a FILE of labelled texts, or --folds.")
    if file and (rows or chatter):
        raise click.UsageError("--rows and --chatter are learned from: give them with --folds.")
    if file and file.suffix.lower() == ".csv" and not labels:
        raise click.UsageError(f"{file.name} holds rows: give their labels with --labels LABELS.tsv.")
    if labels and not file:
        raise click.UsageError("--labels are those of a FILE; with --folds give --rows TEXTS LABELS.")
    if picture and picture.suffix.lower() != ".html":
        raise click.UsageError("--picture is a page of HTML: give it a name that ends with .html.")
    if folds:
        told = measure_in_folds(folds, rows, chatter, lambda line: click.echo(line, err=True))
    elif file:
        with progress("Reading", None) as advance:
            told = measure(load(), file, labels, advance)
    if as_json:
        print_json(asdict(told))
    else:
        _print(told)
    if picture:
        draw(told, picture)  # last: what has taken minutes is not lost to a folder that is not there


def _print(told: "Report") -> None:
    console = out()
    if not console.is_terminal:
        console.width = _WIDTH
    how = f"{told.folds} folds" if told.folds else "the model in use"
    writers = f" by {amount(told.writers, 'writer', 'writers')}" if 1 < told.writers < told.texts else ""
    console.print(f"{amount(told.texts, 'text', 'texts')}{writers}, {how}; bounds hold the middle 95 % of 1,000 resamples.")
    _print_measures(console, told.measures, told.languages)
    if len(told.registers) > 1:
        _print_measures(console, told.measures, told.registers)
    _print_movements(console, told.movements)
    neighbours = [one for one in told.confusions if one.wanted and one.given]
    if neighbours:
        console.print("Given in the place of a neighbour:")
    for one in neighbours[:_CONFUSIONS]:
        console.print(f"{number(one.texts):>5}  {one.given} in the place of {one.wanted}")


def _print_measures(console: Console, whole: Mapping[str, "Figure"], parts: Mapping[str, Mapping[str, "Figure"]]) -> None:
    table = _table("measure", "value", "bounds", "cases", *parts)
    for name, figure in whole.items():
        values = (_value(figures.get(name)) for figures in parts.values())
        table.add_row(name.replace("_", " "), _value(figure), _bounds(figure), number(figure.cases), *values)
    console.print(table)


def _print_movements(console: Console, movements: Mapping[str, Mapping[str, "Figure"]]) -> None:
    table = _table("movement", "F1", "bounds", "texts", "precision", "recall", "AP")
    for id, figures in movements.items():
        if "f1" in figures:
            rest = (_value(figures.get(name)) for name in ("precision", "recall", "average_precision"))
            table.add_row(id, _value(figures["f1"]), _bounds(figures["f1"]), number(figures["f1"].cases), *rest)
    if table.rows:
        console.print(table)


def _table(first: str, *numbers: str) -> Table:
    table = Table(first, box=box.SIMPLE_HEAD, pad_edge=False)
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _value(figure: "Figure | None") -> str:
    return f"{figure.value:.3f}" if figure else ""


def _bounds(figure: "Figure") -> str:
    return f"{figure.low:.2f}–{figure.high:.2f}"
