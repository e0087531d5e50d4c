"""Opens the archive's database and brings its tables up to date."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from weakref import finalize

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from tinymovements.errors import ArchiveError

HEAD = "0008"
"""The newest migration; a test keeps it equal to what Alembic finds."""


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # SQLAlchemy's recipe: BEGIN is said by _begin, not guessed by the driver
    _write_ahead(connection)
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")
    # Pages, 64 MB: what several transactions change is put into the database once, which halved what an import reads and writes.
    connection.execute("PRAGMA wal_autocheckpoint=16000")


def _write_ahead(connection: sqlite3.Connection) -> None:
    # SQLite waits for its other locks by itself, but not for this change: of several that open a file in the old mode one makes it,
    # and others may be told "locked" at once (seen in 2 of 150 opens, six at a time).
    until = monotonic() + connection.execute("PRAGMA busy_timeout").fetchone()[0] / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > until:
                raise
        sleep(0.02)


def _roll_back(connection: sqlite3.Connection, _entry: ConnectionPoolEntry, _error: BaseException | None) -> None:
    # One whose statement Ctrl-C interrupted is closed. SQLite puts that off, and with it the end of the transaction, until the
    # statement is forgotten; the exception's traceback remembers it, and who notes the end of a run would wait for the lock.
    with suppress(sqlite3.Error):
        connection.rollback()


# UTC: the first year of our era is none in a zone behind it. Keepalives, at the server's end: what a machine that has vanished had
# claimed is free after a minute, not after the system's two hours.
_SESSION = """
    SELECT set_config('TimeZone', 'UTC', false), set_config('tcp_keepalives_idle', '30', false),
    set_config('tcp_keepalives_interval', '10', false), set_config('tcp_keepalives_count', '3', false)
"""


def _prepare_postgresql(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.execute(_SESSION)
    connection.commit()


def _close_in_time(connection: Any, entry: ConnectionPoolEntry) -> None:
    # With the pool that holds it, or at the end of the process: whoever opens an archive need not close it.
    finalize(entry, connection.close)


def _begin(connection: Connection) -> None:
    # IMMEDIATE where it will write: two writers then wait for each other instead of failing half way.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def open_archive(url: str) -> Engine:
    """The database behind `url`, its tables made or migrated. Raises `ArchiveError` where it cannot be had."""
    try:
        address = _address(url)
        sqlite = address.get_backend_name() == "sqlite"
        if sqlite and address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(address, hide_parameters=True, **(_of_a_file(address) if sqlite else _of_a_server(address)))
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise ArchiveError("The setting `archive` is not a database URL.", "Write sqlite:///FILE or postgresql://…") from None
    except OSError as error:
        raise ArchiveError(f"The archive's folder cannot be made: {error}.", "Check TINYMOVEMENTS_HOME.") from None
    event.listen(engine, "connect", _prepare_sqlite if sqlite else _prepare_postgresql)
    event.listen(engine, "connect", _close_in_time)
    if sqlite:
        event.listen(engine, "begin", _begin)
        event.listen(engine, "invalidate", _roll_back)
    with plain_errors():
        _migrate(engine)
    return engine


def _address(url: str) -> URL:
    address = make_url(url)
    # psycopg (version 3) is the driver that is installed; a plain postgresql:// would ask for psycopg2.
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() not in ("sqlite", "postgresql"):
        raise ArchiveError("The archive must be SQLite or PostgreSQL.", "Correct the setting `archive`.")
    if "password" in address.query:  # moved to where SQLAlchemy hides it when it tells the address
        address = address.set(password=str(address.query["password"])).difference_update_query(["password"])
    if "@" in (address.host or ""):  # the end of a password, which an error would tell as the name of a machine
        raise ArchiveError("The setting `archive` has two @.", "Write the one in the password as %40.")
    return address


def _of_a_file(address: URL) -> dict[str, Any]:
    # Seconds that one writer waits for another, and the change to WAL as well. `?timeout=` in the URL says otherwise.
    return {"connect_args": {"timeout": float(str(address.query.get("timeout", "30")))}}


def _of_a_server(address: URL) -> dict[str, Any]:
    return {
        # Seconds. A server answers in milliseconds; without a limit a host that swallows packets is waited for two minutes.
        "connect_args": {"connect_timeout": address.query.get("connect_timeout", "10")},
        # A server that was restarted is noticed before a transaction begins, not by its failing.
        "pool_pre_ping": True,
        # As many as there are claims under way (tinymovements.archive.annotations), and that follows from the processes.
        "max_overflow": -1,
    }


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns the database's own errors into an `ArchiveError`, without the values that were being written."""
    try:
        yield
    except DBAPIError as error:
        raise _plain(error) from None


_SERVER = "Check the setting `archive`, and that the server runs; then do the same again: what was kept stays kept."

_REASONS: tuple[tuple[str, str, str], ...] = (
    (
        r"authentication failed|no password|role .* does not exist",
        "the server refuses the user or the password",
        "Correct `archive`.",
    ),
    (r'database "[^"]*" does not exist', "the server has no such database", "Make it (`createdb NAME`), or correct `archive`."),
    (r"Connection refused|No such file or directory", "no PostgreSQL server answers there", _SERVER),
    (r"timeout expired|resolve|translate host name", "the server cannot be reached", _SERVER),
    (r"connection .*(closed|lost)|terminat|shut(ting)? down|starting up", "the server has ended the connection", _SERVER),
    (r"database is locked", "another process is writing to it", "Wait until that has ended; `tinymovements status` tells who."),
    (r"is full|disk I/O|No space left", "the disk is full, or fails", "Make room, and do the same again: what was kept is kept."),
    (r"readonly database", "it may not be written to", "Check the rights of the file and its folder, and the disk."),
    (r"unable to open database file", "its file cannot be opened", "Check the file, its folder, their rights and the disk."),
    (r"not a database|malformed", "its file is damaged, or no SQLite database", "Put it back from a copy, or correct `archive`."),
)
"""Words of the databases and their drivers, what they mean, and what to do: a connection that fails has no code to tell it by."""


def _plain(error: DBAPIError) -> ArchiveError:
    told = str(error.orig).strip()
    if isinstance(error, OperationalError) or type(error) is DatabaseError:  # the latter of a file that is damaged
        for words, reason, hint in _REASONS:
            if re.search(words, told):
                return ArchiveError(f"The archive cannot be used: {reason}.", hint)
    reason = told.splitlines()[0] if told else type(error.orig).__name__
    return ArchiveError(f"The archive cannot be used: {reason}.", "Check the setting `archive`, the disk and the server.")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the archive."""
    with plain_errors(), engine.connect() as connection:
        if engine.dialect.name == "postgresql":  # by itself each statement would see what was committed before it
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection


def read_once(connection: Connection) -> None:
    """Let SQLite remember 8 MB of pages and not 64, on this connection from now on: for who reads each of them once."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA cache_size=-8192")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction: all of it is kept when the block ends, nothing of it when the block fails."""
    with plain_errors(), engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def one_writer(connection: Connection) -> None:
    """On PostgreSQL, too, let no other transaction that says this keep anything of posts until this one ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("tinymovements keeps posts"))))


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
        # Of several that come here at once one migrates; the others wait, and then find it done: on SQLite by `writing` itself.
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("tinymovements migrates"))))
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
