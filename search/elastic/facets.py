"""Counts hits by their properties, in the same request as the hits."""

from collections.abc import Mapping, Sequence
from typing import Any

from search.elastic.clauses import Clause
from search.filters import COUNTED_IN
from search.query import LARGEST_FACET, OWN_FILTER, Facet, FacetName, FacetValue

_OF_A_SHARD = 20_000
"""Values that each shard counts: all there are, as in the embedded engine, so that counts are exact over any number of shards."""


def split(names: Sequence[FacetName], filters: Mapping[str, Clause]) -> tuple[list[Clause], list[Clause]]:
    """The filters that all facets share, and those that one of them leaves out."""
    own = {OWN_FILTER.get(name, name) for name in names}
    return [made for name, made in filters.items() if name not in own], [made for name, made in filters.items() if name in own]


def aggregations(names: Sequence[FacetName], filters: Mapping[str, Clause]) -> Clause:
    """What counts the facets of these names. A facet leaves out its own filter and no other."""
    own = {OWN_FILTER.get(name, name) for name in names}
    return {
        name: {
            "filter": {"bool": {"filter": [filters[other] for other in own & filters.keys() - {OWN_FILTER.get(name, name)}]}},
            "aggs": {"values": {"terms": _terms(COUNTED_IN.get(name, name))}},
        }
        for name in names
    }


def _terms(field: str) -> Clause:
    order = [{"_count": "desc"}, {"_key": "asc"}]
    return {"field": field, "size": LARGEST_FACET, "shard_size": _OF_A_SHARD, "order": order}


def read(names: Sequence[FacetName], answer: Mapping[str, Any]) -> tuple[Facet, ...]:
    """The facets of an answer, in the order in which they were asked for."""
    return tuple(
        Facet(
            name=name,
            values=tuple(
                FacetValue(value=bucket["key"], count=bucket["doc_count"]) for bucket in answer[name]["values"].get("buckets", ())
            ),
        )
        for name in names
    )
