"""Indexes and searches in a folder: one process writes, any number read."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path

import tantivy
from tantivy import Occur, Order

from search.cursor import make_cursor, read_cursor
from search.embedded import clauses, facets
from search.embedded.fields import NEWEST, OLDEST, entry, id_of_key, open_index, schema
from search.embedded.folder import HINT, Folder
from search.embedded.points import Points
from search.engine import Analyse, Document
from search.query import Match, Matches, Query
from search.words import Asked, read
from tinymovements.errors import IndexUnavailable, QueryError

_HEAP = 128_000_000
"""Bytes a writer gathers before it writes a segment."""

_STREAMED = 5_000
"""Ids fetched at a time: each fetch goes through all answers once, which takes some milliseconds."""

_KEY = re.compile(r"[0-9a-z]+")


class EmbeddedEngine:
    """An `Engine` on tantivy."""

    def __init__(self, folder: Path, analyse: Analyse) -> None:
        self._folder = Folder(folder)
        self._analyse = analyse
        self._state: _State | None = None

    def identity(self) -> str:
        """The name of the generation in use. Raises `IndexUnavailable` where it cannot be opened."""
        return self._open().name

    def count(self) -> int:
        """How many documents it holds."""
        return int(self._open().searcher.num_docs)

    def write(self, documents: Iterable[Document], gone: Iterable[str] = ()) -> None:
        """Put documents in (replacing those of the same id) and take the gone ids out: all or nothing."""
        with self._folder.writing(), _committing(self._folder.path / self._folder.current()) as writer:
            for id in gone:
                writer.delete_documents_by_term("id", id)
            for document in documents:
                with _plain_errors():
                    writer.delete_documents_by_term("id", document.id)
                    writer.add_document(entry(document))

    def rebuild(self, documents: Iterable[Document]) -> None:
        """Replace the whole index (each id comes once); searches see the old one until the new one is complete."""
        with self._folder.renewing() as new:
            written = 0
            with _committing(new, new=True) as writer:
                for document in documents:
                    with _plain_errors():
                        writer.add_document(entry(document))
                    written += 1
            with _plain_errors():
                held = open_index(new).searcher().num_docs
            if held != written:
                raise IndexUnavailable("The new index lacks documents; the old one stays.", "Check the disk, then try again.")

    def search(self, query: Query) -> Matches:
        """A page of answers. Ties are broken by id."""
        with _plain_errors():
            return _Search(self._open(), query, read(query.words, self._analyse)).page()

    def ids(self, query: Query) -> Iterator[str]:
        """The id of every answer, in order of id, for exports."""
        with _plain_errors():
            yield from _Search(self._open(), query, read(query.words, self._analyse)).ids()

    def _open(self) -> "_State":
        """What is in the folder now; opened again only when it has changed."""
        while True:
            name = self._folder.current()
            try:
                commit = (self._folder.path / name / "meta.json").stat()
                stamp = (name, commit.st_ino, commit.st_mtime_ns)
                if self._state is None or self._state.stamp != stamp:
                    self._state = _State(name, stamp, open_index(self._folder.path / name).searcher())
                return self._state
            except (OSError, ValueError):
                # Replaced by a new generation between two of these lines? Then that one is asked.
                if self._folder.current() == name:
                    raise IndexUnavailable("The index is broken.", HINT) from None


class _State:
    """One state of the index: what is committed later does not show in it."""

    def __init__(self, name: str, stamp: tuple[str, int, int], searcher: tantivy.Searcher) -> None:
        self.name, self.stamp, self.searcher = name, stamp, searcher

    @cached_property
    def points(self) -> Points:
        """Every point that any document has."""
        return Points.of([term for term, _ in self.searcher.terms_with_prefix("points", "")])


class _Search:
    """One query on one state of the index."""

    def __init__(self, state: _State, query: Query, asked: Asked) -> None:
        self._searcher, self._query, self._asked = state.searcher, query, asked
        self._filters = clauses.filters(query, state.points if query.near else None)
        self._deciding = self._matching(list(self._filters.values()))

    def _matching(self, filters: list[tantivy.Query]) -> tantivy.Query:
        return tantivy.Query.boolean_query(clauses.deciding(self._asked, filters))

    def page(self) -> Matches:
        by_relevance = self._query.sort == "relevance" and self._asked.ranks
        matches, cursor = self._by_relevance() if by_relevance else self._by_date()
        total = _count(self._searcher, self._deciding)
        counted = facets.count(self._searcher, self._filters, self._matching) if self._query.facets else ()
        return Matches(matches=matches, total=total, facets=counted, cursor=cursor)

    def ids(self) -> Iterator[str]:
        last = ""
        while ids := self._after("id", last, _STREAMED):
            yield from ids
            last = ids[-1]

    def _by_date(self) -> tuple[tuple[Match, ...], str | None]:
        field, size = OLDEST if self._query.sort == "oldest" else NEWEST, self._query.size
        (last,) = read_cursor(self._query, str) or ("",)
        keys = self._after(field, last, size + 1)
        cursor = make_cursor(self._query, keys[size - 1]) if len(keys) > size else None
        return tuple(Match(id=id_of_key(key), score=0) for key in keys[:size]), cursor

    def _after(self, field: str, last: str, size: int) -> list[str]:
        """The first values of a field beyond `last` among the answers; every document has one of its own."""
        wanted = self._deciding
        if last:
            if not _KEY.fullmatch(last):
                raise QueryError("This cursor was not made here.", "Ask for the first page again, without a cursor.")
            # Only tantivy's own query language has ranges of text; the id's letters and digits mean nothing else in it.
            beyond = _language().parse_query(f"{field}:{{{last} TO *}}")
            wanted = tantivy.Query.boolean_query([(Occur.Must, wanted), (Occur.Must, beyond)])
        found = self._searcher.search(wanted, limit=size, count=False, order_by_field=field, order=Order.Asc)
        return [value for value, _ in found.hits]

    def _by_relevance(self) -> tuple[tuple[Match, ...], str | None]:
        """The best, and after them the next best: as many are fetched as it takes to tell apart those of equal score by id."""
        size = self._query.size
        scored = tantivy.Query.boolean_query([(Occur.Must, self._deciding), *clauses.ranking(self._asked)])
        score, last, seen = read_cursor(self._query, float, str, int) or (0.0, None, 0)
        there = last is not None and self._holds(last)
        limit = max(0, seen) + size + 1
        while True:
            limit = min(limit, self._searcher.num_docs + 1)
            found = self._searcher.search(scored, limit=limit, count=False).hits
            complete = len(found) < limit
            if not complete:  # of those that score like the last one, some may be missing
                found = [hit for hit in found if hit[0] > found[-1][0]]
            ranked = sorted((-float(hit), str(self._searcher.doc(address)["id"][0])) for hit, address in found)
            begin = 0 if last is None else _place_after(ranked, -score, last, there and not complete)
            if complete or (begin is not None and len(ranked) > begin + size):
                break
            limit *= 2
        begin = len(ranked) if begin is None else begin
        page = ranked[begin : begin + size]
        matches = tuple(Match(id=id, score=-minus) for minus, id in page)
        more = len(ranked) > begin + size
        return matches, make_cursor(self._query, matches[-1].score, matches[-1].id, begin + size) if more else None

    def _holds(self, id: str) -> bool:
        term = tantivy.Query.term_query(schema(), "id", id)
        both = tantivy.Query.boolean_query([(Occur.Must, self._deciding), (Occur.Must, term)])
        return _count(self._searcher, both) > 0


def _count(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    return int(searcher.search(query, limit=1).count)  # type: ignore[attr-defined]  # it is there, and forgotten in the stubs


@cache
def _language() -> tantivy.Index:
    """An empty index in memory: what parses tantivy's query language is a method of an index."""
    return tantivy.Index(schema())


def _place_after(ranked: list[tuple[float, str]], minus_score: float, id: str, must_come: bool) -> int | None:
    """Where the answers go on after the one with this id, whatever it scores by now; or, if it is gone, after its score.

    None: it must come later in the ranking.
    """
    place = next((place for place, (_, other) in enumerate(ranked) if other == id), None)
    if place is not None:
        return place + 1
    return None if must_come else bisect_right(ranked, (minus_score, id))


@contextmanager
def _committing(folder: Path, new: bool = False) -> Iterator[tantivy.IndexWriter]:
    """A writer whose work is kept when the block ends, and dropped when it fails."""
    with _plain_errors():
        writer = open_index(folder, new).writer(_HEAP, 1)
    try:
        yield writer
    except BaseException:
        writer.rollback()
        raise
    with _plain_errors():
        writer.commit()
        writer.wait_merging_threads()


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turns tantivy's own errors, which are all `ValueError`, into an `IndexUnavailable`."""
    try:
        yield
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise IndexUnavailable(f"The index cannot be used: {reason}.", "Run `tinymovements index --anew`.") from error
