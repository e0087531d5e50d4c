"""The words of a text, and what is remembered of each for the next texts."""

import re
from functools import cache, cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from tinymovements.privacy import lexicon
from tinymovements.privacy.lexicon import listed, look_up
from tinymovements.privacy.spans import Taken

WEIGHTS = Path(__file__).with_name("names.npz")
"""Weights of what words tell: of their languages here, of names in `tagger`."""
Scores = tuple[float, float, float, float]
"""What speaks for each of the tags."""
By = tuple[Any, ...]
"""A function that gives features, and what it is called with."""

_WORD = re.compile(
    r"([^\W\d_]+(?:[-'’.][^\W\d_]+)*(?::(?:n|lle|ll[aä]|lt[aä]|ss[aä]|st[aä]|[aä]|t|s|i?in|en)\b)?(?:(?<=\b[A-ZÅÄÖ])\.)?)"
)
_END = re.compile(r"[.!?…:]|\n|[^\w\s,.;:!?()'\"’”/&+-]")
_CUES = (
    ("h", "place_heads"),
    ("b", "place_before"),
    ("k", "calls"),
    ("t", "titles"),
    ("z", "closings"),
    ("o", "particles"),
)
_PREFIXED = re.compile(r"\w{1,3}[-'’][A-ZÅÄÖ]")


class Words:
    """The words of a text, where they stand, and what stands between them. Placeholders are no words."""

    def __init__(self, text: str, taken: Taken) -> None:
        parts = _WORD.split(text)
        self.texts, self._between = parts[1::2], parts[::2]
        if taken:
            self._leave_out(text, taken)

    def _leave_out(self, text: str, taken: Taken) -> None:
        self.spans = [span for span in self.spans if not taken.touches(*span)]
        if len(self.spans) < len(self.texts):
            ends = [0, *(end for _, end in self.spans)]
            starts = [*(start for start, _ in self.spans), len(text)]
            self.texts = [text[start:end] for start, end in self.spans]
            self._between = [text[end:start] for end, start in zip(ends, starts, strict=True)]

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Where each word begins and ends."""
        bounds = list(accumulate(len(part) for pair in zip(self._between, self.texts, strict=False) for part in pair))
        return list(zip(bounds[::2], bounds[1::2], strict=True))

    @cached_property
    def seen(self) -> list["Seen"]:
        """What is remembered of each word."""
        return list(map(_seen, self.texts))

    def __len__(self) -> int:
        return len(self.texts)

    def gap(self, index: int) -> str:
        """What stands before a word: "" for a space, else the last mark; "\\n" for a new line, "^" at the start of the text."""
        between = self._between[index]
        if between == " " and index:
            return ""
        bare = between.strip()
        return "^" if not index and not bare else "\n" if "\n" in between else bare[-1:]

    def is_first(self, index: int) -> bool:
        """Whether a sentence starts here."""
        return not index or (self._between[index] != " " and _END.search(self._between[index]) is not None)

    def is_last(self, index: int) -> bool:
        """Whether its line ends here, but for marks."""
        return index + 1 == len(self.texts) or "\n" in self._between[index + 1]


class Seen:
    """A word, which comes again and again, with what was found out about it.

    All in one place: to look things up in large memories took longer than what was done with what was found.
    """

    __slots__ = ("_classes", "may_be_name", "told", "vote", "word")

    def __init__(self, word: str) -> None:
        self.word = word
        self.vote, self.may_be_name = _vote(word), _may_be_name(word)
        self._classes: list[str] = ["", "", ""]
        self.told: dict[By, Scores] = {}

    def seen_as(self, language: int) -> str:
        """As `_class` has it."""
        if not self._classes[language]:
            self._classes[language] = _class(self.word, language)
        return self._classes[language]


_seen = lru_cache(maxsize=50_000)(Seen)


@cache
def _languages() -> list[list[int]]:
    with np.load(WEIGHTS) as file:
        return file["languages"].tolist()  # type: ignore[no-any-return]


LANGUAGE_BUCKETS = 1 << 12


def trigrams(word: str) -> list[int]:
    """By what a word's language is told."""
    padded = f"^{word[:20]}$"
    return [crc32(padded[start : start + 3].encode()) % LANGUAGE_BUCKETS for start in range(len(padded) - 2)]


def _vote(word: str) -> int:
    """The language a word in small letters is most likely of; of other words, 3."""
    if not word.islower():
        return 3
    table = _languages()
    votes = [0, 0, 0]
    for number in trigrams(word):
        for language, weight in enumerate(table[number]):
            votes[language] += weight
    return votes.index(max(votes))


def language_of(words: Words) -> int:
    """The language most of the small words are of: 0 Finnish, 1 Swedish, 2 English."""
    votes = [seen.vote for seen in words.seen]
    counts = [votes.count(language) for language in range(3)]
    return counts.index(max(counts))


def _may_be_name(word: str) -> bool:
    """Whether a word can be part of a name by itself: by a capital letter, or by the lists where it is no ordinary word."""
    if word[0].isupper():
        return word != "I"
    if not word.islower():
        return _PREFIXED.match(word) is not None
    return len(word) > 2 and lexicon.is_sure(word)


def _class(word: str, language: int) -> str:
    """How a neighbour is seen: by its lists and its first letter; small words by themselves."""
    lower = word.lower()
    cues = "".join(letter for letter, name in _CUES if lower in listed(name) or lower.rstrip(".") in listed(name))
    shape = lexicon.shape_of(word)
    if shape == "a":
        return f"a{cues}"
    known = look_up(word)
    lists = "".join(letter for letter in known.kind if letter in "VSGFPLN")
    return shape + lists + ("c" if known.languages[language] else "") + cues
