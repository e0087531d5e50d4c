"""CSV: UTF-8, commas, RFC 4180."""

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from tinymovements.exports.columns import Column, Value, iso, values
from tinymovements.exports.files import TextFile
from tinymovements.exports.rows import Row

_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
"""What a spreadsheet may take for a formula. Apostrophes before it count too, so that taking one off gives the text back."""


class CsvTable:
    """A text file with a header line; what is not known is an empty cell, and a line break within a text stays in its cell."""

    title: ClassVar[str] = "CSV"
    largest: ClassVar[int | None] = None

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._texts = [(at, column.separator) for at, column in enumerate(columns) if column.type in ("text", "list", "moment")]
        self._file = TextFile(path)
        self._writer = csv.writer(self._file.text)
        self._writer.writerow([column.name for column in columns])

    def write(self, row: Row) -> None:
        """Add a row."""
        cells = values(self._columns, row)
        for at, separator in self._texts:
            if cells[at] is not None:
                cells[at] = _text(cells[at], separator)
        self._writer.writerow(cells)

    def finish(self, about: Mapping[str, Any]) -> tuple[str, ...]:
        """Nothing is lost, and there is no room for `about`."""
        self.close()
        return ()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _text(value: Value, separator: str) -> str:
    if isinstance(value, datetime):
        return iso(value)
    return guarded(separator.join(value) if isinstance(value, tuple) else str(value))


def guarded(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would run it as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text
