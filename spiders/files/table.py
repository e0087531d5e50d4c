"""Reads delimited text row by row, so that one bad row costs itself and not the rest."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from spiders.files.contract import Rejected
from spiders.files.reading import ESCAPED, LONGEST_RECORD, skip_line
from tinymovements.errors import FormatError

Row = tuple[int, dict[str, str]]
"""The line in which a row begins, and its cells by column."""

DELIMITERS = ",;\t"

_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?\s*', re.IGNORECASE)
"""The line that some files have before their header, by which Excel knows what stands between the cells."""

_NO_NAME = re.compile("[\x01-\x08\x0e-\x1f\x7f\ud800-\udfff]")
"""Signs that no spreadsheet has in the name of a column, and what is no text has everywhere."""

_TOO_LONG = f"longer than {LONGEST_RECORD:,} characters"
_UNCLOSED = "a quote is opened and not closed"
_STRAY = "a quote inside a cell that is not doubled"
_REPLAYS = 100
"""How often the lines after a stray quote are read again. Each time may cost a whole `LONGEST_RECORD`."""


class _Fault(Exception):
    """A row that does not end where one should."""


class _Lines:
    """The lines of a file for `csv.reader`, remembered from the beginning of the row.

    A quote that is never closed swallows the lines after it. They are handed out again once that is seen.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting: deque[str] = deque()
        self._row: list[str] = []
        self._length = 0
        self._number = 0
        self._replays = 0

    def first(self) -> str:
        """The first line, which is handed out all the same."""
        self._waiting.append(self._stream.readline(LONGEST_RECORD))
        return self._waiting[0]

    def begin(self) -> int:
        """A row begins: the number of its first line."""
        self._row.clear()
        self._length = 0
        return self._number + 1

    def replay(self) -> None:
        """Go on with the second line of the row."""
        if self._replays < _REPLAYS and len(self._row) > 1:
            self._replays += 1
            self._number -= len(self._row) - 1
            self._waiting.extendleft(reversed(self._row[1:]))

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._stream.readline(LONGEST_RECORD)
        if not line:
            if self._row:
                raise _Fault(_UNCLOSED)
            raise StopIteration
        if len(line) >= LONGEST_RECORD and not line.endswith(("\n", "\r")):
            skip_line(self._stream)
            line += "\n"
        self._number += 1
        self._row.append(line)
        self._length += len(line)
        if self._length >= LONGEST_RECORD:
            raise _Fault(_TOO_LONG)
        return line


def read_table(stream: TextIO, path: Path) -> tuple[list[str], Iterator[Row | Rejected]]:
    """The columns, and the rows as they come. Raises `FormatError` where there are no columns."""
    csv.field_size_limit(LONGEST_RECORD)
    lines = _Lines(stream)
    first = lines.first()
    if said := _SEPARATOR.fullmatch(first):
        delimiter = said[1]
        next(lines)
    else:
        delimiter = max(DELIMITERS, key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))
    cells = _cells(lines, delimiter)
    header = next(cells, None)
    if header is None or isinstance(header, Rejected):
        raise FormatError(f"{path} does not begin with the names of its columns.", "Put them into the first line.")
    columns = [name.replace("\0", "").strip() for name in header[1]]
    if not any(columns) or any(map(_NO_NAME.search, columns)):
        raise FormatError(f"{path} is no text with the names of its columns in the first line.", "Save it as CSV.")
    return columns, _rows(cells, columns)


def _cells(lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str]] | Rejected]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)  # strict: a stray quote is told, not guessed away
    while True:
        line = lines.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _Fault) as fault:
            lines.replay()
            yield Rejected(line, str(fault) if isinstance(fault, _Fault) else _STRAY)
            continue
        if cells:  # an empty line is no row
            yield line, cells


def _rows(rows: Iterator[tuple[int, list[str]] | Rejected], columns: list[str]) -> Iterator[Row | Rejected]:
    for row in rows:
        if isinstance(row, Rejected):
            yield row
            continue
        line, cells = row
        if len(cells) != len(columns):
            yield Rejected(line, f"{len(cells)} cells where the header has {len(columns)}")
        elif any(map(ESCAPED.search, cells)):
            yield Rejected(line, "bytes that are not in the file's encoding")
        else:
            yield line, {column: cell.replace("\0", "") for column, cell in zip(columns, cells, strict=True)}
