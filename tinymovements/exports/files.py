"""Opens the text files of a dataset, compressed where their name says so."""

import gzip
import io
from pathlib import Path
from typing import IO

CONTROLS = str.maketrans(dict.fromkeys([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF]))
"""Characters that XML does not have, no sheet can show, and some programs refuse to read."""

_LEVEL = 6
"""zlib's own default: level 9 takes three times as long for 1 % less."""


class TextFile:
    """A new UTF-8 file, compressed where its name ends with `.gz`: equal texts are equal bytes, for no time is written."""

    def __init__(self, path: Path) -> None:
        self._raw = path.open("wb")
        binary: IO[bytes] = self._raw
        if path.suffix.lower() == ".gz":
            binary = gzip.GzipFile("", "wb", _LEVEL, self._raw, mtime=0)  # type: ignore[assignment]  # an IO[bytes] in all but name
        self.text = io.TextIOWrapper(binary, "utf-8", newline="")

    def close(self) -> None:
        """Write what is left and let go of the file."""
        try:
            self.text.close()
        finally:
            self._raw.close()  # gzip leaves open what it was given
