"""Writes what is made of initiatives as datasets: initiatives, what they want, and what ties them."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from sqlalchemy import Connection

from pipelines.terms import analyse
from search import plain
from search.query import Query
from search.words import read
from spiders.sources import load_sources
from tinymovements.archive import initiatives, posts
from tinymovements.archive.database import open_archive, reading
from tinymovements.archive.initiatives import Kept
from tinymovements.archive.showings import resolvers, saying
from tinymovements.errors import FileError
from tinymovements.exports import EXPORTERS, GRAPHS, Exporter, suffix_of
from tinymovements.exports.initiatives import InitiativeRow, initiatives_unit, make_initiative_row
from tinymovements.exports.provenance import Tally, provenance_of_initiatives
from tinymovements.exports.ties import EDGE_COLUMNS, MOST_TOGETHER, NODE_NAMES, Tie, ties_unit
from tinymovements.exports.unit import Column, Unit
from tinymovements.exports.wants import WantRow, wants_unit
from tinymovements.model import Source
from tinymovements.privacy.sensitive import shown_initiative
from tinymovements.settings import Settings
from tinymovements.taxonomy import load_taxonomy
from tinymovements.workflow.export import ExportSummary, asked, behind, check_sources, resolved
from tinymovements.workflow.export_file import check_new, folder_beside, put
from tinymovements.workflow.initiative_documents import Told, document
from tinymovements.workflow.ties import find_ties

Name = Literal["initiatives", "wants", "ties"]

_PART = 900
"""Initiatives that are read at once, and rows that are written at once."""

_R = TypeVar("_R")


@dataclass(slots=True)
class Reading:
    """Reads the initiatives that answer a query, and counts them."""

    settings: Settings
    connection: Connection
    query: Query
    sources: Mapping[str, Source]
    advance: Callable[[int], None]
    tally: Tally = field(default_factory=Tally)

    def rows(self) -> Iterator[InitiativeRow]:
        """Of each what may leave, in order of id."""
        words = partial(saying, self.connection)
        for part in self._parts():
            for kept in self._answering(part):
                row = make_initiative_row(kept.initiative, self.sources, words)
                self.tally.add_initiative(row)
                yield row
            self.advance(len(part))

    def _parts(self) -> Iterator[list[Kept]]:
        if self.query.words.strip():
            from tinymovements.workflow.search import matching_ids  # a second, and the models' memory: only what needs it pays

            ids = matching_ids(self.settings, self.query)
            while part := list(islice(ids, _PART)):
                found = initiatives.by_id(self.connection, part)
                yield [found[id] for id in part if id in found]  # what the index has and the archive no longer has is left out
            return
        every = initiatives.stream(self.connection, _PART)
        while read := list(islice(every, _PART)):
            yield read

    def _answering(self, part: list[Kept]) -> list[Kept]:
        """Those that all filters let through, as an engine would say; where there are words, the engine has said so."""
        if self.query.words.strip() or not asked(self.query):
            return part
        kinds = initiatives.kinds(self.connection, [kept.initiative.id for kept in part]) if self.query.kinds else {}
        nothing = read("", analyse)

        def answers(kept: Kept) -> bool:
            one = shown_initiative(kept.initiative)
            return plain.answers(document(Told(one, kept.revision, kinds.get(one.id, ()), ())), self.query, nothing)

        return list(filter(answers, part))


def count_initiatives(settings: Settings, query: Query) -> int | None:
    """How many initiatives `export_initiatives` will look at; None where only the index knows."""
    if query.words.strip():
        return None
    with reading(open_archive(settings.archive_url)) as connection:
        return initiatives.count(connection)


def export_initiatives(
    settings: Settings, name: Name, path: Path, query: Query, advance: Callable[[int], None], force: bool = False
) -> ExportSummary:
    """Write the initiatives that answer the query, in order of id, or what they want, or what ties them to each other.

    Raises `FileError` where the file is there already (without `force`) or cannot hold so many rows, and `UnknownSource` where the
    query names a source that there is not.
    """
    suffix = suffix_of(path, ENDINGS[name])
    check_new(path, force)
    with reading(open_archive(settings.archive_url)) as connection:
        check_sources(posts.count(connection), settings, query)
        sources = load_sources(settings.sources_folder)
        found = Reading(settings, connection, resolved(query), sources, advance)
        with folder_beside(path) as folder:
            made = folder / path.name
            columns, notes, about = _WRITING[name](made, suffix, found)
            written = put(made, path, columns, about, notes)
    tally = found.tally
    return ExportSummary(
        unit=name,
        rows=tally.rows,
        files=written.files,
        sha256=written.sha256,
        citation=written.citation,
        not_annotated=0,
        withheld=tally.withheld,
        unknown_sources=tuple(sorted(tally.sources.keys() - sources.keys())),
        behind=behind(settings, "initiatives") if query.words.strip() else 0,
        notes=notes,
    )


_Made = tuple[Sequence[Column[Any]], tuple[str, ...], dict[str, Any]]
"""The columns of a file that is made, what it could not hold, and where it comes from."""


def _about(name: str, found: Reading) -> dict[str, Any]:
    made_by = resolvers(found.connection)
    return provenance_of_initiatives(name, found.tally, asked(found.query), found.sources, made_by)


def _write_initiatives(made: Path, suffix: str, found: Reading) -> _Made:
    unit = initiatives_unit(load_taxonomy().movements)
    return write_table(made, suffix, unit, found.rows(), found.tally, partial(_about, "initiatives", found))


def _write_wants(made: Path, suffix: str, found: Reading) -> _Made:
    rows = (WantRow(row, want) for row in found.rows() for want in row.initiative.wants)
    return write_table(made, suffix, wants_unit(), rows, found.tally, partial(_about, "wants", found))


def _write_ties(made: Path, suffix: str, found: Reading) -> _Made:
    if suffix in GRAPHS:
        return _write_graph(made, suffix, found)
    ties, crowds = _ties_among(_Nodes(found.rows()).read(), found.connection)
    columns, notes, about = write_table(made, suffix, ties_unit(), ties, found.tally, partial(_about, "ties", found))
    return columns, (*crowds, *notes), about


def _write_graph(made: Path, suffix: str, found: Reading) -> _Made:
    every = {column.name: column for column in initiatives_unit(load_taxonomy().movements).columns}
    nodes = [every[name] for name in NODE_NAMES]
    writer = GRAPHS[suffix](made, nodes, EDGE_COLUMNS)
    try:
        there = _Nodes(found.rows())
        writer.write_nodes((row.initiative.id, row.name or "", row) for row in there)
        ties, crowds = _ties_among(there, found.connection)
        writer.write_nodes((id, "", None) for id in sorted({tie.source for tie in ties} - there.ids))
        writer.write_ties(ties, lambda tie: tie.ends)
        found.tally.rows = len(ties)
        writer.finish()
    finally:
        writer.close()
    named = (("node", nodes), ("edge", EDGE_COLUMNS))
    columns = [replace(column, name=f"{of} {column.name}") for of, columns in named for column in columns]
    return columns, crowds, _about("ties", found)


class _Nodes:
    """Hands initiatives on, and remembers which there were: all of them would not fit into memory."""

    def __init__(self, rows: Iterator[InitiativeRow]) -> None:
        self._rows = rows
        self.ids: set[str] = set()
        self.discreet: set[str] = set()
        """Those whose places are not told, which no author may tie to others either."""

    def __iter__(self) -> Iterator[InitiativeRow]:
        for row in self._rows:
            self.ids.add(row.initiative.id)
            if row.coarsened:
                self.discreet.add(row.initiative.id)
            yield row

    def read(self) -> Self:
        """Hand on to nobody."""
        deque(self, maxlen=0)
        return self


def _ties_among(there: _Nodes, connection: Connection) -> tuple[list[Tie], tuple[str, ...]]:
    """The ties among initiatives, with what has become a part of them, and what makes none."""
    found = find_ties(connection, there.discreet)
    ties = [tie for tie in found.ties if tie.target in there.ids and (tie.source in there.ids or tie.kind == "successor")]
    if not found.crowded:
        return ties, ()
    told = f"{found.crowded:,} groups or authors that more than {MOST_TOGETHER} initiatives share tie nobody: there all meet all."
    return ties, (told,)


def write_table(
    made: Path, suffix: str, unit: Unit[_R], rows: Iterable[_R], tally: Tally, about: Callable[[], dict[str, Any]]
) -> _Made:
    """Write rows in a format; `about` is asked when all of them are counted."""
    writer = EXPORTERS[suffix](made, unit)
    try:
        every = _as_many_as_fit(rows, writer)
        while part := list(islice(every, _PART)):
            writer.write(writer.prepare(unit, part))
            tally.rows += len(part)
        told = about()
        notes = writer.finish(told)
    finally:
        writer.close()
    return unit.columns, notes, told


def _as_many_as_fit(rows: Iterable[_R], writer: Exporter) -> Iterator[_R]:
    for number, row in enumerate(rows):
        if number == writer.largest:
            raise FileError(f"{writer.title} holds {number:,} rows at the most, and there are more.", "Write .parquet or .csv.")
        yield row


_WRITING: dict[Name, Callable[[Path, str, Reading], _Made]] = {
    "initiatives": _write_initiatives,
    "wants": _write_wants,
    "ties": _write_ties,
}

ENDINGS: dict[Name, tuple[str, ...]] = {
    "initiatives": tuple(EXPORTERS),
    "wants": tuple(EXPORTERS),
    "ties": (*(suffix for suffix in EXPORTERS if suffix != ".geojson"), *GRAPHS),
}
"""What the name of a file may end with."""
