"""What every engine can do. One contract test in `tests/search/` runs on all of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from search.query import Match, Matches, Query
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


NOTHING = "∅"
"""Stands in a title or text without words, and is no word: Lucene counts only documents that have a field when it weighs its words,
tantivy counts all of them."""


@dataclass(frozen=True, slots=True)
class Document:
    """A post or an initiative as an engine keeps it: terms and values, ready made, nothing to analyse."""

    id: str
    """Lower-case letters and digits."""
    version: int
    """Greater with every state of it: what arrives late never takes the place of what is newer."""
    title: Terms
    text: Terms
    movements: tuple[str, ...]
    places: tuple[str, ...]
    """Names of the places it tells of, each by its main name."""
    districts: tuple[str, ...]
    within: tuple[str, ...]
    """Every name that asks for it by place: those of its places, and of the districts and municipalities they lie in."""
    points: tuple[tuple[float, float], ...]
    """Latitude and longitude of every place it tells of."""
    languages: tuple[str, ...]
    """A post has one language, one source and one kind, an initiative those of its posts; none comes twice."""
    sources: tuple[str, ...]
    kinds: tuple[str, ...]
    posted: datetime | None
    """Of an initiative, when the last of its posts was posted."""
    vector: tuple[float, ...] | None = None
    """Where its meaning points, if anybody has said so: not zero, and of as many dimensions in all documents that have one."""
    stage: str | None = None
    """How far an initiative has come, if anybody has said so."""


Gone = tuple[str, int]
"""The id of a document to take out, and a version that is at least that of its last state."""


class Engine(Protocol):
    """Indexes documents and answers queries. Engines differ in where they keep things, not in what they answer."""

    shared: bool
    """Whether several processes may write at once."""

    def identity(self) -> str:
        """A name of this index that changes when it starts anew, so that nobody trusts old bookkeeping."""
        ...

    def write(self, documents: Iterable[Document], gone: Iterable[Gone] = ()) -> None:
        """Put documents in (replacing those of the same id that are not newer) and take the gone ones out.

        Nothing of it where the documents cannot all be read. Where the engine fails in the middle, the same may be written again.
        """
        ...

    def rebuild(self, documents: Iterable[Document], expected: int = 0) -> None:
        """Replace the whole index (each id comes once); searches see the old one until the new one is complete.

        `expected` says about how many there are, so that an engine can lay them out well.
        """
        ...

    def search(self, query: Query) -> Matches:
        """A page of answers. Ties are broken by id."""
        ...

    def nearest(self, query: Query, vector: Sequence[float], size: int) -> tuple[Match, ...]:
        """The documents whose vectors point most nearly where this one does, best first, ties by id: up to `size`, at most 1,000.

        They hold under all filters, and under what of the words decides by itself: +must, phrases and -never, but no plain word.
        The score is the cosine. Empty where no document has a vector; one of other dimensions is refused (`IndexUnavailable`).
        """
        ...

    def ids(self, query: Query) -> Iterator[str]:
        """The id of every answer, in order of id, for exports."""
        ...

    def versions(self) -> Iterator[tuple[str, int]]:
        """The id and version of every document, in order of id."""
        ...

    def count(self) -> int:
        """How many documents it holds."""
        ...

    def lies_as_asked(self) -> bool:
        """Whether the index lies as was asked for when the engine was opened; what needs no new index is changed by this."""
        ...

    def leftovers(self) -> list[str]:
        """Names of what killed rebuilds have left, which the next rebuild takes away."""
        ...
