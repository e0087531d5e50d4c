"""Reads words as names of places: from any form of Finnish inflection, demonyms, nicknames and the ends that streets have."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from pyvoikko.analysis import VoikkoAnalysis

from pipelines.inflection import INNER, Case, bases, cut, index_of
from pipelines.terms import LONGEST_WORD, is_in_dictionary, lemma, voikko
from tinymovements.gazetteer import CITY, Entry, key, load_gazetteer, until_changed
from tinymovements.model import LANGUAGES, Language

_CACHED = 50_000


@dataclass(frozen=True, slots=True)
class Reading:
    """A place's name that a word may be."""

    name: str
    """The base form in the language of the text, or the official name where the word is a nickname or a demonym."""
    case: Case
    known: bool
    """Whether the gazetteer has it."""
    ordinary: bool = False
    """Whether the word is one of everyday life as well."""
    small: bool = False
    """Whether it counts in lower case, too."""
    person: bool = False
    """Whether the word is a first name, or an unknown place's name is a surname as well."""
    street: bool = False
    """Whether its end says that it is a street, a square or a park."""


@cache
def words() -> dict[str, Any]:
    """The tables of places.toml."""
    return tomllib.loads(Path(__file__).with_name("places.toml").read_text("utf-8"))


@cache
def listed(*keys: str) -> frozenset[str]:
    """A list of places.toml as a set; empty where a language has none."""
    found: Any = words()
    for part in keys:
        found = found.get(part, {})
    return frozenset(found)


@until_changed(_CACHED)
def readings(word: str, language: str) -> tuple[Reading, ...]:
    """The places that a word as it was written may name, the likeliest first."""
    lower = word.lower().replace("’", "'").replace("\u00ad", "")
    if lower in listed("words", "never") or len(lower) > LONGEST_WORD:
        return ()
    found = [*_called(lower, language), *_BY_LANGUAGE.get(language, _foreign)(lower)]
    return tuple(dict.fromkeys(reading if reading.known else _as_written(reading, word) for reading in found))


def may_be_in_small_letters(word: str, language: str) -> bool:
    """Whether a word may name a place though it has no capital: what nobody knows as a place has no readings then that count."""
    lower = word.lower().replace("’", "'").replace("\u00ad", "")
    if lower in listed("words", "never") or len(lower) > LONGEST_WORD:
        return False
    known = _finnish_known(lower)[0] if language == "fi" else _BY_LANGUAGE.get(language, _foreign)(lower)
    return any(reading.small or (reading.known and not reading.ordinary) for reading in (*_called(lower, language), *known))


def _as_written(reading: Reading, word: str) -> Reading:
    """The reading with small letters where the word has them: "Maunula-talo"."""
    parts, written = reading.name.split("-"), word.split("-")
    if len(parts) == 1 or len(parts) != len(written):
        return reading
    return replace(reading, name="-".join(p.lower() if w[:1].islower() else p for p, w in zip(parts, written, strict=True)))


# --- what every language has ---


def _known(lower: str, language: str, case: Case, small: bool = False, written: str = "") -> Iterator[Reading]:
    """The name as the gazetteer spells it, if the likeliest place of that name is no country.

    `written` is the form it stands in: "vanhan" may lead to Van, but is a word of its own.
    """
    for entry in load_gazetteer().likely(lower)[:1]:
        if entry.kind != "country" and not (written and _is_word(entry, written, language)):
            name = next(name for name in entry.every_name if key(name) == key(lower))
            ordinary = lower in listed("words", "ordinary", language) or _is_word(entry, lower, language)
            classes = _classes(lower)
            person = "etunimi" in classes or (language == "fi" and _is_unread(entry) and "sukunimi" in classes)
            yield Reading(name, case, known=True, ordinary=ordinary, small=small, person=person)


@lru_cache(maxsize=_CACHED)
def _classes(lower: str) -> frozenset[str]:
    """Voikko's word classes of a Finnish word."""
    return frozenset(reading.CLASS for reading in voikko(lower))


