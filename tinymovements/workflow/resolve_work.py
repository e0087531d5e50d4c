"""What a process that resolves does with what it is handed: read posts, compare them, put them together, describe."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.initiatives.clusters import Cluster, find_in_blocks
from pipelines.initiatives.describe import describe
from pipelines.initiatives.evidence import Evidence
from pipelines.initiatives.pairs import weigh
from pipelines.initiatives.signals import from_bytes, read_signal
from pipelines.vectors import pack, unpack
from tinymovements.archive.initiatives import Kept
from tinymovements.archive.posts import Values, archived
from tinymovements.archive.signals import Read, Unread

_PLACES = 41
"""Bits of a place by which posts of one day are ordered: so many that of a million no two have the same."""

Numbers = tuple[int, int]

Evidenced = tuple[Values, bytes | None]
"""What `archive.posts.archived` takes of a post, and its vector."""


class Compared(NamedTuple):
    """Posts, and the pairs of their positions that are to be weighed."""

    signals: Sequence[bytes]
    pairs: NDArray[np.int32]


class Together(NamedTuple):
    """Blocks of posts, and what people decided of them."""

    blocks: Sequence[Sequence[bytes]]
    joined: Sequence[Numbers]
    parted: Sequence[Numbers]


class Told(NamedTuple):
    """A cluster, its posts, and the name that a person gave it."""

    cluster: Cluster
    posts: Sequence[Evidenced]
    name: str | None


def _evidence(row: Values, vector: bytes | None) -> Evidence:
    item = archived(row)
    assert item.annotation is not None  # noqa: S101 -- narrows the type: only annotated posts are handed out
    post = item.post
    return Evidence(
        number=item.number,
        id=post.id,
        source=post.source,
        group=post.group,
        author=post.author,
        kind=post.kind,
        title=post.title,
        text=post.text,
        url=post.url,
        posted=post.posted,
        annotation=item.annotation,
        vector=vector,
    )


def _place(id: str, posted: datetime | None) -> int:
    """Where a post stands among those that share a key: by day, and those of one day in an order that follows from their ids."""
    day = posted.toordinal() if posted else 0
    return day << _PLACES | int.from_bytes(blake2b(id.encode(), digest_size=8).digest()) >> (64 - _PLACES)


def read(posts: Sequence[Unread]) -> list[Read]:
    """What is read of each post."""
    found = []
    for number, state, row, vector in posts:
        evidence = _evidence(row, vector)
        signal = read_signal(evidence)
        keys = np.array(signal.keys, np.int64).tobytes()
        found.append(Read(number, state, _place(evidence.id, evidence.posted), keys, signal.to_bytes()))
    return found


def compare(asked: Compared) -> NDArray[np.float32]:
    """The log-odds of each pair."""
    return np.asarray(weigh([from_bytes(kept) for kept in asked.signals], asked.pairs.astype(np.int64)), np.float32)


def put_together(asked: Together) -> list[Cluster]:
    """The clusters of all the blocks."""
    return find_in_blocks([[from_bytes(kept) for kept in block] for block in asked.blocks], asked.joined, asked.parted)


def tell(asked: Sequence[Told]) -> list[Kept | None]:
    """The initiative of each cluster; None where one of its posts is not there."""
    return [_tell(*told) for told in asked]


def _tell(cluster: Cluster, posts: Sequence[Evidenced], name: str | None) -> Kept | None:
    evidence = {read.number: read for row, vector in posts for read in [_evidence(row, vector)]}
    if not evidence.keys() >= {*cluster.main, *cluster.beside}:
        return None
    vectors = [vector for number in cluster.main if (vector := evidence[number].vector)]
    middle = np.mean([unpack(vector) for vector in vectors], axis=0) if vectors else None
    return Kept(describe(cluster, evidence, name), None if middle is None else pack(middle))
