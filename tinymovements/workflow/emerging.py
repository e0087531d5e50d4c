"""Tells what is emerging: movements in places, and themes without a movement, that rise above their own past."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import numpy as np
from sqlalchemy import Connection

from pipelines.initiatives.rises import FEWEST, GREATER, PASTS, WINDOWS, Seen, Signs, look, rising, windows
from pipelines.initiatives.seasons import is_known
from pipelines.initiatives.themes import Theme, themes
from tinymovements.archive import dated
from tinymovements.archive.database import open_archive, reading
from tinymovements.settings import Settings
from tinymovements.workflow.emerging_signs import MOST_WEEKS, Cell, Counted, Period, Sign, Where, count
from tinymovements.workflow.places import asked_for, main_name

RATE = 0.1
"""False alarms among those told, in the long run."""

_SOME_PAST = 10
"""Signs before the window: a cell with fewer is new."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for; empty: all of it."""

    places: tuple[str, ...] = ()
    movements: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    weeks: int | None = None
    """The window; None: those of `WINDOWS`, of each cell the one that tells most."""
    rate: float = RATE


@dataclass(frozen=True, slots=True)
class Rise:
    """A movement in a place that rises, with what was counted in the latest weeks."""

    id: str
    movement: str
    place: str
    district: str | None
    municipality: str | None
    weeks: int
    since: date
    """The first day of these weeks."""
    signs: int
    expected: float
    past: int
    """Signs before these weeks."""
    rate: float
    """The rate of false alarms at which it would be the last to be told."""
    initiatives: int
    """Different ones in these weeks; posts that say something of their own, where they are not resolved."""
    sources: dict[str, int]
    """Signs by source."""
    also: tuple[str, ...] = ()
    """Other rises that are told of by the same posts."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A theme that rises and that no movement covers."""

    id: str
    words: tuple[str, ...]
    weeks: int
    since: date
    signs: int
    """Of the first word, as what follows."""
    expected: float
    past: int
    rate: float
    posts: int


@dataclass(frozen=True, slots=True)
class Emerging:
    """What rises, and what was looked at."""

    since: date | None
    until: date | None
    weeks: int
    windows: tuple[int, ...]
    """Weeks of each; none where too little is known."""
    rate: float
    tried: int
    """Movements in places that had signs enough to be judged."""
    words: int
    """Words that were tried for themes."""
    rises: tuple[Rise, ...]
    candidates: tuple[Candidate, ...]
    notes: tuple[str, ...]
    """What is not known, in sentences."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was found, with what it was found by."""

    emerging: Emerging
    counted: Counted | None = None
    signs: Signs | None = None
    seen: Seen | None = None
    themes: tuple[Theme, ...] = ()


def emerging(settings: Settings, asked: Asked) -> Emerging:
    """What rises in the latest weeks of the period."""
    with reading(open_archive(settings.archive_url)) as connection:
        return tell(connection, asked).emerging


