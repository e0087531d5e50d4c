"""What rises is told, and what only seems to is not: in archives that are invented, with rises that are known."""

import numpy as np
import pytest

from bench.rises import Tally, counts, told, world
from pipelines.initiatives.rises import Signs, look, rising, windows
from pipelines.initiatives.seasons import Floats

WEEKS = 120
CELLS = 24
"""Four movements in six places, by turns."""


def _signs(expected: Floats, efforts: Floats, seed: int = 1) -> Signs:
    """Signs drawn from what is expected of each cell, source and week."""
    drawn = np.random.default_rng(seed).poisson(expected)
    cell, source, week = np.nonzero(drawn)
    count = drawn[cell, source, week].astype(np.float64)
    return Signs(cell, source, week, count, np.arange(CELLS) // 6, np.arange(CELLS) % 6, np.round(efforts) + 0.0)


def _even(sources: int = 2, level: float = 0.5) -> tuple[Floats, Floats]:
    """Nothing rises: so many signs a week of each cell and source, among a hundred posts."""
    return np.full((CELLS, sources, WEEKS), level), np.full((sources, WEEKS), 100.0)


def _told(signs: Signs) -> list[int]:
    return np.flatnonzero(told(signs)).tolist()


def test_a_movement_that_rises_in_one_place_is_told() -> None:
    expected, efforts = _even()
    expected[7, :, -8:] *= 4
    signs = _signs(expected, efforts)
    assert _told(signs) == [7]
    seen = look(signs, windows(WEEKS))
    assert seen.weeks[7] == 8
    assert seen.signs[7] > 2 * seen.expected[7]


def test_what_had_no_sign_before_can_rise() -> None:
    expected, efforts = _even()
    expected[7, :, :-8] = 0
    assert _told(_signs(expected, efforts)) == [7]


@pytest.mark.parametrize("seed", range(5))
def test_a_source_that_is_read_twice_as_much_begins_or_ends_makes_no_rise(seed: int) -> None:
    expected, efforts = _even(4)
    changes = np.ones((4, WEEKS))
    changes[0, -10:], changes[1, : WEEKS - 20], changes[2, -6:], changes[3, : WEEKS - 3] = 2, 0, 0, 0
    assert _told(_signs(expected * changes, efforts * changes, seed)) == []
    expected[7, 0, -8:] *= 5
    assert _told(_signs(expected * changes, efforts * changes, seed)) == [7]


@pytest.mark.parametrize("seed", range(5))
def test_a_season_is_no_rise(seed: int) -> None:
    expected, efforts = _even()
    # The first movement peaks now, as a year and two years ago.
    season = 1 + 0.9 * np.cos(2 * np.pi * (np.arange(WEEKS) - WEEKS + 4) / 52.18)
    expected[:6] *= season
    assert _told(_signs(expected, efforts, seed)) == []


@pytest.mark.parametrize("seed", range(5))
def test_what_a_movement_does_everywhere_or_a_place_in_all_is_no_rise_of_one_cell(seed: int) -> None:
    expected, efforts = _even()
    of_a_movement, in_a_place = expected.copy(), expected.copy()
    of_a_movement[:6, :, -8:] *= 2.5
    in_a_place[np.arange(CELLS) % 6 == 2, :, -8:] *= 2.5
    assert _told(_signs(of_a_movement, efforts, seed)) == []
    assert _told(_signs(in_a_place, efforts, seed)) == []
    of_a_movement[2, :, -8:] *= 2.5
    assert _told(_signs(of_a_movement, efforts, seed)) == [2]


def test_several_that_rise_do_not_hide_each_other() -> None:
    expected, efforts = _even()
    rising_ones = [1, 8, 15, 22, 11]
    expected[rising_ones, :, -8:] *= 5
    efforts += expected.sum(0) - expected[:, :, :1].sum(0)
    assert set(_told(_signs(expected, efforts))) == set(rising_ones)


def test_one_evening_that_everybody_writes_of_is_no_rise() -> None:
    expected, efforts = _even()
    expected[7, :, -8:] = 0
    expected[7, 0, -3] = 30
    assert _told(_signs(expected, efforts)) == []


def test_noise_beyond_chance_is_reckoned_with() -> None:
    expected, efforts = _even(level=3)
    even = look(_signs(expected, efforts), [8]).chance
    uneven = np.random.default_rng(3).gamma(1, 1, (CELLS, 1, WEEKS // 8)).repeat(8, axis=2)
    expected[0, :, -8:] *= 2
    sure = look(_signs(expected, efforts), [8]).chance[0]
    noisy = expected * uneven
    noisy[0, :, -8:] = expected[0, :, -8:]
    assert sure < 1e-4
    assert look(_signs(noisy, efforts), [8]).chance[0] > 100 * sure
    assert even.min() > 0.001


@pytest.mark.parametrize(
    ("weeks", "asked", "expected"), [(11, None, ()), (12, None, (4,)), (48, None, (4, 8, 16)), (30, 12, ()), (36, 12, (12,))]
)
def test_a_window_needs_a_past(weeks: int, asked: int | None, expected: tuple[int, ...]) -> None:
    assert windows(weeks, asked) == expected


def test_more_is_told_at_a_greater_rate_and_nothing_where_nothing_is_sure() -> None:
    chances = np.array([0.0001, 0.01, 0.04, *[0.5] * 7])
    assert rising(chances, 0.1)[0].sum() == 2
    assert rising(chances, 0.2)[0].sum() == 3
    assert rising(chances, 0.1, tried=1000)[0].sum() == 0
    assert rising(np.array([0.012, 0.016, *[0.5] * 8]), 0.1)[0].sum() == 0  # both stand at 0.08, and neither at half of 0.1
    assert rising(np.zeros(0), 0.1)[0].sum() == 0


def test_of_known_rises_most_are_told_and_little_else() -> None:
    tally = Tally()
    for number in range(80):
        chance = np.random.default_rng(number)
        made = world(chance, planted=number % 2 == 0)
        found, rises = told(counts(chance, made)), made.rises.ravel()
        tally.add(int((found & rises).sum()), int((found & ~rises).sum()), int(rises.sum()))
    assert tally.planted > 200
    assert tally.found >= 0.8 * tally.planted
    assert tally.false <= 0.1 * (tally.found + tally.false)
    assert tally.alarms <= tally.quiet / 20
