"""The folder of the embedded engine: killed writers, two processes, broken files."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.terms import analyse
from search.embedded import EmbeddedEngine
from search.embedded.points import Points
from search.engine import Document
from search.query import Near, Query
from tinymovements.errors import IndexUnavailable

Make = Callable[..., Document]

# Writes documents, says so when the first is in, and goes on when it is told to (or is killed before).
OTHER = """
import sys
from pathlib import Path
from search.embedded import EmbeddedEngine
from search.engine import Document

def documents():
    for number in range(3):
        yield Document(f"other{number}", 1, (), (), (), (), (), (), (), ("fi",), ("forum",), ("message",), None)
        if number == 0:
            print("begun", flush=True)
            sys.stdin.readline()

getattr(EmbeddedEngine(Path(sys.argv[1]), None), sys.argv[2])(documents())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def engine(folder: Path, document: Make) -> EmbeddedEngine:
    made = EmbeddedEngine(folder, analyse)
    made.rebuild([document("a", "kahvi")])
    return made


@contextmanager
def another_process(folder: Path, does: str) -> Iterator["subprocess.Popen[str]"]:
    """A process in the middle of a `write` or a `rebuild`."""
    command = [sys.executable, "-c", OTHER, str(folder), does]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            yield process
        finally:
            process.kill()


def held(engine: EmbeddedEngine) -> list[str]:
    return list(engine.ids(Query()))


def generations(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


@pytest.mark.parametrize("does", ["write", "rebuild"])
def test_readers_go_on_while_another_process_writes(engine: EmbeddedEngine, folder: Path, does: str) -> None:
    with another_process(folder, does) as process:
        assert held(engine) == ["a"]
        process.communicate("go on\n")
        assert process.returncode == 0
    assert held(engine) == [*(["a"] if does == "write" else []), "other0", "other1", "other2"]


@pytest.mark.parametrize("does", ["write", "rebuild"])
def test_a_second_writer_is_told_to_wait(engine: EmbeddedEngine, folder: Path, document: Make, does: str) -> None:
    with another_process(folder, does):
        for write in (engine.write, engine.rebuild):
            with pytest.raises(IndexUnavailable, match="Another process is writing"):
                write([document("b")])
    engine.write([document("b")])
    assert held(engine) == ["a", "b"]


@pytest.mark.parametrize("does", ["write", "rebuild"])
def test_a_killed_writer_changes_and_leaves_nothing(engine: EmbeddedEngine, folder: Path, document: Make, does: str) -> None:
    with another_process(folder, does) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert held(engine) == held(EmbeddedEngine(folder, analyse)) == ["a"]
    engine.rebuild([document("b")])
    assert held(engine) == ["b"]
    assert len(generations(folder)) == 1


def test_a_process_that_reads_goes_on_after_a_rebuild(engine: EmbeddedEngine, folder: Path, document: Make) -> None:
    before = generations(folder)
    engine.count()
    EmbeddedEngine(folder, analyse).rebuild([document("b")])
    assert generations(folder) != before
    assert held(engine) == ["b"]


@pytest.mark.parametrize("ending", ["idx", "term", "store", "fast", "json"])
@pytest.mark.parametrize("how", ["cut", "gone"])
def test_a_broken_index_is_said_to_be_broken(engine: EmbeddedEngine, folder: Path, document: Make, ending: str, how: str) -> None:
    (generation,) = generations(folder)
    for path in (folder / generation).glob(f"*.{ending}"):
        path.chmod(0o600)
        if how == "gone":
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[:20])
    fresh = EmbeddedEngine(folder, analyse)
    for ask in (fresh.identity, fresh.count, lambda: fresh.search(Query(words="kahvi"))):
        with pytest.raises(IndexUnavailable, match="tinymovements index"):
            ask()
    fresh.rebuild([document("b")])
    assert held(fresh) == ["b"]


@pytest.mark.parametrize("content", ["", "../../elsewhere", "1-ffffffffffffffff", "\xff"])
def test_a_pointer_to_nowhere_is_said(engine: EmbeddedEngine, folder: Path, document: Make, content: str) -> None:
    (folder / "current").write_text(content, "latin-1")
    with pytest.raises(IndexUnavailable, match="tinymovements index"):
        engine.search(Query())
    engine.rebuild([document("b")])
    assert held(engine) == ["b"]
    assert len(generations(folder)) == 1


def test_an_index_of_another_version_is_said(engine: EmbeddedEngine, folder: Path) -> None:
    name = (folder / "current").read_text("ascii")
    (folder / "current").write_text(f"9{name}", "ascii")
    with pytest.raises(IndexUnavailable, match="another version"):
        engine.identity()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(IndexUnavailable, match="cannot be written"):
        EmbeddedEngine(tmp_path / "file" / "index", analyse).rebuild([])


def test_no_points_are_near() -> None:
    assert Points.of([]).within(Near(lat=0, lon=0, km=20_000)) == []
    assert Points.of(["60.0,25.0"]).within(Near(lat=-60, lon=-155, km=20_000)) == []  # the other side: 20,015 km
