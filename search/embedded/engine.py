"""Indexes and searches in a folder: one process writes, any number read."""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path
from string import ascii_lowercase, digits

import tantivy
from tantivy import Occur

from search.cursor import make_cursor, read_cursor
from search.embedded import clauses, facets
from search.embedded.fields import NEWEST, OLDEST, STATE, entry, open_index, schema
from search.embedded.folder import HINT, Folder
from search.embedded.nearest import nearest
from search.embedded.order import Answer, Order
from search.embedded.points import Points
from search.embedded.vectors import NewRows, Vectors, held_vectors
from search.engine import Analyse, Document, Gone
from search.query import Facet, Match, Matches, Query
from search.words import Asked, read
from tinymovements.errors import IndexUnavailable, QueryError

_HEAP = 128_000_000
"""Bytes a writer gathers before it writes a segment."""

_PART = 30_000
"""Documents in a segment of a new index, at the most: of a hundred words each they fit into the writer's heap. At the least it is
an eighth of that, so that eight merged ones are more than the 10,000 under which tantivy takes all for equal."""

_MERGED = 8
"""Segments of one size that tantivy merges into one as soon as there are so many."""

_REMEMBERED = 64
"""Questions without words whose facets are kept until the index changes."""


class EmbeddedEngine:
    """An `Engine` on tantivy."""

    shared = False

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

    def write(self, documents: Iterable[Document], gone: Iterable[Gone] = ()) -> None:
        """Put documents in (replacing those of the same id) and take the gone ones out: all or nothing.

        Nothing arrives late here, for one process writes at a time; so no versions are compared.
        """
        with self._folder.writing(), _committing(self._folder.path / self._folder.current()) as (writer, rows):
            for id, _ in gone:
                writer.delete_documents_by_term("id", id)
            for document in documents:
                row = rows.add(document.vector)
                with _plain_errors():
                    writer.delete_documents_by_term("id", document.id)
                    writer.add_document(entry(document, row))

    def rebuild(self, documents: Iterable[Document], expected: int = 0) -> None:
        """Replace the whole index (each id comes once); searches see the old one until the new one is complete."""
        with self._folder.renewing() as new:
            written, part = 0, _part(expected)
            with _committing(new, new=True) as (writer, rows):
                for document in documents:
                    row = rows.add(document.vector)
                    with _plain_errors():
                        writer.add_document(entry(document, row))
                        written += 1
                        if written % part == 0:
                            writer.commit()
            with _plain_errors():
                held = open_index(new).searcher().num_docs
            if held != written:
                raise IndexUnavailable("The new index lacks documents; the old one stays.", "Check the disk, then try again.")

    def search(self, query: Query) -> Matches:
        """A page of answers. Ties are broken by id."""
        with _plain_errors():
            return _Search(self._open(), query, read(query.words, self._analyse)).page()

    def nearest(self, query: Query, vector: Sequence[float], size: int) -> tuple[Match, ...]:
        """The documents whose vectors point most nearly where this one does, exactly. Ties are broken by id."""
        with _plain_errors():
            state = self._open()
            if state.vectors is None:
                return ()
            search = _Search(state, query, replace(read(query.words, self._analyse), plain=()))
            return nearest(state.searcher, state.vectors, search.deciding, vector, size)

    def ids(self, query: Query) -> Iterator[str]:
        """The id of every answer, in order of id, for exports."""
        with _plain_errors():
            yield from _Search(self._open(), query, read(query.words, self._analyse)).ids()

    def versions(self) -> Iterator[tuple[str, int]]:
        """The id and version of every document, in order of id."""
        with _plain_errors():
            searcher = self._open().searcher
            for first in digits + ascii_lowercase:
                for state, _ in searcher.terms_with_prefix(STATE, first, tantivy.Query.all_query()):
                    id, _, version = state.partition(" ")
                    yield id, int(version)

    def lies_as_asked(self) -> bool:
        """There is one way to lie in a folder."""
        return True

    def leftovers(self) -> list[str]:
        """The folders that killed rebuilds have left, which the next rebuild takes away."""
        return self._folder.leftovers()

    def _open(self) -> "_State":
        """What is in the folder now; opened again only when it has changed."""
        while True:
            name = self._folder.current()
            try:
                commit = (self._folder.path / name / "meta.json").stat()
                stamp = (name, commit.st_ino, commit.st_mtime_ns)
                if self._state is None or self._state.stamp != stamp:
                    searcher = open_index(self._folder.path / name).searcher()
                    self._state = _State(name, stamp, searcher, held_vectors(self._folder.path / name, searcher))
                return self._state
            except (OSError, ValueError):
                # Replaced by a new generation between two of these lines? Then that one is asked.
                if self._folder.current() == name:
                    raise IndexUnavailable("The index is broken.", HINT) from None


class _State:
    """One state of the index: what is committed later does not show in it."""

    def __init__(self, name: str, stamp: tuple[str, int, int], searcher: tantivy.Searcher, vectors: Vectors | None) -> None:
        self.name, self.stamp, self.searcher, self.vectors = name, stamp, searcher, vectors
        self.facets_without_words = lru_cache(_REMEMBERED)(self._facets_without_words)

    @cached_property
    def points(self) -> Points:
        """Every point that any document has."""
        return Points.of([term for term, _ in self.searcher.terms_with_prefix("points", "")])

    def _facets_without_words(self, query: Query) -> tuple[Facet, ...]:
        return _Search(self, query, Asked()).facets()


