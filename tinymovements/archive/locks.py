"""Locks by name: one process at a time does a thing, it can be told which, and what it held is free once it is dead.

SQLite: `flock` on a file beside the database; the kernel lets go of it when the process ends, however it ends. PostgreSQL: a
session advisory lock, which the server lets go of when the connection ends. Neither leaves anything that somebody must clean up.
"""

import fcntl
import json
import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from glob import escape
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, Row, create_engine, text
from sqlalchemy.exc import DBAPIError

from tinymovements.archive.database import plain_errors, reading
from tinymovements.errors import ArchiveError, Busy

log = logging.getLogger(__name__)

_TRIES = 200
"""Ten milliseconds each: what is in the way and no holder (somebody who looks, or lets go) is gone after one or two."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock: its name, the process and its machine, and since when."""

    name: str
    pid: int
    machine: str
    since: datetime

    def __str__(self) -> str:
        return f"process {self.pid} on {self.machine} since {self.since:%Y-%m-%d %H:%M:%S} UTC"


@contextmanager
def held(archive: Engine, name: str) -> Iterator[None]:
    """Holds the lock while the block runs. Raises `Busy` at once where another process, or thread, holds it."""
    with _held_by_server(archive, name) if archive.dialect.name == "postgresql" else _held_by_file(archive, name):
        yield


def holder(archive: Engine, name: str) -> Holder | None:
    """Who holds the lock of this name now."""
    if archive.dialect.name == "postgresql":
        return next(iter(_on_server(archive, name)), None)
    database = _database(archive)
    return _told(_file(database, name)) if database else None


def holders(archive: Engine) -> list[Holder]:
    """Who holds which locks now, by name. Nothing is written for it."""
    if archive.dialect.name == "postgresql":
        return _on_server(archive)
    database = _database(archive)
    files = sorted(database.parent.glob(f"{escape(database.name)}.*.lock")) if database else []
    return [found for path in files if (found := _told(path))]


def _busy(name: str, by: Holder | None) -> Busy:
    who = str(by) if by else "another process"
    return Busy(f"`{name}` is being done already, by {who}.", "Wait until it has ended: `tinymovements status` shows it.")


# SQLite: files


def _database(archive: Engine) -> Path | None:
    """The file that all who open the archive have in common; None for one in memory, which nobody else can open."""
    file = archive.url.database
    return Path(file).resolve() if file and file != ":memory:" else None


def _file(database: Path, name: str) -> Path:
    return database.with_name(f"{database.name}.{quote(name.replace(' ', '-'), safe='')}.lock")


@contextmanager
def _held_by_file(archive: Engine, name: str) -> Iterator[None]:
    if not (database := _database(archive)):
        yield
        return
    path = _file(database, name)
    try:
        handle = _take(path, name)
    except OSError as error:
        raise ArchiveError(
            f"The lock `{name}` cannot be taken, by {path}: {error.strerror}.", "Check the rights of the folder, and the disk."
        ) from None
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _take(path: Path, name: str) -> int:
    for _ in range(_TRIES):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            # Whoever let go may have removed the file between our opening and our locking it: then nobody else would meet us here.
            if _flock(handle, fcntl.LOCK_EX) and _is_at(handle, path):
                who = {"name": name, "pid": os.getpid(), "machine": socket.gethostname(), "since": datetime.now(UTC).isoformat()}
                os.ftruncate(handle, 0)
                os.pwrite(handle, json.dumps(who).encode(), 0)
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        if by := _told(path):
            raise _busy(name, by)
        time.sleep(0.01)
    raise _busy(name, None)


def _flock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(handle: int, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), path.stat())
    return False


def _told(path: Path) -> Holder | None:
    """Who holds the lock of this file: it is held if it cannot be shared, and then its content is true."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror}.", "Check its rights.") from None
    try:
        if _flock(handle, fcntl.LOCK_SH):
            return None
        who = json.loads(os.pread(handle, 1000, 0))
        return Holder(who["name"], who["pid"], who["machine"], datetime.fromisoformat(who["since"]))
    except ValueError:  # it was taken this very moment, and does not say yet by whom
        return None
    finally:
        os.close(handle)


# PostgreSQL: session advisory locks

_KEPT_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""Seconds, for both ends: one that was cut off is given up after a minute. The system's own default is two hours."""

_SESSION = {f"tcp_{name}": str(value) for name, value in _KEPT_ALIVE.items()} | {"idle_session_timeout": "0"}
"""What the server shall do for this connection, as far as it knows the words (the last is of version 14)."""

_SET = "SELECT set_config(name, :value, false) FROM pg_settings WHERE name = :name"

_SHOWN = 40
"""Characters of a lock's name that are told: the server keeps 63 of an application's name, and process and machine must fit too."""

_HOLDERS = """
    SELECT CAST(objid AS bigint) AS key, application_name, backend_start
    FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND CAST(classid AS bigint) = :archive
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY application_name
"""


@contextmanager
def _held_by_server(archive: Engine, name: str) -> Iterator[None]:
    """On a connection of its own that stays open for as long as the lock is held.

    Should it break (the server restarts, the network is cut for more than a minute), the server lets go of the lock and another
    process may begin the same while this one goes on. Nothing is lost by that: each commit stands for itself, and what is done
    twice gives the same again. It costs the work done twice, and a site is asked twice.
    """
    given: dict[str, object] = {"application_name": f"{name[:_SHOWN]} {os.getpid()}@{socket.gethostname()}", **_KEPT_ALIVE}
    engine = create_engine(archive.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True, connect_args=given)
    try:
        with plain_errors():
            connection = engine.connect()
        with connection:
            with plain_errors():
                connection.execute(text(_SET), [{"name": word, "value": value} for word, value in _SESSION.items()])
                key = {"archive": _archive_key(connection), "name": _key(name)}
                taken = connection.execute(text("SELECT pg_try_advisory_lock(:archive, :name)"), key).scalar_one()
            if not taken:
                raise _busy(name, holder(archive, name))
            try:
                yield
            finally:
                _let_go(connection, name, key)
    finally:
        engine.dispose()


def _let_go(connection: Connection, name: str, key: dict[str, int]) -> None:
    try:
        connection.execute(text("SELECT pg_advisory_unlock(:archive, :name)"), key)
    except DBAPIError:
        log.warning("The connection that held the lock `%s` had broken: another process may have done the same meanwhile.", name)


def _on_server(archive: Engine, name: str | None = None) -> list[Holder]:
    with reading(archive) as connection:
        rows = connection.execute(text(_HOLDERS), {"archive": _archive_key(connection)}).all()
    return [_holder(row, name) for row in rows if name is None or row.key == _key(name)]


def _holder(row: Row[Any], name: str | None) -> Holder:
    told, _, where = row.application_name.rpartition(" ")
    pid, _, machine = where.partition("@")
    return Holder(name or told, int(pid), machine, row.backend_start.astimezone(UTC))


def _archive_key(connection: Connection) -> int:
    """Two archives may stand in one database, in schemas of their own; their locks do not hinder each other."""
    return _key(f"tinymovements {connection.execute(text('SELECT current_schema()')).scalar_one()}")


def _key(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=4).digest()) >> 1  # the server's numbers have a sign
