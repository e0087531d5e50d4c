"""What is known of a word by itself: whether lists of names, the gazetteer or dictionaries hold it, and what it is like."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

import gender_guesser
import numpy as np

from tinymovements.gazetteer import load_gazetteer

_HERE = Path(__file__).parent
KNOWLEDGE = _HERE / "knowledge.npz"
"""What `tools/name_lists.py` makes: pieces of words with what they are like, and the ordinary words of Swedish and English."""

# Endings that Finnish puts on names it does not know: the stem must be on a list of names for them to count.
_ENDING = re.compile(r"(?::|i)?(?:n|lle|l[lt][aä]|s[st][aä]|n[aä]|ksi|t?t[aä]|[aä]|h[aiu]n)(?:kin|kaan|kään|han|hän|ko|kö|pa|pä)?$")
_GREAT = 40_000
"""People: a place of as many is meant more often than a person of its name."""
_KIN = re.compile(r"(?:täti|setä|eno|mumm[oiu]|pappa|ukki|vaari|rouva|herra|tant|farbror|mormor|morfar|opettaja|ope)\w{0,4}")
_WEAK = {"nn": "nt", "ng": "nk", "mm": "mp", "ll": "lt", "rr": "rt", "v": "p", "d": "t", "k": "kk", "p": "pp", "t": "tt"}
"""Consonants that Finnish puts before an ending, and what the name itself has: Pekan is Pekka's."""
_LAST_CONSONANTS = re.compile(r"(nn|ng|mm|ll|rr|[vdkpt])([aeiouyäö])$")
_LONGEST_PIECE = 18


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """What is known of one word.

    `kind` has a letter for each list that holds it: V and S given and family names by Voikko, G and g common and rare given
    names, F family names, P places (L great ones), p words of places' names, N no persons, and f, s, e the dictionaries; h for a
    hyphen.
    """

    written: str
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

    @property
    def given(self) -> bool:
        """Whether it is a given name that is borne often enough to count."""
        return "V" in self.kind or "G" in self.kind


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
def given_names() -> dict[str, int]:
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
def family_names() -> dict[str, str]:
    """Family names with how common they are: "1" to "4"."""
    lines = (_HERE / "family.txt").read_text("utf-8").splitlines()
    return {name: tier for line in lines for tier, _, names in [line.partition(" ")] for name in names.split()}


@cache
def _world() -> dict[str, str]:
    """Places of the whole world that one word names, with how great they are: "0" to "3"."""
    lines = (_HERE / "world.txt").read_text("utf-8").splitlines()
    return {name: size for line in lines for size, _, names in [line.partition(" ")] for name in names.split()}


@dataclass(frozen=True, slots=True)
class _Knowledge:
    pieces: dict[str, int]
    clusters: list[list[int]]
    likeness: list[list[int]]
    ordinary: bytes


@cache
def _knowledge() -> _Knowledge:
    with np.load(KNOWLEDGE) as file:
        pieces = file["pieces"].tobytes().decode().split("\n")
        return _Knowledge(
            {piece: number for number, piece in enumerate(pieces)},
            file["clusters"].tolist(),
            file["likeness"].tolist(),
            file["ordinary"].tobytes(),
        )


def bloom(word: str, language: str, size: int) -> Iterator[int]:
    """The bits that stand for an ordinary word in a filter of so many bits."""
    key = f"{language}{word}".encode()
    first, step = crc32(key), crc32(key, 0x9E3779B9) | 1
    for number in range(4):
        yield (first + number * step) % size


LONGEST_ORDINARY = 10
"""Letters: longer words are no names of persons anyway."""


def _is_ordinary(word: str, language: str) -> bool:
    """Whether Swedish or English has the word in small letters; one word in a hundred is taken for such by mistake."""
    if word in _also_words(language):
        return True
    bits = _knowledge().ordinary
    return len(word) <= LONGEST_ORDINARY and all(bits[bit >> 3] >> (bit & 7) & 1 for bit in bloom(word, language, 8 * len(bits)))


@lru_cache(maxsize=50_000)
def piece(written: str) -> tuple[int, str]:
    """The longest piece that begins a word, by number (-1: none does), and the rest of the word."""
    pieces = _knowledge().pieces
    for end in range(min(len(written), _LONGEST_PIECE), 1, -1):
        number = pieces.get(written[:end])
        if number is not None:
            return number, written[end:]
    return -1, written


def clusters(number: int) -> tuple[int, int]:
    """To which of a few, and of many, groups of like pieces a piece belongs."""
    small, great = _knowledge().clusters[number]
    return small, great


def likeness(number: int) -> list[int]:
    """How much a piece is like given names, family names, places and ordinary words, each from -3 to 3."""
    return _knowledge().likeness[number]


def stems(word: str) -> Iterator[str]:
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


def is_sure(word: str) -> bool:
    """Whether a word in small letters is a given name, as it stands or in a Finnish case, and no ordinary word."""
    names = given_names()
    level = names.get(word, 0)
    if level < 3:
        if len(word) < 5 or word[-1] not in "naäe":
            return False
        found = [stem for stem in stems(word) if names.get(stem, 0) >= 3 or names.get(_strong(stem), 0) >= 3]
        if not found:
            return False
    known = look_up(word)
    if any(known.languages) or "N" in known.kind:
        return False
    return level >= 3 or "V" in known.kind or (len(word) >= 7 and bool(re.search(r"(?:lle|lt[aä]|n)$", word)))


