"""What all tests stand on: a home folder of their own, no connection beyond this machine, and both databases."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.elastic_files import MissingProgram
from bench.elastic_node import Cluster
from bench.elastic_node import serving as serving_elasticsearch
from bench.postgres_server import Server, serving
from pipelines.encoder import make as make_encoder
from tinymovements.archive.database import open_archive
from tinymovements.archive.tables import metadata
from tinymovements.settings import PREFIX, Settings
from tinymovements.workflow.offline import refuse_connections

PETS = """
[movements.shared-pets]
family = "sharing"
sensitive = true
labels = { fi = "Yhteiset lemmikit", sv = "Delade husdjur", en = "Shared pets" }
[movements.shared-pets.definitions]
fi = "Naapurit hoitavat toistensa koiria ja kissoja."
sv = "Grannar sköter varandras hundar och katter."
en = "Neighbours look after each other's dogs and cats in turn."
"""

refuse_connections()  # for this process; the commands that tests start get TINYMOVEMENTS_OFFLINE=1 by `home`


def pytest_addoption(parser: pytest.Parser) -> None:
    """How often commands are killed at random moments on SQLite (a quarter as often on PostgreSQL), and a seed for the moments; in
    how many invented archives, with ten queries each, both engines must find the same.
    """
    parser.addoption("--kills", type=int, default=10)
    parser.addoption("--kills-seed", type=int, default=0)
    parser.addoption("--archives", type=int, default=50)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, for this process and all that it starts."""
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv(f"{PREFIX}HOME", str(folder))
    monkeypatch.setenv(f"{PREFIX}OFFLINE", "1")
    monkeypatch.setenv(f"{PREFIX}ENCODER", "false")  # which takes seconds to make, and a hundred times as long for each post
    return folder


@pytest.fixture(scope="session")
def encoder_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder in which the encoder has been made: for the tests that need one, since it takes seconds."""
    folder = tmp_path_factory.mktemp("encoder_home")
    make_encoder(folder, lambda line: None)
    return folder


@pytest.fixture
def pets(home: Path) -> Path:
    """The home folder with a movement of its own, shared-pets."""
    home.mkdir(exist_ok=True)
    (home / "movements.toml").write_text(PETS, "utf-8")
    return home


@pytest.fixture
def settings(home: Path) -> Settings:
    """Settings of the home folder, one process."""
    return Settings(home=home, processes=1, contact="tests@example.org")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server. Where there is none to start the tests that need it fail, and say what to install."""
    with serving(access="local all guarded scram-sha-256\nlocal all all trust") as server:
        server.execute("CREATE ROLE guarded LOGIN PASSWORD 'right'")
        yield server


@pytest.fixture(scope="session")
def _used_in_turn(postgresql: Server) -> Server:
    postgresql.execute("CREATE DATABASE used_in_turn")
    open_archive(postgresql.url("used_in_turn")).dispose()
    return postgresql


@pytest.fixture
def postgresql_url(_used_in_turn: Server) -> str:
    """An archive on PostgreSQL without a row: emptied, for that takes a tenth of the time of making one."""
    tables = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    _used_in_turn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'used_in_turn'")
    _used_in_turn.execute(f"TRUNCATE {tables} RESTART IDENTITY", database="used_in_turn")
    return _used_in_turn.url("used_in_turn")


@pytest.fixture(params=["sqlite", "postgresql"])
def archive_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An archive without a row, on each database in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'archive.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a table, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.db'}"
        return
    server: Server = request.getfixturevalue("postgresql")
    server.execute("CREATE DATABASE new")
    yield server.url("new")
    server.execute("DROP DATABASE new WITH (FORCE)")


@contextmanager
def _missing_is_told() -> Iterator[None]:
    """Without the programs for Elasticsearch tests fail on CI, where they are to be installed, and are skipped elsewhere."""
    try:
        yield
    except MissingProgram as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def elasticsearch() -> Iterator[Cluster]:
    """One Elasticsearch node, started where a test first asks for it. Tests share it: let each make indexes of its own."""
    with _missing_is_told(), serving_elasticsearch() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def secured_elasticsearch() -> Iterator[Cluster]:
    """One Elasticsearch node that asks for a password, and has a certificate of an unknown authority."""
    with _missing_is_told(), serving_elasticsearch(secured=True) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def elasticsearch_cluster() -> Iterator[Cluster]:
    """Two Elasticsearch nodes, the second of which may be lost."""
    with _missing_is_told(), serving_elasticsearch(nodes=2) as cluster:
        yield cluster
