"""Tells the page of one initiative from a forum where people write about everything."""

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path

from pipelines.mentions import mentions
from pipelines.terms import WORD, analyse, is_stop_word
from tinymovements.model import LANGUAGES

_ASIDE = re.compile(r"\([^)]*\)")
"""What is told of a page in brackets: (Facebook), (page), (blog)."""


@cache
def _forum_words() -> tuple[frozenset[str], tuple[str, ...]]:
    table = tomllib.loads(Path(__file__).with_name("forums.toml").read_text("utf-8"))
    return frozenset(table["words"]), tuple(table["endings"])


def is_forum(group: str) -> bool:
    """Whether a group's name says that it is for all matters of a place, or belongs to an office, a parish, a paper."""
    words, endings = _forum_words()
    return any(word in words or word.endswith(endings) for word in map(str.lower, WORD.findall(group)))


@lru_cache(maxsize=10_000)
def page_terms(group: str) -> tuple[tuple[str, ...], ...]:
    """The terms of each word of a page's own name, without those of places; none of a forum's."""
    if is_forum(group):
        return ()
    name = _ASIDE.sub(" ", group)
    places = [place for language in LANGUAGES for place in mentions(name, language)]
    return tuple(
        token.terms
        for token in analyse(name, None)
        if not any(place.start <= token.start < place.end for place in places)
        and not any(is_stop_word(name[token.start : token.end].lower(), language) for language in LANGUAGES)
    )


@lru_cache(maxsize=10_000)
def group_places(group: str) -> tuple[str, ...]:
    """The names of the places that a group's name tells of."""
    named = (place.name for language in LANGUAGES for place in mentions(group, language))
    return tuple(dict.fromkeys(named))
