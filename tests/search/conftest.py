"""Every engine, and documents made of a few words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from search.layout import AS_IT_LIES, Layout

PATIENCE = 20
"""Seconds that a write waits for a cluster."""


@pytest.fixture(scope="session")
def elastic_client(elasticsearch: Cluster) -> Iterator[Elasticsearch]:
    """A client of the only node."""
    with Elasticsearch(elasticsearch.url) as client:
        yield client


@contextmanager
def _named(client: Elasticsearch, folder: Path) -> Iterator[str]:
    """A beginning of the names of indexes that nobody else has; they are gone when the block ends."""
    name = f"t{blake2b(str(folder).encode(), digest_size=8).hexdigest()}"
    yield name
    if made := list(client.indices.get(index=f"{name}-*")):
        client.indices.delete(index=made)
    client.options(ignore_status=404).indices.delete_index_template(name=f"{name}-*")


@pytest.fixture
def elastic_name(elastic_client: Elasticsearch, tmp_path: Path) -> Iterator[str]:
    """A beginning of the names of indexes that only this test has."""
    with _named(elastic_client, tmp_path) as name:
        yield name


@pytest.fixture
def new_elastic(elastic_client: Elasticsearch, elastic_name: str) -> Callable[[Layout], Engine]:
    """Makes the engine of a cluster, whose next index lies as is asked for."""
    return lambda layout: ElasticEngine(elastic_client, elastic_name, analyse, layout, patience=PATIENCE)


Both = tuple[Engine, Engine]
"""The embedded engine and Elasticsearch."""


@pytest.fixture
def both_engines(tmp_path: Path, new_elastic: Callable[[Layout], Engine]) -> Both:
    """The embedded engine and Elasticsearch, without an index."""
    return EmbeddedEngine(tmp_path / "index", analyse), new_elastic(AS_IT_LIES)


@pytest.fixture(scope="module")
def shared_engines(elastic_client: Elasticsearch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """The same for all tests of a module: the first one to need it fills them."""
    folder = tmp_path_factory.mktemp("shared")
    with _named(elastic_client, folder) as name:
        yield EmbeddedEngine(folder, analyse), ElasticEngine(elastic_client, name, analyse, patience=PATIENCE)


@pytest.fixture(params=["embedded", "elasticsearch"])
def new_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Engine]:
    """Makes an engine that finds what one made before has written, as another process would. Each engine of ours in turn."""
    if request.param == "embedded":
        return lambda: EmbeddedEngine(tmp_path / "index", analyse)
    new_elastic: Callable[[Layout], Engine] = request.getfixturevalue("new_elastic")
    return lambda: new_elastic(AS_IT_LIES)


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
    vector: tuple[float, ...] | None = None,
    stage: str | None = None,
    languages: tuple[str, ...] | None = None,
    sources: tuple[str, ...] | None = None,
    kinds: tuple[str, ...] | None = None,
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
        languages=(language,) if languages is None else languages,
        sources=(source,) if sources is None else sources,
        kinds=(kind,) if kinds is None else kinds,
        posted=posted,
        vector=vector,
        stage=stage,
    )


@pytest.fixture(scope="session", name="make_document")
def make_document_of_a_session() -> Callable[..., Document]:
    """The same for what a module or all of them share."""
    return make_document


@pytest.fixture
def document() -> Callable[..., Document]:
    """Makes a document of its text and what else is given."""
    return make_document
