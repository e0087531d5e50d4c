"""Indexes and searches in an Elasticsearch cluster: any number of processes write and read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from elasticsearch import ApiError, Elasticsearch, TransportError

from search.elastic import clauses
from search.elastic.bulk import Bulk, Operation, put, take_out
from search.elastic.fields import entry
from search.elastic.generations import DEFAULT, Generation, Generations
from search.elastic.nearest import nearest
from search.elastic.page import answer
from search.elastic.patience import patiently
from search.elastic.refusals import plain_errors
from search.engine import Analyse, Document, Gone
from search.layout import AS_IT_LIES, Layout
from search.query import Match, Matches, Query
from search.words import read
from tinymovements.errors import EngineUnavailable, IndexUnavailable

_T = TypeVar("_T")

PATIENCE = 120.0
"""Seconds that a write waits for a cluster that is too busy or gone: a node is back some 20 s after it was started."""

_TAKES_OVER = 1.0
"""Seconds in which a question that met an index on its way out is asked again: where several are made anew one after the other, on
a machine that is busy, the second try met the next one."""

_AT_ONCE = 10_000
"""Answers of one request of a stream; Elasticsearch gives no more."""

_KEPT = "5m"
"""How long the state that a stream reads is kept after each request."""


class ElasticEngine:
    """An `Engine` on Elasticsearch 9. `name` begins the names of all its indexes, `layout` is how they are to lie."""

    shared = True

    def __init__(
        self, client: Elasticsearch, name: str, analyse: Analyse, layout: Layout = AS_IT_LIES, patience: float = PATIENCE
    ) -> None:
        self._client, self._analyse, self._layout = client, analyse, layout
        self._generations = Generations(client, name, patience)
        self._bulk, self._patience = Bulk(client, patience), patience

    def identity(self) -> str:
        """The name of the generation in use. Raises `IndexUnavailable` where there is none."""
        with plain_errors(self._client):
            return self._generations.current().name

    def count(self) -> int:
        """How many documents it holds."""
        return self._ask(lambda: self._count(self._generations.alias))

    def write(self, documents: Iterable[Document], gone: Iterable[Gone] = ()) -> None:
        """Put documents in (replacing those of the same id that are not newer) and take the gone ones out.

        What fails in the middle shows only in part, or not at all, until the same is written again.
        """
        with plain_errors(self._client):
            generation = self._generations.current()
            last = {document.id: document for document in documents}
            leaving = {id: version for id, version in gone if id not in last}
            self._bulk.send(self._changes(generation, last, leaving))
            self._refresh(generation)

    def rebuild(self, documents: Iterable[Document], expected: int = 0) -> None:
        """Replace the whole index (each id comes once); searches see the old one until the new one is complete."""
        with plain_errors(self._client), self._generations.renewing(self._next_layout()) as new:
            written = 0

            def operations() -> Iterator[Operation]:
                nonlocal written
                made = set()
                for document in documents:
                    index = new.index_of(document)
                    if index not in made:
                        self._generations.create(new, index)
                        made.add(index)
                    yield put(index, document.id, document.version, entry(document))
                    written += 1

            self._bulk.send(operations())
            self._refresh(new)
            if patiently(lambda: self._count(self._generations.of(new)), self._patience) != written:
                raise EngineUnavailable("The new index lacks documents; the old one stays.", "Check the cluster, then try again.")

    def search(self, query: Query) -> Matches:
        """A page of answers. Ties are broken by id."""
        asked = read(query.words, self._analyse)
        return self._ask(lambda: answer(self._client, self._generations.alias, query, asked))

    def nearest(self, query: Query, vector: Sequence[float], size: int) -> tuple[Match, ...]:
        """The documents whose vectors point most nearly where this one does, nearly always all of them. Ties are by id."""
        asked = replace(read(query.words, self._analyse), plain=())
        wanted = clauses.deciding(asked, clauses.filters(query).values())
        return self._ask(lambda: nearest(self._client, self._generations.alias, wanted, vector, size))

    def ids(self, query: Query) -> Iterator[str]:
        """The id of every answer, in order of id, for exports."""
        asked = read(query.words, self._analyse)
        wanted = clauses.deciding(asked, clauses.filters(query).values())
        return (hit["sort"][0] for hit in self._stream(wanted, "hits.hits.sort", stored_fields="_none_"))

    def versions(self) -> Iterator[tuple[str, int]]:
        """The id and version of every document, in order of id."""
        told = "hits.hits.sort,hits.hits._version"
        return ((hit["sort"][0], hit["_version"]) for hit in self._stream({"match_all": {}}, told, version=True))

    def leftovers(self) -> list[str]:
        """The indexes that killed rebuilds have left, which the next rebuild takes away."""
        with plain_errors(self._client):
            return self._generations.leftovers()

    def lies_as_asked(self) -> bool:
        """Whether the index lies as was asked for when the engine was opened; the number of replicas is changed by this."""
        with plain_errors(self._client):
            generation = self._generations.current()
            asked = self._layout.over(generation.layout)
            if (asked.shards, asked.by_year) != (generation.layout.shards, generation.layout.by_year):
                return False
            if asked.replicas != generation.layout.replicas:
                self._generations.keep_copies(generation.indexes, asked.replicas)
            return True

    def _next_layout(self) -> Layout:
        try:
            return self._layout.over(self._generations.current().layout)
        except IndexUnavailable:
            return self._layout.over(DEFAULT)

    def _changes(self, generation: Generation, last: Mapping[str, Document], leaving: Mapping[str, int]) -> Iterator[Operation]:
        known = set(generation.indexes)
        versions = {id: document.version for id, document in last.items()} | dict(leaving)
        lies_in = [(id, generation.indexes[0], 0) for id in leaving]
        if generation.layout.by_year:
            self._refresh(generation)  # shows what a killed process has written, or it would stay in the index of another year
            lies_in = self._lies_in(list(versions))
        targets = {id: generation.index_of(document) for id, document in last.items()}
        for index in sorted(set(targets.values()) - known):
            self._generations.create_in_use(generation, index)
        for id, index, _ in lies_in:
            if targets.get(id) != index:  # gone, or its date has moved to another year
                yield take_out(index, id, versions[id])
        # A newer state in the index of another year would not keep them out of theirs.
        late = {id for id, _, version in lies_in if version > versions[id]}
        for id, document in last.items():
            if id not in late:
                yield put(targets[id], id, document.version, entry(document))

    def _lies_in(self, ids: list[str]) -> list[tuple[str, str, int]]:
        """The index and the version of each document, of those that are in any; both, if an accident has left one in two."""
        found: list[tuple[str, str, int]] = []
        step = _AT_ONCE // 2
        for at in range(0, len(ids), step):
            answer = self._client.search(
                index=self._generations.alias,
                query={"ids": {"values": ids[at : at + step]}},
                size=_AT_ONCE,
                source=False,
                version=True,
                filter_path="hits.hits._id,hits.hits._index,hits.hits._version",
                allow_partial_search_results=False,
            )
            found += [(hit["_id"], hit["_index"], hit["_version"]) for hit in answer.get("hits", {}).get("hits", ())]
        return found

    def _count(self, indexes: str) -> int:
        # By a search: the request to count leaves out what cannot be reached, and does not fail.
        found = self._client.search(index=indexes, size=0, track_total_hits=True, allow_partial_search_results=False)
        return int(found["hits"]["total"]["value"])

    def _refresh(self, generation: Generation) -> None:
        answer = patiently(lambda: self._client.indices.refresh(index=self._generations.of(generation)), self._patience)
        if answer["_shards"]["failed"]:
            raise EngineUnavailable("Parts of the index are on no running server.", "Check the cluster, then try again.")

    def _stream(self, wanted: clauses.Clause, told: str, **more: Any) -> Iterator[Mapping[str, Any]]:
        """Every answer in order of id, all of one state of the index."""
        point = self._ask(lambda: self._client.open_point_in_time(index=self._generations.alias, keep_alive=_KEPT)["id"])
        with plain_errors(self._client):
            after = None
            told += ",pit_id"
            try:
                while True:
                    answer = self._client.search(
                        pit={"id": point, "keep_alive": _KEPT},
                        query=wanted,
                        sort=[{"id": "asc"}],
                        size=_AT_ONCE,
                        search_after=after,
                        track_total_hits=False,
                        allow_partial_search_results=False,
                        filter_path=told,
                        **more,
                    )
                    point = answer["pit_id"]
                    hits = answer.get("hits", {}).get("hits", [])
                    yield from hits
                    if len(hits) < _AT_ONCE:
                        return
                    after = hits[-1]["sort"]
            finally:
                with suppress(ApiError, TransportError):  # it ends by itself
                    self._client.close_point_in_time(id=point)

    def _ask(self, ask: Callable[[], _T]) -> _T:
        """What is asked of the alias; again where it is there after all: another generation may have taken over meanwhile."""
        with plain_errors(self._client):
            try:
                return ask()
            except ApiError as error:
                if error.status_code not in (404, 503):
                    raise
                if error.status_code == 404 and not self._client.indices.exists_alias(name=self._generations.alias):
                    raise self._generations.none() from None
            return patiently(ask, _TAKES_OVER)
