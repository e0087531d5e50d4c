"""Finds ids by what people type of them."""

from typing import Any

from sqlalchemy import ColumnElement


def begins(column: ColumnElement[Any], prefix: str) -> ColumnElement[bool]:
    """Whether the id in the column begins so: a range, which an index answers."""
    return column.between(prefix, prefix + "\uffff")
