"""From posts to initiatives: reads what is new, finds what belongs together, and keeps the initiatives that come of it.

Each step keeps what it has done, and what is left to do follows from what is kept: killed at any line, the next run goes on. What
is made of the posts does not depend on the order in which they came, nor on how often this was done in between.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from pipelines.initiatives import blocks
from pipelines.initiatives.version import version
from tinymovements.archive import decisions, initiatives, signals
from tinymovements.archive.batches import parts
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.decisions import Standing
from tinymovements.archive.locks import held
from tinymovements.archive.signals import Known, Unread
from tinymovements.settings import Settings
from tinymovements.workflow.resolve_make import LOADED, Block, Made, make
from tinymovements.workflow.resolve_work import Compared, compare, read
from tinymovements.workflow.side_by_side import side_by_side

Advance = Callable[[int], None]

STEPS = 3
"""How often each post is told of: read, compared, put together with others."""

WORTH_PROCESSES = 2000
"""Posts from which on starting further processes is worth it: they load in some seconds."""

_BATCH = 100
"""Posts that a process reads at once."""
_COMMIT = 1000
"""Posts of which it is kept in one transaction what was read."""

_NEAREST = np.dtype([("post", "<i8"), ("odds", "<f4"), ("state", "<u4")])
"""A post that another one is like, how much, and in which state it was then: in another one it has to be compared anew."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a run did: how many posts it read, how many initiatives there are now, and what became of which."""

    posts: int
    initiatives: int
    new: int
    joined: int
    """Initiatives that have become part of others."""
    gone: int
    """Those of which no post is left."""


def count_unresolved(settings: Settings) -> int:
    """How many annotated posts `resolve_posts` has to look at anew."""
    with reading(open_archive(settings.archive_url)) as connection:
        return signals.count_unresolved(connection, version())


def resolve_posts(settings: Settings, advance: Advance, anew: bool = False) -> Resolved:
    """Bring the initiatives up to date with the posts, their annotations and what people decided; `anew`: from the posts alone.

    Raises `Busy` where another process is at it.
    """
    archive = open_archive(settings.archive_url)
    with held(archive, "resolve"):
        if anew:
            with writing(archive) as connection:
                signals.forget_all(connection)
        posts = _read_new(archive, settings, advance)
        made = Made()
        while not _look_together(archive, settings, advance, made):
            pass  # somebody has decided something meanwhile
        with reading(archive) as connection:
            count = initiatives.count(connection)
    return Resolved(posts, count, len(made.new), len(made.joined), len(made.gone))


def resolve_decided(settings: Settings, advance: Advance) -> None:
    """Bring the initiatives up to date with what people decided, and leave new posts for later. Raises `Busy` likewise."""
    archive = open_archive(settings.archive_url)
    with held(archive, "resolve"):
        while not _look_together(archive, settings, advance, Made()):
            pass


def _processes(settings: Settings, posts: int) -> int:
    return settings.processes if posts >= WORTH_PROCESSES else 1


def _read_new(archive: Engine, settings: Settings, advance: Advance) -> int:
    """Read the posts whose state is another one than was read; how many that were."""
    with writing(archive) as connection:
        signals.forget_lapsed(connection)
        processes = _processes(settings, signals.count_unresolved(connection, version()))

    def unread() -> Iterator[Sequence[Unread]]:
        after = 0
        while True:
            with reading(archive) as connection:
                found = signals.next_unread(connection, version(), after, _COMMIT)
            if not found:
                return
            yield from parts(found, _BATCH)
            after = found[-1].number

    count, waiting = 0, list[signals.Read]()

    def keep() -> None:
        with writing(archive) as connection:
            signals.keep(connection, version(), waiting)
        waiting.clear()

    for answer in side_by_side(read, unread(), processes, LOADED):
        waiting += answer
        count += len(answer)
        advance(len(answer))
        if len(waiting) >= _COMMIT:
            keep()
    keep()
    return count


