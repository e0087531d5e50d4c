"""The folder of an index: its generations, one of them the current, and who may write."""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search.embedded.fields import FORMAT
from tinymovements.errors import IndexUnavailable

HINT = "Run `tinymovements index`."

_NAME = re.compile(r"(\d+)-[0-9a-f]{16}")


class Folder:
    """Holds `current`, a file that names the generation in use, a folder for it, and a lock for the one who writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pointer = path / "current"

    def current(self) -> str:
        """The name of the generation in use. Raises `IndexUnavailable` where there is none that we can read."""
        try:
            name = self._pointer.read_text("ascii").strip()
        except FileNotFoundError:
            raise IndexUnavailable("There is no index yet.", HINT) from None
        except (OSError, UnicodeDecodeError):
            raise IndexUnavailable("The index cannot be read.", HINT) from None
        match = _NAME.fullmatch(name)
        if match is None:
            raise IndexUnavailable("The index cannot be read.", HINT)
        if match[1] != FORMAT:
            raise IndexUnavailable("The index was made by another version of this program.", HINT)
        return name

    @contextmanager
    def writing(self) -> Iterator[None]:
        """The right to write, for one process at a time; a process that dies gives it back."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / "lock").open("w")
        except OSError as error:
            hint = "Check the home folder and the disk."
            raise IndexUnavailable(f"The index cannot be written: {error.strerror}.", hint) from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                hint = "Wait until it is done, then run `tinymovements index`."
                raise IndexUnavailable("Another process is writing the index.", hint) from None
            yield

    @contextmanager
    def renewing(self) -> Iterator[Path]:
        """An empty folder for a new generation, which becomes the current one when the block ends; if it fails, nothing changes."""
        with self.writing():
            self._sweep()  # what a killed run has left
            new = self.path / f"{FORMAT}-{secrets.token_hex(8)}"
            new.mkdir()
            try:
                yield new
                self._point_at(new.name)
            finally:
                self._sweep()

    def _point_at(self, name: str) -> None:
        beside = self.path / "current.new"
        with beside.open("w", encoding="ascii") as file:
            file.write(f"{name}\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._pointer)

    def leftovers(self) -> list[str]:
        """Every generation but the current one."""
        try:
            keep = self._pointer.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            keep = ""
        found = self.path.iterdir() if self.path.is_dir() else ()
        return sorted(str(path) for path in found if _NAME.fullmatch(path.name) and path.name != keep)

    def _sweep(self) -> None:
        """Take them out. Who still reads one goes on: its files are open."""
        for path in self.leftovers():
            shutil.rmtree(path, ignore_errors=True)
