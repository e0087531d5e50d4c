"""The vectors of an index: one row each, in a file that only grows.

Rows are on the disk before the documents that name them show. A row that no document names, because the document was
replaced or its writer was killed, is passed over, and gone with the next rebuild. Where no document has a vector there is no file.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np
import tantivy
from numpy.typing import NDArray

from search.embedded.fields import ROW
from tinymovements.errors import IndexUnavailable

_TYPE = np.dtype("<f4")


class NewRows:
    """Adds rows at the end of the file, and makes it at the first one. All are on the disk when the block ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: BinaryIO | None = None
        self._width = self._next = 0

    def add(self, vector: Sequence[float] | None) -> int | None:
        """The number of the vector's new row. Raises `IndexUnavailable` where it is not like those that are there."""
        if vector is None:
            return None
        row = unit(vector)
        with _plain_errors():
            file = self._file or self._open(len(row))
            if len(row) != self._width:
                raise _unlike()
            file.write(row.tobytes())
        self._next += 1
        return self._next - 1

    def _open(self, width: int) -> BinaryIO:
        path = _find(self._folder) or self._folder / f"vectors-{width}"
        self._width = _width(path)
        row = self._width * _TYPE.itemsize
        self._file = path.open("r+b" if path.exists() else "xb")
        self._next = self._file.seek(0, os.SEEK_END) // row
        self._file.seek(self._next * row)  # over the half of a row that a killed writer has left
        return self._file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            with _plain_errors(), self._file:
                self._file.flush()
                os.fsync(self._file.fileno())


class Vectors:
    """The rows that documents name, of length 1, as they lie in the file."""

    def __init__(self, path: Path, count: int) -> None:
        # Raises a ValueError where the file is too short.
        self._rows: NDArray[np.float32] = np.memmap(path, _TYPE, "r", shape=(count, _width(path)))

    def cosines(self, vector: Sequence[float]) -> NDArray[np.float32]:
        """How nearly each row points where the vector does; the last digit depends on where a row lies."""
        if len(vector) != self._rows.shape[1]:
            raise _unlike()
        return self._rows @ unit(vector)

    def cosines_of(self, rows: NDArray[np.int64], vector: Sequence[float]) -> NDArray[np.float64]:
        """The same of some rows, exactly: equal rows have equal ones."""
        exact: NDArray[np.float64] = np.einsum("ij,j->i", self._rows[rows], unit(vector), dtype=np.float64)
        return exact


def held_vectors(folder: Path, searcher: tantivy.Searcher) -> Vectors | None:
    """The vectors that the documents of one state of an index name. Raises `ValueError` where they are not there."""
    last = searcher.aggregate(tantivy.Query.all_query(), {"last": {"max": {"field": ROW}}})["last"]["value"]
    if last is None:
        return None
    path = _find(folder)
    if path is None:
        raise ValueError("the vectors are gone")
    return Vectors(path, int(last) + 1)


def unit(vector: Sequence[float]) -> NDArray[np.float32]:
    """The vector of length 1 that points the same way."""
    exact = np.asarray(vector, np.float64)
    length = float(np.linalg.norm(exact))
    if not 0 < length < np.inf:
        raise _unlike()
    return (exact / length).astype(_TYPE)


def _find(folder: Path) -> Path | None:
    return next(folder.glob("vectors-*"), None)


def _width(path: Path) -> int:
    return int(path.name.rpartition("-")[2])


def _unlike() -> IndexUnavailable:
    return IndexUnavailable("A vector is not of the kind that the index has.", "Run `tinymovements index --anew`.")


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise IndexUnavailable(f"The index cannot be written: {error.strerror}.", "Check the home folder and the disk.") from None
