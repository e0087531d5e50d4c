"""A second look at two posts: what the posts around them say. Those of one initiative have the same neighbours."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.initiatives.edges import Edges, Floats
from pipelines.initiatives.learnt import load

FEATURES = ("alone", "common", "overlap", "alike", "nearest_of_one", "nearest_of_both", "rank_of_one", "rank_of_both")
"""The log-odds of the pair by itself; how many neighbours they have in common, as a count, as a part of all, as a cosine; how much
nearer the nearest post of either is; and which place they take among each other's neighbours."""

_PART = 20_000
"""Edges of which what they have in common is worked out at once: some 20 MB."""

_LEANING = 1.0
"""Log-odds that are added before a pair counts as neighbours: pairs by themselves are judged too strictly (fewer than they are)."""


Positions = NDArray[np.int64]


def features(edges: Edges, worth: Floats) -> Floats:
    """What the neighbours say of each edge, one row an edge, in the order of `FEATURES`.

    `worth` is how probably each post is about an initiative.
    """
    return _Neighbours.of(edges, worth).features(np.arange(len(edges.pairs)))


def weigh(edges: Edges, worth: Floats, at: Positions) -> Floats:
    """The log-odds of the edges at these positions after the second look."""
    learnt, neighbours = load().kin, _Neighbours.of(edges, worth)
    parts = (neighbours.features(at[start : start + _PART]) for start in range(0, len(at), _PART))
    return np.concatenate([np.zeros(0, np.float32), *((part @ learnt[:-1] + learnt[-1]).astype(np.float32) for part in parts)])


@dataclass(frozen=True, slots=True)
class _Neighbours:
    """The edges; how surely two posts are neighbours, a symmetric matrix, and its rows' sums and lengths; each post's best edge."""

    edges: Edges
    near: sparse.csr_matrix
    degree: Floats
    length: Floats
    best: Floats

    @classmethod
    def of(cls, edges: Edges, worth: Floats) -> "_Neighbours":
        a, b = edges.pairs.T
        weights = worth[a] * worth[b] / (1 + np.exp(-(edges.log_odds + _LEANING)))
        rows, columns = np.concatenate([a, b]), np.concatenate([b, a])
        near = sparse.csr_matrix((np.tile(weights, 2), (rows, columns)), shape=(len(worth), len(worth)))
        squares = sparse.csr_matrix((near.data**2, near.indices, near.indptr), near.shape)
        best = np.full(len(worth), -np.inf, np.float32)
        for ends, ranks in zip((a, b), edges.ranks.T, strict=True):
            best[ends[ranks == 0]] = edges.log_odds[ranks == 0]
        degree, square = (np.asarray(matrix.sum(axis=1)).ravel() for matrix in (near, squares))
        return cls(edges, near, degree, np.sqrt(square), best)

    def features(self, at: Positions) -> Floats:
        """Those of the edges at these positions."""
        (a, b), odds, rank = self.edges.pairs[at].T, self.edges.log_odds[at], self.edges.ranks[at]
        common = np.asarray(self.near[a].multiply(self.near[b]).sum(axis=1)).ravel()
        lag = odds - self.best[a], odds - self.best[b]
        told = (
            *(odds, common, common / np.maximum(self.degree[a] + self.degree[b] - common, 1e-3)),
            *(common / np.maximum(self.length[a] * self.length[b], 1e-3), np.maximum(*lag), np.minimum(*lag)),
            *(np.log1p(rank.min(axis=1)), np.log1p(rank.max(axis=1))),
        )
        return np.stack(told, axis=1).astype(np.float32)
