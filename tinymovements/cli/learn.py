"""`train` and `evaluate`: the classifier and what it is worth."""

from dataclasses import asdict
from pathlib import Path

import click

from tinymovements.cli.console import json_option, print_json, progress

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--rows", nargs=2, type=_FILE, multiple=True, metavar="TEXTS LABELS", help="Labelled rows: CSV texts, TSV labels.")
@click.option("--chatter", type=_FILE, multiple=True, help="Messages about no initiative: variety, tab, text.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Folder for the models, not the program's own.")
def train(rows: tuple[tuple[Path, Path], ...], chatter: tuple[Path, ...], into: Path | None) -> None:
    """Make the classifier's models from our labelled posts and from labelled rows of yours.

    Takes some minutes. `annotate` afterwards does all posts again, for they were understood by another model.

    Example: tinymovements train --rows proposals.csv labels.tsv --into models
    """
    from tinymovements.workflow.learn import MODELS, train_models

    folder = into or MODELS
    train_models(rows, chatter, folder, lambda line: click.echo(line, err=True))
    click.echo(f"The models are in {folder}.")


@click.command()
@click.argument("file", type=_FILE)
@click.option("--labels", type=_FILE, help="TSV labels of the rows, where FILE is a CSV file of texts.")
@json_option
def evaluate(file: Path, labels: Path | None, as_json: bool) -> None:
    """Measure the classifier on texts that people have labelled.

    FILE holds labelled posts, one JSON object a line, in the fields of our corpus.

    Example: tinymovements evaluate labelled.jsonl
    """
    from tinymovements.workflow.learn import measure

    with progress("Reading", None) as advance:
        scores = measure(file, labels, advance)
    if as_json:
        print_json([asdict(score) for score in scores])
        return
    for score in scores:
        click.echo(f"{score.value:6.3f}  {score.measure}, {score.cases:,} texts")
