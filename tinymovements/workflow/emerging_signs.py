"""Counts signs of life: in which week which movement was told of where, of what and by whom.

Ten posts of one initiative in one week are not ten signs. A sign is one initiative told of by one person; of one initiative, and by
one person, no more than `MOST` count in a week. What repeats a post tells of the same, whether posts are resolved or not.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import orjson
from sqlalchemy import Connection

from pipelines.initiatives.rises import Signs
from pipelines.initiatives.themes import NO_MOVEMENT, Told, Words
from tinymovements.archive import corrections, dated
from tinymovements.archive.dated import Dated
from tinymovements.corrections import Correction, corrected_fields
from tinymovements.taxonomy import load_taxonomy

MOST = 3
"""Signs of one initiative, or by one person, in one week and one cell: three who tell of it are more than one, and thirty are one
evening."""

MOST_WEEKS = 156
"""Three years: what is older is no past to rise above."""

_CHANNEL, _CHANNEL_POSTS = 0.2, 20
"""Who wrote so large a share of a source, and so many posts, is a feed or a calendar and no person."""

_MOST_PLACES = 3
"""Districts of one post that it counts for: what names more is a list."""

_LIKELY = 0.5
"""Probability of being about an initiative, from which on a post's words are looked at."""


class Period(NamedTuple):
    """Whole weeks, of which the last one ends with the last day."""

    until: date
    weeks: int

    @property
    def since(self) -> date:
        """The first day."""
        return self.until - timedelta(7 * self.weeks - 1)

    def week(self, day: date) -> int:
        """The number of the week that a day is in; the first is 0."""
        return self.weeks - 1 - (self.until - day).days // 7

    def begins(self, week: int) -> date:
        """The first day of a week."""
        return self.since + timedelta(7 * week)


class Where(NamedTuple):
    """A district, or a municipality of which no district is told."""

    municipality: str | None
    district: str | None

    @property
    def name(self) -> str:
        """What people call it."""
        return self.district or self.municipality or ""


class Cell(NamedTuple):
    """What may rise: a movement in a place."""

    movement: str
    where: Where


class Sign(NamedTuple):
    """A post that counts for a cell, or belongs to a sign that does."""

    week: int
    post: int
    thing: int
    """What it tells of; the same number for the same initiative."""
    source: int
    counts: bool


@dataclass(slots=True)
class Counted:
    """All that was counted in a period."""

    period: Period
    sources: list[str]
    efforts: np.ndarray
    """Posts, sources x weeks."""
    cells: list[Cell] = field(default_factory=list)
    signs: list[list[Sign]] = field(default_factory=list)
    """Of each cell, in order of arrival."""
    words: Words | None = None

    def ids(self) -> list[str]:
        """What each cell is asked for by: movement and place; a district whose name another place has, with its municipality."""
        named = Counter(where.name for where in {cell.where for cell in self.cells})
        return [
            f"{movement}/{where.name}{f', {where.municipality}' if where.district and named[where.name] > 1 else ''}"
            for movement, where in self.cells
        ]

    def as_signs(self) -> Signs:
        """What rises are told by."""
        columns: dict[tuple[int, int, int], int] = defaultdict(int)
        for at, signs in enumerate(self.signs):
            for sign in signs:
                if sign.counts:
                    columns[at, sign.source, sign.week] += 1
        keys = np.array(list(columns), dtype=np.int64).reshape(-1, 3)
        count = np.array(list(columns.values()), dtype=np.float64)
        movements = _numbered([cell.movement for cell in self.cells])
        places = _numbered([cell.where for cell in self.cells])
        return Signs(keys[:, 0], keys[:, 1], keys[:, 2], count, movements, places, self.efforts)


def _numbered(values: Sequence[Any]) -> np.ndarray:
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(value, len(numbers)) for value in values], dtype=np.int64)


def count(connection: Connection, period: Period, with_words: bool) -> Counted:
    """The signs of a period, in one pass over the posts of it."""
    read = list(dated.efforts(connection, period.since, period.until))
    sources = sorted({source for source, _, _ in read})
    efforts = np.zeros((len(sources), period.weeks))
    numbers = {source: at for at, source in enumerate(sources)}
    for source, day, posts in read:
        efforts[numbers[source], period.week(day)] += posts
    counter = _Counter(Counted(period, sources, efforts, words=Words() if with_words else None), numbers)
    counter.channels = dated.channels(connection, _CHANNEL, _CHANNEL_POSTS)
    counter.initiatives = {id: _facts(record) for id, record in dated.records(connection)}
    for piece in dated.stream(connection, period.since, period.until):
        said = corrections.of(connection, [post.number for post in piece])
        for post in piece:
            counter.add(post, said.get(post.number, ()))
    return counter.counted


class _Facts(NamedTuple):
    """What an initiative says of those of its posts that do not say it themselves."""

    movements: tuple[str, ...]
    where: tuple[Where, ...]


