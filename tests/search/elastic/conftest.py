"""Engines that reach a node through a proxy, or another way than `elastic_client` does."""

from collections.abc import Callable, Iterator

import pytest

from bench.elastic_node import Cluster
from pipelines.terms import analyse
from search.elastic import ElasticEngine, connect
from search.layout import AS_IT_LIES, Layout
from tests.search.elastic.proxy import Proxy
from tinymovements.settings import Settings

PATIENCE = 60
"""Seconds that a write waits for a cluster: so long that one which was killed and started again is back on a busy machine."""


@pytest.fixture
def proxy(elasticsearch: Cluster) -> Iterator[Proxy]:
    """Stands before the only node."""
    with Proxy(elasticsearch.url).serving() as proxy:
        yield proxy


@pytest.fixture
def engine_at(elastic_name: str) -> Callable[..., ElasticEngine]:
    """Makes an engine that reaches the test's indexes at an address, as the settings would make it."""

    def make(url: str, *, timeout: float = 30, patience: float = PATIENCE, layout: Layout = AS_IT_LIES) -> ElasticEngine:
        client = connect(Settings(engine="elasticsearch", elasticsearch=url, elasticsearch_timeout=timeout))
        return ElasticEngine(client, elastic_name, analyse, layout, patience)

    return make
