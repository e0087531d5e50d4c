"""The features of sentences by which needs, offers and asks are told, one at a time by name and many at a time as a matrix."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from pipelines.features import Numbers, Vocabulary, features, of_word
from pipelines.sentences import Part
from pipelines.terms import WORD, analyse, terms
from pipelines.wordtable import WordTable, spread

FIRST, LAST = "^", "$"
BEFORE, AFTER = "<", ">"
BASE, WRITTEN = "_", "~"
"""Between two words that follow each other: their base forms, and as they are written."""
_LONGEST, _FURTHEST = 5, 3

_WORDS = 100_000
"""In one matrix: some 35 MB while it is made."""


def sentence_features(text: str, spans: Sequence[Part], at: int, language: str) -> list[str]:
    """A sentence's own features with its pairs of words, in base forms and as written, whether it asks, its length and its place.

    And its neighbours' terms (marked), which tell a sale from a gift. With pairs, question and place the best F1 on posts of other
    writers was 0.68, 0.39 and 0.64 for needs, offers and asks, against 0.65, 0.38 and 0.64. As they are written pairs tell who does
    it ("voin tulla", "voitko tulla"): average precision by words on voices held out 0.690, 0.410 and 0.777 instead of 0.679, 0.398
    and 0.772.
    """
    start, end = spans[at]
    names = features(text[start:end], language)
    tokens = analyse(text[start:end], language)
    words = [FIRST, *(token.terms[0] for token in tokens), LAST]
    written = [FIRST, *(text[start:end][token.start : token.end].lower() for token in tokens), LAST]
    names += [f"{one}{BASE}{other}" for one, other in pairwise(words)]
    names += [f"{one}{WRITTEN}{other}" for one, other in pairwise(written)]
    names += ["?" if asks(text, end) else ".", _length(len(words)), _place(at)]
    for neighbour, mark in ((at - 1, BEFORE), (at + 1, AFTER)):
        if 0 <= neighbour < len(spans):
            start, end = spans[neighbour]
            names += [f"{mark}{term}" for token in analyse(text[start:end], language) for term in token.terms]
    return names


def asks(text: str, end: int) -> bool:
    """Whether a question mark follows."""
    return text[end : end + 2].strip().startswith("?")


def _length(words: int) -> str:
    return f"#{min(words // 4, _LONGEST)}"


def _place(at: int) -> str:
    return f"@{min(at, _FURTHEST)}"


class Sentence(NamedTuple):
    """A sentence, or a part that stands for one, as numbers: spans are of the words added so far."""

    words: int
    """The number of its span, as are the next two; 0 is the empty span."""
    before: int
    after: int
    asks: bool
    at: int


class Words:
    """The words of a batch of texts in spans."""

    def __init__(self, table: "SentenceTable") -> None:
        self._table = table
        self._numbers = array("q")
        self._ends = array("q", [0, 0])

    def add(self, text: str, language: str) -> int:
        """The number of a span of words that is new."""
        self._numbers.extend(self._table.words.numbers(WORD.findall(text), language))
        self._ends.append(len(self._numbers))
        return len(self._ends) - 2

    def handfuls(self, sentences: Iterable[Sentence]) -> Iterator[list[Sentence]]:
        """The sentences in parts of so many words, neighbours included, that their matrix fits into memory."""
        part: list[Sentence] = []
        room = _WORDS
        for sentence in sentences:
            part.append(sentence)
            room -= sum(self._ends[span + 1] - self._ends[span] for span in sentence[:3])
            if room < 0:
                yield part
                part, room = [], _WORDS
        if part:
            yield part

    def of(self, spans: Sequence[int]) -> tuple[Numbers, Numbers]:
        """The words in the spans, one after the other: for each which of the spans it is of, and its number in the table."""
        ends, wanted = np.frombuffer(self._ends, np.int64), np.array(spans, dtype=np.int64)
        owners, at = spread(ends[wanted], ends[wanted + 1])
        return owners, np.frombuffer(self._numbers, np.int64)[at]


class SentenceTable:
    """Makes matrices of sentences with a vocabulary; of each word its columns are remembered."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.words = WordTable(self._rows)
        self._asking = self._numbered(".", "?")
        self._length = self._numbered(*(_length(4 * number) for number in range(_LONGEST + 1)))
        self._place = self._numbered(*map(_place, range(_FURTHEST + 1)))
        self._base, self._written = _Pairs(vocabulary, BASE), _Pairs(vocabulary, WRITTEN)

    def _numbered(self, *names: str) -> Numbers:
        return np.array([self.vocabulary.column(name) for name in names])

    def _rows(self, word: str, language: str) -> tuple[Sequence[int], ...]:
        """Columns of the word's own features, of its terms before and after a sentence, and which halves of pairs it is."""
        columns, said = self.vocabulary.columns, terms(word, language)
        before, after = (columns(f"{mark}{term}" for term in said) for mark in (BEFORE, AFTER))
        return columns(of_word(word, said)), before, after, *self._base.halves(said[0]), *self._written.halves(word)

    def matrix(self, words: Words, sentences: Sequence[Sentence]) -> csr_array:
        """The sentences as rows."""
        row, own = words.of([sentence.words for sentence in sentences])
        found = [self._columns(row, own)]
        found.append(self._columns(*words.of([sentence.before for sentence in sentences]), kind=1))
        found.append(self._columns(*words.of([sentence.after for sentence in sentences]), kind=2))
        lengths = np.bincount(row, minlength=len(sentences))
        found += [self._paired(row, own, len(sentences), *of) for of in ((self._base, 3), (self._written, 5))]
        found.append(self._said(sentences, lengths))
        rows, columns = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return self.vocabulary.matrix(rows[columns >= 0], columns[columns >= 0], len(sentences))

    def _columns(self, row: Numbers, words: Numbers, kind: int = 0) -> tuple[Numbers, Numbers]:
        word, columns = self.words.gather(words + kind)
        return row[word], columns

    def _paired(self, row: Numbers, words: Numbers, height: int, pairs: "_Pairs", kind: int) -> tuple[Numbers, Numbers]:
        """Each two words that follow each other, the first and the last with the sentence's edge; column -1 where unknown."""
        at = np.arange(len(words)) + row
        left, right = np.full((2, len(words) + height), 0)
        rows = np.repeat(np.arange(height), np.bincount(row, minlength=height) + 1)
        edges = np.flatnonzero(np.diff(rows, prepend=-1))
        left[edges], right[np.append(edges[1:], len(rows)) - 1] = pairs.left[FIRST], pairs.right[LAST]
        left[at + 1] = self.words.gather(words + kind)[1]
        right[at] = self.words.gather(words + kind + 1)[1]
        return rows, pairs.columns(left, right)

    def _said(self, sentences: Sequence[Sentence], lengths: Numbers) -> tuple[Numbers, Numbers]:
        said = np.array([(sentence.asks, min(sentence.at, _FURTHEST)) for sentence in sentences])
        columns = np.stack(
            (self._asking[said[:, 0]], self._length[np.minimum((lengths + 2) // 4, _LONGEST)], self._place[said[:, 1]])
        )
        return np.tile(np.arange(len(sentences)), 3), columns.ravel()


class _Pairs:
    """The pairs of words of a vocabulary between which one mark stands; each half has a number, 0 where it is in no pair."""

    def __init__(self, vocabulary: Vocabulary, mark: str) -> None:
        halves = [
            (name[:cut], name[cut + 1 :], column)
            for column, name in enumerate(vocabulary.names)
            for cut in range(len(name))
            if name[cut] == mark
        ]
        self.left = {half: number for number, half in enumerate(dict.fromkeys([FIRST, *(left for left, _, _ in halves)]), 1)}
        self.right = {half: number for number, half in enumerate(dict.fromkeys([LAST, *(right for _, right, _ in halves)]), 1)}
        self._base = len(self.right) + 1
        pairs = sorted((self.left[left] * self._base + self.right[right], column) for left, right, column in halves)
        self._pairs = np.array([pair for pair, _ in pairs] or [-1])
        self._columns = np.array([column for _, column in pairs] or [-1])

    def halves(self, word: str) -> tuple[tuple[int], tuple[int]]:
        """The number of a word as the left half and as the right one."""
        return (self.left.get(word, 0),), (self.right.get(word, 0),)

    def columns(self, left: Numbers, right: Numbers) -> Numbers:
        """The columns of the pairs of these halves, -1 where unknown."""
        pairs = left * self._base + right
        near = np.minimum(np.searchsorted(self._pairs, pairs), len(self._pairs) - 1)
        return np.where(self._pairs[near] == pairs, self._columns[near], -1)
