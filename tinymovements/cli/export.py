"""`export`: a dataset for other programs."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from tinymovements.cli.console import amount, json_option, print_json, progress
from tinymovements.cli.filters import make_query, query_options


# What is not known here is a word: "-taide" leaves out, as in `search`.
@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("words", nargs=-1)
@query_options
@click.option("--scores", is_flag=True, help="Add a column for each movement that says how probable it is.")
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
@json_option
def export(file: Path, words: tuple[str, ...], scores: bool, force: bool, as_json: bool, **filters: Any) -> None:
    """Write posts as a dataset: one row each, with their movements, places and needs.

    The ending of FILE tells the format: .csv, .csv.gz, .jsonl, .jsonl.gz, .parquet or .xlsx. Beside it come a data dictionary
    and a file that tells where everything comes from and how to cite it. Without words and options: all posts.

    Example: tinymovements export art.csv katutaide --movement street-art --since 2026-01-01
    """
    from tinymovements.settings import load
    from tinymovements.workflow.export import count_candidates, export

    settings, query = load(), make_query(words, **filters)
    with progress("Writing", count_candidates(settings, query)) as advance:
        summary = export(settings, file, query, scores, advance, force)
    if as_json:
        print_json(asdict(summary))
        return
    click.echo(f"{amount(summary.rows, 'post', 'posts')} in {summary.files[0]}")
    for path in summary.files[1:]:
        click.echo(f"Beside it: {path}")
    click.echo(f"Cite as: {summary.citation}")
    for note in summary.notes:
        click.echo(note, err=True)
    if summary.not_annotated:
        lacking = amount(summary.not_annotated, "post is", "posts are")
        click.echo(f"{lacking} not annotated yet: `tinymovements annotate`, then export again.", err=True)
    if summary.unknown_sources:
        lacking = ", ".join(summary.unknown_sources)
        click.echo(f"Texts of {lacking} are left out: no file describes that source. See `tinymovements sources`.", err=True)
    if summary.behind:
        click.echo(f"The index is {amount(summary.behind, 'post', 'posts')} behind: `tinymovements index`.", err=True)
