"""What a dataset is made of: what one row is, and its columns with their names, types and meanings. A promise to users."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

Type = Literal["text", "integer", "number", "flag", "moment", "list"]
TYPES: dict[Type, str] = {
    "text": "words",
    "integer": "a whole number",
    "number": "a number with a decimal point",
    "flag": "1 for yes, 0 for no",
    "moment": "a moment in UTC, as ISO 8601 has it",
    "list": "several texts",
}
"""Each type in words."""

Value = str | int | float | datetime | tuple[str, ...] | None
"""What a column has of a row; None: not known, which is never 0 and never an empty text."""

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column."""

    name: str
    type: Type
    meaning: str
    values: str
    """What is allowed there, or an example."""
    of: Callable[[R], Value]
    separator: str = ""
    """Stands between the texts of a list, in formats whose cells hold one text."""


@dataclass(frozen=True, slots=True)
class Unit(Generic[R]):
    """What one row is."""

    name: str
    """Of many of them: posts, initiatives."""
    columns: tuple[Column[R], ...]
    line: Callable[[R], str]
    """A row as a line of JSON."""
    point: Callable[[R], tuple[float, float] | None] | None = None
    """Latitude and longitude of a row; None where rows are nowhere."""


def values(columns: Sequence[Column[R]], rows: Iterable[R]) -> Iterator[list[Value]]:
    """Of each row the value of every column."""
    every = [column.of for column in columns]
    return ([of(row) for of in every] for row in rows)


def by_columns(columns: Sequence[Column[R]]) -> Callable[[R], str]:
    """What makes a line of JSON of a row, whose keys are the names of its columns."""

    def line(row: R) -> str:
        cells = ((column.name, column.of(row)) for column in columns)
        return json.dumps({name: iso(cell) if isinstance(cell, datetime) else cell for name, cell in cells}, ensure_ascii=False)

    return line


def iso(moment: datetime) -> str:
    """A moment in UTC as ISO 8601 has it, to the second where it has no fraction: 2026-03-01T17:30:00Z."""
    return moment.isoformat().removesuffix("+00:00") + "Z"
