"""Long lists of values, cut to what one statement may carry."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

_T = TypeVar("_T")

LARGEST = 900
"""SQLite takes 32,766 parameters in a statement and PostgreSQL 65,535; rows of a few columns stay clear of both."""


def parts(values: Sequence[_T], size: int = LARGEST) -> Iterator[Sequence[_T]]:
    """The values in order, `size` at a time."""
    return (values[i : i + size] for i in range(0, len(values), size))
