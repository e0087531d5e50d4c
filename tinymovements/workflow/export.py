"""Writes a dataset: the posts that answer a query, what is known of each, and where it all comes from."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from search.query import Near, Query
from spiders.sources import find_source, load_sources
from tinymovements.archive import posts
from tinymovements.archive.database import open_archive, reading
from tinymovements.archive.posts import Archived
from tinymovements.errors import FileError
from tinymovements.exports import EXPORTERS, Exporter, suffix_of
from tinymovements.exports.columns import Column, make_columns
from tinymovements.exports.dictionary import write_dictionary
from tinymovements.exports.provenance import Tally, described, provenance
from tinymovements.exports.rows import Row, make_row
from tinymovements.model import Place, Source
from tinymovements.privacy.sensitive import shown
from tinymovements.settings import Settings
from tinymovements.taxonomy import load_taxonomy
from tinymovements.workflow.places import names_within

_PART = 900
"""Posts that are in memory at a time."""


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What was written."""

    rows: int
    files: tuple[Path, ...]
    """The dataset, its data dictionary and its provenance."""
    sha256: str
    citation: str
    not_annotated: int
    withheld: int
    """Posts whose texts are left out."""
    unknown_sources: tuple[str, ...]
    """Ids of sources that nobody describes any more."""
    behind: int
    """Posts that the index did not know when it was asked."""
    notes: tuple[str, ...]
    """What the format could not hold."""


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
    exporter = EXPORTERS[suffix_of(path)]
    if path.exists() and not force:
        raise FileError(f"{path} is there already.", "Give another name, or --force to replace it.")
    query = query or Query()
    sources = load_sources(settings.sources_folder)
    columns = make_columns(load_taxonomy().movements, scores)
    tally = Tally()
    with reading(open_archive(settings.archive_url)) as connection:
        _check_sources(connection, settings, query)
        _check_room(connection, settings, query, exporter)
        with _folder_beside(path) as folder:
            made = folder / path.name
            writer = exporter(made, columns)
            try:
                for row in _rows(connection, settings, query, sources, advance):
                    writer.write(row)
                    tally.add(row)
                about = provenance(tally, _asked(query), sources, scores)
                notes = writer.finish(about)
            finally:
                writer.close()
            told = described(about, path.name, _sha256(made), len(columns), notes)
            files = _put(made, path, columns, told)
    return ExportSummary(
        rows=tally.rows,
        files=files,
        sha256=told["sha256"],
        citation=told["cite"],
        not_annotated=tally.not_annotated,
        withheld=tally.withheld,
        unknown_sources=tuple(sorted(tally.sources.keys() - sources.keys())),
        behind=_behind(settings) if query.words.strip() else 0,
        notes=notes,
    )


def _behind(settings: Settings) -> int:
    from tinymovements.workflow.index import count_behind

    return count_behind(settings)


def _asked(query: Query) -> dict[str, Any]:
    return query.model_dump(mode="json", exclude_defaults=True, exclude={"sort", "size", "cursor", "facets"})


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    """A folder of our own to make a file in: renaming within one file system is all or nothing. It goes when the block ends."""
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            yield Path(folder)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}."
        raise FileError(message, "Check the folder, its rights and the room on the disk.") from None


def _check_sources(connection: Connection, settings: Settings, query: Query) -> None:
    for id in set(query.sources) - posts.count(connection).keys():
        find_source(settings.sources_folder, id)  # one that has no posts yet is no mistake, one that is not there is


def _check_room(connection: Connection, settings: Settings, query: Query, exporter: type[Exporter]) -> None:
    largest = exporter.largest
    if largest is None or sum(posts.count(connection).values()) <= largest:
        return
    wanted = sum(1 for _ in _selected(connection, settings, query, lambda steps: None))
    if wanted > largest:
        message = f"{exporter.title} holds {largest:,} posts at the most, and these are {wanted:,}."
        raise FileError(message, "Write .parquet or .csv, or ask for fewer.")


def _rows(
    connection: Connection, settings: Settings, query: Query, sources: Mapping[str, Source], advance: Callable[[int], None]
) -> Iterator[Row]:
    selected = _selected(connection, settings, query, advance)
    while part := list(islice(selected, _PART)):
        arrivals = posts.arrivals(connection, [item.number for item in part])
        for item in part:
            yield make_row(item.post, item.annotation, sources.get(item.post.source), *arrivals[item.number])


def _selected(
    connection: Connection, settings: Settings, query: Query, advance: Callable[[int], None]
) -> Iterator[Archived]:
    if query.words.strip():
        from tinymovements.workflow.search import matching_ids  # a second, and the models' memory: only what needs it pays

        ids = matching_ids(settings, query)
        while part := list(islice(ids, _PART)):
            found = posts.by_id(connection, part)  # what the index has and the archive no longer has is left out
            yield from (found[id] for id in part if id in found)
            advance(len(part))
        return
    answers = _filter(query)
    for item in posts.stream(connection):
        advance(1)
        if answers(item):
            yield item


def _filter(query: Query) -> Callable[[Archived], bool]:
    """Whether a post answers the filters of a query without words: as an engine would say, but without an index.

    It knows no more of a sensitive post than an engine does, so that no small radius finds the house.
    """
    if query.places:
        from tinymovements.workflow.search import by_main_names  # understands every form of a name, at the price of above

        query = by_main_names(query)
    places = frozenset(query.places)
    movements, languages, sources, kinds = map(frozenset, (query.movements, query.languages, query.sources, query.kinds))

    def answers(item: Archived) -> bool:
        post, told = shown(item.post, item.annotation)
        named = told.places if told else ()
        day = post.posted.date() if post.posted else None
        return (
            (not sources or post.source in sources)
            and (not kinds or post.kind in kinds)
            and (not movements or (told is not None and any(movement.id in movements for movement in told.movements)))
            and (not languages or (told.language if told else post.language or "unknown") in languages)
            and (not query.since or (day is not None and day >= query.since))
            and (not query.until or (day is not None and day <= query.until))
            and (not places or not places.isdisjoint(names_within(named)))
            and (query.near is None or any(_is_near(query.near, place) for place in named))
        )

    return answers


def _is_near(near: Near, place: Place) -> bool:
    from search.distance import are_within

    return place.lat is not None and place.lon is not None and bool(are_within(near, place.lat, place.lon))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(made: Path, path: Path, columns: tuple[Column, ...], about: Mapping[str, Any]) -> tuple[Path, ...]:
    """Write what goes beside the file and put everything in its place, the file itself last."""
    names = (f"{path.name}.dictionary.csv", f"{path.name}.provenance.json")
    dictionary, origin = (made.with_name(name) for name in names)
    write_dictionary(dictionary, columns)
    origin.write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n", "utf-8")
    for beside in (dictionary, origin):
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path.with_name(beside.name))
    made.replace(path)
    return (path, *(path.with_name(name) for name in names))
