"""Finds whose need meets whose offer: by what both name, by kind, by how near they are, and as long as both stand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.initiatives.telling import CONCEPT, told
from search.distance import kilometres
from tinymovements.archive import initiatives
from tinymovements.archive.database import open_archive, reading
from tinymovements.initiative import Initiative, Quote
from tinymovements.settings import Settings
from tinymovements.workflow.glances import Glance, Wanted, apart, glances, how_far, rounded, shown
from tinymovements.workflow.places import asked_for, main_name

WITHIN = 20.0
"""Kilometres between a need and an offer, where none are given: what one drives to fetch a borrowed trailer."""

LEAST, LEAST_IN_WORDS = 3.5, 7.0
"""What a need and an offer share at the least, as `telling.told` has it: a concept, two words, or a rare one. In invented worlds
what shares but one word that one post in a hundred has shares "goes on" and "can"."""

_OF_A_KIND = 0.25
"""By how much more a match is worth where both are of one kind."""

_HALVES_KM, _HALVES_DAYS = 5.0, 365.0
"""Kilometres, and days since the older of both was said, that halve what a match is worth."""

_PART = 1000
"""Needs that are compared with all offers at once."""


@dataclass(frozen=True, slots=True)
class Side:
    """Who needs or offers, the words that say so, and until when they stand."""

    initiative: str
    name: str
    quote: Quote
    until: date | None


@dataclass(frozen=True, slots=True)
class Match:
    """A need that an offer meets."""

    kind: str
    """Of the need."""
    need: Side
    offer: Side
    km: float | None
    """No finer than both may be known."""
    shared: tuple[str, ...]
    """What both name."""
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Matches:
    """The best matches, how many there are, and of how many needs and offers nobody knows where they are, so that none is near."""

    matches: tuple[Match, ...]
    total: int
    nowhere: int


class Stands(NamedTuple):
    """A need or an offer that stands, and whose it is."""

    of: Glance
    want: Wanted


class Pair(NamedTuple):
    """A need, an offer, and what they are worth to each other."""

    score: float
    need: Stands
    offer: Stands


def find_matches(
    settings: Settings,
    day: date,
    id: str | None = None,
    within: float = WITHIN,
    kinds: Sequence[str] = (),
    places: Sequence[str] = (),
    limit: int = 20,
) -> Matches:
    """Which open needs are met by which open offers of others, the best first.

    With `id` those of one initiative, its needs and its offers; with `kinds` those of which the need is such; with `places` those
    of which either is there. Raises `UnknownInitiative`.
    """
    names = set(map(asked_for, places))
    with reading(open_archive(settings.archive_url)) as connection:
        own = initiatives.get(connection, id).initiative.id if id else None
        seen = glances(connection, day, lambda wish: wish != "ask")
        standing = [
            Stands(one, want) for one in seen for want in one.wants if not kinds or want.wish == "offer" or want.kind in kinds
        ]

        def is_asked(stands: Stands) -> bool:
            return own in (None, stands.of.id) and (not names or not names.isdisjoint(_around(stands.of)))

        needs, offers = ([stands for stands in standing if stands.want.wish == wish] for wish in ("need", "offer"))
        asked, others = [*filter(is_asked, needs)], [stands for stands in needs if not is_asked(stands)]
        found = [meet(asked, offers, within, day, limit), meet(others, [*filter(is_asked, offers)], within, day, limit)]
        best = sorted((pair for _, pairs in found for pair in pairs), key=lambda pair: -pair.score)[:limit]
        told_of = shown(connection, [stands.of.id for pair in best for stands in (pair.need, pair.offer)])
    nowhere = sum(stands.of.point is None for stands in standing if is_asked(stands))
    return Matches(tuple(match(pair, told_of) for pair in best), sum(total for total, _ in found), nowhere)


def _around(of: Glance) -> Iterator[str]:
    return (main_name(name) for name in of.area or () if name)


class _Many:
    """Needs, or offers, of whom it is known where they are, in columns."""

    def __init__(self, stands: Sequence[Stands], day: date) -> None:
        self.stands = [one for one in stands if one.of.point is not None]
        self.ids = np.array([one.of.id for one in self.stands])
        self.points = np.array([one.of.point for one in self.stands], np.float64).reshape(-1, 2)
        self.kinds = np.array([one.want.kind for one in self.stands])
        self.days = np.array([_days_since(one.want.said, day) for one in self.stands], np.float64)

    def matrix(self, columns: dict[str, int], of_concepts: bool) -> sparse.csr_matrix:
        """By want what its words, or its concepts, tell: the roots, so that the product of two is what both tell."""
        rows = [[word for word in one.want.words if word.startswith(CONCEPT) == of_concepts] for one in self.stands]
        ends = np.cumsum([0, *map(len, rows)])
        places = [columns.setdefault(word, len(columns)) for row in rows for word in row]
        weights = np.array([told(word) for row in rows for word in row], np.float32) ** 0.5
        return sparse.csr_matrix((weights, places, ends), shape=(len(rows), len(columns)))


def _days_since(said: date | None, day: date) -> float:
    """Days since it was said; of what is not dated, as many as make it count half."""
    return _HALVES_DAYS if said is None else max(0, (day - said).days)


def meet(all_needs: Sequence[Stands], all_offers: Sequence[Stands], within: float, day: date, limit: int) -> tuple[int, list[Pair]]:
    """How many needs and offers of two that are not farther apart meet, and the best of them."""
    needs, offers = _Many(all_needs, day), _Many(all_offers, day)
    if not needs.stands or not offers.stands:
        return 0, []
    total, found = 0, list[tuple[float, int, int]]()
    for need, offer, worth in _sharing(needs, offers):
        km = kilometres(*needs.points[need].T, *offers.points[offer].T)
        score = worth * (1 + _OF_A_KIND * (needs.kinds[need] == offers.kinds[offer]))
        score = score * 0.5 ** (km / _HALVES_KM + np.maximum(needs.days[need], offers.days[offer]) / _HALVES_DAYS)
        near = np.flatnonzero((km <= within) & (needs.ids[need] != offers.ids[offer]))
        total += len(near)
        top = near[np.lexsort((offer[near], need[near], -score[near]))[:limit]]
        found += zip((-score[top]).tolist(), need[top].tolist(), offer[top].tolist(), strict=True)
    return total, [Pair(-worth, needs.stands[need], offers.stands[offer]) for worth, need, offer in sorted(found)[:limit]]


_Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


def _sharing(needs: _Many, offers: _Many) -> Iterator[_Pairs]:
    """Needs and offers that share enough, and how much it tells, some thousand needs at a time."""
    for_words, for_concepts = dict[str, int](), dict[str, int]()
    offered = offers.matrix(for_words, False).T.tocsr(), offers.matrix(for_concepts, True).T.tocsr()
    needed = needs.matrix(for_words, False), needs.matrix(for_concepts, True)
    for start in range(0, len(needs.stands), _PART):
        by_words, by_concepts = (
            (need[start : start + _PART, : offer.shape[0]] @ offer) for need, offer in zip(needed, offered, strict=True)
        )
        by_words.data[by_words.data < LEAST_IN_WORDS] = 0
        common = by_words.maximum(by_concepts).tocoo()
        enough = common.data >= LEAST
        yield common.row[enough] + start, common.col[enough], common.data[enough].astype(np.float64)


def match(pair: Pair, told_of: Mapping[str, Initiative]) -> Match:
    """A pair in words."""
    need, offer = (_side(stands, told_of[stands.of.id]) for stands in (pair.need, pair.offer))
    shared = named_by_both(pair.need, pair.offer)
    [km] = apart(pair.need.of, [pair.offer.of])
    about = f"both name {', '.join(shared)}" if shared else "both name the same thing"
    return Match(
        kind=pair.need.want.kind,
        need=need,
        offer=offer,
        km=rounded(km, pair.need.of, pair.offer.of),
        shared=shared,
        score=round(pair.score, 3),
        reason=f"{offer.name}, {how_far(pair.need.of, pair.offer.of)}, offers what {need.name} needs: {about}.",
    )


def named_by_both(one: Stands, other: Stands) -> tuple[str, ...]:
    """What two wants both name: concepts; where there is none, words, unless a place that nobody may learn could be among them."""
    both = [word for word in one.want.words if word in other.want.words]
    concepts = [word.removeprefix(CONCEPT).replace("_", " ") for word in both if word.startswith(CONCEPT)]
    return tuple(concepts) if concepts or one.of.hides or other.of.hides else tuple(both)


def _side(stands: Stands, one: Initiative) -> Side:
    want = one.wants[stands.want.place]
    return Side(one.id, one.name, want.quote, want.until)
