"""What tests of the index in a cluster share: posts, the commands, and requests that are held up."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock

from click.testing import CliRunner, Result
from elasticsearch import Elasticsearch

from search.elastic.fields import FORMAT
from search.query import Query
from tests.search.elastic.proxy import Answer, Asked, HeldBack
from tinymovements.archive import posts
from tinymovements.archive.database import open_archive, writing
from tinymovements.cli import main
from tinymovements.model import Draft, Post
from tinymovements.privacy import Gate
from tinymovements.settings import Settings
from tinymovements.workflow.index import index_posts, open_engine
from tinymovements.workflow.index_check import Checked, check_index

GATE = Gate(b"k" * 32)
DAY = datetime(2026, 3, 1, tzinfo=UTC)
PART = 20
WORKER = f"""
from tinymovements.workflow import index
index.COMMIT = {PART}
from tinymovements.cli import main
main()
"""


def make_post(number: int, words: str = "Kirpputori torilla", posted: datetime | None = DAY) -> Post:
    return GATE.admit(Draft(native_id=str(number), text=words, language="fi", posted=posted), "forum")


def store(settings: Settings, *batch: Post, gone: tuple[str, ...] = ()) -> None:
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "forum", batch, gone)


def run(settings: Settings) -> int:
    return index_posts(settings, lambda _steps: None)


def verify(settings: Settings) -> Checked:
    return check_index(settings, lambda _steps: None)


def command(words: str) -> Result:
    return CliRunner().invoke(main, words.split())


def found(settings: Settings, words: str = "") -> list[str]:
    return list(open_engine(settings).ids(Query(words=words)))


def worker(words: str = "index") -> "subprocess.Popen[str]":
    """The command in a process of its own, which commits a few posts at a time."""
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, *words.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Exit code, and what it told."""
    out, err = process.communicate(timeout=120)
    return process.returncode, (out + err).strip()


def shards(client: Elasticsearch, name: str) -> set[str]:
    found = client.indices.get_settings(index=f"{name}-*")
    return {index["settings"]["index"]["number_of_shards"] for index in found.values()}


def held_by(client: Elasticsearch, name: str) -> dict[str, int]:
    """How many documents each index of the generation in use holds, by the end of its name."""
    found = client.indices.get_alias(index=f"{name}-*", name=f"{name}-{FORMAT}")
    return {index.rpartition("-")[2]: client.count(index=index)["count"] for index in found}


class Nth:
    """Does something else with the request of this number that is so, and lets the others pass."""

    def __init__(self, which: Callable[[Asked], bool], number: int, then: Callable[[Asked], Answer | None]) -> None:
        self._which, self._left, self._then, self._lock = which, number, then, Lock()

    def __call__(self, asked: Asked) -> Answer | None:
        with self._lock:
            self._left -= self._which(asked)
            hit = self._left == 0 and self._which(asked)
        return self._then(asked) if hit else asked.answer()


def is_bulk(asked: Asked) -> bool:
    return asked.is_bulk


def is_refresh(asked: Asked) -> bool:
    return asked.path.endswith("/_refresh")


class HeldBefore(HeldBack):
    """Nothing is done before the test lets it go."""

    def __call__(self, asked: Asked) -> Answer | None:
        self.done.set()
        self.let_go.wait(60)
        return asked.answer()
