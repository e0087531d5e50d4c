"""Turns a text into the features of the words tier: terms, and runs of four and five characters inside words."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipelines.terms import LONGEST_WORD, analyse

SHORTEST, LONGEST = 4, 5
"""Characters of a run, blanks at the edges of a word included. They carry spoken forms, typing errors and what the terms do not
know. Runs of three made it worse: micro-F1 on folds by voice 0.672 without, 0.663 with them."""

Numbers = NDArray[np.int64]


def of_word(word: str, terms: Sequence[str]) -> tuple[str, ...]:
    """The features of a word in lower case; its terms begin with `=`."""
    if len(word) > LONGEST_WORD:
        return ()
    padded = f" {word} "
    runs = (
        padded[start : start + size] for size in range(SHORTEST, LONGEST + 1) for start in range(max(1, len(padded) - size + 1))
    )
    return (*(f"={term}" for term in terms), *runs)


def features(text: str, language: str) -> list[str]:
    """Every feature of a text, as often as it stands there."""
    tokens = analyse(text, language)
    return [name for token in tokens for name in of_word(text[token.start : token.end].lower(), token.terms)]


class Vocabulary:
    """Gives every feature its column and weight (smoothed inverse document frequency)."""

    def __init__(self, names: Sequence[str], weights: NDArray[np.float32]) -> None:
        self.names = tuple(names)
        self.weights = weights
        self._columns = {name: column for column, name in enumerate(self.names)}

    @classmethod
    def of(cls, documents: Sequence[Sequence[str]], at_least: int) -> "Vocabulary":
        """The features that at least so many documents have, in alphabetical order."""
        frequency = Counter(name for document in documents for name in set(document))
        names = sorted(name for name, count in frequency.items() if count >= at_least)
        weights = np.array([np.log((1 + len(documents)) / (1 + frequency[name])) + 1 for name in names], dtype=np.float32)
        return cls(names, weights)

    def column(self, name: str) -> int:
        """The column of a feature, -1 where it is not known."""
        return self._columns.get(name, -1)

    def columns(self, names: Iterable[str]) -> list[int]:
        """The columns of those features that are known."""
        known = self._columns
        return [known[name] for name in names if name in known]

    def matrix(self, rows: Numbers, columns: Numbers, height: int) -> csr_array:
        """Texts as rows, from the row and the column of every feature that stands somewhere.

        A value is log count times weight, and a row is of length one, or empty where nothing is known.
        """
        met, counts = np.unique(rows * len(self.names) + columns, return_counts=True)
        row, column = np.divmod(met, max(1, len(self.names)))
        values = (1 + np.log(counts.astype(np.float32))) * self.weights[column]
        values /= np.sqrt(np.bincount(row, values * values, height))[row]
        ends = np.append(0, np.cumsum(np.bincount(row, minlength=height))).astype(np.int32)
        return csr_array((values.astype(np.float32), column.astype(np.int32), ends), (height, len(self.names)))
