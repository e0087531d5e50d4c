"""An archive on PostgreSQL, and an index on Elasticsearch behind a proxy; a world of posts to be resolved."""

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from bench.elastic_node import Cluster
from tests.search.elastic.proxy import Proxy
from tests.tinymovements.workflow.indexing import PART, make_post, run, store
from tests.tinymovements.workflow.resolving import OTHER_WORDS, TOLD, World, annotated, draft
from tinymovements.model import Annotation, Post
from tinymovements.settings import PREFIX, Settings, load
from tinymovements.workflow import index


@pytest.fixture
def name(elasticsearch: Cluster, tmp_path: Path) -> Iterator[str]:
    """A beginning of the names of indexes that only this test has; they are gone after it."""
    name = f"w{blake2b(str(tmp_path).encode(), digest_size=8).hexdigest()}"
    yield name
    with elasticsearch.client() as client:
        if made := list(client.indices.get(index=f"{name}-*")):
            client.indices.delete(index=made)
        client.options(ignore_status=404).indices.delete_index_template(name=f"{name}-*")


@pytest.fixture
def client(elasticsearch: Cluster) -> Iterator[Elasticsearch]:
    with elasticsearch.client() as client:
        yield client


@pytest.fixture
def proxy(elasticsearch: Cluster) -> Iterator[Proxy]:
    with Proxy(elasticsearch.url).serving() as proxy:
        yield proxy


@pytest.fixture
def elastic_settings(postgresql_url: str, proxy: Proxy, name: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An archive on PostgreSQL and an empty index on Elasticsearch, for this process and those it starts."""
    given = {"ARCHIVE": postgresql_url, "ENGINE": "elasticsearch", "ELASTICSEARCH": proxy.url, "ELASTICSEARCH_INDEX": name}
    given["ELASTICSEARCH_TIMEOUT"] = "120"  # longer than requests are held back for
    for setting, value in (given | {"PROCESSES": "1"}).items():
        monkeypatch.setenv(f"{PREFIX}{setting}", value)
    monkeypatch.setattr(index, "COMMIT", PART)
    settings = load()
    assert run(settings) == 0
    return settings


@pytest.fixture
def stored(elastic_settings: Settings) -> list[Post]:
    """What is in the archive, and not yet in the index."""
    batch = [make_post(number) for number in range(200)]
    store(elastic_settings, *batch)
    return batch


@pytest.fixture(scope="session")
def said() -> dict[str, Annotation]:
    """What the pipeline says of each text of the world of posts."""
    return annotated(*map(draft, TOLD), draft("ruuvi-1", OTHER_WORDS))


@pytest.fixture
def world(home: Path, archive_url: str, said: dict[str, Annotation], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An empty archive, on each database in turn, for this process and the commands it runs."""
    monkeypatch.setenv(f"{PREFIX}ARCHIVE", archive_url)
    world = World(Settings(home=home, archive=archive_url, processes=1), said)
    yield world
    world.archive.dispose()
