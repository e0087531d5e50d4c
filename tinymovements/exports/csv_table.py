"""CSV: UTF-8, commas, RFC 4180."""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from tinymovements.exports.files import TextFile
from tinymovements.exports.unit import Column, R, Unit, iso

_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
"""What a spreadsheet may take for a formula. Apostrophes before it count too, so that taking one off gives the text back."""


class CsvTable:
    """A text file with a header line; what is not known is an empty cell, and a line break within a text stays in its cell."""

    title: ClassVar[str] = "CSV"
    largest: ClassVar[int | None] = None

    def __init__(self, path: Path, unit: Unit[Any]) -> None:
        self._file = TextFile(path)
        csv.writer(self._file.text).writerow([column.name for column in unit.columns])

    @classmethod
    def prepare(cls, unit: Unit[R], rows: Sequence[R]) -> str:
        """The lines of rows."""
        cells = [(column.of, _written(column)) for column in unit.columns]
        lines = [",".join(["" if (value := of(row)) is None else write(value) for of, write in cells]) for row in rows]
        return "\r\n".join([*lines, ""])

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


def _written(column: Column[Any]) -> Callable[[Any], str]:
    """How a value of the column is written."""
    match column.type:
        case "moment":
            return iso
        case "list":
            join = column.separator.join
            return lambda texts: quoted(guarded(join(texts))) if texts else ""
        case "text":
            return lambda text: quoted(guarded(text))
    return repr


def quoted(text: str) -> str:
    """The text as the csv module writes it: between quotation marks where something in it would end the cell.

    These searches take a tenth of its time (of 10 µs a row), for it asks of each letter whether it ends a line.
    """
    if '"' in text:
        text = text.replace('"', '""')
    elif not ("," in text or "\n" in text or "\r" in text):
        return text
    return f'"{text}"'


def guarded(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would run it as a formula."""
    # Most texts begin with a letter or a digit, and that is told ten times as fast as by the pattern.
    return f"'{text}" if not text[:1].isalnum() and _FORMULA.match(text) else text
