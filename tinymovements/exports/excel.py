"""Excel: one sheet, with a header that stays and a filter."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from tinymovements.exports.files import CONTROLS
from tinymovements.exports.unit import R, Unit, Value, iso, values

LONGEST = 32_767
"""Characters in a cell, as Excel counts them: one beyond the Basic Multilingual Plane (an emoji) is two."""

_CUT = " […]"
"""Ends a text that was cut."""

_MADE = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands for the time of writing, so that the same rows make the same bytes; the provenance file has the true one."""

_WIDTHS = {"text": 24, "list": 24, "moment": 19}


class Excel:
    """A workbook of one sheet, named after the unit. Texts are texts, never formulas or links; moments are dates, in UTC."""

    title: ClassVar[str] = "Excel"
    largest: ClassVar[int | None] = 1_048_575

    def __init__(self, path: Path, unit: Unit[Any]) -> None:
        self._columns = columns = unit.columns
        self._written = 0
        self._cut = 0
        # What it keeps aside while it writes goes into the folder of the file, not where others may read it.
        self._book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)})
        self._book.set_properties({"created": _MADE.replace(tzinfo=None)})
        self._sheet = self._book.add_worksheet(unit.name)
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        bold = self._book.add_format({"bold": True})
        for at, column in enumerate(columns):
            self._sheet.set_column(at, at, _WIDTHS.get(column.type, 12))
            self._sheet.write_string(0, at, column.name, bold)
        self._sheet.freeze_panes(1, 0)

    @classmethod
    def prepare(cls, unit: Unit[R], rows: Sequence[R]) -> list[list[Value]]:
        """The values of rows."""
        return list(values(unit.columns, rows))

    def write(self, prepared: list[list[Value]]) -> None:
        """Add rows."""
        for cells in prepared:
            self._written += 1
            for at, value in enumerate(cells):
                if value is not None:
                    self._write(self._written, at, value)

    def _write(self, row: int, at: int, value: Value) -> None:
        if isinstance(value, datetime) and value.year >= 1900:
            self._sheet.write_datetime(row, at, value.replace(tzinfo=None), self._moment)
        elif isinstance(value, int | float):
            self._sheet.write_number(row, at, value)
        elif text := self._text(value, self._columns[at].separator):
            self._sheet.write_string(row, at, text)

    def _text(self, value: Value, separator: str) -> str:
        text = separator.join(value) if isinstance(value, tuple) else iso(value) if isinstance(value, datetime) else str(value)
        if not text.isprintable():
            text = text.replace("\r\n", "\n").replace("\r", "\n").translate(CONTROLS)
        if len(text) * 2 <= LONGEST or len(encoded := text.encode("utf-16-le")) <= LONGEST * 2:
            return text
        self._cut += 1
        return encoded[: (LONGEST - len(_CUT)) * 2].decode("utf-16-le", "ignore") + _CUT

    def finish(self, about: Mapping[str, Any]) -> tuple[str, ...]:
        """Tells how many texts were too long; there is no room for `about`."""
        self._sheet.autofilter(0, 0, self._written, len(self._columns) - 1)
        try:
            self._book.close()
        except FileCreateError as error:
            raise OSError(str(error)) from None
        if not self._cut:
            return ()
        return (f"{self._cut:,} texts are longer than an Excel cell can be ({LONGEST:,} characters); cut, they end with{_CUT}.",)

    def close(self) -> None:
        """Let go of the file that the rows are kept aside in."""
        self._sheet.row_data_fh.close()
