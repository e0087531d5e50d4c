"""What cells have in common: how much more than expected is told of a source, a movement or a place, without what has risen."""

import numpy as np
from scipy.special import gammaln

from pipelines.initiatives.seasons import Floats, Ints, totals

RISEN, HOW_MANY = 3.0, 0.1
"""How a cell that has risen is thought of when the others' level is worked out: three times as high, one in ten."""

CHANGED, BREADTH = 0.1, 2.0
"""One movement, or place, in ten is told of more or less than before, by a factor of a gamma distribution of this shape."""

UNCHANGED = 100.0
"""Shape of the factor of a place of which nothing has changed: within a tenth."""

_ROUNDS = 10
_FAR = 50.0
"""Log-odds that are certain."""


def levels(groups: Ints, count: int, signs: Floats, likely: Floats, expected: Floats, prior: float) -> tuple[Floats, Floats]:
    """Of each group the factor by which its cells differ from what is expected, and of each cell how probably it has not risen.

    Columns are pieces of time. `likely` is expected of the single cell, and above 0 where it never had a sign. A mixture of cells
    that have risen and others, by expectation and maximisation from three beginnings: where most of a group's signs are of what has
    risen, the average is no good one.
    """
    best = factor = left = np.zeros((0, 0))
    for begin in range(3):
        level = (prior + totals(groups, count, signs)) / (prior + totals(groups, count, expected))
        level = (level, np.ones_like(level), level / 2)[begin]
        for _ in range(_ROUNDS):
            odds, _ = _risen(signs, level[groups] * likely)
            weight = 1 / (1 + odds)
            level = (prior + totals(groups, count, weight * signs)) / (prior + totals(groups, count, weight * expected))
        odds, mean = _risen(signs, level[groups] * likely)
        fit = totals(groups, count, signs * np.log(mean) - mean + np.log1p(odds)) + prior * (np.log(level) - level)
        if not begin:
            best, factor, left = fit, level, 1 / (1 + odds)
            continue
        better = fit > best
        best, factor = np.where(better, fit, best), np.where(better, level, factor)
        left = np.where(better[groups], 1 / (1 + odds), left)
    return factor, left


def _risen(signs: Floats, mean: Floats) -> tuple[Floats, Floats]:
    """The odds that a cell of this mean has risen."""
    mean = np.maximum(mean, 1e-12)
    told = np.clip(signs * np.log(RISEN) - (RISEN - 1) * mean, -_FAR, _FAR)
    return HOW_MANY / (1 - HOW_MANY) * np.exp(told), mean


def elsewhere(groups: Ints, signs: Floats, likely: Floats, expected: Floats, shape: Floats, least: float) -> Floats:
    """Of each cell the factor of the others of its group, never below `least`: a cell must rise by more than they do.

    `shape` is that of the factor where nothing has changed (groups x columns): 1 / variance.
    """
    count = shape.shape[0]
    _, left = levels(groups, count, signs, likely, expected, BREADTH)
    found = np.maximum(totals(groups, count, left * signs)[groups] - left * signs, 0)
    meant = np.maximum(totals(groups, count, left * expected)[groups] - left * expected, 0)
    same, other = shape[groups], np.full_like(meant, BREADTH)
    told = np.clip(_gamma_poisson(found, meant, same) - _gamma_poisson(found, meant, other), -_FAR, _FAR)
    changed = 1 / (1 + (1 - CHANGED) / CHANGED * np.exp(told))
    factor = (1 - changed) * (same + found) / (same + meant) + changed * (other + found) / (other + meant)
    return np.asarray(np.maximum(least, factor))


def _gamma_poisson(found: Floats, mean: Floats, shape: Floats) -> Floats:
    """Log-probability but for what does not depend on the shape."""
    return np.asarray(
        gammaln(found + shape) - gammaln(shape) + shape * np.log(shape / (shape + mean)) - found * np.log(shape + mean)
    )
