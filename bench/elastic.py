"""What Elasticsearch costs through us and without us: `python -m bench.elastic --posts 100000`.

On one genuine node, in one run: ready documents written by us and by the client's own `parallel_bulk`, in turn; and questions asked
through the engine and as the same requests by the bare client, in turn. Told besides: how long the other kinds of questions take,
and how many bytes a post takes in the cluster.
"""

import random
import secrets
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk

from bench.elastic_node import serving
from bench.measure import Measure, seconds, show
from bench.search import TIMES, documents, kinds, plain
from search.elastic import ElasticEngine
from search.elastic.fields import MAPPINGS, SETTINGS, entry
from search.engine import Document

POSTS = 100_000
HEAP_MB = 2048
"""Of the node; docs/elasticsearch.md says what it is enough for."""
ROUNDS = 3


def measure(posts: int = POSTS) -> list[Measure]:
    """Bulk and search beside the bare client, and what a post takes on disk."""
    with serving(heap_mb=HEAP_MB, java=()) as cluster, Elasticsearch(cluster.url, request_timeout=120) as client:
        made = list(documents(posts, random.Random(1)))
        engine = ElasticEngine(client, "bench", plain)
        lines = [_bulk(client, engine, made)]
        engine.rebuild(iter(made))
        client.indices.forcemerge(index="bench-*", max_num_segments=1)
        size = client.indices.stats(index="bench-*", metric="store")["_all"]["primaries"]["store"]["size_in_bytes"]
        lines += _searches(client, engine, posts)
        return [*lines, Measure(f"Elasticsearch on disk, {posts:,} posts of 40 words", size / posts, "bytes/post")]


def _bulk(client: Elasticsearch, engine: ElasticEngine, made: Sequence[Document]) -> Measure:
    """Both make an index from nothing, and both make each document from the same object."""

    settings = {**SETTINGS, "number_of_shards": 1, "number_of_replicas": 0}

    def bare() -> None:
        index = f"bare-{secrets.token_hex(4)}"
        client.indices.create(index=index, settings=settings, mappings=MAPPINGS)
        for _ in parallel_bulk(client, _actions(index, made), thread_count=4, chunk_size=2000):
            pass
        client.indices.refresh(index=index)
        client.indices.delete(index=index)

    engine.rebuild([])  # the template, and what is made once
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(len(made) / seconds(lambda: engine.rebuild(iter(made))))
        theirs.append(len(made) / seconds(bare))
    return Measure(
        what=f"bulk of ready documents, {len(made):,} posts",
        value=statistics.median(ours),
        unit="posts/s",
        yardstick="the client's parallel_bulk",
        yardstick_value=statistics.median(theirs),
        bar=">= 0.8 x",
    )


def _actions(index: str, made: Sequence[Document]) -> Iterator[dict[str, Any]]:
    for document in made:
        yield {
            "_index": index,
            "_id": document.id,
            "version": document.version,
            "version_type": "external_gte",
            "_source": entry(document),
        }


def _searches(client: Elasticsearch, engine: ElasticEngine, posts: int) -> Iterator[Measure]:
    sent: list[dict[str, Any]] = []
    answer = client.search

    def noting(**request: Any) -> Any:
        sent.append(request)
        return answer(**request)

    for kind, make in kinds(random.Random(2)).items():
        ours, bare = [], []
        for _ in range(TIMES):
            query = make()
            sent.clear()
            client.search = noting  # type: ignore[method-assign]
            engine.search(query)  # for both it is the second time that this is asked
            client.search = answer  # type: ignore[method-assign]
            (request,) = sent
            ours.append(1000 * seconds(lambda: engine.search(query)))  # noqa: B023
            bare.append(1000 * seconds(lambda: answer(**request)))  # noqa: B023
        yield Measure(
            what=f"search for {kind}: median, {posts:,} posts",
            value=statistics.median(ours),
            unit="ms",
            yardstick="the same request by the bare client",
            yardstick_value=statistics.median(bare),
            bar="<= 1.3 x",
            note=f"95th percentile {statistics.quantiles(ours, n=20)[18]:.1f} ms",
        )


if __name__ == "__main__":
    show(measure, "--posts", POSTS, __doc__)
