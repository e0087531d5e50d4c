"""Long lists of values, cut to what one statement may carry, or handed over as one."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Connection, Select, any_, func, literal, select

_T = TypeVar("_T")

LARGEST = 900
"""SQLite takes 32,766 parameters in a statement and PostgreSQL 65,535; rows of a few columns stay clear of both."""


def parts(values: Sequence[_T], size: int = LARGEST) -> Iterator[Sequence[_T]]:
    """The values in order, `size` at a time."""
    return (values[i : i + size] for i in range(0, len(values), size))


def among(connection: Connection, column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """Whether the column has one of the values, as many as they may be.

    They are one parameter. With one for each, making the statement took four times as long as the database's answer.
    """
    if connection.dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(column.type)))
    return column.in_(select(func.json_each(json.dumps(list(values))).table_valued("value").c.value))


def pairs(connection: Connection, rows: Sequence[tuple[int, int]]) -> Select[tuple[int, int]]:
    """Rows of two numbers as what is selected: one parameter too, for an insert of many small rows."""
    if connection.dialect.name == "postgresql":
        return select(*(func.unnest(literal([row[side] for row in rows], ARRAY(BigInteger))) for side in (0, 1)))
    row = func.json_each(json.dumps(rows)).table_valued("value").c.value
    return select(func.json_extract(row, "$[0]"), func.json_extract(row, "$[1]"))