_NAMES = frozenset({"paikannimi", "sukunimi", "etunimi", "nimi"})


def is_first_name(word: str) -> bool:
    """Whether a word is a first name in any form, so that the word after it is a surname."""
    return "etunimi" in _classes(word.lower())


def is_common(word: str, language: Language) -> bool:
    """Whether a word in lower case is one of everyday life in Swedish or English; a name's base form has a capital."""
    return is_in_dictionary(word, language) and lemma(_capital(word), language)[:1].islower()


def is_nothing_else(word: str, language: str) -> bool:
    """Whether a word in lower case is none of the language's own words."""
    if language == "fi":
        return _classes(word) <= {"paikannimi"}
    return language in LANGUAGES and not is_common(word, language) and not is_first_name(word)


def _is_simple(lower: str) -> bool:
    """Whether a word is a Finnish one that is not put together of others, as most names of places are."""
    return any(reading.CLASS not in _NAMES and len(reading.COMPOUND_PARTS or ()) < 2 for reading in voikko(lower))


_TOWN = 50_000
"""People: a town of that size is rarely less known than the English word of its name, and the exceptions are listed."""

_VILLAGE = 2_000
"""People: villages of other countries have any name there is, first names and words of other languages."""


def _is_unread(entry: Entry) -> bool:
    """Whether nobody looked through the names of its kind for those that are words and persons."""
    return entry.kind == "district" and (bool(entry.added) or (entry.population < _VILLAGE and entry.municipality != CITY))


def _is_word(entry: Entry, lower: str, language: str) -> bool:
    """Whether a place has the name of something that a text of the language is likelier to mean.

    The districts of towns, and what somebody added, have not been looked through: of them words decide.
    """
    unread = _is_unread(entry)
    if entry.country in {"FI", "AX"} and not (unread and language == "fi"):
        return False
    if language == "fi":
        return _is_simple(lower) if entry.country == "FI" else bool(_classes(lower) - _NAMES)
    if unread:
        return language in LANGUAGES and (is_common(lower, language) or bool(_classes(lower) & {"etunimi", "sukunimi"}))
    if entry.country in {"SE", "GB", "IE"} and not _VILLAGE <= entry.population < _TOWN:
        return entry.population < _VILLAGE
    return language in LANGUAGES and is_common(lower, language)


@cache
def _spoken(language: str) -> dict[str, tuple[str, bool]]:
    """What people say, in lower case: the official name, and whether the word is nothing else."""
    said: dict[str, tuple[str, bool]] = {}
    for table, small in (("capitalised", False), ("nicknames", True), ("demonyms", True)):
        for name, others in words()[table].get(language, {}).items():
            for other in others:
                said[other.lower()] = (name, small)
    return said


def _called(lower: str, language: str) -> Iterator[Reading]:
    """Nicknames and irregular demonyms, inflected in Finnish."""
    spoken = _spoken(language)
    for base, case in bases(lower, _spoken_stems()) if language == "fi" else _uninflected(lower):
        if base in spoken:
            name, small = spoken[base]
            yield Reading(name, case, known=True, ordinary=not small, small=small)


def _uninflected(lower: str) -> Iterator[tuple[str, Case]]:
    yield lower, "base"
    if lower.endswith("'s"):
        yield lower[:-2], "genitive"
    elif lower.endswith("s"):
        yield lower[:-1], "genitive"


def _foreign(lower: str) -> Iterator[Reading]:
    yield from _known(lower, "en", "base")


# --- Finnish ---


@until_changed()
def _stems() -> dict[str, tuple[str, ...]]:
    """Stem to names in lower case, of all that Finns are likely to inflect."""
    near = {"FI", "AX", "SE", "EE"}
    names = (
        name.lower()
        for entry in load_gazetteer().entries
        if entry.country in near or entry.added or "fi" in entry.names or entry.population > 300_000
        for name in entry.every_name
        if len(name) > 2
    )
    return index_of(dict.fromkeys(names))