def _facts(record: str) -> _Facts:
    # Not as a model, which takes ten times as long.
    told = orjson.loads(record)
    sites = [_Named(site["district"], site["municipality"], False) for site in told["sites"][:1]]
    return _Facts(tuple(movement["id"] for movement in told["movements"]), _where(sites))


class _Named(NamedTuple):
    district: str | None
    municipality: str | None
    pinned: bool
    """Whether the source says so, and not the text."""


def _where(named: Sequence[_Named]) -> tuple[Where, ...]:
    """The districts that a post is about; where there is none, its municipalities. What the source says goes before the text."""
    for pinned in (True, False):
        districts = dict.fromkeys(Where(one.municipality, one.district) for one in named if one.district and one.pinned == pinned)
        if districts:
            return tuple(districts)[:_MOST_PLACES]
    towns = dict.fromkeys(Where(one.municipality, None) for one in named if one.municipality)
    return tuple(towns)[:_MOST_PLACES]


class _Counter:
    """Takes posts in, one after the other."""

    def __init__(self, counted: Counted, sources: Mapping[str, int]) -> None:
        self.counted = counted
        self.channels: set[tuple[str, str]] = set()
        self.initiatives: dict[str, _Facts] = {}
        self._sources = sources
        self._cells: dict[Cell, int] = {}
        self._things: dict[str | int, int] = {}
        self._of_post: dict[int, int] = {}
        self._voices: dict[tuple[str, str], int] = {}
        self._movements = {id: at for at, id in enumerate(load_taxonomy().ids)}
        self._taken: dict[tuple[int, int], _Week] = {}

    def add(self, post: Dated, said: Sequence[Correction]) -> None:
        """Count a post."""
        told = corrected_fields(post.annotation, said)
        movements = tuple(movement["id"] for movement in told["movements"])
        facts = self.initiatives.get(post.initiative or "", _NOTHING)
        where = _where([_Named(place["district"], place["municipality"], place["field"] == "source") for place in told["places"]])
        week, source = self.counted.period.week(post.day), self._sources[post.source]
        thing = self._thing(post)
        voice = self._voice(post)
        for cell in (Cell(movement, place) for movement in movements or facts.movements for place in where or facts.where):
            self._count(cell, week, source, post, thing, voice)
        if self.counted.words is not None and told["initiative"] >= _LIKELY:
            movement = self._movements.get(movements[0], NO_MOVEMENT) if movements else NO_MOVEMENT
            who = ~thing if voice is None else voice
            row = Told(post.number, week, source, movement, thing, who)
            self.counted.words.add(row, _words(post, told["places"]), told["language"])

    def _thing(self, post: Dated) -> int:
        """What it tells of: its initiative, or that of the post which it repeats, wherever that was said."""
        repeated = self._of_post.get(post.original)
        key = post.initiative if post.initiative in self.initiatives else post.original
        thing = self._things.setdefault(key, len(self._things)) if repeated is None else repeated
        self._of_post[post.number] = thing
        return thing

    def _voice(self, post: Dated) -> int | None:
        """Who tells it; None where nobody knows."""
        if post.author is None or (post.source, post.author) in self.channels:
            return None
        return self._voices.setdefault((post.source, post.author), len(self._voices))

    def _count(self, cell: Cell, week: int, source: int, post: Dated, thing: int, voice: int | None) -> None:
        at = self._cells.setdefault(cell, len(self._cells))
        if at == len(self.counted.cells):
            self.counted.cells.append(cell)
            self.counted.signs.append([])
        taken = self._taken.setdefault((at, week), _Week())
        counts = taken.takes(thing, f"{post.source} {post.group or ''}" if voice is None else voice, voice)
        self.counted.signs[at].append(Sign(week, post.number, thing, source, counts))


_NOTHING = _Facts((), ())


class _Week:
    """What has been counted of a cell in a week."""

    __slots__ = ("by_thing", "by_voice", "pairs")

    def __init__(self) -> None:
        self.by_thing: dict[int, int] = {}
        self.by_voice: dict[int, int] = {}
        self.pairs: set[tuple[int, int | str]] = set()

    def takes(self, thing: int, told_by: int | str, voice: int | None) -> bool:
        """Whether this is one more sign."""
        if (thing, told_by) in self.pairs or self.by_thing.get(thing, 0) >= MOST:
            return False
        if voice is not None and self.by_voice.get(voice, 0) >= MOST:
            return False
        self.pairs.add((thing, told_by))
        self.by_thing[thing] = self.by_thing.get(thing, 0) + 1
        if voice is not None:
            self.by_voice[voice] = self.by_voice.get(voice, 0) + 1
        return True


def _words(post: Dated, places: Sequence[Mapping[str, Any]]) -> str:
    """Title and text without the places they name."""
    said = {"title": post.title or "", "text": post.text}
    for place in sorted(places, key=lambda place: place["start"] or 0, reverse=True):
        if place["field"] in said and place["start"] is not None:
            text = said[place["field"]]
            said[place["field"]] = f"{text[: place['start']]} {text[place['end'] :]}"
    return f"{said['title']}\n{said['text']}"
