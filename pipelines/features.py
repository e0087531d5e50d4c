"""Turns a text into the features of the words tier: terms, and runs of four and five characters inside words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipelines.terms import LONGEST_WORD, analyse

SHORTEST, LONGEST = 4, 5
"""Characters of a run, blanks at the edges of a word included. They carry spoken forms, typing errors and what the terms do not
know. Runs of three made it worse: micro-F1 on folds by voice 0.672 without, 0.663 with them."""


@lru_cache(maxsize=200_000)
def _of_word(word: str, terms: tuple[str, ...]) -> tuple[str, ...]:
    if len(word) > LONGEST_WORD:
        return ()
    padded = f" {word} "
    runs = (
        padded[start : start + size] for size in range(SHORTEST, LONGEST + 1) for start in range(max(1, len(padded) - size + 1))
    )
    return (*(f"={term}" for term in terms), *runs)


def features(text: str, language: str) -> Counter[str]:
    """How often each feature stands in a text; terms begin with `=`."""
    counts: Counter[str] = Counter()
    for token in analyse(text, language):
        counts.update(_of_word(text[token.start : token.end].lower(), token.terms))
    return counts


class Vocabulary:
    """Gives every feature its column and weight (smoothed inverse document frequency)."""

    def __init__(self, names: Sequence[str], weights: NDArray[np.float32]) -> None:
        self.names = tuple(names)
        self.weights = weights
        self._columns = {name: column for column, name in enumerate(self.names)}

    @classmethod
    def of(cls, documents: Sequence[Mapping[str, int]], at_least: int) -> "Vocabulary":
        """The features that at least so many documents have, in alphabetical order."""
        frequency = Counter(name for document in documents for name in document)
        names = sorted(name for name, count in frequency.items() if count >= at_least)
        weights = np.array([np.log((1 + len(documents)) / (1 + frequency[name])) + 1 for name in names], dtype=np.float32)
        return cls(names, weights)

    def row(self, counts: Mapping[str, int]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Columns and values of one text: log count times weight, of length one. Both empty where nothing is known."""
        known = [(column, count) for name, count in counts.items() if (column := self._columns.get(name)) is not None]
        known.sort()
        columns = np.array([column for column, _ in known], dtype=np.int32)
        values = (1 + np.log(np.array([count for _, count in known], dtype=np.float32))) * self.weights[columns]
        norm = float(np.sqrt((values * values).sum()))
        return columns, (values / norm if norm else values).astype(np.float32)
