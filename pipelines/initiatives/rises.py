"""Tells what rises above its own past: counts of signs per cell and week, beside how much was read of each source.

A cell is what may rise: a movement in a district, or a word. How a rise is told, over windows of the latest weeks:

1. What is expected in the window follows from the cell's share of all posts of a source before it. A source that is read twice as
   much, begins or ends makes no rise; one that is known for less time than the window says nothing of it.
2. A movement has its season: two waves a year, learnt from the movement in all places, where there is a year of the past. And what
   a movement does elsewhere, or a place otherwise, in the same weeks raises what is expected (`margins`).
3. How much counts differ from what is expected is seen in earlier windows of the same length (`_spread`): by chance, and beyond it.
4. How probable so many signs are is the tail of a beta-binomial: given all signs of a cell, how many fall into the window. It needs
   no estimate of the cell's own level, so it holds for cells with two signs a year, and for those that have had none before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.stats import betabinom, false_discovery_control

from pipelines.initiatives.margins import UNCHANGED, elsewhere, levels
from pipelines.initiatives.seasons import Floats, Ints, is_known, seasons, totals

Bools = NDArray[np.bool_]

WINDOWS = (4, 8, 16)
"""Weeks that are looked at, the latest ones: a rise of a month, of two, of four."""

PASTS = 2
"""How many times as long as the window its past must be."""

FEWEST = 3
"""Signs in a window, less than which tell nothing."""

GREATER = 1.5
"""How many times what was expected is a rise; without its fullest week, too, for an evening that everybody writes of is none. With
large counts much less is beyond chance, and nobody's news."""

LEAST_SPREAD = (0.02, 0.01)
"""Spread beyond chance that is always reckoned with: by the count, and by its square. Without it 8 of 400 invented archives in
which nothing rises had an alarm (`bench/rises.py`), with it 5, for three in a hundred of the planted rises."""

GATE = 0.5
"""Part of the rate that something must stand at for anything to be told: of 20 archives in which nothing rises less than one shall
have an alarm, and Benjamini and Hochberg alone would allow two at a rate of 0.1."""

_LEAST_LEFT = 0.2
"""Part of a source's posts that is left in any case where what has risen is taken out."""

_OUT_OF_SEASON = 0.7
"""The least factor of a movement elsewhere. In archives of less than a year a tenth more of the rises are found than with 1, and
three more of a hundred that are told are false; with 0.4 it is six more."""

_STEADY = 20.0
"""Signs that a source's level is held at 1 by."""


@dataclass(frozen=True, slots=True)
class Signs:
    """Signs of cells, week by week: one row for each cell, stratum and week that has any. The last week is the latest."""

    cell: Ints
    stratum: Ints
    """What was read as one: a source."""
    week: Ints
    count: Floats
    season: Ints
    """Of each cell the number of its season: that of its movement."""
    place: Ints | None
    """Of each cell the number of its place; None where cells have none."""
    efforts: Floats
    """Posts of each stratum and week."""

    @property
    def weeks(self) -> int:
        """How many weeks are known."""
        return int(self.efforts.shape[1])


@dataclass(frozen=True, slots=True)
class Seen:
    """Of each cell what was seen in a window: signs, those expected, those of its past that count, and the chance of so many."""

    weeks: Ints
    """The window's length."""
    signs: Floats
    expected: Floats
    past: Floats
    chance: Floats


def windows(weeks: int, asked: int | None = None) -> tuple[int, ...]:
    """The windows that so many weeks allow; none where the past is too short for any."""
    return tuple(length for length in ((asked,) if asked else WINDOWS) if weeks >= length * (1 + PASTS))


def look(signs: Signs, lengths: Sequence[int]) -> Seen:
    """Of each cell the window that tells most of a rise, with the chance that any of the windows tells as much.

    Windows overlap: three of them tell as much by chance as two that do not.
    """
    each = [_look(signs, length) for length in lengths]
    best = np.argmin([seen.chance for seen in each], axis=0)
    rows = np.arange(best.size)
    picked = (np.array([getattr(seen, name) for seen in each])[best, rows] for name in Seen.__slots__)
    weeks, found, expected, past, chance = picked
    return Seen(weeks, found, expected, past, np.minimum(1, chance * (1 + len(each)) / 2))


