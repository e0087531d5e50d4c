"""CSV: UTF-8, commas, RFC 4180."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from tinymovements.exports.columns import Column, iso, values
from tinymovements.exports.files import TextFile
from tinymovements.exports.rows import Row

_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
"""What a spreadsheet may take for a formula. Apostrophes before it count too, so that taking one off gives the text back."""


class CsvTable:
    """A text file with a header line; what is not known is an empty cell, and a line break within a text stays in its cell."""

    title: ClassVar[str] = "CSV"
    largest: ClassVar[int | None] = None

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._file = TextFile(path)
        csv.writer(self._file.text).writerow([column.name for column in columns])

    @classmethod
    def prepare(cls, columns: Sequence[Column], rows: Sequence[Row]) -> str:
        """The lines of rows."""
        texts = [(at, _written(column)) for at, column in enumerate(columns) if column.type in ("text", "list", "moment")]
        lines = io.StringIO(newline="")
        writer = csv.writer(lines)
        for row in rows:
            cells: list[Any] = values(columns, row)
            for at, written in texts:
                if (value := cells[at]) is not None:
                    cells[at] = written(value)
            writer.writerow(cells)
        return lines.getvalue()

    def write(self, prepared: str) -> None:
        """Add rows."""
        self._file.text.write(prepared)

    def finish(self, about: Mapping[str, Any]) -> tuple[str, ...]:
        """Nothing is lost, and there is no room for `about`."""
        self.close()
        return ()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _written(column: Column) -> Callable[[Any], str]:
    """How a value of the column is written."""
    if column.type == "moment":
        return iso
    if column.type == "list":
        return lambda texts: guarded(column.separator.join(texts)) if texts else ""
    return guarded


def guarded(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would run it as a formula."""
    # Most texts begin with a letter or a digit, and that is told ten times as fast as by the pattern.
    return f"'{text}" if not text[:1].isalnum() and _FORMULA.match(text) else text
