"""What a disk, other processes and broken files do to a command: one sentence, and nothing that was kept is lost."""

import ctypes
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from tinymovements.archive import posts
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.posts import store
from tinymovements.cli import main
from tinymovements.errors import FileError
from tinymovements.model import Post
from tinymovements.privacy import load_key
from tinymovements.settings import Settings
from tinymovements.workflow.import_files import COMMIT, ImportOrder, Watch, import_files

Before = Callable[[], None]
Ended = subprocess.CompletedProcess[str]
Program = Callable[..., Ended]

_POSTS = 2 * COMMIT + 50


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("id,text\n" + "".join(f"{n},Kirppis pihalla numero {n}\n" for n in range(_POSTS)), "utf-8")
    return path


@pytest.fixture
def archive(settings: Settings, make_post: Callable[..., Post]) -> Path:
    """The file of an archive of 600 posts that pack badly, more than a megabyte. Nobody has it open."""
    noise = Random(1)
    engine = open_archive(settings.archive_url)
    with writing(engine) as connection:
        noisy = (make_post(f"{n:09}", source="imported-files", text=noise.randbytes(2500).hex()) for n in range(600))
        store(connection, "imported-files", list(noisy))
    engine.dispose()
    load_key(settings.key_file)
    return settings.home / "archive.db"


