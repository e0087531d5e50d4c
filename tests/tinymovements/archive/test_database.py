"""The archive opens, migrates, and says plainly when it cannot."""

import sqlite3
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from tinymovements.archive import database
from tinymovements.archive.database import HEAD, open_archive, reading, writing
from tinymovements.archive.tables import metadata
from tinymovements.errors import ArchiveError


def test_head_is_the_newest_migration_and_the_tables_are_those_of_the_code(tmp_path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD
    engine = open_archive(f"sqlite:///{tmp_path / 'a.db'}")
    with reading(engine) as connection:
        from alembic.autogenerate import compare_metadata

        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


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


def test_an_archive_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_archive(f"sqlite:///{path}").dispose()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(ArchiveError, match="newer version"):
        open_archive(f"sqlite:///{path}")


def test_an_error_of_the_database_does_not_repeat_what_was_written(tmp_path: Path) -> None:
    engine = open_archive(f"sqlite:///{tmp_path / 'a.db'}")
    with pytest.raises(ArchiveError) as caught, writing(engine) as connection:
        connection.execute(text("INSERT INTO posts (id) VALUES (:id)"), {"id": "Maija Meikalainen"})
    assert "Maija" not in str(caught.value)
    engine.dispose()
