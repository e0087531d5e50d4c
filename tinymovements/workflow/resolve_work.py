"""What a process that resolves does with what it is handed: read posts, compare them, put them together, describe initiatives.

What that takes is imported when it is done: whoever only hands out and keeps needs none of its 250 MB.
"""

import struct
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from pipelines.initiatives.edges import Edges
from pipelines.initiatives.evidence import Evidence
from tinymovements.archive.initiatives import Kept
from tinymovements.archive.posts import Values, archived
from tinymovements.archive.signals import Read, Unread
from tinymovements.workflow.resolve_shared import Shared

if TYPE_CHECKING:
    from pipelines.initiatives.clusters import Said
    from pipelines.initiatives.pairs import Columns

_TOWN = np.dtype([("town", "<u4"), ("told", "<f4")])

_COUNT = struct.Struct("<I")

_PLACES = 41
"""Bits of a place by which posts of one day are ordered: so many that of a million no two have the same."""

Evidenced = tuple[Values, bytes | None]
"""What `archive.posts.archived` takes of a post, and its vector."""


class Group(NamedTuple):
    """The posts of one initiative, by their numbers."""

    main: tuple[int, ...]
    """First of all about it."""
    beside: tuple[int, ...]
    """First of all about another one."""


class Few(NamedTuple):
    """Signals of a small archive, and the pairs of posts, by number, that people put together and parted."""

    signals: Sequence[bytes]
    together: Sequence[tuple[int, int]]
    apart: Sequence[tuple[int, int]]


class Many(NamedTuple):
    """Of a large one what each post says for itself (`Read.told`), the pairs that are alike, and those of which people decided."""

    numbers: NDArray[np.int64]
    told: Sequence[bytes]
    edges: Edges
    together: Sequence[tuple[int, int]]
    apart: Sequence[tuple[int, int]]


class Told(NamedTuple):
    """The posts of an initiative, and the name that a person gave it."""

    group: Group
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
    from pipelines.initiatives import worth
    from pipelines.initiatives.clusters import said
    from pipelines.initiatives.signals import read_signal

    found = []
    for number, state, row, vector in posts:
        evidence = _evidence(row, vector)
        signal = read_signal(evidence)
        keys = np.array(signal.keys, np.int64).tobytes()
        told = worth.alone([signal]).tobytes() + _packed(said(signal))
        found.append(Read(number, state, _place(evidence.id, evidence.posted), keys, told, signal.to_bytes()))
    return found


def _packed(said: "Said") -> bytes:
    towns = np.array(list(said.towns.items()), _TOWN)
    return b"".join((_COUNT.pack(len(towns)), towns.tobytes(), np.array(sorted(said.names), np.uint32).tobytes()))


def _unpacked(told: bytes, at: int) -> "Said":
    from pipelines.initiatives.clusters import Said

    (towns,) = _COUNT.unpack_from(told, at)
    names_at = at + _COUNT.size + towns * _TOWN.itemsize
    found = np.frombuffer(told, _TOWN, towns, at + _COUNT.size).tolist()
    return Said(dict(found), frozenset(np.frombuffer(told, np.uint32, offset=names_at).tolist()))


def _one_thread() -> AbstractContextManager[Any]:
    """Of the library that multiplies matrices: they are small, and threads that wait for each other took twice the time."""
    return threadpool_limits(1, "blas")  # type: ignore[no-any-return]


def columns_of(kept: Sequence[bytes]) -> "Columns":
    """Signals as rows of a table."""
    from pipelines.initiatives.pairs import columns
    from pipelines.initiatives.signals import from_bytes

    return columns([from_bytes(signal) for signal in kept])


def compare(pairs: NDArray[np.int32], shared: Shared) -> NDArray[np.float32]:
    """The log-odds of each pair of rows."""
    from pipelines.initiatives.pairs import weigh_in

    with _one_thread():
        return weigh_in(shared.table, pairs.astype(np.int64))


def put_together(asked: Few | Many) -> list[Group]:
    """The initiatives of all posts of an archive. Of a few all pairs are compared, and not only those that share a key."""
    from pipelines.initiatives import worth
    from pipelines.initiatives.clusters import find_clusters, group
    from pipelines.initiatives.signals import from_bytes

    if isinstance(asked, Few):
        with _one_thread():
            clusters = find_clusters([from_bytes(kept) for kept in asked.signals], asked.together, asked.apart)
        return [Group(cluster.main, cluster.beside) for cluster in clusters]
    size = worth.ALONE * 4
    alone = np.frombuffer(b"".join(told[:size] for told in asked.told), np.float32).reshape(-1, worth.ALONE)
    groups = group(alone, [_unpacked(told, size) for told in asked.told], asked.edges, asked.together, asked.apart)
    return [Group(*(tuple(asked.numbers[posts].tolist()) for posts in sides)) for sides in groups]


def tell(asked: Sequence[Told]) -> list[Kept | None]:
    """What each group is as an initiative; None where one of its posts is not there."""
    return [_tell(*told) for told in asked]


def _tell(group: Group, posts: Sequence[Evidenced], name: str | None) -> Kept | None:
    from pipelines.initiatives.clusters import Cluster
    from pipelines.initiatives.describe import describe
    from pipelines.vectors import pack, unpack

    evidence = {read.number: read for row, vector in posts for read in [_evidence(row, vector)]}
    if not evidence.keys() >= {*group.main, *group.beside}:
        return None
    vectors = [vector for number in group.main if (vector := evidence[number].vector)]
    middle = np.mean([unpack(vector) for vector in vectors], axis=0) if vectors else None
    return Kept(describe(Cluster(*group), evidence, name), None if middle is None else pack(middle))
