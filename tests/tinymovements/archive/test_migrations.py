"""An archive of the first version goes forward with all it holds, and of many that open it at once one migrates."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, TableClause, column, create_engine, insert, select

from tinymovements.archive import annotations, crawl, database, indexed, posts
from tinymovements.archive.database import HEAD, open_archive, reading, writing
from tinymovements.archive.posts import Stored
from tinymovements.archive.tables import metadata
from tinymovements.model import Annotation, Counts, Post

ANNOTATION = Annotation(version="0.1.0-00000000", language="fi", initiative=0.5, self_organised=0.25)
SEEN = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
POST: dict[str, Any] = {
    "number": 1,
    "id": "post-b",
    "source": "pihalista",
    "native_id": "b",
    "kind": "event",
    "title": "Siivouspäivä",
    "text": "Siivouspäivä pidetään lauantaina sisäpihalla, ja pöydän saa varata ilmoitustaululta.",
    "author": "p-abc",
    "group": "Kallion raitilla",
    "url": "https://example.org/b",
    "posted": datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
    "language": "fi",
    "place": "Karhupuisto",
    "lat": 60.18,
    "lon": 24.95,
    "starts": datetime(2026, 5, 23, 8, 0, tzinfo=UTC),
    "ends": None,
    "reactions": 2**31 - 1,
    "comments": 0,
    "shares": None,
    "content_hash": "b" * 64,
    "revision": 3,
    "first_seen": SEEN,
}
"""A post with all that the first version could keep."""

FIRST: dict[str, list[dict[str, Any]]] = {
    "posts": [POST, POST | {"number": 2, "id": "post-a", "native_id": "a", "content_hash": "a" * 64, "reactions": None}],
    "versions": [{"post": 1, "sequence": 1, "content_hash": "b" * 64, "seen": SEEN}],
    "annotations": [
        {"post": 1, "version": ANNOTATION.version, "content_hash": "b" * 64, "annotation": ANNOTATION.model_dump_json()}
    ],
    "near_duplicates": [{"post": 2, "original": 1, "similarity": 0.8756}],
    "crawl_states": [{"source": "pihalista", "name": "etag", "value": '"1"'}],
    "runs": [
        {
            "id": 1, "source": "pihalista", "step": "collect", "started": SEEN, "finished": SEEN, "outcome": "done",
            "counts": {"new": 2}, "message": None,
        }
    ],
}  # fmt: skip
"""All but the signatures, which are made from the texts by whatever rules there are today, and what an index held."""

GIVEN_OUT = {"posts": "number", "runs": "id"}
"""Numbers that the database gives out."""


def _config(**attributes: Any) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    config.attributes.update(attributes)
    return config


def _make_first(url: str) -> None:
    """The archive as the first version made and filled it."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        command.upgrade(_config(connection=connection), "0001")
    with engine.begin() as connection:
        for name, rows in FIRST.items():
            # By today's types: they write dates and JSON as those of the first version did.
            given = [{key: value for key, value in row.items() if key != GIVEN_OUT.get(name)} for row in rows]
            table = metadata.tables[name]
            connection.execute(insert(TableClause(name, *(column(key, table.c[key].type) for key in given[0]))), given)
    engine.dispose()


def _content(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """What today's archive holds under the names of the first version."""
    with reading(engine) as connection:
        return {
            name: [
                dict(row)
                for row in connection.execute(
                    select(*(metadata.tables[name].c[key] for key in rows[0])).order_by(*metadata.tables[name].primary_key)
                ).mappings()
            ]
            for name, rows in FIRST.items()
        }


def test_a_filled_archive_of_the_first_version_goes_forward_whole(new_url: str) -> None:
    _make_first(new_url)
    engine = open_archive(new_url)
    assert _content(engine) == FIRST
    with reading(engine) as connection:
        item = posts.get(connection, "post-b")
        assert (item.number, item.revision, item.annotation) == (1, 3, ANNOTATION)
        assert item.post.posted == POST["posted"]
        assert item.post.counts == Counts(reactions=2**31 - 1, comments=0)
        assert [kept.post.id for kept in posts.stream(connection)] == ["post-a", "post-b"]
        assert posts.same(connection, 1) == ["post-a"]
        assert posts.history(connection, 1) == [("b" * 64, SEEN)]
        assert crawl.state(connection, "pihalista") == {"etag": '"1"'}
        assert crawl.last_runs(connection)["pihalista"].counts == {"new": 2}
        assert annotations.count_outdated(connection, ANNOTATION.version) == 1
        assert indexed.count_behind(connection, "embedded-1") == 2
    engine.dispose()


def test_what_comes_after_is_kept_beside_it(new_url: str) -> None:
    _make_first(new_url)
    engine = open_archive(new_url)
    same = Post(**{name: POST[name] for name in Post.model_fields if name in POST}, counts=Counts(comments=0))
    new = same.model_copy(update={"id": "post-c", "native_id": "c", "content_hash": "c" * 64})
    with writing(engine) as connection:
        assert posts.store(connection, "pihalista", [same, new], gone=["a"]) == Stored(new=1, unchanged=1, removed=1)
    with reading(engine) as connection:
        assert posts.get(connection, "post-c").number == 3
        assert posts.same(connection, posts.get(connection, "post-c").number) == ["post-b"]
    engine.dispose()


def test_head_is_the_newest_migration_and_the_tables_are_those_of_the_code(new_url: str) -> None:
    assert ScriptDirectory.from_config(_config()).get_current_head() == HEAD
    engine = open_archive(new_url)
    with reading(engine) as connection:
        from alembic.autogenerate import compare_metadata

        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


OPENS = """
import logging, sys
from alembic import command, config
from tinymovements.archive.database import open_archive
logging.basicConfig(level="INFO")
print("ready", flush=True)
sys.stdin.readline()
open_archive(sys.argv[1])
"""


@pytest.mark.parametrize("made", [lambda url: None, _make_first], ids=["nothing", "the first version"])
def test_of_several_processes_that_open_it_at_once_one_migrates(new_url: str, made: Callable[[str], None]) -> None:
    made(new_url)
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen([sys.executable, "-c", OPENS, new_url], stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, told
    migrations = [line for text in told for line in text.splitlines() if "Running upgrade" in line]
    assert len(migrations) == len(set(migrations)) > 0
    engine = open_archive(new_url)
    with reading(engine) as connection:
        assert MigrationContext.configure(connection).get_current_revision() == HEAD
    engine.dispose()
