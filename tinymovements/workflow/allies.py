"""Finds who does the like: for an initiative those that may want to know of it, each with its reasons."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinymovements.archive import initiatives
from tinymovements.archive.database import open_archive, reading
from tinymovements.gazetteer import load_gazetteer
from tinymovements.initiative import Initiative, Quote
from tinymovements.settings import Settings
from tinymovements.taxonomy import load_taxonomy
from tinymovements.workflow.glances import ENDED, Glance, apart, glance, glances, how_far, rounded, shown
from tinymovements.workflow.matches import WITHIN, Pair, Stands, match, meet

NEAR_IN_MEANING = 0.3
"""Cosine of the middles of two initiatives' posts, less the middle of all, from which on they speak of much the same. Of 283 such
pairs of 112 invented initiatives in three languages 88 % are of one movement."""

FEWEST = 20
"""Initiatives with a vector, fewer than which have no middle that tells."""

_MOVEMENT, _MEANING, _WANTS, _BEGINNING = 0.5, 1.0, 0.5, 0.1
"""What it is worth that two are of one movement (each), how near they are in meaning (times the cosine), that one has what the
other needs, and that both began alike."""

_FAR, _HALVES = 0.5, 10.0
"""What of that is left where they are far apart, and the kilometres that halve the rest."""

_ELDER = 0.5
"""What one that is over is worth beside one that goes on: it can tell how it was, and do nothing any more."""

_BY_NO_RULE = "by-words"
_BEGINNINGS = ("spark", "forming")
_LANGUAGES = {"fi": "Finnish", "sv": "Swedish", "en": "English"}

_PAIRS = 1000
"""Needs and offers that meet which are looked at."""

_LENGTH = 2
"""Bytes of a kept vector that tell its length."""

Why = Literal["movement", "meaning", "place", "has_what_you_need", "needs_what_you_have", "began_alike", "language", "elder"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two may want to know of each other, as a sentence, and the quotes that it rests on."""

    why: Why
    sentence: str
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Ally:
    """An initiative that does the like."""

    initiative: Initiative
    """As anyone may see it."""
    score: float
    km: float | None
    """No finer than both may be known; None where nobody knows."""
    is_elder: bool
    """Whether it is over."""
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Allies:
    """The allies of an initiative, the likest first, and how many there are."""

    of: Initiative
    total: int
    allies: tuple[Ally, ...]


class _Like(NamedTuple):
    """How another one is like it."""

    other: Glance
    km: float | None
    score: float
    meaning: float
    met: tuple[Pair, ...]
    """The best need of either that the other one meets, each way."""


def find_allies(settings: Settings, id: str, day: date, within: float | None = None, limit: int = 10) -> Allies:
    """The initiatives that are of the same movements, speak of the same, or have what it needs; within so many kilometres.

    Raises `UnknownInitiative`.
    """
    with reading(open_archive(settings.archive_url)) as connection:
        kept = initiatives.get(connection, id)
        one = glance(kept.initiative, kept.vector, day)
        every = [other for other in glances(connection, day) if other.id != one.id]
        met = _met(one, every, day, WITHIN if within is None else within)
        likes = [
            like
            for other, km, meaning in zip(every, apart(one, every), _meanings(one, every), strict=True)
            if within is None or (km is not None and km <= within)
            if (like := _like(one, other, km, meaning, met.get(other.id, ())))
        ]
        best = sorted(likes, key=lambda like: (-like.score, like.other.id))[:limit]
        told = shown(connection, [one.id, *(like.other.id for like in best)])
    return Allies(told[one.id], len(likes), tuple(_ally(one, like, told) for like in best))


def _meanings(one: Glance, every: Sequence[Glance]) -> list[float]:
    """How near each is in meaning, from -1 to 1; 0 where that cannot be told."""
    known = [place for place, other in enumerate(every) if other.vector]
    if one.vector is None or len(known) < FEWEST:
        return [0.0] * len(every)
    # Where they point: of a kept vector the first number only says how long it is.
    pointing = [np.frombuffer(vector, np.int8, offset=_LENGTH) for vector in (one.vector, *_vectors(every))]
    units = _units(np.array(pointing, np.float32))
    units = _units(units - units.mean(axis=0))
    cosines = units[1:] @ units[0]
    found = dict(zip(known, cosines.tolist(), strict=True))
    return [found.get(place, 0.0) for place in range(len(every))]


