"""What every engine can do. One contract test in `tests/search/` runs on all of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from search.query import Matches, Query
from tinymovements.model import Token


class Analyse(Protocol):
    """Makes the terms of texts and queries: the same for both, so that they meet.

    `language` None: a query, whose language nobody knows.
    """

    def __call__(self, text: str, language: str | None) -> list[Token]:
        """The words of the text that carry meaning, in order, each with its terms."""
        ...


Terms = tuple[tuple[str, ...], ...]
"""The words of a text in order, each with its terms: the base form first, then the parts of a compound."""


@dataclass(frozen=True, slots=True)
class Document:
    """A post as an engine keeps it: terms and values, ready made, nothing to analyse."""

    id: str
    """Lower-case letters and digits."""
    title: Terms
    text: Terms
    movements: tuple[str, ...]
    places: tuple[str, ...]
    """Names of the places it tells of, each by its main name."""
    districts: tuple[str, ...]
    within: tuple[str, ...]
    """Every name that asks for it by place: those of its places, and of the districts and municipalities they lie in."""
    points: tuple[tuple[float, float], ...]
    """Latitude and longitude of every place of the post."""
    language: str
    source: str
    kind: str
    posted: datetime | None


class Engine(Protocol):
    """Indexes documents and answers queries. Engines differ in where they keep things, not in what they answer."""

    def identity(self) -> str:
        """A name of this index that changes when it starts anew, so that nobody trusts old bookkeeping."""
        ...

    def write(self, documents: Iterable[Document], gone: Iterable[str] = ()) -> None:
        """Put documents in (replacing those of the same id) and take the gone ids out: all or nothing."""
        ...

    def rebuild(self, documents: Iterable[Document], expected: int = 0) -> None:
        """Replace the whole index (each id comes once); searches see the old one until the new one is complete.

        `expected` says about how many there are, so that an engine can lay them out well.
        """
        ...

    def search(self, query: Query) -> Matches:
        """A page of answers. Ties are broken by id."""
        ...

    def ids(self, query: Query) -> Iterator[str]:
        """The id of every answer, in order of id, for exports."""
        ...

    def count(self) -> int:
        """How many documents it holds."""
        ...
