"""What is compared of initiatives where all of them are looked through: a little of each record, of places no more than is shown.

Read one by one without making records of them: of 20,000 that takes half a second, and as records three and a half.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np
import orjson
from sqlalchemy import Connection

from search.distance import kilometres
from tinymovements.archive import initiatives
from tinymovements.initiative import Initiative, Site, Stage, Wish
from tinymovements.model import MovementScore
from tinymovements.privacy.sensitive import shown_initiative
from tinymovements.taxonomy import load_taxonomy
from tinymovements.workflow.areas import Area, area_of

Point = tuple[float, float]

ENDED: Stage = "ended"
"""The stage of an initiative that is over."""


class Wanted(NamedTuple):
    """What is compared of a need, an offer or an ask."""

    place: int
    """Among the initiative's wants: there stands what may be shown of it."""
    wish: Wish
    kind: str
    text: str
    words: tuple[str, ...]
    """Neither is to be shown: the name of a place that nobody may learn can be in them."""
    said: date | None


class Glance(NamedTuple):
    """What is compared of an initiative."""

    id: str
    movements: tuple[str, ...]
    sites: tuple[Site, ...]
    """As anyone may know them."""
    point: Point | None
    """Of its first place that has one; where none has, the middle of its area."""
    is_coarse: bool
    """Whether the point is that of an area."""
    hides: bool
    """Whether its words may name places that nobody may learn from it."""
    stages: tuple[tuple[str, str], ...]
    """How it went: stages and the rules that say so."""
    wants: tuple[Wanted, ...]
    """Those that are open on the day, as `_open` has it."""
    vector: bytes | None

    @property
    def area(self) -> Area | None:
        """Where it counts. Worked out when it is asked for: of all that are looked through few are told of."""
        return area_of(self.sites, "district")


def glances(connection: Connection, day: date, wishes: Callable[[str], bool] | None = None) -> Iterator[Glance]:
    """Every initiative in order of id; with `wishes` only those that have such wants open on the day, and these wants alone."""
    sensitive = load_taxonomy().sensitive
    for _, text, vector in initiatives.records(connection):
        if wishes is None or _WANTS_NOTHING not in text:
            record = orjson.loads(text)
            wants = [(place, want) for place, want in _open(record, day.isoformat()) if wishes is None or wishes(want["wish"])]
            if wants or wishes is None:
                yield _glance(record, wants, vector, sensitive)


_WANTS_NOTHING = '"wants":[]'


def glance(initiative: Initiative, vector: bytes | None, day: date) -> Glance:
    """What is compared of one."""
    record = orjson.loads(initiative.model_dump_json())
    return _glance(record, _open(record, day.isoformat()), vector, load_taxonomy().sensitive)


def _open(record: Any, day: str) -> list[tuple[int, Any]]:
    """The wants that are open on a day, each with its place; of an initiative that is over those that outlast it."""
    end = record["stages"][-1]["quote"] if record["stages"] and record["stages"][-1]["stage"] == ENDED else None
    return [
        (place, want)
        for place, want in enumerate(record["wants"])
        if want["status"] == "open" and (want["until"] is None or want["until"] >= day)
        if end is None or _outlasts(want, end)
    ]


def _outlasts(want: Any, end: Any) -> bool:
    """Whether a want still stands when its initiative is over: what is asked of the city, what is said later than the end, and what
    the post that tells of the end gives away.
    """
    said, ended = want["quote"]["posted"], end["posted"]
    if want["wish"] == "ask" or (want["wish"] == "offer" and want["quote"]["post"] == end["post"]):
        return True
    return bool(said and ended) and datetime.fromisoformat(said) > datetime.fromisoformat(ended)


def _glance(record: Any, wants: list[tuple[int, Any]], vector: bytes | None, sensitive: AbstractSet[str]) -> Glance:
    sites = _shown_sites(record, sensitive)
    point = next(((site.lat, site.lon) for site in sites if site.lat is not None and site.lon is not None), None)
    return Glance(
        id=record["id"],
        movements=tuple(movement["id"] for movement in record["movements"]),
        sites=sites,
        point=point or _middle(sites),
        is_coarse=point is None,
        hides=record["hidden"] != [],
        stages=tuple((sign["stage"], sign["rule"]) for sign in record["stages"]),
        wants=tuple(_wanted(place, want) for place, want in wants),
        vector=vector,
    )


def _middle(sites: Sequence[Site]) -> Point | None:
    area = area_of(sites, "district")
    return area.point if area else None


def _shown_sites(record: Any, sensitive: AbstractSet[str]) -> tuple[Site, ...]:
    """Where it is, as anyone may know it: asked of an initiative that is nothing but its places, in a tenth of the time."""
    sites = tuple(Site.model_construct(**site) for site in record["sites"])
    if record["hidden"] == [] and sensitive.isdisjoint(movement["id"] for movement in record["movements"]):
        return sites  # somebody has looked, and nothing of it is hidden
    made = Initiative.model_construct(
        id=record["id"],
        self_organised=0.0,
        movements=tuple(MovementScore.model_construct(**movement) for movement in record["movements"]),
        hidden=record["hidden"],
        names=(),
        description=None,
        sites=sites,
        stage=None,
        stages=(),
        wants=(),
        members=(),
    )
    return shown_initiative(made).sites


def _wanted(place: int, want: Any) -> Wanted:
    posted = want["quote"]["posted"]
    said = date.fromisoformat(posted[:10]) if posted else None
    return Wanted(place, want["wish"], want["kind"], want["quote"]["text"], tuple(want["words"]), said)


def shown(connection: Connection, ids: Iterable[str]) -> dict[str, Initiative]:
    """Initiatives by their ids as anyone may see them."""
    found = initiatives.by_id(connection, sorted(set(ids)))
    return {id: shown_initiative(kept.initiative) for id, kept in found.items()}


def apart(one: Glance, others: Sequence[Glance]) -> list[float | None]:
    """How many kilometres lie between one and each of the others; None where nobody knows."""
    known = [place for place, other in enumerate(others) if other.point is not None]
    if one.point is None or not known:
        return [None] * len(others)
    lat, lon = np.array([others[place].point for place in known], np.float64).T
    found = dict(zip(known, kilometres(lat, lon, *one.point).tolist(), strict=True))
    return [found.get(place) for place in range(len(others))]


def how_far(one: Glance, other: Glance) -> str:
    """Where the other one is, seen from the one, no finer than both may be known."""
    [km] = apart(one, [other])
    if km is None:
        return "nobody knows how far away"
    if not one.is_coarse and not other.is_coarse:
        return f"{km:.1f} km away" if km >= 1 else f"{max(50, round(km * 1000, -1 if km < 0.1 else -2)):.0f} m away"
    here, there = one.area, other.area
    if here and here == there:
        return f"in {here.name}, too"
    return f"in {there.name if there else 'another place'}, some {max(1, round(km))} km away"


def rounded(km: float | None, one: Glance, other: Glance) -> float | None:
    """Kilometres, no finer than both may be known."""
    return None if km is None else float(round(km)) if one.is_coarse or other.is_coarse else round(km, 2)
