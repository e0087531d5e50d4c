"""Which of several places with one name a post means: by where its source is, what else it names, and its language."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pipelines.placenames import words
from tinymovements.gazetteer import Entry, Gazetteer

Pin = tuple[str | None, float | None, float | None]
"""Where the source put the post: in its words, and by a point."""

_HOME = {"fi": {"FI"}, "sv": {"FI", "SE", "AX"}, "en": {"FI", "GB", "IE"}}
"""Countries that a text of the language is likelier to speak of."""
_CLOSE = 0.5
"""Degrees of latitude, some 50 km: within it a namesake is the one that is meant."""

# What a sign counts: the source knows best, then what the text says outright, then a neighbour, and last a namesake's neighbour.
_BY_SOURCE, _BY_WORDS, _BY_NEIGHBOUR, _BY_NAMESAKE, _BY_COUNTRY = 8.0, 4.0, 2.0, 1.0, 0.5


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that tells where a post is: a point, a country, or both."""

    weight: float
    point: tuple[float, float] | None = None
    country: str | None = None
    reach: float = _CLOSE
    """Degrees of latitude around the point."""
    name: str = ""
    """The name that it was told by, which is no sign of itself."""


def pinned(gazetteer: Gazetteer, pin: Pin) -> Entry | None:
    """The place that the source names, if it is known: the whole of what it says, or a part between commas."""
    name = " ".join(pin[0].split()) if pin[0] else ""
    known = (entry for part in (name, *(part.strip() for part in name.split(","))) for entry in gazetteer.find(part)[:1])
    return next((entry for entry in known if entry.kind != "country"), None)


def meant(gazetteer: Gazetteer, names: Iterable[str], text: str, language: str, pin: Pin) -> dict[str, Entry | None]:
    """For each name the place that is meant; None where we know none."""
    same = {name: gazetteer.find(name) for name in names}
    if all(len(entries) < 2 and not any(entry.far for entry in entries) for entries in same.values()):
        return {name: entries[0] if entries else None for name, entries in same.items()}
    signs = [*_of_source(gazetteer, pin), *_of_words(text), *_of_neighbours(gazetteer, same)]
    spoken_of = {sign.country for sign in signs if sign.country}
    near = {name: [entry for entry in entries if not entry.far or entry.country in spoken_of] for name, entries in same.items()}
    return {name: _likeliest(gazetteer, entries, signs, name, language) for name, entries in near.items()}


def _likeliest(gazetteer: Gazetteer, same: Sequence[Entry], signs: Sequence[Sign], name: str, language: str) -> Entry | None:
    if len(same) < 2:
        return same[0] if same else None
    home = _HOME.get(language, set())

    def rank(entry: Entry) -> tuple[float, bool, int]:
        centre = gazetteer.centre(entry)
        told = sum(_counts(sign, centre, entry.country) for sign in signs if sign.name != name)
        return (-told, entry.country not in home, -entry.weight)

    return min(same, key=rank)


def _counts(sign: Sign, centre: tuple[float, float] | None, country: str) -> float:
    """What a sign says for a place there: all for one close to it, little for one in its country."""
    if sign.point is not None and centre is not None:
        lat, lon = sign.point
        if abs(centre[0] - lat) < sign.reach and abs(centre[1] - lon) < 2 * sign.reach:
            return sign.weight
    if sign.country != country:
        return 0.0
    return sign.weight if sign.point is None else sign.weight * _BY_COUNTRY


def _of_source(gazetteer: Gazetteer, pin: Pin) -> Iterable[Sign]:
    _, lat, lon = pin
    if lat is not None and lon is not None:
        yield Sign(_BY_SOURCE, (lat, lon), gazetteer.nearest(lat, lon).country)
    elif entry := pinned(gazetteer, pin):
        yield Sign(_BY_SOURCE, gazetteer.centre(entry), entry.country)


def _of_words(text: str) -> Iterable[Sign]:
    """Countries, counties and provinces that a text names: "Newport, Wales"."""
    for match in _regions().finditer(text):
        region = words()["regions"][match.lastgroup]
        lat, lon = region.get("at", (None, None))
        yield Sign(_BY_WORDS, None if lat is None else (lat, lon), region["country"], region.get("reach", _CLOSE))


@cache
def _regions() -> re.Pattern[str]:
    """One group for each region, of the beginnings of its names, since endings may follow."""
    groups = (f"(?P<{id}>{'|'.join(map(re.escape, region['names']))})" for id, region in words()["regions"].items())
    return re.compile(rf"(?<!\w)(?=[A-ZÅÄÖ])(?:{'|'.join(groups)})")  # looking ahead makes it six times as fast


def _of_neighbours(gazetteer: Gazetteer, same: Mapping[str, Sequence[Entry]]) -> Iterable[Sign]:
    """The other places of the post: those that are only one, and faintly each of several."""
    for name, entries in same.items():
        likely = [entry for entry in entries if not entry.far]
        weight = _BY_NEIGHBOUR if len(likely) == 1 else _BY_NAMESAKE
        for entry in likely:
            country = entry.country if len(likely) == 1 else None
            yield Sign(weight, gazetteer.centre(entry), country, name=name)
