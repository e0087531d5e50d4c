"""A second look at two posts: what the posts around them say. Those of one initiative have the same neighbours."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.initiatives.learnt import load
from pipelines.initiatives.pairs import Floats, Pairs

FEATURES = ("alone", "common", "overlap", "alike", "nearest_of_one", "nearest_of_both", "rank_of_one", "rank_of_both")
"""The log-odds of the pair by itself; how many neighbours they have in common, as a count, as a part of all, as a cosine; how much
nearer the nearest post of either is; and which place they take among each other's neighbours."""

_PART = 20_000
"""Edges of which what they have in common is worked out at once: some 20 MB."""

_LEANING = 1.0
"""Log-odds that are added before a pair counts as neighbours: pairs by themselves are judged too strictly (fewer than they are)."""


def features(log_odds: Floats, edges: Pairs, worth: Floats) -> Floats:
    """What the neighbours say of each edge, one row an edge, in the order of `FEATURES`.

    `log_odds` are those of the edges (pairs of positions), `worth` how probably each post is about an initiative.
    """
    a, b = edges[:, 0], edges[:, 1]
    weights = worth[a] * worth[b] / (1 + np.exp(-(log_odds + _LEANING)))
    near = _symmetric(weights, a, b, len(worth))
    degree = np.asarray(near.sum(axis=1)).ravel()
    length = np.sqrt(np.asarray(near.multiply(near).sum(axis=1)).ravel())
    parts = (slice(start, start + _PART) for start in range(0, len(a), _PART))
    common = np.concatenate(
        [np.zeros(0), *(np.asarray(near[a[part]].multiply(near[b[part]]).sum(axis=1)).ravel() for part in parts)]
    )
    best = np.full(len(worth), -np.inf)
    np.maximum.at(best, a, log_odds)
    np.maximum.at(best, b, log_odds)
    lag = log_odds - best[a], log_odds - best[b]
    rank = _ranks(log_odds, a, b)
    told = (
        *(log_odds, common, common / np.maximum(degree[a] + degree[b] - common, 1e-3)),
        *(common / np.maximum(length[a] * length[b], 1e-3), np.maximum(*lag), np.minimum(*lag)),
        *(np.log1p(np.minimum(*rank)), np.log1p(np.maximum(*rank))),
    )
    return np.stack(told, axis=1).astype(np.float32)


def weigh(log_odds: Floats, edges: Pairs, worth: Floats) -> Floats:
    """The log-odds of each edge after the second look."""
    if not len(edges):
        return log_odds
    learnt = load().kin
    return np.asarray(features(log_odds, edges, worth) @ learnt[:-1] + learnt[-1], np.float32)


def _symmetric(values: Floats, a: NDArray[np.int64], b: NDArray[np.int64], size: int) -> sparse.csr_matrix:
    rows, columns = np.concatenate([a, b]), np.concatenate([b, a])
    return sparse.csr_matrix((np.concatenate([values, values]), (rows, columns)), shape=(size, size))


def _ranks(log_odds: Floats, a: NDArray[np.int64], b: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which place the other end of each edge takes among the neighbours of the one, from 0, for both ends."""
    ends = np.concatenate([a, b])
    order = np.lexsort((np.concatenate([b, a]), -np.concatenate([log_odds, log_odds]), ends))
    starts = np.searchsorted(ends[order], ends[order], side="left")
    ranks = np.empty(len(ends), np.int64)
    ranks[order] = np.arange(len(ends)) - starts
    return ranks[: len(a)], ranks[len(a) :]
