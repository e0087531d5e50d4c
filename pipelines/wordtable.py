"""Remembers what a model makes of each word, as rows of numbers, so that a batch of texts is put together from them."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from pipelines.features import Numbers

REMEMBERED = 50_000
"""Words, of some 400 bytes each. When there are more all are forgotten: some ten seconds of work, a few times in a million posts.
With four times as many, two processes took 1.8 GB at a million posts."""

Rows = Callable[[str, str], Sequence[Iterable[int]]]
"""Makes the rows of numbers of a word, as many for each, from the word in lower case and the language."""


class WordTable:
    """The words that were met, by language and by how they are written."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._forget()

    def _forget(self) -> None:
        self._known: dict[str, _Known] = {}
        self._numbers = array("i")
        self._ends = array("q", [0])

    def tidy(self) -> None:
        """Forget everything if it has become too much; to be called where no number of a word is held any more."""
        if sum(map(len, self._known.values())) > REMEMBERED:
            self._forget()

    def numbers(self, words: Iterable[str], language: str) -> Iterator[int]:
        """For each word, as it is written, the number of its first row."""
        if language not in self._known:
            self._known[language] = _Known(self, language)
        return map(self._known[language].__getitem__, words)

    def add(self, word: str, language: str) -> int:
        """The number of the first row of a word that was not met before."""
        first = len(self._ends) - 1
        for row in self._rows(word, language):
            self._numbers.extend(row)
            self._ends.append(len(self._numbers))
        return first

    def gather(self, rows: Numbers) -> tuple[Numbers, Numbers]:
        """What stands in the rows, one after the other: for each number which of the rows asked for it is of, and the number."""
        numbers, ends = np.frombuffer(self._numbers, np.int32), np.frombuffer(self._ends, np.int64)
        owners, at = spread(ends[rows], ends[rows + 1])
        return owners, numbers[at].astype(np.int64)


class _Known(dict[str, int]):
    """Words as they are written, with the number of their first row; looks a new one up by itself."""

    def __init__(self, table: WordTable, language: str) -> None:
        super().__init__()
        self._table = table
        self._language = language

    def __missing__(self, word: str) -> int:
        lower = word.lower()
        found = self.get(lower)
        if found is None:
            found = self[lower] = self._table.add(lower, self._language)
        self[word] = found
        return found


def spread(begins: Numbers, ends: Numbers) -> tuple[Numbers, Numbers]:
    """The numbers of several ranges, one after the other, each with which range it is of."""
    lengths = ends - begins
    owners = np.repeat(np.arange(len(lengths)), lengths)
    before = np.cumsum(lengths) - lengths
    return owners, np.arange(len(owners)) + (begins - before)[owners]


class Remembered(dict[str, int]):
    """What a function says of words, remembered."""

    def __init__(self, says: Callable[[str], int]) -> None:
        super().__init__()
        self._says = says

    def __missing__(self, word: str) -> int:
        if len(self) >= REMEMBERED:
            self.clear()
        said = self[word] = self._says(word)
        return said
