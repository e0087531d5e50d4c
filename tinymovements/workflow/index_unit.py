"""What an index is of: posts, or initiatives."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection

from search import query
from search.engine import Document, Gone
from tinymovements.archive.indexed import Difference

Noted = TypeVar("Noted", bound=tuple[Any, ...])
"""A change: it begins with what changes are in the order of."""


class Ledger(Protocol[Noted]):
    """What the archive knows of an index: the modules `archive.indexed` (posts) and `archive.indexed_initiatives`."""

    @property
    def FIRST(self) -> Any:  # noqa: N802 -- a constant of modules
        """Comes before what every change begins with."""

    def knows(self, connection: Connection, index: str, /) -> bool:
        """Whether this index has everything, but for the changes."""
        ...

    def count_behind(self, connection: Connection, index: str, /) -> int:
        """How many this index lacks, has in an older state, or has though they are gone."""
        ...

    def next_changes(self, connection: Connection, after: Any, size: int, /) -> list[Noted]:
        """The next changes that no index has yet, in order."""
        ...

    def claim(self, connection: Connection, index: str, size: int, /) -> list[Noted] | None:
        """The next changes that nobody else has claimed; None where nobody may trust the index now."""
        ...

    def strike_out(self, connection: Connection, done: Sequence[Noted], /) -> None:
        """Forget changes, once the engine has committed them."""
        ...

    def begin_anew(self, connection: Connection, /) -> None:
        """Trust no index until one is complete that is made of what can be read from now on."""
        ...

    def complete(self, connection: Connection, index: str, /) -> None:
        """Trust this index."""
        ...

    def states(self, connection: Connection, /) -> Iterator[tuple[str, int]]:
        """Every id and version, in order of id."""
        ...

    def note(self, connection: Connection, differing: Mapping[str, int], /) -> Counter[Difference]:
        """Note as changes what an index has in another state."""
        ...


@dataclass(frozen=True, slots=True)
class Unit(Generic[Noted]):
    """What an index is of, and how that is read from the archive."""

    name: query.Unit
    lock: str
    weight: int
    """One is as much to read as so many posts."""
    ledger: Ledger[Noted]
    count: Callable[[Connection], int]
    everything: Callable[[Connection], Iterator[Document]]
    changed: Callable[[Connection, Sequence[Noted]], tuple[Iterable[Document], list[Gone]]]
    """What changes put into the index, and what they take out."""
