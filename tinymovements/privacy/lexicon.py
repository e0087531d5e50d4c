"""What is known of a word by itself: whether lists of names, the gazetteer or the dictionaries of three languages hold it."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import gender_guesser
import pyvoikko
import simplemma

from tinymovements.gazetteer import load_gazetteer

_HERE = Path(__file__).parent

# Endings that Finnish puts on names it does not know: the stem must be on a list of names for them to count.
_ENDING = re.compile(
    r"(?::|i)?(?:n|lle|l[lt][aä]|s[st][aä]|n[aä]|ksi|t?t[aä]|[aä]|h[aiu]n)(?:kin|kaan|kään|han|hän|ko|kö|pa|pä)?$"
)
_GREAT = 40_000
"""People: a place of as many is meant more often than a person of its name."""
_COMMON = ("f", "s", "e")
_KIN = re.compile(r"(?:täti|setä|eno|mumm[oiu]|pappa|ukki|vaari|rouva|herra|tant|farbror|mormor|morfar|opettaja|ope)\w{0,4}")


@dataclass(frozen=True, slots=True)
class Word:
    """What is known of one word.

    `kind` has a letter for each list that holds it: V and S given and family names by Voikko, G and g common and rare given
    names, F family names, P places (L great ones), p words of places' names, N no persons, and f, s, e the dictionaries; h for a
    hyphen.
    """

    lower: str
    kind: str
    shape: str
    """Capital and small letters ("A"), capitals alone ("C"), mixed ("M"), small ones ("a"), or a single letter ("I", "i")."""
    case: str
    """The Finnish case its ending looks like: `in` (in, out of, into), `at` (at, from, to), `of`, or nothing."""
    languages: tuple[bool, bool, bool]
    """Whether it is an ordinary word of Finnish, Swedish, English."""
    base: str
    """The base form that Voikko gives it first, or the word itself."""
    small: tuple[bool, bool, bool]
    """Whether the dictionary of each language has it in small letters, whatever the lists of names say."""
    sure: bool
    """Whether it is a given name as it stands, or with an ending that only a person gets: enough without a capital letter."""

    @property
    def given(self) -> bool:
        """Whether it is a given name that is borne often enough to count."""
        return "V" in self.kind or "G" in self.kind

    def common(self, language: int) -> bool:
        """Whether it is an ordinary word in this one of the three languages."""
        return self.languages[language]


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((_HERE / "words.toml").read_text("utf-8"))


@cache
def listed(name: str) -> frozenset[str]:
    """A list of `words.toml`; an underscore there is a space."""
    return frozenset(word.replace("_", " ") for word in _table()[name].split())


@cache
def _also_words(language: str) -> frozenset[str]:
    return frozenset(_table()["also_words"].get(language, "").split())


@cache
def _not_persons() -> frozenset[str]:
    return listed("not_persons") | listed("calls")


@cache
def _given() -> dict[str, int]:
    """Given names with how common they are where they are most common: 1 to 13, as the list of gender-guesser has it."""
    names = dict.fromkeys((_HERE / "given.txt").read_text("utf-8").split(), 1) | dict.fromkeys(listed("nicknames"), 3)
    for line in (Path(gender_guesser.__file__).parent / "data" / "nam_dict.txt").read_text("utf-8").splitlines():
        if line[0] in "MF?1":
            level = max((int(digit, 16) for digit in line[30:86] if digit in "123456789ABCD"), default=1)
            parts = line[3:29].strip().lower()
            for name in {parts.replace("+", "-"), parts.replace("+", ""), parts.split("+")[0]}:
                names[name] = max(level, names.get(name, 0))
    return names


@cache
def _family() -> frozenset[str]:
    return frozenset((_HERE / "family.txt").read_text("utf-8").split())


def _stems(word: str) -> Iterator[str]:
    """The word without what a genitive or a Finnish case puts after a name."""
    for ending in ("'s", "s'", "s", ":s"):
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            yield word.removesuffix(ending)
    case = _ENDING.search(word)
    while case:
        stem = word[: case.start()]
        if len(stem) >= 2:
            yield stem
            if word[case.start()] == "i":
                yield stem + "i"
        case = _ENDING.search(word, case.start() + 1)


def _case(word: str) -> str:
    if re.search(r"(?:ss[aä]|st[aä]|(?:aa|ee|ii|oo|uu|yy|ää|öö)n|h[aeiouyäö]n|seen)$", word):
        return "in"
    if re.search(r"(?:ll[aä]|lt[aä]|lle)$", word):
        return "at"
    return "of" if word.endswith("n") else "s" if word.endswith("s") else ""


def _shape(word: str) -> str:
    if len(word) == 1 or (len(word) == 2 and word[1] == "."):
        return "I" if word[0].isupper() else "i"
    letters = [letter for letter in word if letter.isalpha()]
    if all(letter.isupper() for letter in letters):
        return "C"
    if letters[0].isupper():
        return "A" if not any(letter.isupper() for part in re.split(r"[-'’]", word) for letter in part[1:]) else "M"
    return "a"


def _finnish(word: str) -> tuple[set[str], list[str]]:
    readings = pyvoikko.analyse(word)
    return {reading.CLASS for reading in readings}, [reading.BASEFORM.lower() for reading in readings]


def _dictionary(word: str, language: str, level: int) -> bool:
    """Whether it is an ordinary word. Dictionaries hold names too: a common one counts as a word only where we say so."""
    if word in _also_words(language):
        return True
    return level < 3 and _in_small(word, language)


def _in_small(word: str, language: str) -> bool:
    return bool(simplemma.is_known(word, lang=language) and simplemma.lemmatize(word, lang=language).islower())


def _is_written_small(word: str, language: str) -> bool:
    return word in _also_words(language) or _in_small(word, language)


def _places(word: str, bases: list[str], stems: list[str], classes: set[str]) -> str:
    gazetteer = load_gazetteer()
    found = [entry for name in (word, *bases, *stems) for entry in gazetteer.find(name)]
    if found or "paikannimi" in classes or any(name in listed("districts") for name in (word, *bases, *stems)):
        return "PL" if any(entry.weight >= _GREAT for entry in found) else "P"
    return "p" if any(gazetteer.knows_word(name) for name in (word, *bases)) else ""


def _level(names: list[str]) -> int:
    return max((_given().get(name, 0) for name in names), default=0)


_LONGEST = 60
"""Letters that are looked at: no name is longer, and the time that dictionaries take grows with a word."""


@lru_cache(maxsize=400_000)
def look_up(written: str) -> Word:
    """What is known of a word as it is written."""
    written = written[:_LONGEST]
    word = written.lower().replace("’", "'").replace("\u00ad", "")
    classes, bases = _finnish(word.removesuffix("'s"))
    stems = list(_stems(word))
    exact = _level([word])
    level = exact or _level([base.replace("--", "-") for base in bases if base in _given()] if "etunimi" in classes else stems)
    family = word in _family() or (any(stem in _family() for stem in stems) and not classes)
    ordinary = word in _also_words("fi") or bool(classes - {"etunimi", "sukunimi", "paikannimi", "nimi", "lyhenne"})
    languages = (ordinary, _dictionary(word, "sv", exact), _dictionary(word.removesuffix("'s"), "en", exact))
    kind = "".join(
        letter
        for letter, holds in (
            ("V", "etunimi" in classes),
            ("S", "sukunimi" in classes),
            ("G", level >= 3),
            ("g", 0 < level < 3),
            ("F", family),
            (_places(word, bases, stems, classes), True),
            ("N", word in _not_persons() or (not exact and any(len(stem) > 3 and stem in _not_persons() for stem in stems))),
            *zip(_COMMON, languages, strict=True),
            ("h", "-" in word),
        )
        if holds
    )
    if "-" in word and "V" not in kind:
        kind = _hyphened(word, kind)
    small = (ordinary, _is_written_small(word, "sv"), _is_written_small(word, "en"))
    sure = "etunimi" in classes or exact >= 3 or (len(word) >= 7 and bool(re.search(r"(?:lle|lt[aä]|n)$", word)) and level >= 3)
    return Word(word, kind, _shape(written), _case(word), languages, bases[0] if bases else word, small, sure)


def _hyphened(word: str, kind: str) -> str:
    """A word of parts: two given names are one, and so is a name with what its bearer is to somebody."""
    first, *rest = [part for part in word.split("-") if part] or [word]
    begins = look_up(first).given and "N" not in look_up(first).kind
    if begins and rest and all(look_up(part).given or _KIN.fullmatch(part) for part in rest):
        return kind if "G" in kind else f"G{kind}"
    return kind


