"""Counts hits by their properties."""

from collections.abc import Callable, Mapping
from typing import Any

import tantivy

from search.query import FACETS, LARGEST_FACET, Facet, FacetValue

_FIELD = {"languages": "language", "sources": "source", "kinds": "kind", "months": "month"}
_FILTER = {"districts": "places", "months": "dates"}

# tantivy breaks ties between counts as it likes: enough is asked for to break them by value here.
_ASKED = 10_000


def count(
    searcher: tantivy.Searcher, filters: Mapping[str, tantivy.Query], matching: Callable[[list[tantivy.Query]], tantivy.Query]
) -> tuple[Facet, ...]:
    """Every facet; `matching` makes the query of what holds under some filters. A facet leaves out its own filter and no other."""
    by_filter: dict[str, list[str]] = {}
    for name in FACETS:
        own = _FILTER.get(name, name)
        by_filter.setdefault(own if own in filters else "", []).append(name)
    counted: dict[str, Facet] = {}
    for left_out, names in by_filter.items():
        query = matching([made for name, made in filters.items() if name != left_out])
        asked = {name: {"terms": {"field": _FIELD.get(name, name), "size": _ASKED}} for name in names}
        counted |= {name: _facet(name, answer["buckets"]) for name, answer in searcher.aggregate(query, asked).items()}
    return tuple(counted[name] for name in FACETS)


def _facet(name: str, buckets: list[dict[str, Any]]) -> Facet:
    values = sorted((-bucket["doc_count"], bucket["key"]) for bucket in buckets)
    return Facet(name=name, values=tuple(FacetValue(value=value, count=-count) for count, value in values[:LARGEST_FACET]))
