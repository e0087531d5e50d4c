"""Answers one query with a page, in one request (and a small one before it, where a ranked page is not the first)."""

from collections.abc import Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch

from search.cursor import fingerprint, make_cursor, read_cursor
from search.elastic import facets
from search.elastic.clauses import Clause, deciding, filters, scored
from search.query import Match, Matches, Query
from search.words import Asked
from tinymovements.errors import QueryError

_UNIT = "ms"
"""Of the moments in a cursor."""

_TOLD = "hits.total.value,hits.hits.sort,aggregations"

_DATES: dict[str, list[Clause]] = {
    "newest": [{"posted": {"order": "desc", "missing": "_last"}}, {"id": "asc"}],
    "oldest": [{"posted": {"order": "asc", "missing": "_last"}}, {"id": "asc"}],
}
_RELEVANCE: list[Clause] = [{"_score": "desc"}, {"id": "asc"}]


def answer(client: Elasticsearch, alias: str, query: Query, asked: Asked) -> Matches:
    """A page of answers, with what was asked for besides. Ties are broken by id."""
    return _Asking(client, alias, query, asked).page()


class _Asking:
    """One query on the indexes behind an alias."""

    def __init__(self, client: Elasticsearch, alias: str, query: Query, asked: Asked) -> None:
        self._client, self._alias, self._query, self._asked = client, alias, query, asked
        self._filters = filters(query)
        self._ranked = query.sort == "relevance" and asked.ranks

    def page(self) -> Matches:
        query = self._query
        shared, own = facets.split(query.facets, self._filters)
        found = self._ask(
            query=self._matching(shared),
            post_filter={"bool": {"filter": own}} if own else None,
            aggregations=facets.aggregations(query.facets, self._filters) if query.facets else None,
            sort=_RELEVANCE if self._ranked else _DATES["oldest" if query.sort == "oldest" else "newest"],
            search_after=self._after(),
            size=query.size + 1,
            track_total_hits=True,
        )
        places = _places(found)
        page = places[: query.size]
        return Matches(
            matches=tuple(Match(id=id, score=float(key) if self._ranked else 0) for key, id in page),
            total=found["hits"]["total"]["value"],
            facets=facets.read(query.facets, found.get("aggregations", {})),
            cursor=self._cursor(*page[-1]) if len(places) > query.size else None,
        )

    def _matching(self, filters: Sequence[Clause]) -> Clause:
        return (scored if self._ranked else deciding)(self._asked, filters)

    def _cursor(self, key: float, id: str) -> str:
        # Ranked, as the embedded engine has it, which wants to know how many came before. By date it counts otherwise.
        return make_cursor(self._query, float(key), id, 0) if self._ranked else make_cursor(self._query, key, id, _UNIT)

    def _after(self) -> list[Any] | None:
        """Where the page before ended: after its last answer, whatever that scores by now; or, if it is gone, after its score."""
        if not self._ranked:
            ended = read_cursor(self._query, int, str, str)
            if ended and not -(1 << 63) <= ended[0] < 1 << 63:
                raise QueryError("This cursor was not made here.", "Ask for the first page again, without a cursor.")
            return list(ended[:2]) if ended else None
        ended = read_cursor(self._query, float, str, int)
        if ended is None:
            return None
        score, last, _ = ended
        still = self._ask(query=self._matching([*self._filters.values(), {"term": {"id": last}}]), sort=_RELEVANCE, size=1)
        return [_places(still)[0][0] if _places(still) else score, last]

    def _ask(self, **what: Any) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._client.search(
            index=self._alias,
            **what,
            stored_fields="_none_",
            filter_path=_TOLD,
            # Words weigh the same in all shards, so that their number changes no order.
            search_type="dfs_query_then_fetch",
            # The copies of a shard may count removed documents differently; one query, with all its pages, asks the same ones.
            preference=f"q{fingerprint(self._query)}",
            allow_partial_search_results=False,
        ).body
        return found


def _places(found: Mapping[str, Any]) -> list[tuple[float, str]]:
    """What each answer is sorted by, and its id."""
    return [(key, id) for key, id in (hit["sort"] for hit in found.get("hits", {}).get("hits", ()))]
