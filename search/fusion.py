"""Puts what is found by words and what is near in meaning into one order, for every engine alike."""

from collections.abc import Sequence

from search.cursor import make_cursor, read_cursor
from search.engine import Engine
from search.query import Match, Matches, Query

K = 60
"""Of reciprocal rank fusion: the greater, the less the first ranks stand out. Cormack, Clarke and Büttcher (SIGIR 2009) chose it on
results of TREC, and found that it hardly matters."""

DEPTH = 200
"""Matches of each kind that are fused: what is in neither list would stand behind the first 70 of both."""


def fuse(words: Sequence[str], nearest: Sequence[str]) -> list[tuple[str, float]]:
    """Every id of two lists with its score, best first, ties by id: each list gives it 1 / (K + its rank there)."""
    scores: dict[str, float] = {}
    for ranked in (words, nearest):
        for rank, id in enumerate(ranked, start=1):
            scores[id] = scores.get(id, 0.0) + 1 / (K + rank)
    return sorted(scores.items(), key=lambda scored: (-scored[1], scored[0]))


def search_both_ways(engine: Engine, query: Query, vector: Sequence[float] | None) -> Matches:
    """A page of what holds the query's words and of what is near to their meaning, which the vector says.

    The engine's own answer where there is no vector, none near, nothing in the words to rank by, or another order asked for.
    Otherwise the pages end with the first `DEPTH` of each kind. Facets tell of all that hold the words; so does `total`, unless the
    pages have more: then it tells of the pages.
    """
    if vector is None or query.sort != "relevance":
        return engine.search(query)
    near = engine.nearest(query, vector, DEPTH)
    if not near:
        return engine.search(query)
    found = engine.search(query.model_copy(update={"size": DEPTH, "cursor": None}))
    if found.matches and not found.matches[0].score:
        return engine.search(query)
    return _page(query, found, fuse([match.id for match in found.matches], [match.id for match in near]))


def _page(query: Query, found: Matches, fused: Sequence[tuple[str, float]]) -> Matches:
    """The page begins after the last answer of the one before, wherever that stands by now; or, if it is gone, where it stood."""
    last, stood = read_cursor(query, str, int) or ("", 0)
    start = next((place + 1 for place, (id, _) in enumerate(fused) if id == last), max(0, stood))
    page = tuple(Match(id=id, score=score) for id, score in fused[start : start + query.size])
    end = start + len(page)
    return Matches(
        matches=page,
        total=max(found.total, len(fused)),
        facets=found.facets,
        cursor=make_cursor(query, page[-1].id, end - 1) if end < len(fused) else None,
    )