def _strong(stem: str) -> str:
    return _LAST_CONSONANTS.sub(lambda match: _WEAK[match[1]] + match[2], stem)


def family_tier(name: str) -> str:
    """How common a family name is, or nothing."""
    return family_names().get(name, "")


def given_tier(name: str) -> str:
    """How common a given name is, or nothing."""
    level = given_names().get(name, 0)
    return "a" if level >= 6 else "b" if level >= 3 else "c" if level else ""


def tiers(word: Word) -> str:
    """How common it is as a family and a given name, as it stands and without what may be an ending: four characters."""
    found = [family_tier(word.lower), given_tier(word.lower)]
    bases = [word.base, *stems(word.lower)]
    for tier, exact in zip((family_tier, given_tier), found[:2], strict=True):
        found.append("" if exact else min((tier(base) for base in bases if tier(base)), default=""))
    return "".join(tier or "-" for tier in found)


def places(word: Word) -> str:
    """How great a place of the world has this name, as it stands and without what may be an ending: two characters."""
    world = _world()
    bases = max((world.get(base, "-") for base in (word.base, *stems(word.lower))), default="-")
    return world.get(word.lower, "-") + bases


def _case(word: str) -> str:
    if re.search(r"(?:ss[aä]|st[aä]|(?:aa|ee|ii|oo|uu|yy|ää|öö)n|h[aeiouyäö]n|seen)$", word):
        return "in"
    if re.search(r"(?:ll[aä]|lt[aä]|lle)$", word):
        return "at"
    return "of" if word.endswith("n") else "s" if word.endswith("s") else ""


def shape_of(word: str) -> str:
    """How a word is written: see `Word.shape`."""
    if len(word) == 1 or (len(word) == 2 and word[1] == "."):
        return "I" if word[0].isupper() else "i"
    if word.islower():
        return "a"
    if word.isupper():
        return "C"
    if word[0].isupper():
        return "A" if not any(letter.isupper() for part in re.split(r"[-'’]", word) for letter in part[1:]) else "M"
    return "a"


def _finnish(word: str) -> tuple[set[str], list[str]]:
    import pyvoikko  # 215 MB that only who scrubs needs, and not the process that hands out what is to be scrubbed

    readings = pyvoikko.analyse(word)
    return {reading.CLASS for reading in readings}, [reading.BASEFORM.lower() for reading in readings]


def _is_no_person(word: str, shorter: Sequence[str]) -> bool:
    none = _not_persons()
    return word in none or all(part in none for part in word.split("-")) or any(len(stem) > 3 and stem in none for stem in shorter)


def _places(word: str, bases: list[str], shorter: list[str], classes: set[str]) -> str:
    gazetteer = load_gazetteer()
    found = [entry for name in (word, *bases, *shorter) for entry in gazetteer.likely(name)]
    if found or "paikannimi" in classes or any(name in listed("districts") for name in (word, *bases, *shorter)):
        return "PL" if any(entry.weight >= _GREAT for entry in found) else "P"
    return "p" if any(gazetteer.knows_word(name) for name in (word, *bases)) else ""


def _level(names: list[str]) -> int:
    return max((given_names().get(name, 0) for name in names), default=0)


_LONGEST = 60
"""Letters that are looked at: no name is longer, and the time that dictionaries take grows with a word."""


@lru_cache(maxsize=50_000)
def look_up(written: str) -> Word:
    """What is known of a word as it is written. It takes a tenth of a millisecond: ask it for words that may be names."""
    written = written[:_LONGEST]
    word = written.lower().replace("’", "'").replace("\u00ad", "")
    classes, bases = _finnish(word.removesuffix("'s"))
    shorter = list(stems(word))
    exact = _level([word])
    level = exact or _level([base.replace("--", "-") for base in bases] if "etunimi" in classes else shorter)
    family = family_tier(word) in ("1", "2", "3") or (not classes and any(family_tier(stem) in ("1", "2", "3") for stem in shorter))
    ordinary = word in _also_words("fi") or bool(classes - {"etunimi", "sukunimi", "paikannimi", "nimi", "lyhenne"})
    languages = (ordinary, _is_ordinary(word, "sv"), _is_ordinary(word.removesuffix("'s"), "en"))
    kind = "".join(
        letter
        for letter, holds in (
            ("V", "etunimi" in classes),
            ("S", "sukunimi" in classes),
            ("G", level >= 3),
            ("g", 0 < level < 3),
            ("F", family),
            (_places(word, bases, shorter, classes), True),
            ("N", _is_no_person(word, () if exact else shorter)),
            *zip("fse", languages, strict=True),
            ("h", "-" in word),
        )
        if holds
    )
    if "-" in word and "V" not in kind:
        kind = _hyphened(word, kind)
    return Word(written, word, kind, shape_of(written), _case(word), languages, bases[0] if bases else word)


def _hyphened(word: str, kind: str) -> str:
    """A word of parts: two given names are one, and so is a name with what its bearer is to somebody."""
    first, *rest = [part for part in word.split("-") if part] or [word]
    begins = look_up(first).given and "N" not in look_up(first).kind
    if begins and rest and all(look_up(part).given or _KIN.fullmatch(part) for part in rest):
        return kind if "G" in kind else f"G{kind}"
    return kind