def rising(chances: Floats, rate: float, tried: int | None = None) -> tuple[Bools, Floats]:
    """Which of them are no chance, at this rate of false ones among those told (Benjamini-Hochberg), and the rate each stands at.

    `tried` says of how many these are the least, where there are more. Nothing is told unless one stands at `GATE` of the rate.
    """
    if not chances.size:
        return np.zeros(0, bool), chances
    others = np.ones((tried or chances.size) - chances.size)
    stands = np.asarray(false_discovery_control(np.concatenate([chances, others])))[: chances.size]
    told = stands <= rate if stands.min() <= rate * GATE else np.zeros(stands.shape, bool)
    return told, stands


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Each cell in each stratum that has signs of it."""

    cell: Ints
    stratum: Ints
    signs: Floats
    """Pairs x weeks."""


def _pairs(signs: Signs) -> _Pairs:
    strata = signs.efforts.shape[0]
    keys, pair = np.unique(signs.cell * strata + signs.stratum, return_inverse=True)
    table = np.bincount(pair * signs.weeks + signs.week, signs.count, keys.size * signs.weeks)
    by_week = np.asarray(table, dtype=np.float64).reshape(keys.size, signs.weeks)
    return _Pairs(keys // strata, keys % strata, by_week)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """The weeks cut into pieces of the window's length, the last of which is the window: rows are pairs, columns pieces."""

    signs: Floats
    expected: Floats
    past: Floats
    """Signs before the window."""
    odds: Floats
    """Of a sign to fall into the window and not before, where nothing rises."""
    doubt: Floats
    """Variance of the logarithm of a season's factor: seasons x pieces."""


def _pieces(signs: Signs, pairs: _Pairs, efforts: Floats, length: int) -> _Pieces:
    past = signs.weeks - length
    before, now = efforts[:, :past].sum(1), efforts[:, past:].sum(1)
    known = (before >= now)[pairs.stratum]
    counted = pairs.signs * known[:, None]
    earlier = counted[:, :past].sum(1)
    read = efforts[pairs.stratum]
    season, groups = signs.season[pairs.cell], int(signs.season.max()) + 1
    even = (earlier / np.maximum(before[pairs.stratum], 1e-9))[:, None] * read
    factor, doubt = seasons(totals(season, groups, counted), totals(season, groups, even), length)
    read = read * factor[season]
    cut = signs.weeks // length
    found, effort = (each[:, -cut * length :].reshape(-1, cut, length).sum(2) for each in (counted, read))
    ever = np.maximum(read[:, :past].sum(1), 1e-9)
    return _Pieces(found, (earlier / ever)[:, None] * effort, earlier, effort[:, -1] / ever, doubt)


@dataclass(frozen=True, slots=True)
class Course:
    """How each cell went: signs and those expected, cells x pieces of a window's length; the last piece is the window."""

    signs: Floats
    expected: Floats
    past: Floats
    """Signs before the window."""
    falls: Floats
    """Of all signs of a cell how many would fall into the window if nothing rose."""
    but_one: Floats
    """Signs in the window without those of its fullest week."""
    doubt: Floats
    """Variance of the logarithm of a season that nothing tells."""


def course(signs: Signs, length: int) -> Course:
    """How each cell went, in pieces of this many weeks."""
    pairs = _pairs(signs)
    efforts = signs.efforts.copy()
    pieces = _pieces(signs, pairs, efforts, length)
    # What has risen is among the posts by which all is measured: taken out, lest ten rises hide each other.
    efforts[:, -length:] *= _without_risen(signs, pairs, pieces, length)[:, None]
    pieces = _pieces(signs, pairs, efforts, length)
    level = _source_levels(signs, pairs, pieces)
    cells = signs.season.size
    found = totals(pairs.cell, cells, pieces.signs)
    expected = totals(pairs.cell, cells, pieces.expected * level[pairs.stratum])
    past = totals(pairs.cell, cells, pieces.past[:, None])[:, 0]
    known = is_known(signs.efforts[:, :-length].sum(0))
    factor = _margins(signs, found, expected, past, pieces.doubt, known)
    odds = level[pairs.stratum, -1] * factor[pairs.cell, -1] * pieces.odds
    falls = totals(pairs.cell, cells, ((pieces.past + pieces.signs[:, -1]) * odds / (1 + odds))[:, None])[:, 0]
    latest = totals(pairs.cell, cells, pairs.signs[:, -length:])
    return Course(
        found,
        expected * factor,
        past,
        falls,
        latest.sum(1) - latest.max(1),
        _doubt(signs, found[:, -1], pieces.doubt[:, -1], known),
    )


def _look(signs: Signs, length: int) -> Seen:
    went = course(signs, length)
    spread = _spread(went.signs, went.expected, length / (signs.weeks - length))
    return Seen(np.full(went.past.size, length), went.signs[:, -1], went.expected[:, -1], went.past, _chances(went, spread, length))


def _likely(past: Floats, expected: Floats) -> Floats:
    """What is expected of single cells, and above 0 where a cell never had a sign."""
    some = past > 0
    least = (expected[some] / past[some, None]).mean(0) / 2 if some.any() else np.zeros(expected.shape[1])
    return np.where(some[:, None], expected * (1 + 0.5 / np.maximum(past, 0.5))[:, None], least)