@pytest.fixture
def program(home: Path) -> Program:
    """The program in a process of its own, with one process beside it at most."""

    def run(*arguments: str | Path, before: Before | None = None, stdout: int = subprocess.PIPE) -> Ended:
        return subprocess.run(
            [sys.executable, "-m", "tinymovements", *map(str, arguments)],
            env=os.environ | {"TINYMOVEMENTS_HOME": str(home), "TINYMOVEMENTS_PROCESSES": "1"},
            preexec_fn=before,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    return run


def command(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


def error_of(result: Ended | Result) -> str:
    """The one sentence on standard error that begins so."""
    (said,) = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert "Traceback" not in result.stderr
    return said


def kept(settings: Settings) -> int:
    engine = open_archive(settings.archive_url)
    try:
        with reading(engine) as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            return sum(posts.count(connection).values())
    finally:
        engine.dispose()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


# A disk that is full


@dataclass
class SmallDisk:
    """A folder with room for a megabyte, and how to make more."""

    folder: Path
    before: Before | None
    is_mounted: bool

    def grow(self) -> None:
        self.before = None
        if self.is_mounted:
            subprocess.run(["mount", "-o", "remount,size=64m", str(self.folder)], check=True)


@pytest.fixture(params=["a disk of its own", "a limit"])
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk]:
    """A small tmpfs where one may be mounted; else, and once more, a limit that the system sets to what a process may write."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    is_mounted = request.param == "a disk of its own" and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    yield SmallDisk(folder, None if is_mounted else _write_no_more_than_a_megabyte, is_mounted)
    if is_mounted:
        subprocess.run(["umount", str(folder)], check=True)


def _write_no_more_than_a_megabyte() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024**2, 1024**2))


def test_an_import_that_fills_the_disk_keeps_whole_batches_and_goes_on_when_there_is_room(
    small_disk: SmallDisk, program: Program, rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=small_disk.folder / "home", processes=1)
    monkeypatch.setenv("TINYMOVEMENTS_ARCHIVE", settings.archive_url)
    stopped = program("import", "csv", rows, before=small_disk.before)
    assert stopped.returncode == 1
    assert "the disk is full, or fails. Make room" in error_of(stopped)
    small_disk.grow()
    first = kept(settings)
    assert first < _POSTS
    assert first % COMMIT == 0
    assert program("import", "csv", rows).returncode == 0
    assert kept(settings) == _POSTS


@pytest.mark.parametrize("name", ["posts.csv", "posts.jsonl.gz", "posts.parquet", "posts.xlsx"])
def test_an_export_that_fills_the_disk_leaves_nothing_there(
    name: str, small_disk: SmallDisk, program: Program, archive: Path, settings: Settings
) -> None:
    stopped = program("export", small_disk.folder / name, before=small_disk.before)
    assert stopped.returncode == 1
    assert f"{small_disk.folder / name} cannot be written" in error_of(stopped)
    assert list(small_disk.folder.iterdir()) == []
    assert kept(settings) == 600


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_standard_output_that_is_full_is_one_sentence(unbuffered: str, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    with Path("/dev/full").open("w") as full:
        stopped = program("sources", "list", stdout=full.fileno())
    assert stopped.returncode == 1
    assert "No space left" in error_of(stopped)
    assert len(stopped.stderr.splitlines()) == 1


def test_a_reader_who_has_seen_enough_is_no_error(program: Program) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    stopped = program("sources", "list", stdout=theirs)
    os.close(theirs)
    assert (stopped.returncode, stopped.stderr) == (1, "")


# Rights


def _as_anybody() -> None:
    """The rights of files hold for root as well."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        drop, dac_override, dac_read_search = 24, 1, 2  # PR_CAPBSET_DROP; see capabilities(7)
        for capability in (dac_override, dac_read_search):
            if libc.prctl(drop, capability, 0, 0, 0):
                raise OSError(ctypes.get_errno(), "prctl")


@pytest.mark.parametrize("arguments", [("import", "csv", "more.csv"), ("annotate",), ("status",)])
def test_a_home_that_may_not_be_written_to(
    arguments: tuple[str, ...], program: Program, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("more.csv").write_text("id,text\n2,Talkoot\n", "utf-8")
    before = contents(archive.parent)
    archive.parent.chmod(0o500)
    try:
        stopped = program(*arguments, before=_as_anybody)
    finally:
        archive.parent.chmod(0o700)
    assert stopped.returncode == 1
    assert "it may not be written to. Check the rights" in error_of(stopped)
    assert contents(archive.parent) == before


def test_a_home_that_cannot_be_made(program: Program, home: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,text\n1,Kirppis\n", "utf-8")
    home.parent.chmod(0o500)
    try:
        stopped = program("import", "csv", tmp_path / "rows.csv", before=_as_anybody)
    finally:
        home.parent.chmod(0o700)
    assert stopped.returncode == 1
    assert "Permission denied. Check the rights of the file and its folder." in error_of(stopped)
    assert not home.exists()


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("rows.csv", 2, "rows.csv' is not readable"),
        ("home/settings.toml", 2, "settings.toml cannot be read: Permission denied"),
        ("home/pseudonym.key", 1, "pseudonym.key cannot be used: Permission denied"),
        ("home/archive.db", 1, "its file cannot be opened"),
    ],
)
def test_a_file_that_may_not_be_read(name: str, code: int, said: str, program: Program, archive: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("id,text\n1,Kirppis\n", "utf-8")
    (tmp_path / name).touch()
    (tmp_path / name).chmod(0)
    stopped = program("import", "csv", rows, before=_as_anybody)
    assert stopped.returncode == code
    assert said in error_of(stopped)


def test_a_folder_that_may_not_be_looked_into_is_not_passed_over(program: Program, tmp_path: Path) -> None:
    answer = tmp_path / "answers" / "feed.json"
    answer.parent.mkdir()
    answer.write_text('{"data": [{"id": "1_2", "message": "Kirppis"}]}', "utf-8")
    (answer.parent / "more").mkdir(mode=0)
    stopped = program("import", "graph-api", answer.parent, before=_as_anybody)
    (answer.parent / "more").chmod(0o700)
    assert stopped.returncode == 1
    assert "more cannot be read: Permission denied" in error_of(stopped)


# Other processes


def test_an_archive_that_another_process_writes_to(
    archive: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id,text\n1,Kirppis\n", "utf-8")
    monkeypatch.setenv("TINYMOVEMENTS_ARCHIVE", f"{settings.archive_url}?timeout=0.05")
    other = sqlite3.connect(archive, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    stopped = command("import", "csv", path)
    other.execute("ROLLBACK")
    other.close()
    assert stopped.exit_code == 1
    assert "another process is writing to it. Wait until that has ended" in error_of(stopped)
    assert kept(settings) == 600
    assert command("import", "csv", path).exit_code == 0
    assert kept(settings) == 601


def test_a_file_that_vanishes_is_told_and_what_came_before_is_kept(settings: Settings, tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("id,text\n1,Kirppis\n2,\n", "utf-8")
    second.write_text("id,text\n3,Talkoot\n", "utf-8")
    with pytest.raises(FileError, match=r"b\.csv cannot be read: No such file"):
        import_files(settings, ImportOrder("csv", [first, second]), Watch(refused=lambda _: second.unlink()))
    assert kept(settings) == 1


# What lies in the home and is broken


def _cut(path: Path) -> None:
    os.truncate(path, 8192)


def _overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))


def _a_letter(path: Path) -> None:
    path.write_bytes(b"This is a letter and no database. " * 100)


def _newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("breaks", "said"),
    [
        (_cut, "its file is damaged, or no SQLite database. Put it back from a copy"),
        (_overwritten, "its file is damaged, or no SQLite database. Put it back from a copy"),
        (_a_letter, "its file is damaged, or no SQLite database. Put it back from a copy"),
        (_a_folder, "its file cannot be opened. Check the file"),
        (_newer, "made by a newer version of this program. Install the newer version"),
    ],
)
def test_an_archive_that_cannot_be_used_is_left_as_it_is(
    breaks: Callable[[Path], None], said: str, archive: Path, tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id,text\n1,Kirppis\n", "utf-8")
    breaks(archive)
    before = contents(archive.parent)
    for arguments in (("import", "csv", path), ("annotate",), ("status",), ("show", "a"), ("export", tmp_path / "out.csv")):
        stopped = command(*arguments)
        assert stopped.exit_code == 1
        assert said in error_of(stopped)
    assert contents(archive.parent) | before == contents(archive.parent)
    assert not (tmp_path / "out.csv").exists()


def _readable_by_all(path: Path) -> None:
    path.chmod(0o644)


def _short(path: Path) -> None:
    path.write_bytes(b"short")


def _a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


@pytest.mark.parametrize(
    ("breaks", "said"),
    [
        (_readable_by_all, "can be read by others. Take their rights away: chmod 600"),
        (_short, "is 5 bytes long, not 32. Put the key back from a copy"),
        (_a_folder, "is no file. Remove it, or put the key back from a copy"),
        (_a_pipe, "is no file. Remove it, or put the key back from a copy"),
    ],
)
def test_a_key_that_cannot_be_used(
    breaks: Callable[[Path], None], said: str, archive: Path, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id,text\n1,Kirppis\n", "utf-8")
    breaks(settings.key_file)
    for arguments in (("import", "csv", path), ("classify",)):
        stopped = command(*arguments)
        assert stopped.exit_code == 1
        assert said in error_of(stopped)
    assert kept(settings) == 600
