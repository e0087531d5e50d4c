"""What resolution keeps of every post, side by side: which one is like which others, and what each says for itself."""

from array import array
from collections.abc import Iterable, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from tinymovements.archive.signals import Known

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Places = NDArray[np.int32]
"""Positions of posts: there are millions of pairs, and so each takes half the memory."""

_NEAREST = np.dtype([("post", "<i8"), ("odds", "<f4"), ("state", "<u4")])
"""A post that another one is like, how much, and in which state it was then: in another one it has to be compared anew."""


class World:
    """All posts that were read, in order of place."""

    def __init__(self, known: Iterable[Known]) -> None:
        numbers, settled, counts, keys = array("q"), array("b"), array("q"), bytearray()
        self.states: list[str] = []
        self.told: list[bytes] = []
        self.nearest: list[bytes | None] = []
        self._beyond: list[bytes | None] = []
        # One after the other: keys that were held post by post left 80 MB of holes in a large archive's memory.
        for post in known:
            numbers.append(post.number)
            settled.append(post.settled)
            counts.append(len(post.keys) // 8)
            keys += post.keys
            self.states.append(post.state)
            self.told.append(post.told)
            self.nearest.append(post.nearest)
            self._beyond.append(post.beyond)
        self.numbers, self.counts = np.array(numbers, np.int64), np.array(counts, np.int64)
        self.settled = np.array(settled, bool)
        self._keys = np.frombuffer(keys, np.int64)
        self.stamps = np.array([crc32(state.encode()) for state in self.states], np.uint32)
        self._by_number = np.argsort(self.numbers)

    def give_keys(self) -> Ints:
        """The keys of all posts, one after the other; they are asked for once, and then not held any more."""
        keys, self._keys = self._keys, np.zeros(0, np.int64)
        return keys

    def positions(self, numbers: Ints) -> Ints:
        """Where these posts are; -1 where they are not."""
        if not len(self.numbers):
            return np.full(len(numbers), -1, np.int64)
        at = np.searchsorted(self.numbers, numbers, sorter=self._by_number).clip(max=len(self.numbers) - 1)
        found = self._by_number[at]
        return np.where(self.numbers[found] == numbers, found, -1)

    def pairs(self) -> tuple[Places, Floats]:
        """The pairs of posts that share a key and are alike, each once, and how much."""
        pairs, odds = self._kept(self.nearest)
        _, once = np.unique(self.packed(pairs), return_index=True)
        return pairs[once], odds[once]

    def odds_beyond(self, pairs: Places) -> Floats:
        """What is kept of pairs that a third post led to each other; not a number where nothing is."""
        kept, odds = self._kept(self._beyond)
        packed = self.packed(kept)
        order = np.argsort(packed)
        at = np.searchsorted(packed, wanted := self.packed(pairs), sorter=order)
        found = np.full(len(pairs), np.nan, np.float32)
        there = at < len(order)
        there[there] = packed[order[at[there]]] == wanted[there]
        found[there] = odds[order[at[there]]]
        return found

    def forget_alike(self) -> None:
        """Let go of what is kept of pairs, a hundred megabytes of a large archive."""
        self.nearest, self._beyond = [], []
        self.give_keys()

    def row(self, others: Ints | Places, odds: Floats) -> bytes:
        """Posts and how like they are, as it is kept of a post."""
        rows = np.empty(len(others), _NEAREST)
        rows["post"], rows["odds"], rows["state"] = self.numbers[others], odds, self.stamps[others]
        return rows.tobytes()

    def packed(self, pairs: Ints | Places) -> Ints:
        """A number for each pair."""
        return pairs[:, 0] * np.int64(len(self.numbers)) + pairs[:, 1]

    def _kept(self, kept: Sequence[bytes | None]) -> tuple[Places, Floats]:
        told = np.frombuffer(b"".join(of or b"" for of in kept), _NEAREST)
        counts = [len(of or b"") // _NEAREST.itemsize for of in kept]
        first, second = np.repeat(np.arange(len(counts), dtype=np.int32), counts), self.positions(told["post"]).astype(np.int32)
        there = (second >= 0) & (self.stamps[second] == told["state"])
        return np.sort(np.stack([first[there], second[there]], axis=1), axis=1), told["odds"][there]

    def decided(self, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Pairs of posts that people decided of, by position."""
        return [(one, other) for one, other in self.positions(np.array(pairs, np.int64).reshape(-1)).reshape(-1, 2).tolist()]