def tell(connection: Connection, asked: Asked) -> Told:
    """What rises, with the counts behind it."""
    span = dated.span(connection, asked.until or datetime.now(UTC).date())
    if span is None or (asked.since and asked.since > span[1]):
        return Told(_nothing(asked, None, "No post of that time has a date, so nothing can be said to rise."))
    since = max(span[0], asked.since) if asked.since else span[0]
    until = asked.until or span[1]
    period = Period(until, min(MOST_WEEKS, ((until - since).days + 1) // 7))
    lengths = windows(period.weeks, asked.weeks)
    if not lengths:
        needed = (asked.weeks or WINDOWS[0]) * (1 + PASTS)
        weeks = f"{period.weeks} full week{'' if period.weeks == 1 else 's'}"
        note = f"Only {weeks} are known, and {needed} are needed: a rise is seen against a past of {PASTS} times its length."
        return Told(_nothing(asked, period, note))
    counted = count(connection, period, with_words=not (asked.places or asked.movements))
    return _told(connection, asked, counted, lengths)


def _nothing(asked: Asked, period: Period | None, note: str) -> Emerging:
    known = period if period and period.weeks else None
    since, until, weeks = (known.since, known.until, known.weeks) if known else (None, None, 0)
    return Emerging(since, until, weeks, (), asked.rate, 0, 0, (), (), (note,))


def _told(connection: Connection, asked: Asked, counted: Counted, lengths: tuple[int, ...]) -> Told:
    period, notes = counted.period, _notes(connection, counted, lengths)
    signs = counted.as_signs() if counted.cells else None
    seen = look(signs, lengths) if signs else None
    rises, tried = _rises(asked, counted, seen) if seen else ((), 0)
    found, words = themes(counted.words, period.weeks, lengths, asked.rate) if counted.words else ([], 0)
    candidates = tuple(_candidate(theme, period) for theme in found)
    made = Emerging(period.since, period.until, period.weeks, lengths, asked.rate, tried, words, rises, candidates, notes)
    return Told(made, counted, signs, seen, tuple(found))


def _notes(connection: Connection, counted: Counted, lengths: tuple[int, ...]) -> tuple[str, ...]:
    notes = []
    if not is_known(counted.efforts[:, : -min(lengths)].sum(0)):
        notes.append(
            "Less than a year of the past is known, so nothing can be said of seasons: "
            "a movement counts as rising in a place only where it rises more than elsewhere."
        )
    shortest = min(lengths)
    before, now = counted.efforts[:, :-shortest].sum(1), counted.efforts[:, -shortest:].sum(1)
    new = [source for source, known in zip(counted.sources, before >= now, strict=True) if not known]
    if new:
        notes.append(f"Too new to say anything: {', '.join(new)}.")
    if undated := dated.undated(connection):
        notes.append(f"Posts without a date, which are not counted: {undated}.")
    return tuple(notes)


def _rises(asked: Asked, counted: Counted, seen: Seen) -> tuple[tuple[Rise, ...], int]:
    """The rises, the surest first, and how many cells were judged.

    What posts say of two movements, or of two districts, is told once: of the surer rise, if without them the other is none.
    """
    wanted = _wanted(asked, counted.cells)
    judged = np.flatnonzero((seen.signs + seen.past >= FEWEST) & wanted)
    chances = np.where([_is_several(counted, seen, cell) for cell in judged.tolist()], seen.chance[judged], 1.0)
    told, stands = rising(chances, asked.rate)
    ids = counted.ids()
    order = sorted(np.flatnonzero(told).tolist(), key=lambda at: (seen.chance[judged[at]], ids[judged[at]]))
    made: list[Rise] = []
    posts: list[set[int]] = []
    also: list[list[str]] = []
    for at in order:
        cell = int(judged[at])
        rise = _rise(counted, seen, cell, ids[cell], float(stands[at]))
        latest = within(counted, cell, rise.weeks)
        others = set().union(*posts)
        left = sum(sign.counts for sign in latest if sign.post not in others)
        own = {sign.post for sign in latest}
        if posts and left < max(FEWEST, GREATER * rise.expected):
            also[max(range(len(posts)), key=lambda place: len(own & posts[place]))].append(rise.id)
            continue
        made.append(rise)
        posts.append(own)
        also.append([])
    return tuple(replace(rise, also=tuple(others)) for rise, others in zip(made, also, strict=True)), judged.size


def _is_several(counted: Counted, seen: Seen, cell: int) -> bool:
    """Whether a cell has a past, or several initiatives tell of it: one that is told of again and again is no movement yet."""
    if seen.past[cell] >= _SOME_PAST or seen.chance[cell] == 1:
        return True
    return len({sign.thing for sign in within(counted, cell, int(seen.weeks[cell]))}) >= FEWEST


def _wanted(asked: Asked, cells: Sequence[Cell]) -> np.ndarray:
    names = set(map(asked_for, asked.places))

    def is_there(where: Where) -> bool:
        return not names or bool(names & {main_name(name) for name in where if name})

    return np.array([(not asked.movements or cell.movement in asked.movements) and is_there(cell.where) for cell in cells])


def within(counted: Counted, cell: int, weeks: int) -> list[Sign]:
    """The signs of a cell in the latest weeks, those that do not count among them."""
    return [sign for sign in counted.signs[cell] if sign.week >= counted.period.weeks - weeks]


def _rise(counted: Counted, seen: Seen, cell: int, id: str, rate: float) -> Rise:
    weeks = int(seen.weeks[cell])
    movement, where = counted.cells[cell]
    latest = within(counted, cell, weeks)
    by_source = Counter(counted.sources[sign.source] for sign in latest if sign.counts)
    return Rise(
        id=id,
        movement=movement,
        place=where.name,
        district=where.district,
        municipality=where.municipality,
        weeks=weeks,
        since=counted.period.begins(counted.period.weeks - weeks),
        signs=int(seen.signs[cell]),
        expected=round(float(seen.expected[cell]), 2),
        past=int(seen.past[cell]),
        rate=rate,
        initiatives=len({sign.thing for sign in latest}),
        sources=dict(by_source.most_common()),
    )


def _candidate(theme: Theme, period: Period) -> Candidate:
    since = period.begins(period.weeks - theme.weeks)
    facts = (theme.signs, round(theme.expected, 2), theme.past, theme.rate, len(theme.posts))
    return Candidate(theme_id(theme.words), theme.words, theme.weeks, since, *facts)


def theme_id(words: Sequence[str]) -> str:
    """What a theme is asked for by, and what its movement could be called: its first word in letters that an id may have."""
    plain = unicodedata.normalize("NFKD", words[0].lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "theme"
