"""The seasons of a year: how much more than on the average something is told of in a week, learnt from the years before."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

YEAR = 365.25 / 7
"""Weeks. Less of a past than this tells nothing of seasons."""

HEIGHT = 0.4
"""Standard deviation of a wave's height before anything is known: e to the 0.4 is half as much again."""

OTHER_YEARS = 0.04
"""Variance of the logarithm: a season is never quite as it was."""

_SOME = 0.05
"""Part of the average: a week of which less was read is not known."""

_STEPS = 12
_LARGEST_STEP = 0.5
_OVERDISPERSION = 1.5
"""Posts of a movement come in clusters: learnt as if each told for two thirds."""


def totals(groups: Ints, count: int, rows: Floats) -> Floats:
    """The sums of the rows of each group."""
    made = np.zeros((count, rows.shape[1]))
    np.add.at(made, groups, rows)
    return made


def is_known(read: Floats) -> bool:
    """Whether so much was read of so many weeks that they tell of seasons."""
    return bool((read >= _SOME * read.mean()).sum() >= YEAR)


def seasons(signs: Floats, expected: Floats, length: int) -> tuple[Floats, Floats]:
    """Of each group the factor of each week; and the variance of the logarithm in each piece of that length, against the past's.

    Rows are groups and columns weeks. What falls into the last piece is not learnt from.
    """
    groups, weeks = signs.shape
    past = weeks - length
    waves = _waves(weeks)
    heights = np.zeros((groups, waves.shape[1]))
    doubt = np.tile(np.eye(waves.shape[1]) * HEIGHT**2, (groups, 1, 1))
    if is_known(expected[:, :past].sum(0)):
        heights, doubt = _learnt(signs[:, :past], expected[:, :past], waves[:past])
    cut = weeks // length
    pieces = waves[weeks - cut * length :].reshape(cut, length, -1).mean(1) - waves[:past].mean(0)
    return np.exp(heights @ waves.T), np.einsum("bi,gij,bj->gb", pieces, doubt, pieces) + OTHER_YEARS


def _waves(weeks: int) -> Floats:
    angle = 2 * np.pi * np.arange(weeks) / YEAR
    return np.stack([np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)], axis=1)


def _learnt(signs: Floats, expected: Floats, waves: Floats) -> tuple[Floats, Floats]:
    """Heights of the waves and their covariance: a Poisson regression of every group at once, drawn towards no season (Newton)."""
    heights = np.zeros((signs.shape[0], waves.shape[1]))
    prior = np.eye(waves.shape[1]) / HEIGHT**2
    covariance = np.tile(np.linalg.inv(prior), (signs.shape[0], 1, 1))
    every = np.maximum(signs.sum(1), 1e-9)
    for _ in range(_STEPS):
        mean = expected * np.exp(heights @ waves.T)
        mean *= (every / np.maximum(mean.sum(1), 1e-9))[:, None]
        slope = (signs - mean) @ waves / _OVERDISPERSION - heights @ prior
        centre = mean @ waves
        bend = np.einsum("gw,wi,wj->gij", mean, waves, waves) - centre[:, :, None] * centre[:, None, :] / every[:, None, None]
        covariance = np.linalg.inv(bend / _OVERDISPERSION + prior)
        heights += np.clip(np.einsum("gij,gj->gi", covariance, slope), -_LARGEST_STEP, _LARGEST_STEP)
    return heights, covariance
