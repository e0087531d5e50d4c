"""Puts a dataset in its place: the file, its data dictionary and its provenance, all of them or none."""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinymovements.errors import FileError
from tinymovements.exports.dictionary import write_dictionary
from tinymovements.exports.provenance import described
from tinymovements.exports.unit import Column


@dataclass(frozen=True, slots=True)
class Written:
    """What was put in its place."""

    files: tuple[Path, ...]
    """The dataset, its data dictionary and its provenance."""
    sha256: str
    citation: str


def check_new(path: Path, force: bool) -> None:
    """Raises `FileError` where the file is there and is not to be replaced."""
    if path.exists() and not force:
        raise FileError(f"{path} is there already.", "Give another name, or --force to replace it.")


@contextmanager
def folder_beside(path: Path) -> Iterator[Path]:
    """A folder of our own to make a file in: renaming within one file system is all or nothing. It goes when the block ends.

    What a killed export left there goes with the next export of the same name.
    """
    folder = path.with_name(f".{path.name}.unfinished")
    try:
        folder.mkdir(exist_ok=True)
        with _locked(folder, path):
            try:
                for left in folder.iterdir():
                    left.unlink()
                yield folder
            finally:
                shutil.rmtree(folder)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}."
        raise FileError(message, "Check the folder, its rights and the room on the disk.") from None


@contextmanager
def _locked(folder: Path, path: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise FileError(f"Another process is writing {path}.", "Wait until it is done, or give another name.") from None
    finally:
        os.close(handle)


def put(made: Path, path: Path, columns: Sequence[Column[Any]], about: Mapping[str, Any], notes: tuple[str, ...]) -> Written:
    """Write what goes beside a file that is made, and put everything in its place, the file itself last."""
    told = described(about, path.name, _sha256(made), len(columns), notes)
    names = (f"{path.name}.dictionary.csv", f"{path.name}.provenance.json")
    dictionary, origin = (made.with_name(name) for name in names)
    write_dictionary(dictionary, columns)
    origin.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", "utf-8")
    for beside in (dictionary, origin):
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path.with_name(beside.name))
    made.replace(path)
    return Written((path, *(path.with_name(name) for name in names)), told["sha256"], told["cite"])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()
