"""`import`: files that people have, read row by row."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, fields
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tinymovements.cli.console import amount, json_option, number, print_json, progress
from tinymovements.errors import FileError, FormatError
from tinymovements.model import KINDS, LANGUAGES, Kind, Language

if TYPE_CHECKING:
    from tinymovements.workflow.import_files import ImportSummary, Refusal

_EXCERPT = 200
"""Characters of an example's text."""


@click.command("import")
@click.argument("form", metavar="FORMAT")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--source", default="imported-files", show_default=True, help="Id of the source that the posts belong to.")
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="Which column is what; see docs/importing.md.")
@click.option("--timezone", default="Europe/Helsinki", show_default=True, help="Of times that do not state one.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of rows that do not state one.")
@click.option("--kind", type=click.Choice(KINDS), default="message", show_default=True, help="Of rows that do not state one.")
@click.option("--dry-run", is_flag=True, help="Read everything and show three scrubbed examples; keep nothing.")
@click.option("--rejected", type=click.Path(dir_okay=False, path_type=Path), help="CSV file for every row that was kept out.")
@json_option
def import_files(
    form: str,
    paths: tuple[Path, ...],
    source: str,
    mapping: tuple[str, ...],
    timezone: str,
    language: Language | None,
    kind: Kind,
    dry_run: bool,
    rejected: Path | None,
    as_json: bool,
) -> None:
    """Bring files in.

    FORMAT is csv, jsonl, crowdtangle, facebook-download or graph-api.
    Names, phone numbers and addresses are taken out before anything is kept. A row that cannot be read is counted, told
    with its line and reason, and stops nothing. The same file again changes nothing.

    Example: tinymovements import csv proposals.csv --map 'id={id}-{round}' --map text=body --kind proposal
    """
    from tinymovements.settings import load
    from tinymovements.workflow.import_files import ImportOrder, Watch, count_bytes, import_files

    if rejected and rejected.resolve() in [path.resolve() for path in paths]:
        raise click.UsageError(f"--rejected would write over {rejected}, which is to be read.")
    order = ImportOrder(form, paths, source, mapping, timezone, language, kind, dry_run)
    with _rejected_file(rejected) as refused, progress("Reading", count_bytes(paths)) as advance:
        tell = lambda line: click.echo(line, err=True)  # noqa: E731 -- one line
        summary = import_files(load(), order, Watch(tell, advance, refused))
    if as_json:
        print_json(summary.as_dict())
    else:
        _print(summary, dry_run)
    if summary.rows and summary.rejected == summary.rows:
        raise FormatError("Not one row could be read.", f"The reasons stand above; is this the format {form}?")


@contextmanager
def _rejected_file(path: Path | None) -> Iterator[Callable[["Refusal"], None]]:
    """What writes a rejected row into the file, where there is one."""
    from tinymovements.workflow.import_files import Refusal

    if path is None:
        yield lambda _: None
        return
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(field.name for field in fields(Refusal))
            yield lambda refusal: table.writerow(astuple(refusal))
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror}.", "Name another file after --rejected.") from None


def _print(summary: "ImportSummary", dry_run: bool) -> None:
    for refusal in summary.first_rejected:
        click.echo(str(refusal), err=True)
    if summary.rejected > len(summary.first_rejected):
        more = summary.rejected - len(summary.first_rejected)
        click.echo(f"and {amount(more, 'more row', 'more rows')}; --rejected FILE writes down all of them.", err=True)
        for reason, count in summary.reasons.most_common():
            click.echo(f"  {number(count)}: {reason}", err=True)
    for post in summary.examples:
        posted = f"{post.posted:%Y-%m-%d %H:%M} UTC" if post.posted else None
        facts = ", ".join(filter(None, (post.native_id, posted, post.group, post.title)))
        text = " ".join(post.text.split())
        click.echo(f"{facts}\n  {text[:_EXCERPT]}{'…' if len(text) > _EXCERPT else ''}")
    kept = "" if dry_run else f" ({number(summary.new)} new, {number(summary.updated)} updated)"
    click.echo(
        f"{amount(summary.rows, 'row', 'rows')}: {amount(summary.posts, 'post', 'posts')}{kept}, "
        f"{amount(summary.duplicates, 'duplicate', 'duplicates')}, {number(summary.rejected)} rejected."
        + (" Nothing was kept." if dry_run else "")
    )