def _units(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return np.asarray(vectors / np.maximum(lengths, np.finfo(np.float32).tiny)[:, np.newaxis])


def _vectors(every: Sequence[Glance]) -> Iterator[bytes]:
    return (other.vector for other in every if other.vector)


def _met(one: Glance, others: Sequence[Glance], day: date, within: float) -> dict[str, tuple[Pair, ...]]:
    """By the other one's id the best need of this one that it meets, and the best of its needs that this one meets."""
    own, theirs = _standing([one]), _standing(others)
    found: dict[str, tuple[Pair, ...]] = {}
    for pair in meet(own["need"], theirs["offer"], within, day, _PAIRS)[1]:
        found.setdefault(pair.offer.of.id, (pair,))
    taken = set[str]()
    for pair in meet(theirs["need"], own["offer"], within, day, _PAIRS)[1]:
        if pair.need.of.id not in taken:
            taken.add(pair.need.of.id)
            found[pair.need.of.id] = (*found.get(pair.need.of.id, ()), pair)
    return found


def _standing(every: Sequence[Glance]) -> dict[str, list[Stands]]:
    found: dict[str, list[Stands]] = {"need": [], "offer": [], "ask": []}
    for one in every:
        for want in one.wants:
            found[want.wish].append(Stands(one, want))
    return found


def _like(one: Glance, other: Glance, km: float | None, meaning: float, met: tuple[Pair, ...]) -> _Like | None:
    """How like it another one is; None where it is not, however near it lies."""
    common = len(set(one.movements) & set(other.movements))
    meaning = meaning if meaning >= NEAR_IN_MEANING else 0.0
    if not common and not meaning and not met:
        return None
    score = _MOVEMENT * common + _MEANING * meaning + _WANTS * len(met) + _BEGINNING * _began_alike(one, other)
    near = 0.0 if km is None else 0.5 ** (km / _HALVES)
    return _Like(other, km, score * (_FAR + (1 - _FAR) * near) * (_ELDER if _is_over(other) else 1), meaning, met)


def _is_over(other: Glance) -> bool:
    return bool(other.stages) and other.stages[-1][0] == ENDED


def _began_alike(one: Glance, other: Glance) -> bool:
    """Whether the first stage of both is a beginning that the same rule shows: one that tells how it was said."""
    if not one.stages or not other.stages or one.stages[0] != other.stages[0]:
        return False
    stage, rule = one.stages[0]
    return stage in _BEGINNINGS and rule != _BY_NO_RULE


def _ally(one: Glance, like: _Like, told: Mapping[str, Initiative]) -> Ally:
    other = like.other
    return Ally(
        initiative=told[other.id],
        score=round(like.score, 3),
        km=rounded(like.km, one, other),
        is_elder=_is_over(other),
        reasons=tuple(_reasons(one, like, told)),
    )


def _reasons(one: Glance, like: _Like, told: Mapping[str, Initiative]) -> Iterator[Reason]:
    """Each of them true, and resting on living posts."""
    other, own, its = like.other, told[one.id], told[like.other.id]
    if _is_over(other) and its.stages:
        yield Reason("elder", "It is over: it can tell how it was.", (its.stages[-1].quote,))
    if common := [movement for movement in other.movements if movement in one.movements]:
        yield Reason(
            "movement", f"Of the same {'movement' if len(common) == 1 else 'movements'}: {', '.join(map(_label, common))}."
        )
    if like.meaning:
        yield Reason("meaning", f"Their posts speak of much the same ({like.meaning:.2f}).")
    if one.point and other.point:
        where = _where(one, other)
        yield Reason("place", f"{where[0].upper()}{where[1:]}.")
    for pair in like.met:
        found = match(pair, told)
        if pair.need.of.id == one.id:
            yield Reason("has_what_you_need", found.reason, (found.offer.quote, found.need.quote))
        else:
            yield Reason("needs_what_you_have", found.reason, (found.need.quote, found.offer.quote))
    if _began_alike(one, other) and own.stages and its.stages:
        sentence = f"Both began alike: {own.stages[0].stage} (rule {own.stages[0].rule})."
        yield Reason("began_alike", sentence, (its.stages[0].quote, own.stages[0].quote))
    if (own_language := _language(own)) and (its_language := _language(its)):
        same = f"It writes in {its_language}, too."
        yield Reason(
            "language", same if own_language == its_language else f"It writes in {its_language}, and {own.name} in {own_language}."
        )


def _label(movement: str) -> str:
    known = load_taxonomy().movements.get(movement)
    return known.labels["en"] if known else movement


def _where(one: Glance, other: Glance) -> str:
    far, here, there = how_far(one, other), one.area, other.area
    if here and there and here.district and there.district and here.municipality == there.municipality:
        if here.district == there.district:
            return far if far.endswith(", too") else f"{far}, in {there.district} as well"
        if load_gazetteer().are_neighbours(here.district, there.district, here.municipality):
            return f"In the next district: {far}"
    return far


def _language(one: Initiative) -> str | None:
    """The language of most of its posts."""
    return next((_LANGUAGES[language] for language in one.languages if language in _LANGUAGES), None)
