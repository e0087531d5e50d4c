"""The signals of an archive as a table that processes share: it is held once, and not in each of them."""

import os
import tempfile
from functools import cached_property
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pipelines.initiatives.pairs import Columns, Table


class Shared:
    """Columns in files without a name: whoever holds the table reads them, and with the last of them they are gone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, tuple[IO[bytes], np.dtype[Any]]] = {}

    def add(self, columns: "Columns") -> None:
        """Put further rows at the end."""
        for name, column in columns.items():
            if name not in self._files:
                self._files[name] = (tempfile.TemporaryFile(dir=self._folder), column.dtype)  # noqa: SIM115 -- it is shared
            self._files[name][0].write(column.tobytes())

    def close(self) -> None:
        """Let go of the files."""
        for file, _ in self._files.values():
            file.close()

    @cached_property
    def table(self) -> "Table":
        """All rows."""
        from pipelines.initiatives.pairs import Table  # late: who only writes it needs none of its 250 MB

        return Table({name: _mapped(file, kind) for name, (file, kind) in self._files.items()})

    def __reduce__(self) -> tuple[Any, ...]:
        """Handed to a process that is being started: it gets the files themselves."""
        for file, _ in self._files.values():
            file.flush()
        return _received, ({name: (DupFd(file.fileno()), kind) for name, (file, kind) in self._files.items()},)


def _received(files: dict[str, tuple[Any, np.dtype[Any]]]) -> Shared:
    shared = Shared(Path())
    shared._files = {name: (os.fdopen(handle.detach(), "rb"), kind) for name, (handle, kind) in files.items()}
    return shared


def _mapped(file: IO[bytes], kind: np.dtype[Any]) -> NDArray[Any]:
    if not file.closed and file.writable():
        file.flush()
    # A file without a byte cannot be mapped.
    return np.memmap(file, kind, "r") if os.fstat(file.fileno()).st_size else np.zeros(0, kind)
