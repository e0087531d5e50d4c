"""Writes how an idea spread as a dataset: one row for each place that it reached."""

from collections.abc import Callable
from pathlib import Path

from spiders.sources import load_sources
from tinymovements.archive.database import open_archive, reading
from tinymovements.archive.showings import resolvers
from tinymovements.exports import suffix_of
from tinymovements.exports.provenance import Tally, provenance_of_initiatives
from tinymovements.exports.spread import spread_unit
from tinymovements.settings import Settings
from tinymovements.workflow.areas import By
from tinymovements.workflow.export import ExportSummary
from tinymovements.workflow.export_file import check_new, folder_beside, put
from tinymovements.workflow.export_initiatives import write_table
from tinymovements.workflow.spread import trace


def export_spread(
    settings: Settings, asked: str, by: By, path: Path, advance: Callable[[int], None], force: bool = False
) -> ExportSummary:
    """Write the places in the order of their first signs.

    Raises `FileError` where the file is there already (without `force`).
    """
    suffix = suffix_of(path)
    check_new(path, force)
    sources = load_sources(settings.sources_folder)
    with reading(open_archive(settings.archive_url)) as connection, folder_beside(path) as folder:
        told, rows = trace(settings, connection, asked, by, advance, sources)
        tally = Tally()
        for row in rows:
            tally.add_initiative(row)

        def about() -> dict[str, object]:
            query = {"spread": asked, "by": by}
            return provenance_of_initiatives("spread", tally, query, sources, resolvers(connection))

        made = folder / path.name
        columns, notes, origin = write_table(made, suffix, spread_unit(), told.steps, tally, about)
        written = put(made, path, columns, origin, notes)
    return ExportSummary(
        unit="spread",
        rows=tally.rows,
        files=written.files,
        sha256=written.sha256,
        citation=written.citation,
        not_annotated=0,
        withheld=tally.withheld,
        unknown_sources=tuple(sorted(tally.sources.keys() - sources.keys())),
        behind=0,
        notes=notes,
    )
