"""Reads in which of the ways that people have of saying how far an initiative has come a post says it, sentence by sentence.

The ways, in three languages, are listed in `stages.toml`.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Literal, NamedTuple

from pipelines.sentences import sentences
from pipelines.terms import terms_of
from tinymovements.initiative import STAGES, Stage
from tinymovements.model import LANGUAGES

FILE = Path(__file__).with_name("stages.toml")

_MANY = (1, 2, 4)
"""Ways of one stage in a post's sentences, from which on they count together once more."""
_LENGTH, _LONGEST = 80, 8
"""Characters of a step of length, and steps."""


@dataclass(frozen=True, eq=False)
class Way:
    """What many say alike of one stage."""

    id: str
    stage: Stage
    means: str
    said: dict[str, re.Pattern[str]]
    """By language; for texts in small letters."""


@cache
def load_ways() -> tuple[Way, ...]:
    """All of them, in the order of the stages."""
    rows = tomllib.loads(FILE.read_text("utf-8"))["rules"]
    return tuple(
        Way(row["id"], row["stage"], row["means"], {language: _pattern(row[language]) for language in LANGUAGES}) for row in rows
    )


def _pattern(patterns: list[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})")


@cache
def _patterns(language: str) -> tuple[tuple[Way, re.Pattern[str]], ...]:
    """All that a text in a language may meet: those of the three where it is none of ours."""
    return tuple(
        (way, pattern)
        for way in load_ways()
        for known, pattern in way.said.items()
        if language == known or language not in LANGUAGES
    )


class Sentence(NamedTuple):
    """A sentence, and what it tells."""

    field: Literal["title", "text"]
    text: str
    start: int
    """In its field."""
    ways: tuple[Way, ...]
    """Those in which it says something of a stage, in the order of the stages."""
    features: tuple[str, ...]
    """The ways by name: as they are, and marked where the sentence is the first or the last one, or asks."""
    terms: tuple[str, ...]


class Told(NamedTuple):
    """What a post tells: each of its sentences, and the features that are of none of them."""

    sentences: tuple[Sentence, ...]
    features: tuple[str, ...]


def read(title: str | None, text: str, language: str) -> Told:
    """What a post tells."""
    spans = [(field, said, *span) for field, said in _fields(title, text) for span in sentences(said)]
    last = len(spans) - 1
    found = tuple(_sentence(*span, at == 0, 0 < at == last, language) for at, span in enumerate(spans))
    count = Counter(way.stage for sentence in found for way in sentence.ways)
    features = [f"{stage} x{least}" for stage in STAGES for least in _MANY if count[stage] >= least]
    features += ["title"] * bool(title) + ["asks"] * ("?" in f"{title} {text}") + ["asks at last"] * text.rstrip().endswith("?")
    return Told(found, (*features, f"length {min(_LONGEST, (len(title or '') + len(text)) // _LENGTH)}"))


def _fields(title: str | None, text: str) -> Iterator[tuple[Literal["title", "text"], str]]:
    # One after the other: a title that ends in a number or an abbreviation would go on in the text.
    if title:
        yield "title", title
    yield "text", text


def _sentence(
    field: Literal["title", "text"], said: str, start: int, end: int, is_first: bool, is_last: bool, language: str
) -> Sentence:
    text = said[start:end]
    small = text.lower()
    ways = tuple(dict.fromkeys(way for way, pattern in _patterns(language) if pattern.search(small)))
    marks = [""] + ["first: "] * is_first + ["last: "] * is_last + ["asks: "] * said[end : end + 2].strip().startswith("?")
    features = tuple(f"{mark}{way.id}" for mark in marks for way in ways)
    return Sentence(field, text, start, ways, features, tuple(chain.from_iterable(terms_of(text, language))))
