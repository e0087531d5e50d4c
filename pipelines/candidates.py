"""The words of a text, and at which of them it may name a place."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import overload

from pipelines.placenames import listed, may_be_in_small_letters, readings, words
from pipelines.terms import LONGEST_WORD, WORD, voikko
from pipelines.wordtable import Remembered
from tinymovements.gazetteer import key, load_gazetteer, until_changed

_HIDDEN = re.compile(r"https?://\S+|www\.\S+|(?<!\S)[^\s@]+@\S+|\[[a-z]+\]")
"""Addresses and placeholders, in which no place is looked for."""

_OPENS = re.compile(r"(?:^|[.!?:…\n|•–—*]|- )[\s\"'”»«(\[\-–]*$")
"""What stands before the first word of a sentence, whose capital says nothing."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the text with what its surroundings tell of it."""

    text: str
    start: int
    end: int
    capital: bool
    first: bool
    """Whether a sentence begins here."""
    joined: bool
    """Whether nothing but one space parts it from the word before."""
    tag: bool
    """Whether it is a hashtag."""
    after_name: bool
    """Whether a placeholder of a personal name stands right before it."""


class Words(Sequence[Word]):
    """The words of a text in which a place may be looked for, each made when it is asked for: of most texts few are."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.spans = [match.span() for match in WORD.finditer(text)]
        self.all_words = len(self.spans)
        if hidden := [match.span() for match in _HIDDEN.finditer(text)]:
            ends = [stop for _, stop in hidden]
            self.spans = [
                (start, end)
                for start, end in self.spans
                if (ahead := bisect_right(ends, start)) == len(hidden) or hidden[ahead][0] >= end
            ]
        self._made: dict[int, Word] = {}

    def __len__(self) -> int:
        return len(self.spans)

    @overload
    def __getitem__(self, at: int) -> Word: ...
    @overload
    def __getitem__(self, at: slice) -> list[Word]: ...
    def __getitem__(self, at: int | slice) -> Word | list[Word]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        word = self._made.get(at)
        if word is None:
            word = self._made[at] = self._make(at)
        return word

    def _make(self, at: int) -> Word:
        text = self._text
        start, end = self.spans[at]
        last = self.spans[at - 1][1] if at else 0
        before = text[last:start]
        capital = text[start].isupper()
        first = capital and before != " " and (not last or _OPENS.search(text, max(last, start - 8), start) is not None)
        joined = before == " " and last > 0
        return Word(text[start:end], start, end, capital, first, joined, before[-1:] == "#", before[-2:] == "] ")


# What is known of a word by itself, so that most words are passed over.
_CAPITAL, _MAY_BE, _POINTS, _VENUE, _TAIL = 1, 2, 4, 8, 16  # the last is the greatest: worth_trying counts on it


def worth_trying(words: Sequence[str], language: str) -> set[int]:
    """The words at which a rule may find something."""
    marks = list(map(_marks_in(language).__getitem__, words))
    worth = set()
    for at, mark in enumerate(marks):
        if mark & _MAY_BE:
            worth.add(at)
        elif mark & _CAPITAL:
            following = marks[at + 1 : at + 5]
            pointed = at and marks[at - 1] & _POINTS
            if pointed or (following and (following[0] & _VENUE or max(following) >= _TAIL)):
                worth.add(at)
    return worth


@until_changed()
def _marks_in(language: str) -> Remembered:
    return Remembered(lambda word: _marks(word, language))


def _marks(word: str, language: str) -> int:
    lower = word.lower()
    marks = _POINTS * (lower in listed("prepositions", "sure", language)) + _VENUE * _is_venue(lower, language)
    if not word[0].isupper():
        return marks + _MAY_BE * may_be_in_small_letters(word, language)
    if language == "en" and lower in listed("tails", "street", "en"):
        marks += _TAIL
    begins = lower in long_names() or word in listed("prefixes", language) or "-" in word
    return marks + _CAPITAL + _MAY_BE * bool(begins or readings(word, language))


def _is_venue(lower: str, language: str) -> bool:
    """Whether a word may be a house's after the name of a place."""
    if language == "fi":
        return len(lower) <= LONGEST_WORD and bool(finnish_venue(lower, city=False) or finnish_venue(lower, city=True))
    return singular(lower, language) in venues(language)


@until_changed()
def long_names() -> dict[str, tuple[tuple[str, ...], ...]]:
    """The first word of every name of several words: its names, the longest first."""
    names: dict[str, set[tuple[str, ...]]] = {}
    for entry in load_gazetteer().entries:
        if entry.kind != "country" and not entry.far:
            for name in entry.every_name:
                if " " in name or "-" in name:
                    parts = tuple(key(name).split())
                    names.setdefault(parts[0], set()).add(parts)
    return {first: tuple(sorted(same, key=lambda parts: (-len(parts), parts))) for first, same in names.items()}


@cache
def venues(language: str) -> frozenset[str]:
    """What the names of houses begin with after the place's; none in Finnish, where they are inflected."""
    return frozenset(venue[0] for venue in venue_words(language)) if language != "fi" else frozenset()


@cache
def venue_words(language: str) -> tuple[tuple[str, ...], ...]:
    """Words for houses, of several words first."""
    return tuple(sorted((tuple(venue.split()) for venue in words()["venues"].get(language, ())), key=len, reverse=True))


def singular(word: str, language: str) -> str:
    """A word for a house without the ending that Swedish puts on it."""
    return word.removesuffix("s") if language == "sv" and word.endswith("s") else word


@lru_cache(maxsize=10_000)
def finnish_venue(word: str, city: bool) -> str | None:
    """The base form of a word for a library, a school … in the singular."""
    venues = listed("venues", "single", "fi") if city else listed("venues", "fi")
    for reading in voikko(word):
        base: str = reading.BASEFORM.lower()
        if base == "porras" and not city:
            return "portaat"
        if base in venues and reading.NUMBER == "singular":
            return base
    return None
