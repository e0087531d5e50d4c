"""`export`: a dataset for other programs."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import click

from tinymovements.cli.console import amount, json_option, print_json, progress
from tinymovements.cli.filters import make_query, query_options, stage_option

if TYPE_CHECKING:
    from search.query import Query
    from tinymovements.settings import Settings
    from tinymovements.workflow.export import ExportSummary

Unit = Literal["posts", "initiatives", "ties", "wants"]

_NOUNS: dict[str, tuple[str, str]] = {
    "posts": ("post", "posts"),
    "initiatives": ("initiative", "initiatives"),
    "ties": ("tie between initiatives", "ties between initiatives"),
    "wants": ("need, offer or ask", "needs, offers and asks"),
    "spread": ("place", "places"),
}


# What is not known here is a word: "-taide" leaves out, as in `search`.
@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("words", nargs=-1)
@click.option(
    "--unit",
    type=click.Choice(get_args(Unit)),
    help="What a row is: wants are needs, offers and asks. [default: initiatives, once there are any]",
)
@query_options
@stage_option
@click.option("--scores", is_flag=True, help="Of posts: add a column for each movement that says how probable it is.")
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
@json_option
def export(file: Path, words: tuple[str, ...], unit: Unit | None, scores: bool, force: bool, as_json: bool, **filters: Any) -> None:
    """Write initiatives or posts as a dataset, one row each; or what initiatives need, offer and ask for, or what ties them.

    The ending of FILE tells the format: .csv, .csv.gz, .geojson, .jsonl, .jsonl.gz, .parquet or .xlsx; ties can be a graph:
    .graphml or .gexf. Beside it come a data dictionary and a file that tells where everything comes from and how to cite it.
    Without words and options: everything. What answers are initiatives, unless --unit posts is given.

    Example: tinymovements export art.csv katutaide --unit posts --movement street-art --since 2026-01-01
    """
    from tinymovements.settings import load

    settings, stages = load(), filters["stages"]
    chosen = unit or _usual_unit(settings, file, scores, bool(stages))
    if chosen == "posts" and stages:
        raise click.UsageError("Posts have no stage: give --unit initiatives, or no --stage.")
    if chosen != "posts" and scores:
        raise click.UsageError("Only posts have --scores: give --unit posts with them.")
    query = make_query(words, unit="posts" if chosen == "posts" else "initiatives", **filters)
    print_summary(_write(settings, chosen, file, query, scores, force), as_json)
    if unit is None and chosen == "initiatives" and not as_json:
        click.echo("For posts, say --unit posts.", err=True)


def _usual_unit(settings: "Settings", file: Path, scores: bool, about_stages: bool) -> Unit:
    """What somebody means who does not say it: what the other options are about, else what `search` shows."""
    from tinymovements.exports import GRAPHS
    from tinymovements.workflow.search_initiatives import usual_unit

    if file.suffix.lower() in GRAPHS:
        return "ties"
    return "posts" if scores else "initiatives" if about_stages else usual_unit(settings)


def _write(settings: "Settings", unit: Unit, file: Path, query: "Query", scores: bool, force: bool) -> "ExportSummary":
    from tinymovements.workflow.export import count_candidates, export

    if unit == "posts":
        with progress("Writing", count_candidates(settings, query)) as advance:
            return export(settings, file, query, scores, advance, force)
    from tinymovements.workflow.export_initiatives import count_initiatives, export_initiatives

    with progress("Writing", count_initiatives(settings, query)) as advance:
        return export_initiatives(settings, unit, file, query, advance, force)


def print_summary(summary: "ExportSummary", as_json: bool) -> None:
    """Say what was written, what is lacking, and how to cite it."""
    if as_json:
        print_json(asdict(summary))
        return
    click.echo(f"{amount(summary.rows, *_NOUNS[summary.unit])} in {summary.files[0]}")
    for path in summary.files[1:]:
        click.echo(f"Beside it: {path}")
    click.echo(f"Cite as: {summary.citation}")
    say: Callable[[str], None] = lambda line: click.echo(line, err=True)  # noqa: E731 -- one line
    for note in summary.notes:
        say(note)
    if summary.not_annotated:
        lacking = amount(summary.not_annotated, "post is", "posts are")
        say(f"{lacking} not annotated yet: `tinymovements annotate`, then export again.")
    if summary.unknown_sources:
        say(f"Texts of {', '.join(summary.unknown_sources)} are left out: no file describes it. See `tinymovements sources`.")
    if summary.behind:
        unit = "posts" if summary.unit == "posts" else "initiatives"
        say(f"The index is {amount(summary.behind, *_NOUNS[unit])} behind: `tinymovements index`.")