def _without_risen(signs: Signs, pairs: _Pairs, pieces: _Pieces, length: int) -> Floats:
    """Of each stratum the part of its posts in the window that is left without what has risen there."""
    strata = signs.efforts.shape[0]
    found, expected = pieces.signs[:, -1:], pieces.expected[:, -1:]
    level, left = levels(pairs.stratum, strata, found, _likely(pieces.past, expected), expected, 1.0)
    surplus = (1 - left) * np.maximum(0, found - level[pairs.stratum] * expected)
    posts = np.maximum(signs.efforts[:, -length:].sum(1), 1e-9)
    return np.asarray(np.clip(1 - totals(pairs.stratum, strata, surplus)[:, 0] / posts, _LEAST_LEFT, 1))


def _source_levels(signs: Signs, pairs: _Pairs, pieces: _Pieces) -> Floats:
    """Of each stratum and piece how many times as many signs as before its posts have, never below 1.

    Where a source is read more deeply, or its chatter is left out, all its cells rise.
    """
    strata = signs.efforts.shape[0]
    now = pieces.expected[:, -1:]
    _, left = levels(pairs.stratum, strata, pieces.signs[:, -1:], _likely(pieces.past, now), now, 1.0)
    weight = np.ones_like(pieces.signs)
    weight[:, -1:] = left
    found, expected = (totals(pairs.stratum, strata, weight * each) for each in (pieces.signs, pieces.expected))
    return np.asarray(np.maximum(1, (_STEADY + found) / (_STEADY + expected)))


def _margins(signs: Signs, found: Floats, expected: Floats, past: Floats, doubt: Floats, known: bool) -> Floats:
    """Of each cell and piece the factor of its movement elsewhere times that of its place otherwise.

    Where seasons are not `known` from other years, a movement that is told of less elsewhere is thought to be out of season.
    """
    if signs.place is None:
        return np.ones_like(expected)
    likely = _likely(past, expected)
    unchanged = np.full((int(signs.place.max()) + 1, expected.shape[1]), UNCHANGED)
    movement = elsewhere(signs.season, found, likely, expected, 1 / doubt, 1 if known else _OUT_OF_SEASON)
    return movement * elsewhere(signs.place, found, likely, expected, unchanged, 1)


def _doubt(signs: Signs, found: Floats, doubt: Floats, known: bool) -> Floats:
    """Of each cell the variance of the logarithm of its season, where neither other years nor its movement elsewhere tell it."""
    if signs.place is None:
        return doubt[signs.season]
    if known:
        return np.zeros(found.size)
    others = np.bincount(signs.season, found)[signs.season] - found
    return np.asarray(1 / (1 / doubt[signs.season] + np.maximum(others, 0)))


def _spread(found: Floats, expected: Floats, part: float) -> tuple[float, float]:
    """By how much counts of earlier pieces vary beyond chance: by the count, and by its square. `part` is a piece's of the past."""
    before, meant = found[:, :-1], expected[:, :-1]
    some = meant > 0
    by_count, by_square = (meant * (1 - part))[some], (meant**2)[some]
    beyond = (before - meant)[some] ** 2 - by_count
    weight = 1 / np.maximum(by_count + 0.2 * by_square, 1e-9)
    (linear, square), _ = nnls(np.stack([by_count, by_square], axis=1) * weight[:, None], beyond * weight)
    return LEAST_SPREAD[0] + float(linear), LEAST_SPREAD[1] + float(square)


def _chances(went: Course, spread: tuple[float, float], length: int) -> Floats:
    """How probable it is that of all signs of a cell so many or more fall into the window."""
    found, falls = went.signs[:, -1], went.falls
    every = found + went.past
    share = falls / np.maximum(every, 1e-9)
    lasting = (went.but_one >= 1) & (went.but_one >= GREATER * falls * (1 - 1 / length))
    some = (found >= FEWEST) & (found >= GREATER * falls) & lasting & (share > 0) & (share < 1)
    by_chance = falls * (1 - share)
    variance = by_chance * (1 + spread[0]) + (falls * (1 - share)) ** 2 * (spread[1] + went.doubt)
    times = np.clip(variance / np.maximum(by_chance, 1e-12), 1 + 1e-6, np.maximum(0.95 * every, 1 + 2e-6))
    weight = np.maximum((every - times) / (times - 1), 1e-3)
    n, y, a, b = (each[some] for each in (every, found, share * weight, (1 - share) * weight))
    chances = np.ones(every.size)
    chances[some] = np.clip(betabinom.sf(y - 1, n, a, b), 0, 1)
    return chances
