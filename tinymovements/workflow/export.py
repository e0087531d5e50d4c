"""Writes a dataset: the posts that answer a query, what is known of each, and where it all comes from."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from search.query import Query, Unit
from spiders.sources import find_source, load_sources
from tinymovements.archive import initiatives, posts
from tinymovements.archive.database import open_archive, reading
from tinymovements.errors import FileError
from tinymovements.exports import Exporter, suffix_of
from tinymovements.exports.provenance import Tally, provenance
from tinymovements.settings import Settings
from tinymovements.workflow.export_file import check_new, folder_beside, put
from tinymovements.workflow.export_parts import Order, Part, answering, prepare
from tinymovements.workflow.places import by_main_names
from tinymovements.workflow.side_by_side import side_by_side

_PART = 900
"""Posts that are read and prepared at once."""

WORTH_PROCESSES = 20_000
"""Posts from which on starting further processes (a second, which they spend on loading) is worth it."""


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What was written."""

    unit: str
    """What the rows are: posts, initiatives."""
    rows: int
    files: tuple[Path, ...]
    """The dataset, its data dictionary and its provenance."""
    sha256: str
    citation: str
    not_annotated: int
    withheld: int
    """Posts whose texts are left out, or initiatives some of whose are."""
    unknown_sources: tuple[str, ...]
    """Ids of sources that nobody describes any more."""
    behind: int
    """Posts, or initiatives, that the index did not know when it was asked."""
    notes: tuple[str, ...]
    """What the file could not hold."""


def count_candidates(settings: Settings, query: Query | None) -> int | None:
    """How many posts `export` will look at; None where only the index knows."""
    if query is not None and query.words.strip():
        return None
    with reading(open_archive(settings.archive_url)) as connection:
        return sum(posts.count(connection).values())


def export(
    settings: Settings,
    path: Path,
    query: Query | None,
    scores: bool,
    advance: Callable[[int], None],
    force: bool = False,
) -> ExportSummary:
    """Write the posts that answer the query (None: all), in order of id. Words need the index, filters do not.

    Raises `FileError` before anything is written where the file is there already (without `force`) or cannot hold so many rows,
    and `UnknownSource` where the query names a source that there is not.
    """
    suffix = suffix_of(path)
    check_new(path, force)
    query = query or Query()
    with reading(open_archive(settings.archive_url)) as connection:
        counts = posts.count(connection)
        check_sources(counts, settings, query)
        order = Order(suffix, scores, resolved(query), load_sources(settings.sources_folder))
        total = sum(counts.values())
        _check_room(connection, settings, order, total)
        with folder_beside(path) as folder:
            made = folder / path.name
            writer = order.exporter(made, order.unit)
            try:
                processes = settings.processes if total >= WORTH_PROCESSES else 1
                tally = _write(_parts(connection, settings, order.query), order, writer, processes, advance)
                about = provenance(tally, asked(query), order.sources, scores)
                notes = writer.finish(about)
            finally:
                writer.close()
            written = put(made, path, order.unit.columns, about, notes)
    return ExportSummary(
        unit="posts",
        rows=tally.rows,
        files=written.files,
        sha256=written.sha256,
        citation=written.citation,
        not_annotated=tally.not_annotated,
        withheld=tally.withheld,
        unknown_sources=tuple(sorted(tally.sources.keys() - order.sources.keys())),
        behind=behind(settings, "posts") if query.words.strip() else 0,
        notes=notes,
    )


def _write(parts: Iterator[Part], order: Order, writer: Exporter, processes: int, advance: Callable[[int], None]) -> Tally:
    """Read here, prepared side by side, written here again."""
    tally = Tally()
    done = side_by_side(partial(prepare, order), parts, processes, "tinymovements.workflow.export_parts")
    with closing(done):
        for prepared in done:
            writer.write(prepared.rows)
            tally.join(prepared.tally)
            advance(prepared.looked_at)
    return tally


def resolved(query: Query) -> Query:
    """The query by the main names of its places, where it has no words: those an engine resolves itself."""
    return query if query.words.strip() else by_main_names(query)


def behind(settings: Settings, unit: Unit) -> int:
    """How many posts, or initiatives, the index does not know yet."""
    from tinymovements.workflow.index import INITIATIVES, POSTS, count_behind

    return count_behind(settings, INITIATIVES if unit == "initiatives" else POSTS)


def asked(query: Query) -> dict[str, Any]:
    """The query as the provenance tells it."""
    return query.model_dump(mode="json", exclude_defaults=True, exclude={"unit", "sort", "size", "cursor", "facets"})


def check_sources(counts: Mapping[str, int], settings: Settings, query: Query) -> None:
    """Raises `UnknownSource` where the query names a source that there is not."""
    for id in set(query.sources) - counts.keys():
        find_source(settings.sources_folder, id)  # one that has no posts yet is no mistake, one that is not there is


def _check_room(connection: Connection, settings: Settings, order: Order, total: int) -> None:
    largest = order.exporter.largest
    if largest is None or total <= largest:
        return
    wanted = sum(len(answering(part, order.query)) for part in _parts(connection, settings, order.query))
    if wanted > largest:
        message = f"{order.exporter.title} holds {largest:,} posts at the most, and these are {wanted:,}."
        raise FileError(message, "Write .parquet or .csv, or ask for fewer.")


def _parts(connection: Connection, settings: Settings, query: Query) -> Iterator[Part]:
    """The posts among which the answers are, in their order; each part is read when it is asked for."""
    for rows in _found(connection, settings, query) if query.words.strip() else posts.rows(connection, _PART):
        numbers = [posts.number(row) for row in rows]
        yield Part(rows, posts.originals(connection, numbers), initiatives.of_posts(connection, numbers))


def _found(connection: Connection, settings: Settings, query: Query) -> Iterator[list[posts.Values]]:
    from tinymovements.workflow.search import matching_ids  # a second, and the models' memory: only what needs it pays

    ids = matching_ids(settings, query)
    while part := list(islice(ids, _PART)):
        rows = posts.rows_by_id(connection, part)  # what the index has and the archive no longer has is left out
        yield [rows[id] for id in part if id in rows]
