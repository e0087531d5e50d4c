"""Counts hits by their properties."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tantivy
from tantivy import Occur

from search.embedded.fields import CROWDED, SLOTS, over, schema, slots
from search.filters import COUNTED_IN
from search.query import LARGEST_FACET, OWN_FILTER, Facet, FacetName, FacetValue

_VALUES = 20_000
"""Values of one field that are counted: all there are, for ties are broken by value here, and a value may stand in several slots.
The gazetteer has 12,841 names, and whoever adds districts has more; tantivy refuses more than 65,000 values in one answer."""

Matching = Callable[[list[tantivy.Query]], tantivy.Query]
"""Makes the query of what holds under some filters."""


def count(
    searcher: tantivy.Searcher, names: Sequence[FacetName], filters: Mapping[str, tantivy.Query], matching: Matching
) -> tuple[Facet, ...]:
    """The facets of these names. A facet leaves out its own filter and no other."""
    by_filter: dict[str, list[FacetName]] = {}
    for name in names:
        own = OWN_FILTER.get(name, name)
        by_filter.setdefault(own if own in filters else "", []).append(name)
    counted: dict[str, Counter[str]] = {}
    for left_out, together in by_filter.items():
        query = matching([made for name, made in filters.items() if name != left_out])
        counted |= _counted(searcher, query, together)
    return tuple(_facet(name, counted[name]) for name in names)


def _counted(searcher: tantivy.Searcher, query: tantivy.Query, names: Sequence[FacetName]) -> dict[str, Counter[str]]:
    """How often each value occurs among the answers, by facet."""
    fields = {field: name for name in names for field in (slots(name) if name in SLOTS else [COUNTED_IN[name]])}
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    asked = {field: _terms(field) for field in fields}
    for field, answer in searcher.aggregate(query, asked).items():
        _add(counts[fields[field]], answer)
    for name in names:
        if name in SLOTS and searcher.doc_freq(CROWDED, name):
            crowded = tantivy.Query.term_query(schema(), CROWDED, name, "basic")
            both = tantivy.Query.boolean_query([(Occur.Must, crowded), (Occur.Must, query)])
            _add(counts[name], searcher.aggregate(both, {name: _terms(over(name))})[name])
    return counts


def _terms(field: str) -> dict[str, Any]:
    return {"terms": {"field": field, "size": _VALUES}}


def _add(counts: Counter[str], answer: dict[str, Any]) -> None:
    counts.update({bucket["key"]: bucket["doc_count"] for bucket in answer["buckets"]})


def _facet(name: FacetName, counts: Counter[str]) -> Facet:
    del counts[""]  # no value
    values = sorted((-count, value) for value, count in counts.items())
    return Facet(name=name, values=tuple(FacetValue(value=value, count=-count) for count, value in values[:LARGEST_FACET]))
