"""Which posts of a large archive are compared: those that share a key, and are near in time where many share it.

Whoever asks this needs nothing of what reads posts, and 200 MB less: so nothing of it is imported here.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

ALL_PAIRS = 600
"""In an archive of so many posts each is compared with each: keys find four pairs of five that belong together."""

NEIGHBOURS = 24
"""With how many before and after it, in order of time, a post is compared among those that share a key."""

EDGE = -4.0
"""Log-odds under which two posts have nothing to say to each other (one pair in 55 is of one initiative)."""

_LIKE, _LIKEST = -2.0, 8
"""Log-odds from which on a third post leads two to each other, and of how many, the likest ones. Keys alone find 0.82 of the pairs
that belong together, and so 0.94 at 1.3 pairs more a post (B-cubed F1 0.78 and 0.81, initiatives of two languages joined 0.63 and
0.80; all pairs: 0.81 and 0.88)."""

_ENTRIES, _POSTS = 50_000, 20_000
"""Keys of posts that are looked up at once, of some 1,000 posts; and posts whose likest ones' likest ones are."""

Ints = NDArray[np.int64]
Places = NDArray[np.int32]
Pairs = NDArray[np.int64]
Floats = NDArray[np.float32]


def near(keys: Ints, counts: Ints, fresh: NDArray[np.bool_], numbers: Ints) -> Iterator[tuple[Ints, Pairs]]:
    """The posts that are `fresh`, some thousands at a time, and the pairs to compare in which each of them stands first.

    Posts are positions in order of place; `counts` says how many of the keys belong to each. Of two fresh posts the one with the
    greater number stands first.
    """
    order = np.argsort(keys, kind="stable").astype(np.int32)
    keys, owners = keys[order], np.repeat(np.arange(len(counts), dtype=np.int32), counts)[order]
    same = np.diff(keys, prepend=keys[:1] - 1, append=keys[-1:] + 1) == 0  # whether a key is that of the one before it
    shared = same[:-1] | same[1:]
    # Keys as numbers in order take half the memory.
    of_key, owners = np.cumsum(~same[:-1], dtype=np.int32)[shared], owners[shared]
    del order, keys, same, shared
    entry = np.argsort(owners, kind="stable").astype(np.int32)
    counts = np.bincount(owners, minlength=len(counts))
    ends = np.cumsum(counts)
    wanted = np.flatnonzero(fresh)
    if not len(wanted):
        return
    for part in np.split(wanted, np.flatnonzero(np.diff(np.cumsum(counts[wanted]) // _ENTRIES)) + 1):
        of = np.concatenate([np.zeros(0, np.int32), *(entry[ends[post] - counts[post] : ends[post]] for post in part)])
        yield part, _near(of_key, owners, of, fresh, numbers)


def _near(keys: Places, owners: Places, of: Places, fresh: NDArray[np.bool_], numbers: Ints) -> Pairs:
    size = len(numbers)
    found = [np.zeros(0, np.int64)]
    for way in (1, -1):
        at = of
        for step in range(way, way * (NEIGHBOURS + 1), way):
            at = at[(at + step >= 0) & (at + step < len(keys))]
            at = at[keys[at] == keys[at + step]]  # who has no such neighbour at this step has none at the next
            first, second = owners[at].astype(np.int64), owners[at + step]
            ours = ~fresh[second] | (numbers[second] < numbers[first])
            found.append(first[ours] * size + second[ours])
    return _unpacked(_once(np.concatenate(found)), size)


def _unpacked(packed: Ints, size: int) -> Pairs:
    return np.stack([packed // max(size, 1), packed % max(size, 1)], axis=1)


def _once(packed: Ints) -> Ints:
    """Each number once, in order: by sorting, for `numpy.unique` took five times as long."""
    packed = np.sort(packed)
    return packed[np.diff(packed, prepend=-1) > 0]


def by_first(posts: Ints | Places, pairs: Pairs | Places, odds: Floats) -> Iterator[tuple[int, Ints | Places, Floats]]:
    """Of each of these posts the others in the pairs in which it stands first, and how like they are.

    All of them: were it only the likest ones, it would depend on which post of a pair stands first, and so on the order of arrival.
    """
    order = np.argsort(pairs[:, 0], kind="stable")
    firsts, others, odds = pairs[order, 0], pairs[order, 1], odds[order]
    starts, ends = (np.searchsorted(firsts, posts, side) for side in ("left", "right"))
    for post, start, end in zip(posts.tolist(), starts.tolist(), ends.tolist(), strict=True):
        yield post, others[start:end], odds[start:end]


def beyond(pairs: Places, odds: Floats, size: int) -> Places:
    """The pairs of posts that a third post leads to each other, for it is like both, without `pairs`; the lower one first."""
    kept = odds >= _LIKE
    ends = np.concatenate([pairs[kept], pairs[kept][:, ::-1]])
    ends = ends[np.lexsort((ends[:, 1], -np.tile(odds[kept], 2), ends[:, 0]))]
    place = np.arange(len(ends)) - np.searchsorted(ends[:, 0], ends[:, 0])
    ends, place = ends[place < _LIKEST], place[place < _LIKEST]
    likest = np.full((size + 1, _LIKEST), size, np.int32)  # the last row: nobody, whom nobody is like
    likest[ends[:, 0], place] = ends[:, 1]
    found = [np.zeros(0, np.int64)]
    for start in range(0, size, _POSTS):
        first = np.arange(start, min(size, start + _POSTS), dtype=np.int64)
        second = likest[likest[first]].reshape(len(first), -1).astype(np.int64)
        first = np.broadcast_to(first[:, None], second.shape)
        there = (second < size) & (first != second)
        found.append(_once((np.minimum(first, second) * size + np.maximum(first, second))[there]))
    packed, known = _once(np.concatenate(found)), np.sort(pairs.min(axis=1) * np.int64(size) + pairs.max(axis=1))
    at = np.searchsorted(known, packed)
    return _unpacked(packed[np.append(known, -1)[at] != packed], size).astype(np.int32)
