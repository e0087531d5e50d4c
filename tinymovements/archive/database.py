"""Opens the archive's database and brings its tables up to date."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from tinymovements.errors import ArchiveError

HEAD = "0001"
"""The newest migration; a test keeps it equal to what Alembic finds."""


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # SQLAlchemy's recipe: BEGIN is said by _begin, not guessed by the driver
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # IMMEDIATE where it will write: two writers then wait for each other instead of failing half way.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def open_archive(url: str) -> Engine:
    """The database behind `url`, its tables made or migrated. Raises `ArchiveError` where it cannot be had."""
    try:
        address = make_url(url)
        # psycopg (version 3) is the driver that is installed; a plain postgresql:// would ask for psycopg2.
        if address.drivername in ("postgresql", "postgres"):
            address = address.set(drivername="postgresql+psycopg")
        if address.get_backend_name() not in ("sqlite", "postgresql"):
            raise ArchiveError("The archive must be SQLite or PostgreSQL.", "Correct the setting `archive`.")
        if address.get_backend_name() == "sqlite" and address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(address, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError):
        raise ArchiveError("The setting `archive` is not a database URL.", "Write sqlite:///FILE or postgresql://…") from None
    except OSError as error:
        raise ArchiveError(f"The archive's folder cannot be made: {error}.", "Check TINYMOVEMENTS_HOME.") from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin)
    with plain_errors():
        _migrate(engine)
    return engine


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns the database's own errors into an `ArchiveError`, without the values that were being written."""
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
        raise ArchiveError(
            f"The archive cannot be used: {reason}.", "Check the setting `archive`, the disk and the server."
        ) from None


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the archive."""
    with plain_errors(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction: all of it is kept when the block ends, nothing of it when the block fails."""
    with plain_errors(), engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def _migrate(engine: Engine) -> None:
    with engine.connect() as connection:
        at = None
        if inspect(connection).has_table("alembic_version"):
            at = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if at == HEAD:
        return
    if at is not None and at > HEAD:
        raise ArchiveError(
            "The archive was made by a newer version of this program.", "Install the newer version, or use another archive."
        )
    from alembic import command  # 0.2 s that only a first run pays
    from alembic.config import Config

    with writing(engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
