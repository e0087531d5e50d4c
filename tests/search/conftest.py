"""Every engine, and documents made of a few words."""

from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from bench.elastic_node import Cluster
from pipelines.terms import analyse
from search.elastic import ElasticEngine
from search.embedded import EmbeddedEngine
from search.engine import Document, Engine

PATIENCE = 20
"""Seconds that a write waits for a cluster."""


@pytest.fixture(scope="session")
def elastic_client(elasticsearch: Cluster) -> Iterator[Elasticsearch]:
    """A client of the only node."""
    with Elasticsearch(elasticsearch.url) as client:
        yield client


@pytest.fixture
def elastic_name(elastic_client: Elasticsearch, tmp_path: Path) -> Iterator[str]:
    """A beginning of the names of indexes that only this test has; they are gone after it."""
    name = f"t{blake2b(str(tmp_path).encode(), digest_size=8).hexdigest()}"
    yield name
    if made := list(elastic_client.indices.get(index=f"{name}-*")):
        elastic_client.indices.delete(index=made)
    elastic_client.options(ignore_status=404).indices.delete_index_template(name=f"{name}-*")


@pytest.fixture(params=["embedded", "elasticsearch"])
def new_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Engine]:
    """Makes an engine that finds what one made before has written, as another process would. Each engine of ours in turn."""
    if request.param == "embedded":
        return lambda: EmbeddedEngine(tmp_path / "index", analyse)
    client: Elasticsearch = request.getfixturevalue("elastic_client")
    name: str = request.getfixturevalue("elastic_name")
    return lambda: ElasticEngine(client, name, analyse, patience=PATIENCE)


@pytest.fixture
def engine(new_engine: Callable[[], Engine]) -> Engine:
    """An engine with an empty index."""
    made = new_engine()
    made.rebuild([])
    return made


def make_document(
    id: str,
    text: str = "",
    title: str = "",
    language: str = "fi",
    movements: tuple[str, ...] = (),
    places: tuple[str, ...] = (),
    districts: tuple[str, ...] = (),
    points: tuple[tuple[float, float], ...] = (),
    source: str = "forum",
    kind: str = "message",
    posted: datetime | None = None,
    version: int = 1,
) -> Document:
    return Document(
        id=id,
        version=version,
        title=tuple(token.terms for token in analyse(title, language)),
        text=tuple(token.terms for token in analyse(text, language)),
        movements=movements,
        places=places,
        districts=districts,
        within=tuple(sorted({*places, *districts})),
        points=points,
        language=language,
        source=source,
        kind=kind,
        posted=posted,
    )


@pytest.fixture
def document() -> Callable[..., Document]:
    """Makes a document of its text and what else is given."""
    return make_document
