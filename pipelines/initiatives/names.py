"""Finds the words of a post that name an initiative: Kylmis, the Lane Project, Folkbastun.

A linear model over each word, its letters and its neighbours, learnt from invented posts whose initiatives' names are known
(`pipelines.initiatives.learn`).
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from pipelines.initiatives.evidence import Evidence
from pipelines.initiatives.learnt import load, remembered_until_used
from pipelines.initiatives.pages import page_terms
from pipelines.initiatives.times import read_times
from pipelines.terms import WORD, is_in_dictionary, is_stop_word, terms, voikko
from tinymovements.gazetteer import load_gazetteer

COLUMNS = 1 << 14
"""Of the model: features are hashed."""

_PLACEHOLDER = re.compile(r"\[[a-z]+\]")
_SENTENCE_END = frozenset(".!?…:\n•")
_QUOTES = frozenset("\"'”“«»‘’")
_LONGEST = 400
"""Words of a post that are read: what is longer tells of many things."""
_CACHED = 50_000

_TIMES = frozenset(
    "tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu "
    "päivä viikko viikonloppu kuukausi vuosi aamu aamuisin aamupäivä iltapäivä ilta iltaisin yö tunti "
    "kevät keväisin kesä kesäisin syksy syksyisin talvi talvisin tänään eilen huomenna "
    "januari februari mars april maj juni juli augusti september oktober november december "
    "dag vecka helg månad år morgon förmiddag eftermiddag kväll natt timme vår sommar höst vinter idag igår imorgon ikväll "
    "january february march may june july august october "
    "day week weekend month year morning afternoon evening night hour spring summer autumn winter "
    "today yesterday tomorrow tonight".split()
)
"""Words in their base form that say when. The days of the week are known to `pipelines.initiatives.times`."""

_CROSSED = frozenset(
    ("capital", "begins", "capital begins", "page", "in place", "title", "unknown", "compound", "lang fi", "lang sv", "lang en")
)
"""Features that mean something else beside each other: a capital that begins a sentence of a title."""


class Word(NamedTuple):
    """A word of a post that carries meaning."""

    start: int
    end: int
    field: str
    text: str
    capital: bool
    """Whether it has a capital that no sentence's beginning gave it."""
    of_place: bool
    """Whether it stands in the name of a place."""
    context: tuple[str, ...]
    """What its neighbours say of it; with `by_itself` all that the model sees."""


def words(evidence: Evidence) -> Iterator[Word]:
    """The words of a post but for stop words, numbers and placeholders."""
    for field, text in (("title", evidence.title), ("text", evidence.text)):
        if text:
            yield from _words(evidence, field, text)


def _words(evidence: Evidence, field: str, text: str) -> Iterator[Word]:
    language = evidence.annotation.language
    aside = [found.span() for found in _PLACEHOLDER.finditer(text)]
    places = [
        (p.start, p.end) for p in evidence.annotation.places if p.field == field and p.start is not None and p.end is not None
    ]
    page = frozenset(term for word in page_terms(evidence.group or "") for term in word)
    found = [match for match, _ in zip(WORD.finditer(text), range(_LONGEST), strict=False)]
    for at, match in enumerate(found):
        start, end, word = match.start(), match.end(), match.group()
        small = word.lower()
        if word[0].isdigit() or _is_stop(small, language) or any(begin <= start < stop for begin, stop in aside):
            continue
        before, after = (found[i].group() if 0 <= i < len(found) else "" for i in (at - 1, at + 1))
        begins, upper = _begins(text, start), word[0].isupper()
        of_place = any(begin <= start < stop for begin, stop in places)
        signs = {
            "begins": begins,
            "capital": upper and not begins,
            "capital begins": upper and begins,
            "quoted": start > 0 and text[start - 1] in _QUOTES,
            "ends a quote": text[end : end + 1] in _QUOTES and end < len(text),
            "in place": of_place,
            "after place": any(stop == start - 1 for _, stop in places),
            "page": bool(page.intersection(terms(small, language))),
            "has page": bool(page),
            "before a capital": after[:1].isupper(),
            "after a capital": before[:1].isupper(),
            "title": field == "title",
            "alone": field == "title" and len(found) <= 3,
        }
        context = (f"before {before.lower()}", f"after {after.lower()}", *(sign for sign, holds in signs.items() if holds))
        yield Word(start, end, field, word, upper and not begins, of_place, context)