class _Search:
    """One query on one state of the index."""

    def __init__(self, state: _State, query: Query, asked: Asked) -> None:
        self._state, self._searcher, self._query, self._asked = state, state.searcher, query, asked
        self._filters = clauses.filters(query, state.points if query.near or query.box else None)
        self.deciding = clauses.deciding(asked, self._filters.values())

    def page(self) -> Matches:
        """A page of answers, with what was asked for besides."""
        by_relevance = self._query.sort == "relevance" and self._asked.ranks
        total, matches, cursor = self._by_relevance() if by_relevance else self._by_date()
        return Matches(matches=matches, total=total, facets=self._counted(), cursor=cursor)

    def facets(self) -> tuple[Facet, ...]:
        """The facets that the query asks for, counted."""
        return facets.count(
            self._searcher, self._query.facets, self._filters, lambda filters: clauses.deciding(self._asked, filters)
        )

    def _counted(self) -> tuple[Facet, ...]:
        if not self._query.facets or self._asked != Asked():
            return self.facets()
        # Asked again and again, with all posts as answers: counted once in each state of the index.
        return self._state.facets_without_words(
            self._query.model_copy(update={"words": "", "sort": "relevance", "size": 10, "cursor": None})
        )

    def ids(self) -> Iterator[str]:
        """The id of every answer, in order."""
        for first in digits + ascii_lowercase:
            yield from (id for id, _ in self._searcher.terms_with_prefix("id", first, self.deciding))

    def _by_date(self) -> tuple[int, tuple[Match, ...], str | None]:
        field, size = OLDEST if self._query.sort == "oldest" else NEWEST, self._query.size
        key, last = read_cursor(self._query, int, str) or (0, "")
        if not 0 <= key < 1 << 63:
            raise QueryError("This cursor was not made here.", "Ask for the first page again, without a cursor.")
        wanted = self.deciding
        if last:
            beyond = tantivy.Query.range_query(schema(), field, tantivy.FieldType.Integer, key)
            wanted = tantivy.Query.boolean_query([(Occur.Must, wanted), (Occur.Must, beyond)])

        def ask(limit: int) -> tantivy.SearchResult:
            return self._searcher.search(wanted, limit, order_by_field=field, order=tantivy.Order.Asc)

        order = Order(self._searcher, ask, sign=1)
        page, more, total = order.page(size, lambda answers, complete: order.after(answers, key, last) if last else 0)
        matches = tuple(Match(id=order.id(answer), score=0) for answer in page)
        cursor = make_cursor(self._query, page[-1].rank, matches[-1].id) if more else None
        return self._count(self.deciding) if last else total, matches, cursor

    def _by_relevance(self) -> tuple[int, tuple[Match, ...], str | None]:
        size = self._query.size
        score, last, seen = read_cursor(self._query, float, str, int) or (0.0, "", 0)
        scored = clauses.scored(self._asked, self._filters.values())
        order = Order(self._searcher, lambda limit: self._searcher.search(scored, limit), sign=-1)
        there = bool(last) and self._holds(last)

        def begin(answers: Sequence[Answer], complete: bool) -> int | None:
            """After the last one, whatever it scores by now; or, if it is gone, after its score."""
            if not last:
                return 0
            place = order.find(answers, last) if there else None
            if place is not None:
                return place + 1
            return None if there and not complete else order.after(answers, -score, last)

        page, more, total = order.page(size, begin, max(0, seen))
        matches = tuple(Match(id=order.id(answer), score=-answer.rank) for answer in page)
        cursor = make_cursor(self._query, matches[-1].score, matches[-1].id, max(0, seen) + size) if more else None
        return total, matches, cursor

    def _holds(self, id: str) -> bool:
        term = tantivy.Query.term_query(schema(), "id", id)
        return self._count(tantivy.Query.boolean_query([(Occur.Must, self.deciding), (Occur.Must, term)])) > 0

    def _count(self, query: tantivy.Query) -> int:
        return int(self._searcher.search(query, 1).count)  # type: ignore[attr-defined]  # it is there, and forgotten in the stubs


def _part(expected: int) -> int:
    """Documents in each of 8, 64, 512 … equal segments, which tantivy then merges into one.

    Left alone it makes six of a million documents, and looks up each of the 2,000 names of a facet in all six: 3 ms instead of 0.5.
    """
    segments = 1
    while expected > segments * _PART:
        segments *= _MERGED
    return math.ceil(expected / segments) or _PART


@contextmanager
def _committing(folder: Path, new: bool = False) -> Iterator[tuple[tantivy.IndexWriter, NewRows]]:
    """A writer whose work is kept when the block ends, and dropped when it fails: then nothing names the rows that were added."""
    with _plain_errors():
        writer = open_index(folder, new).writer(_HEAP, 1)
    try:
        with NewRows(folder) as rows:
            yield writer, rows
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