@cache
def _spoken_stems() -> dict[str, tuple[str, ...]]:
    return index_of(_spoken("fi"))


@cache
def _tail_stems(kind: str) -> dict[str, tuple[str, ...]]:
    return index_of(words()["tails"][kind]["fi"])


def _finnish(lower: str) -> Iterator[Reading]:
    known, inflected = _finnish_known(lower)
    yield from known
    if not inflected:
        yield from _tailed(lower, voikko(lower))
        if _classes(lower) <= {"sukunimi"}:
            yield from _unheard(lower, [reading.BASEFORM for reading in voikko(lower)])


def _finnish_known(lower: str) -> tuple[list[Reading], bool]:
    """Readings that the gazetteer or Voikko knows as places, and whether one is a form of a name of the gazetteer."""
    own = dict(reversed([*bases(lower, _stems())]))
    known: list[Reading] = []
    for name, case in sorted(own.items(), key=lambda item: (item[1] != "base", -len(item[0]))):
        known += _known(name, "fi", case, written=lower)
    analysed = voikko(lower)
    for reading in analysed:
        base, case = _plain_base(reading.BASEFORM), _CASES.get(reading.SIJAMUOTO or "", "other")
        if reading.CLASS == "paikannimi" and base.lower() not in own and base.lower() not in listed("words", "never"):
            entries = load_gazetteer().likely(base)
            if not entries:
                ordinary = any(other.CLASS in {"nimisana", "laatusana"} for other in analysed)
                known.append(Reading(base, case, known=False, ordinary=ordinary))
            elif entries[0].kind != "country":
                known += _known(base.lower(), "fi", case)
    return [*known, *_people(lower)], bool(own)


_CASES: dict[str, Case] = {
    "nimento": "base", "omanto": "genitive", "sisaolento": "place", "sisaeronto": "place", "sisatulento": "place",
    "ulkoolento": "place", "ulkoeronto": "place", "ulkotulento": "place",
}  # fmt: skip


def _plain_base(base: str) -> str:
    """Voikko's base form without its marks of parts ("puu--Vallila"), every part with a capital."""
    parts = base.replace("--", "-").replace("=", "").split("-")
    return "-".join(part[:1].upper() + part[1:].lower() for part in parts)


def _people(lower: str) -> Iterator[Reading]:
    """Those of a place: "malmilaiset", "turkulaisten", "lahtelaisia"."""
    at = max(lower.rfind("lai"), lower.rfind("läi"))
    if at < 3 or not lower.startswith(("nen", "s"), at + 3):
        return
    stem = lower[:at]
    for name in (stem, stem[:-1] + "i", stem + "nen"):
        for reading in _known(name, "fi", "base", small=True):
            if name in _demonymic() and not (reading.ordinary and stem == name and len(stem) < 5):
                yield Reading(reading.name, "base", known=True, small=True)
                return


_SETTLED = 5_000


@until_changed()
def _demonymic() -> frozenset[str]:
    """Names in lower case of places big enough that people are called after them."""
    return frozenset(
        name.lower()
        for entry in load_gazetteer().entries
        if entry.kind == "municipality" or (entry.kind != "country" and entry.weight >= _SETTLED and not entry.far)
        for name in entry.every_name
    )


def _tailed(lower: str, analysed: Sequence[VoikkoAnalysis]) -> Iterator[Reading]:
    """A compound whose end says that it is a street or lies somewhere: "Juvankadun", "Kaukajärvellä"."""
    for kind in ("street", "land", "house"):
        index = _tail_stems(kind)
        found: list[tuple[int, str, Case]] = []
        for stem, case in cut(lower):
            for at in range(3, len(stem) - 1):
                for tail in index.get(stem[at:], ()):
                    if (case != "base" or stem[at:] == tail) and _may_end(analysed, stem[:at] + tail, tail):
                        found.append((at, stem[:at] + tail, case))
        if found:
            _, base, case = min(found, key=lambda item: (item[0], item[2] == "other"))
            ordinary = kind == "house" or is_in_dictionary(base, "fi")
            person = "sukunimi" in _classes(lower)
            yield Reading(_capital(base), case, known=False, ordinary=ordinary, person=person, street=kind != "house")
            return


