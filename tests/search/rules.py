"""What a query finds by a plain reading of the rules, and whether both engines find that, in the same order."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from pipelines.terms import analyse
from search import plain
from search.distance import EARTH
from search.engine import Document, Engine
from search.query import FACETS, LARGEST_FACET, OWN_FILTER, FacetName, Matches, Near, Query
from search.words import Asked, Phrase, Word, read

Both = tuple[Engine, Engine]
"""The embedded engine and Elasticsearch."""

NOISE = 1e-5
"""Parts of a score that engines differ by, for they add the same numbers in another order."""


def answers(kept: Iterable[Document], query: Query, left_out: str = "") -> list[Document]:
    """What answers a query, but for one of its filters, in order of id."""
    asked = read(query.words, analyse)
    found = (document for document in kept if says(document, asked) and keeps(document, query, left_out))
    return sorted(found, key=lambda document: document.id)


def says(document: Document, asked: Asked) -> bool:
    return (
        sum(holds(document, word) for word in asked.plain) >= asked.least
        and all(holds(document, said) for said in asked.must)
        and not any(holds(document, said) for said in asked.never)
    )


def holds(document: Document, said: Word | Phrase) -> bool:
    if isinstance(said, Phrase):
        return any(any(said.places_in(words)) for words in (document.title, document.text))
    return said.found_in({term for words in (document.title, document.text) for word in words for term in word})


def keeps(document: Document, query: Query, left_out: str) -> bool:
    near, box, points = query.near, query.box, document.points
    kept = {
        "movements": not query.movements or bool({*query.movements} & {*document.movements}),
        "places": not query.places or bool({*query.places} & {*document.within}),
        "languages": not query.languages or bool({*query.languages} & {*document.languages}),
        "sources": not query.sources or bool({*query.sources} & {*document.sources}),
        "kinds": not query.kinds or bool({*query.kinds} & {*document.kinds}),
        "stages": not query.stages or document.stage in query.stages,
        "dates": not (query.since or query.until)
        or (document.posted is not None and (query.since or date.min) <= document.posted.date() <= (query.until or date.max)),
        "near": near is None or any(kilometres(near, *point) <= near.km for point in points),
        "box": box is None or any(box.south <= lat <= box.north and box.west <= lon <= box.east for lat, lon in points),
    }
    return all(holds for name, holds in kept.items() if name != left_out)


def kilometres(near: Near, lat: float, lon: float) -> float:
    a, b = ((math.radians(x), math.radians(y)) for x, y in ((near.lat, near.lon), (lat, lon)))
    chord = math.sin((a[0] - b[0]) / 2) ** 2 + math.cos(a[0]) * math.cos(b[0]) * math.sin((a[1] - b[1]) / 2) ** 2
    return 2 * EARTH * math.asin(math.sqrt(min(chord, 1)))


VALUES: Mapping[FacetName, Callable[[Document], Iterable[str]]] = {
    "movements": lambda document: document.movements,
    "stages": lambda document: [document.stage] if document.stage else [],
    "places": lambda document: document.places,
    "districts": lambda document: document.districts,
    "languages": lambda document: document.languages,
    "sources": lambda document: document.sources,
    "kinds": lambda document: document.kinds,
    "months": lambda document: [document.posted.isoformat()[:7]] if document.posted else [],
}


def counted(kept: Iterable[Document], query: Query, name: FacetName) -> list[tuple[str, int]]:
    found = answers(kept, query, OWN_FILTER.get(name, name))
    counts = Counter(value for document in found for value in VALUES[name](document))
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:LARGEST_FACET]


def by_date(found: list[Document], sort: str) -> list[str]:
    sign = 1 if sort == "oldest" else -1
    since = {document.id: document.posted and sign * (document.posted - datetime(1, 1, 1, tzinfo=UTC)) for document in found}
    return sorted(since, key=lambda id: (since[id] is None, since[id] or timedelta(), id))


def check(engines: Both, kept: list[Document], query: Query, weights: bool = True) -> None:
    """Both find what the rules say, in the same order. `weights`: whether words weigh the same in both, as they do until documents
    are replaced or removed: those count until segments merge, which each engine does when it likes.
    """
    query = query.model_copy(update={"size": 1000, "facets": FACETS})
    wanted, asked = answers(kept, query), read(query.words, analyse)
    assert wanted == sorted((one for one in kept if plain.answers(one, query, asked)), key=lambda document: document.id)
    found = [engine.search(query) for engine in engines]
    for engine, matches in zip(engines, found, strict=True):
        assert sorted(match.id for match in matches.matches) == [document.id for document in wanted]
        assert matches.total == len(wanted)
        assert [facet.name for facet in matches.facets] == list(FACETS)
        for facet in matches.facets:
            assert [(value.value, value.count) for value in facet.values] == counted(kept, query, facet.name)
        if query.sort != "relevance":
            assert list(engine.ids(query)) == [document.id for document in wanted]
        if query.sort != "relevance" or not read(query.words, analyse).ranks:
            assert [match.id for match in matches.matches] == by_date(wanted, query.sort)
    if weights:
        check_order(*found)


def check_order(one: Matches, other: Matches) -> None:
    """The same scores in the same order; only what scores alike by all but the noise may change places."""
    scores = {match.id: match.score for match in other.matches}
    for ours, theirs in zip(one.matches, other.matches, strict=True):
        assert ours.score == pytest.approx(scores[ours.id], rel=NOISE)
        assert ours.id == theirs.id or (ours.score and ours.score == pytest.approx(theirs.score, rel=NOISE))