def features(word: Word, language: str) -> tuple[str, ...]:
    """All that the model sees of a word."""
    alone = _by_itself(word.text, language)
    crossing = sorted(feature for feature in (*alone, *word.context) if feature in _CROSSED)
    crossed = (f"{one} & {other}" for at, one in enumerate(crossing) for other in crossing[at + 1 :])
    return (*alone, *word.context, *crossed)


def says_when(word: str, language: str) -> bool:
    """Whether a word only says when: a month, a day, a time of the day or the year. Such a word alone is no name."""
    small = word.lower()
    return small in _TIMES or terms(small, language)[0] in _TIMES or any(read_times(word))


def column(feature: str) -> int:
    """Where the model keeps what a feature weighs."""
    return crc32(feature.encode()) % COLUMNS


def probability(word: Word, language: str) -> float:
    """How probably a word is part of an initiative's name."""
    crossing = (*_crossing(word.text, language), *(feature for feature in word.context if feature in _CROSSED))
    log_odds = (
        load().names_bias
        + _weight_by_itself(word.text, language)
        + sum(map(_weight, word.context))
        + _crossed(tuple(sorted(crossing)))
    )
    return 1 / (1 + math.exp(-log_odds))


@lru_cache(maxsize=_CACHED)
def _weight(feature: str) -> float:
    return float(load().names[column(feature)])


@lru_cache(maxsize=_CACHED)
def _weight_by_itself(word: str, language: str) -> float:
    return sum(float(load().names[column(feature)]) for feature in _by_itself(word, language))


@lru_cache(maxsize=_CACHED)
def _crossing(word: str, language: str) -> tuple[str, ...]:
    return tuple(feature for feature in _by_itself(word, language) if feature in _CROSSED)


@lru_cache(maxsize=_CACHED)
def _crossed(crossing: tuple[str, ...]) -> float:
    return sum(_weight(f"{one} & {other}") for at, one in enumerate(crossing) for other in crossing[at + 1 :])


def _by_itself(word: str, language: str) -> tuple[str, ...]:
    """What a word says wherever it stands."""
    small = word.lower()
    said = terms(small, language)
    base = said[0]
    return (
        f"lang {language}",
        f"base {base}",
        *(f"part {term}" for term in said[1:]),
        *(f"ends {base[-n:]}" for n in (3, 4, 5, 6) if len(base) > n),
        *(f"begins {base[:n]}" for n in (3, 4)),
        "known" if _is_known(small, language) else "unknown",
        *(["compound"] if len(said) > 1 else []),
        *(["a place's"] if load_gazetteer().knows_word(base) else []),
        f"length {min(len(small) // 3, 5)}",
        *(["joined"] if "-" in word else []),
        *(["all capitals"] if word.isupper() else []),
    )


def _is_known(word: str, language: str) -> bool:
    if language == "fi":
        return bool(voikko(word))
    return language not in ("sv", "en") or is_in_dictionary(word, language)  # type: ignore[arg-type]


@lru_cache(maxsize=_CACHED)
def _is_stop(word: str, language: str) -> bool:
    word = re.split("['’]", word)[0] or word  # who's
    return len(word) < 3 or (language in ("fi", "sv", "en") and is_stop_word(word, language))  # type: ignore[arg-type]


def _begins(text: str, start: int) -> bool:
    """Whether a sentence begins there, so that a capital tells nothing."""
    before = text[max(0, start - 4) : start].rstrip(" \"'”“»«–-(")
    return not before or before[-1] in _SENTENCE_END


for _cached in (_weight, _weight_by_itself, _crossed):
    remembered_until_used(_cached.cache_clear)
