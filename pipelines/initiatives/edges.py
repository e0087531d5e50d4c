"""The pairs of posts that are alike."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.initiatives.near import EDGE

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Edges:
    """`pairs` are positions of posts (edges x 2, in order, the lower one first), `log_odds` how like the two are."""

    pairs: NDArray[np.int32]
    log_odds: Floats

    @classmethod
    def among(cls, pairs: NDArray[np.integer[Any]], log_odds: Floats) -> "Edges":
        """Those of the pairs that are like enough to have something to say to each other."""
        alike = log_odds > EDGE
        return cls(pairs[alike].astype(np.int32), log_odds[alike])

    @cached_property
    def ranks(self) -> NDArray[np.int32]:
        """Which place the other end takes among the neighbours of each end, from 0, the likest first: edges x 2."""
        # With the second ends first, equally like neighbours stand in order of position.
        ends = np.concatenate([self.pairs[:, 1], self.pairs[:, 0]])
        # One number for end and likeness: to sort by it takes half the time of sorting by both.
        order = np.argsort(ends.astype(np.int64) << 32 | np.tile(_falling(self.log_odds), 2), kind="stable")
        counts = np.bincount(ends)
        ranks = np.empty(len(ends), np.int32)
        ranks[order] = np.arange(len(ends)) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.ascontiguousarray(ranks.reshape(2, -1)[::-1].T)


def _falling(odds: Floats) -> NDArray[np.int64]:
    """A number below 2^32 for each, the smaller the greater it is: the bits of floats are in order, but for the sign."""
    bits = (odds.astype(np.float32) + np.float32(0)).view(np.int32).astype(np.int64)  # there are two zeros
    return np.asarray((1 << 31) - 1 - np.where(bits < 0, bits ^ 0x7FFFFFFF, bits))
