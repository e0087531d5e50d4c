"""Finds the nearest vectors: a graph of bytes is walked, and what is found there compared by the vectors themselves."""

from collections.abc import Sequence
from zlib import crc32

from elasticsearch import Elasticsearch

from search.cosine import by_cosine
from search.elastic.clauses import Clause
from search.query import Match

_SPARE = 50
"""Documents of each shard that are compared beyond the answers, for those that are like the last one."""

_WALKED = 500
"""Documents of each shard that are looked at in the graph, and two more for each answer. It costs some milliseconds. Of 20,000
random vectors of 384 dimensions, for which no graph is good, 100, 200, 300, 500 and 800 find 63, 83, 89, 97 and 99 % of the ten
nearest; of such that lie in heaps, as those of texts do, 120 find them all."""


def nearest(client: Elasticsearch, alias: str, wanted: Clause, vector: Sequence[float], size: int) -> tuple[Match, ...]:
    """The documents that are wanted and whose vectors point most nearly where this one does, best first, ties by id."""
    compared = size + _SPARE
    found = client.search(
        index=alias,
        knn={
            "field": "vector",
            "query_vector": [float(part) for part in vector],
            "filter": wanted,
            "k": compared,
            "num_candidates": _WALKED + 2 * size,
            "rescore_vector": {"oversample": 1.0},
        },
        sort=[{"_score": "desc"}, {"id": "asc"}],
        size=compared,
        stored_fields="_none_",
        filter_path="hits.hits.sort",
        preference=f"q{crc32(repr(vector).encode())}",
        allow_partial_search_results=False,
    )
    # A score is (1 + cosine) / 2, for it may not be negative.
    scored = (hit["sort"] for hit in found.get("hits", {}).get("hits", ()))
    return by_cosine(((id, 2 * score - 1) for score, id in scored), size)
