"""Makes the terms that texts and queries are found by: base forms, the parts of compounds, one language or all three."""

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path

import pyvoikko
import simplemma
from spacy.lang.en.stop_words import STOP_WORDS as ENGLISH
from spacy.lang.fi.stop_words import STOP_WORDS as FINNISH
from spacy.lang.sv.stop_words import STOP_WORDS as SWEDISH

from tinymovements.model import LANGUAGES, Language, Token

VERSION = "1"

LONGEST_WORD = 60
"""Letters. What is longer is no word of any language, and the time that dictionaries take grows with it."""

_SHORTEST_HEAD = 3
"""Letters of the first part of a compound."""

WORD = re.compile(r"\w+(?:[-’'\u00ad]\w+)*")
"""Letters and digits, held together by hyphens and apostrophes."""

_STOP: dict[Language, frozenset[str]] = {"fi": frozenset(FINNISH), "sv": frozenset(SWEDISH), "en": frozenset(ENGLISH)}

# 5,400 Finnish words/s are analysed, and a million posts hold some 400,000 different ones: the cache makes the speed.
_CACHED = 400_000


@cache
def _spoken() -> dict[Language, dict[str, str]]:
    tables = tomllib.loads(Path(__file__).with_name("spoken.toml").read_text("utf-8"))
    return {language: tables[language] for language in LANGUAGES}


def _lemma(word: str, language: Language) -> str:
    lemma: str = simplemma.lemmatize(word, lang=language)
    return lemma.lower()


def _finnish(word: str) -> list[str]:
    """The base form as Voikko has it, then the base forms of a compound's parts.

    Of several readings the one that simplemma shares is taken ("kirpputorilla": market, not quarrel), else the first. Known-item
    MRR on 3,000 proposals: plain words 0.45, simplemma 0.61, Voikko 0.64, with parts 0.69; all readings instead of one 0.69.
    """
    lemma = _lemma(word, "fi")
    readings = pyvoikko.analyse(word)
    if not readings:
        if head := _before_spoken(lemma):
            return [lemma, head, lemma.removeprefix(head)]
        return [lemma, *(term for part in word.split("-") if part and "-" in word for term in _finnish(part))]
    reading = next((reading for reading in readings if reading.BASEFORM.lower() == lemma), readings[0])
    parts = [part.BASEFORM.lower() for part in reading.COMPOUND_PARTS or ()]
    return [reading.BASEFORM.lower(), *(parts if len(parts) > 1 else ())]


def _before_spoken(lemma: str) -> str | None:
    """What stands before a spoken word in a compound that no dictionary has: "piha" of "pihakirppis"."""
    heads = (lemma.removesuffix(spoken) for spoken in _spoken()["fi"] if lemma.endswith(spoken))
    return next((head for head in sorted(heads, key=len) if len(head) >= _SHORTEST_HEAD and pyvoikko.analyse(head)), None)


def _swedish(word: str) -> list[str]:
    """The base form by simplemma, then the two halves of a compound whose halves it knows ("gatukonst": gata, konst)."""
    lemma = _lemma(word, "sv")
    if "-" in word:
        return [lemma, *(term for part in word.split("-") if part for term in _swedish(part))]
    for cut in range(4, len(lemma) - 3) if len(lemma) >= 8 else ():
        head, tail = lemma[:cut], lemma[cut:]
        if simplemma.is_known(tail, lang="sv") and simplemma.is_known(head.removesuffix("s"), lang="sv"):
            return [lemma, _lemma(head.removesuffix("s"), "sv"), _lemma(tail, "sv")]
    return [lemma]


def _english(word: str) -> list[str]:
    lemma = _lemma(word.removesuffix("'s"), "en")
    return [lemma, *(term for part in word.split("-") if part and "-" in word for term in _english(part))]


_BY_LANGUAGE = {"fi": _finnish, "sv": _swedish, "en": _english}


@lru_cache(maxsize=_CACHED)
def _terms(word: str, language: Language) -> tuple[str, ...]:
    if len(word) > LONGEST_WORD:
        return (word,)
    said = _BY_LANGUAGE[language](word.replace("\u00ad", "").replace("’", "'"))
    # A spoken word is found by what it stands for, too: "kirppis" by kirpputori and its parts.
    written = [term for spoken in said if (meant := _spoken()[language].get(spoken)) for term in _BY_LANGUAGE[language](meant)]
    return tuple(dict.fromkeys(said + written))


@lru_cache(maxsize=_CACHED)
def _terms_of_query(word: str) -> tuple[str, ...]:
    if any(word in _STOP[language] for language in LANGUAGES):
        return ()
    return tuple(dict.fromkeys(term for language in LANGUAGES for term in _terms(word, language)))


def is_stop_word(word: str, language: Language) -> bool:
    """Whether a lower-case word carries no meaning of its own."""
    return word in _STOP[language]


def analyse(text: str, language: str | None) -> list[Token]:
    """The words of a text, each with its terms.

    `language` None is a query's: its words get the terms of all three languages and stop words of any fall away (unless nothing
    else is asked for). A text whose language is unknown gets its words as they stand, in lower case.
    """
    words = [(match.start(), match.end(), match.group().lower()) for match in WORD.finditer(text)]
    if language is None:
        tokens = [Token(start, end, terms) for start, end, word in words if (terms := _terms_of_query(word))]
        return tokens or [Token(start, end, (word,)) for start, end, word in words]
    for known in LANGUAGES:
        if language == known:
            return [Token(start, end, _terms(word, known)) for start, end, word in words]
    return [Token(start, end, (word,)) for start, end, word in words]
