"""The archive opens, migrates, and says plainly when it cannot."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from bench.postgres_server import Server
from tinymovements.archive import posts
from tinymovements.archive.database import HEAD, open_archive, reading, writing
from tinymovements.errors import ArchiveError
from tinymovements.model import Counts, Post

MakePost = Callable[..., Post]


def test_sqlite_writes_ahead(tmp_path: Path) -> None:
    engine = open_archive(f"sqlite:///{tmp_path / 'a.db'}")
    with reading(engine) as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("no url", "not a database URL"),
        ("mysql://localhost/x", "SQLite or PostgreSQL"),
        ("sqlite:////proc/no/such/folder/a.db", "cannot be made"),
    ],
)
def test_a_useless_url_is_one_sentence(url: str, said: str) -> None:
    with pytest.raises(ArchiveError, match=said):
        open_archive(url)


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"this is a letter, not a database; it is longer than a header of SQLite" * 20)
    with pytest.raises(ArchiveError, match="cannot be used"):
        open_archive(f"sqlite:///{path}")


def test_an_archive_of_a_newer_program_is_left_alone(new_url: str) -> None:
    engine = open_archive(new_url)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ArchiveError, match="newer version"):
        open_archive(new_url)


def test_an_error_of_the_database_does_not_repeat_what_was_written(archive: Engine) -> None:
    with pytest.raises(ArchiveError) as caught, writing(archive) as connection:
        connection.execute(text("INSERT INTO posts (id) VALUES (:id)"), {"id": "Maija Meikalainen"})
    assert "Maija" not in str(caught.value)


def test_what_ctrl_c_interrupts_in_a_statement_lets_others_write_at_once(tmp_path: Path) -> None:
    archive = open_archive(f"sqlite:///{tmp_path / 'a.db'}?timeout=0")

    def interrupt(cursor: Any, statement: str, parameters: Any, _context: object) -> None:
        if statement == "SELECT name FROM sqlite_master":
            cursor.execute("UPDATE alembic_version SET version_num = '9999'")
            cursor.execute(statement, parameters)  # rows are left to be read
            raise KeyboardInterrupt

    event.listen(archive, "do_execute", interrupt)
    # Its traceback is kept, as it is where an exception passes a `finally`.
    with pytest.raises(KeyboardInterrupt) as _kept, writing(archive) as connection:
        connection.execute(text("SELECT name FROM sqlite_master"))
    with writing(archive) as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
    archive.dispose()


def test_who_reads_sees_one_state_and_who_writes_the_latest(archive: Engine, make_post: MakePost) -> None:
    with reading(archive) as connection:
        assert posts.count(connection) == {}
        with writing(archive) as other:
            posts.store(other, "groups", [make_post("1", "yksi")])
        assert posts.count(connection) == {}
    with reading(archive) as connection:
        assert posts.count(connection) == {"groups": 1}


def test_ids_and_sources_come_in_one_order_on_every_database(archive: Engine, make_post: MakePost) -> None:
    ids, sources = ["aa", "Ab", "a_c", "b-a", "ba", "b.b", "ä", "z", "w", "v"], ["kallio-b", "kallioa", "kallio"]
    with writing(archive) as connection:
        for source in sources:
            posts.store(connection, source, [make_post("1", "yksi", source=source)])
        posts.store(connection, "x", [make_post(id, id, source="x").model_copy(update={"id": id}) for id in ids])
    with reading(archive) as connection:
        assert [item.post.id for item in posts.stream(connection, 2) if item.post.source == "x"] == sorted(ids)
        assert list(posts.count(connection)) == sorted([*sources, "x"])


def test_the_ends_of_what_a_post_may_say_are_kept(archive: Engine, make_post: MakePost) -> None:
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    post = make_post(
        "1" * 500, "💚 " * 50_000, title="", posted=first, ends=last, counts=Counts(reactions=2**31 - 1), lat=-90, lon=180
    )
    with writing(archive) as connection:
        posts.store(connection, "groups", [post])
    with reading(archive) as connection:
        assert posts.get(connection, post.id).post == post


def test_a_connection_that_was_cut_is_one_sentence_and_the_next_is_new(postgresql: Server, postgresql_url: str) -> None:
    engine = open_archive(postgresql_url)

    def cut() -> None:
        postgresql.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'used_in_turn'")

    def count_while_it_is_cut() -> None:
        with writing(engine) as connection:
            cut()
            posts.count(connection)

    with pytest.raises(ArchiveError, match=r"the server has ended the connection\..*what was kept stays kept"):
        count_while_it_is_cut()
    cut()
    with reading(engine) as connection:
        assert posts.count(connection) == {}
    engine.dispose()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("/used_in_turn", "/no_such"), "no such database. Make it"),
        (("tinymovements@", "guarded@"), "refuses the user or the password"),
        (("tinymovements@", "guarded:wrong-secret@"), "refuses the user or the password"),
        (("tinymovements@", "nobody-there:wrong-secret@"), "refuses the user or the password"),
        (("host=", "host=/no/such/folder"), "no PostgreSQL server answers"),
        (("?host=", "?password=wrong-secret&sslmode=x&host="), "cannot be used"),
    ],
)
def test_a_server_that_does_not_let_us_in_is_one_sentence(postgresql_url: str, change: tuple[str, str], said: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        open_archive(postgresql_url.replace(*change))
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://x:wrong-secret@127.0.0.1:1/x", "no PostgreSQL server answers"),
        ("postgresql://x:wrong@secret@127.0.0.1:1/x", "%40"),
        ("postgresql://x:wrong-secret@127.0.0.1:port/x", "not a database URL"),
    ],
)
def test_a_server_that_is_not_there_is_one_sentence(url: str, said: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        open_archive(url)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_password_is_not_told_wherever_it_stands(postgresql_url: str) -> None:
    engine = open_archive(f"{postgresql_url}&password=secret")
    assert "secret" not in engine.url.render_as_string(hide_password=True)
    assert engine.url.password == "secret"
    engine.dispose()