def _may_end(analysed: Sequence[VoikkoAnalysis], base: str, tail: str) -> bool:
    """Whether Voikko agrees, if it knows the word at all: "monitori" is no square, "kirjoita" no river."""
    same = [reading for reading in analysed if reading.BASEFORM.lower() == base]
    if all(reading.CLASS == "sukunimi" for reading in analysed):
        return True
    ends = [reading.COMPOUND_PARTS[-1].BASEFORM if reading.COMPOUND_PARTS else base for reading in same]
    return bool(ends) and set(ends) == {tail}


def _unheard(lower: str, surnames: list[str]) -> Iterator[Reading]:
    """A word that nobody knows, or a surname, in a case that says where: "Gerbyssä", "Penttilässä"."""
    stem = lower[: -len("ssa")]
    bare = stem.removesuffix("i")
    if not lower.endswith(INNER) or len(stem) < 4 or {stem, bare} & listed("words", "never"):
        return
    base = surnames[0].lower() if surnames else bare if bare[-1] in "bdfglmnrsx" else stem
    yield Reading(_capital(base), "place", known=False, ordinary=True)


def _capital(name: str) -> str:
    return "-".join(part[:1].upper() + part[1:] for part in name.split("-"))


# --- Swedish and English ---

_PEOPLE = ("borna", "boarna", "boar", "bor", "bo", "arna", "arnas", "aren", "are", "bornas", "bors", "ares", "iter", "it")


def _swedish(lower: str) -> Iterator[Reading]:
    yield from _known(lower, "sv", "base")
    if lower.endswith("s") and not is_common(lower, "sv"):
        yield from _known(lower[:-1], "sv", "genitive")
    for ending in _PEOPLE:
        name = lower.removesuffix(ending)
        if name == lower or len(name) < 4 or name not in _demonymic():
            continue
        # "göteborgare" is in the dictionary, but so are other words that end like people of a small place.
        if not is_common(lower, "sv") or any(entry.population >= _TOWN for entry in load_gazetteer().likely(name)[:1]):
            yield from (replace(reading, small=True, ordinary=False) for reading in _known(name, "sv", "base"))
    yield from _ending(lower, "sv")


def _english(lower: str) -> Iterator[Reading]:
    yield from _known(lower, "en", "base")
    for ending in ("'s", "s'", "'"):
        if lower.endswith(ending):
            yield from _known(lower.removesuffix(ending), "en", "genitive")
    for ending in ("ers", "er"):
        name = lower.removesuffix(ending)
        if name != lower and len(name) > 4 and (entries := load_gazetteer().likely(name)) and entries[0].population >= 2 * _TOWN:
            yield from _known(name, "en", "base", small=True)
    # Finnish streets and waters, which English texts leave as they are.
    for kind in ("street", "land"):
        tails = (tail for tail in words()["tails"][kind]["fi"] if lower.endswith(tail) and len(lower) > len(tail) + 2)
        if any(tails) and not is_common(lower, "en"):
            yield Reading(_capital(lower), "base", known=False, street=kind == "street")
            return


def _ending(lower: str, language: Language) -> Iterator[Reading]:
    for tail in words()["tails"]["street"][language]:
        if lower.endswith(tail) and len(lower) > len(tail):
            yield Reading(_capital(lower), "base", known=False, ordinary=is_common(lower, language), street=True)
            return


_BY_LANGUAGE = {"fi": _finnish, "sv": _swedish, "en": _english}
