"""Which posts are looked at together, in an archive that is too large to compare each with each.

Those that share a key are compared, near ones in time only where many share it. Then the likest are put together, and what they are
likest to, until a block is large enough: whatever becomes of a post is decided in its block, where all pairs are compared. What the
blocks are follows from the posts, and not from the order in which they came.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import minimum_spanning_tree

from pipelines.initiatives.pairs import EDGE, Floats, Pairs
from pipelines.initiatives.signals import NEIGHBOURS

LARGEST = 300
"""Posts of a block. In an archive of thousands nearly every post leads to every other over pairs that are hardly alike; then only
the surest count. All pairs of a block take half a second."""

NEAREST = 32
"""Of each post, the likest of those that it was compared with: so many are kept."""

_ENTRIES = 100_000
"""Keys of posts that are looked up at once: some 3,000 posts, and at the most 40 MB."""

Ints = NDArray[np.int64]


def near(keys: Ints, counts: Ints, fresh: NDArray[np.bool_], numbers: Ints) -> Iterator[tuple[Ints, Pairs]]:
    """The posts that are `fresh`, some thousands at a time, and the pairs to compare in which each of them stands first.

    Posts are positions in order of place; `counts` says how many of the keys belong to each. Of two fresh posts the one with the
    greater number stands first.
    """
    owners = np.repeat(np.arange(len(counts)), counts)
    order = np.argsort(keys, kind="stable")
    keys, owners = keys[order], owners[order]
    entry = np.empty(len(order), np.int64)
    entry[order] = np.arange(len(order))
    ends = np.cumsum(counts)
    wanted = np.flatnonzero(fresh)
    if not len(wanted):
        return
    for part in np.split(wanted, np.flatnonzero(np.diff(np.cumsum(counts[wanted]) // _ENTRIES)) + 1):
        of = np.concatenate([np.zeros(0, np.int64), *(entry[ends[post] - counts[post] : ends[post]] for post in part)])
        yield part, _near(keys, owners, of, fresh, numbers)


def _near(keys: Ints, owners: Ints, of: Ints, fresh: NDArray[np.bool_], numbers: Ints) -> Pairs:
    size = len(numbers)
    packed = np.zeros(0, np.int64)
    for step in range(1, NEIGHBOURS + 1):
        for other in (of + step, of - step):
            there = (other >= 0) & (other < len(keys))
            one, there_at = of[there], other[there]
            one, there_at = (at[keys[one] == keys[there_at]] for at in (one, there_at))
            first, second = owners[one], owners[there_at]
            ours = ~fresh[second] | (numbers[second] < numbers[first])
            packed = np.concatenate([packed, first[ours] * size + second[ours]])
        if step % 4 == 0 or step == NEIGHBOURS:
            packed = np.unique(packed)
    return np.stack([packed // max(size, 1), packed % max(size, 1)], axis=1)


def nearest(pairs: Pairs, odds: Floats) -> Iterator[tuple[int, Ints, Floats]]:
    """Of each post that stands first in a pair with an edge, the posts that it is likest to, and how much."""
    kept = odds > EDGE
    pairs, odds = pairs[kept], odds[kept]
    order = np.lexsort((pairs[:, 1], -odds, pairs[:, 0]))
    pairs, odds = pairs[order], odds[order]
    posts, starts = np.unique(pairs[:, 0], return_index=True)
    for post, start, end in zip(posts.tolist(), starts.tolist(), [*starts[1:].tolist(), len(pairs)][: len(posts)], strict=True):
        yield post, pairs[start : min(end, start + NEAREST), 1], odds[start : min(end, start + NEAREST)]


def blocks(size: int, pairs: Pairs, odds: Floats, together: Sequence[Sequence[int]]) -> Ints:
    """To which block each post belongs: the position of one of its posts. Those that people put together are in one."""
    lead = np.arange(size).tolist()
    posts = [1] * size

    def find(post: int) -> int:
        while lead[post] != post:
            lead[post] = lead[lead[post]]
            post = lead[post]
        return post

    def put_together(one: int, other: int, largest: int) -> None:
        one, other = find(one), find(other)
        if one != other and posts[one] + posts[other] <= largest:
            lead[max(one, other)] = min(one, other)
            posts[min(one, other)] = posts[one] + posts[other]

    for one, other in together:
        put_together(one, other, size)
    for one, other in _likest(size, pairs, odds):
        put_together(one, other, LARGEST)
    return np.array([find(post) for post in range(size)], np.int64)


def _likest(size: int, pairs: Pairs, odds: Floats) -> list[list[int]]:
    """The pairs that a post, or what is likest to it, is put together by, the likest first."""
    if not len(pairs):
        return []
    packed = pairs.min(axis=1) * size + pairs.max(axis=1)
    order = np.lexsort((packed, -odds))
    packed, first = np.unique(packed[order], return_index=True)
    # By rank, which no two pairs share: so there is one tree, whatever the order in which pairs come.
    ranked = sparse.coo_matrix((first + 1.0, (packed // size, packed % size)), (size, size))
    tree = minimum_spanning_tree(ranked.tocsr()).tocoo()
    by_rank = np.argsort(tree.data)
    return np.stack([tree.row, tree.col], axis=1)[by_rank].tolist()  # type: ignore[no-any-return]