class _World:
    """All posts that were read, in order of place."""

    def __init__(self, known: Sequence[Known]) -> None:
        self.numbers = np.array([post.number for post in known], np.int64)
        self.states = [post.state for post in known]
        self.components = np.array([post.component for post in known], np.int64)
        self.keys = np.frombuffer(b"".join(post.keys for post in known), np.int64)
        self.counts = np.array([len(post.keys) // 8 for post in known], np.int64)
        self.nearest = [post.nearest for post in known]
        self.stamps = np.array([crc32(state.encode()) for state in self.states], np.uint32)
        self._by_number = np.argsort(self.numbers)

    def positions(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where these posts are; -1 where they are not."""
        if not len(self.numbers):
            return np.full(len(numbers), -1, np.int64)
        at = np.searchsorted(self.numbers, numbers, sorter=self._by_number).clip(max=len(self.numbers) - 1)
        found = self._by_number[at]
        return np.where(self.numbers[found] == numbers, found, -1)

    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The pairs of posts that are alike, and how much."""
        told = np.frombuffer(b"".join(kept or b"" for kept in self.nearest), _NEAREST)
        counts = [len(kept or b"") // _NEAREST.itemsize for kept in self.nearest]
        first, second = np.repeat(np.arange(len(counts)), counts), self.positions(told["post"])
        there = (second >= 0) & (self.stamps[second] == told["state"])
        return np.stack([first[there], second[there]], axis=1), told["odds"][there]


def _look_together(archive: Engine, settings: Settings, advance: Advance, made: Made) -> bool:
    """Compare what is new, and make anew what has changed by it; False where somebody decided something in the meantime."""
    with writing(archive) as connection:
        signals.take_up_stale(connection)
    with reading(archive) as connection:
        mark = decisions.mark(connection)
        world = _World(list(signals.everything(connection)))
        numbers = signals.numbers_of(connection, _ids(decided := decisions.every(connection)))
    known = set(world.numbers.tolist())
    standing = decisions.standing(decided, {id: number for id, number in numbers.items() if number in known})
    _compare_new(archive, settings, advance, world)
    return make(archive, settings, advance, _changed_blocks(world, standing), standing, mark, made)


def _ids(decided: Sequence[decisions.Decision]) -> list[str]:
    return sorted({id for decision in decided for id in (*decision.posts, *decision.others)})


def _compare_new(archive: Engine, settings: Settings, advance: Advance, world: _World) -> None:
    """Compare the posts that were not yet with those that share a key, and keep which are likest."""
    fresh = np.array([kept is None for kept in world.nearest], bool)
    under_way: deque[tuple[NDArray[np.int64], NDArray[np.int64]]] = deque()

    def asked() -> Iterator[Compared]:
        for posts, pairs in blocks.near(world.keys, world.counts, fresh, world.numbers):
            with reading(archive) as connection:
                kept = signals.signals_of(connection, world.numbers[np.unique(pairs)].tolist())
            # Some may have been withdrawn this moment.
            pairs = pairs[np.isin(world.numbers[pairs], list(kept)).all(axis=1)]
            under_way.append((posts, pairs))
            of, local = np.unique(pairs, return_inverse=True)
            yield Compared([kept[number] for number in world.numbers[of].tolist()], local.reshape(pairs.shape).astype(np.int32))

    for odds in side_by_side(compare, asked(), _processes(settings, int(fresh.sum())), LOADED, ahead=1):
        posts, pairs = under_way.popleft()
        _keep_nearest(archive, world, posts, pairs, odds)
        advance(len(posts))


def _keep_nearest(
    archive: Engine, world: _World, posts: NDArray[np.int64], pairs: NDArray[np.int64], odds: NDArray[np.float32]
) -> None:
    found = dict.fromkeys(posts.tolist(), b"")
    for post, others, told in blocks.nearest(pairs, odds):
        rows = np.empty(len(others), _NEAREST)
        rows["post"], rows["odds"], rows["state"] = world.numbers[others], told, world.stamps[others]
        found[post] = rows.tobytes()
    for post, kept in found.items():
        world.nearest[post] = kept
    with writing(archive) as connection:
        signals.keep_nearest(connection, {int(world.numbers[post]): kept for post, kept in found.items()})


def _changed_blocks(world: _World, standing: Standing) -> list[Block]:
    """The blocks that are not as they were looked at, each with the posts that were not looked at yet."""
    if not len(world.numbers):
        return []
    together = world.positions(np.array(standing.together, np.int64).reshape(-1)).reshape(-1, 2)
    lead = blocks.blocks(len(world.numbers), *world.pairs(), together.tolist())
    order = np.argsort(lead, kind="stable")
    starts = np.flatnonzero(np.diff(lead[order], prepend=-1))
    sizes = dict(zip(*(part.tolist() for part in np.unique(world.components, return_counts=True)), strict=True))
    changed = []
    for block in np.split(order, starts[1:]):
        components = world.components[block]
        if components[0] and (components == components[0]).all() and sizes[int(components[0])] == len(block):
            continue
        posts = {int(world.numbers[at]): world.states[at] for at in block}
        changed.append(Block(posts, frozenset(int(world.numbers[at]) for at in block[components == 0])))
    return changed
