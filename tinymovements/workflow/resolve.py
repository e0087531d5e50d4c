"""From posts to initiatives: reads what is new, finds what belongs together, and keeps the initiatives that come of it.

Each step keeps what it has done, and what is left to do follows from what is kept: killed at any line, the next run goes on. What
is made of the posts does not depend on the order in which they came. Nor on how often this was done in between, but that in a large
archive two posts stay compared which later ones have come between.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from pipelines.initiatives.edges import Edges
from pipelines.initiatives.near import ALL_PAIRS, EDGE, beyond, by_first, near
from pipelines.initiatives.version import version
from tinymovements.archive import decisions, initiatives, signals
from tinymovements.archive.batches import parts
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.decisions import Standing
from tinymovements.archive.locks import held
from tinymovements.archive.signals import Unread
from tinymovements.settings import Settings
from tinymovements.workflow.resolve_make import LOADED, Made, make
from tinymovements.workflow.resolve_shared import Shared
from tinymovements.workflow.resolve_work import Few, Group, Many, columns_of, compare, put_together, read
from tinymovements.workflow.resolve_world import Floats, Ints, Places, World
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

_PAIRS = 20_000
"""Pairs that a process compares at once, of those that a third post led to each other."""


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
    """Bring the initiatives up to date with what people decided, and leave new posts for later. Raises `Busy` likewise.

    After an upgrade everything is left for later: what another version has read may be of another form.
    """
    archive = open_archive(settings.archive_url)
    with held(archive, "resolve"):
        with reading(archive) as connection:
            if signals.are_of_another(connection, version()):
                return
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


def _look_together(archive: Engine, settings: Settings, advance: Advance, made: Made) -> bool:
    """Compare what is new, and make anew what has changed by it; False where somebody decided something in the meantime."""
    with reading(archive) as connection:
        mark = decisions.mark(connection)
        world = World(signals.everything(connection))
        numbers = signals.numbers_of(connection, _ids(decided := decisions.every(connection)))
        repeated = signals.repeated_proposals(connection)
    known = set(world.numbers.tolist())
    standing = decisions.standing(decided, {id: number for id, number in numbers.items() if number in known})
    standing = replace(standing, together=[*standing.together, *(pair for pair in repeated if known.issuperset(pair))])
    processes = _compare_new(archive, settings, advance, world)
    groups = _groups(archive, settings, world, standing, processes)
    unsettled = frozenset(world.numbers[~world.settled].tolist())
    states = dict(zip(world.numbers.tolist(), world.states, strict=True))
    del world  # some hundred megabytes of a large archive, which describing does not need
    return make(archive, settings, advance, groups, states, unsettled, standing, mark, made)


def _ids(decided: Sequence[decisions.Decision]) -> list[str]:
    return sorted({id for decision in decided for id in (*decision.posts, *decision.others)})


def _compare_new(archive: Engine, settings: Settings, advance: Advance, world: World) -> int:
    """Compare the posts that were not yet with those that share a key, and keep which are likest; by how many processes."""
    fresh = np.array([kept is None for kept in world.nearest], bool)
    processes = _processes(settings, int(fresh.sum()))
    if not fresh.any():
        return processes
    parts = near(world.give_keys(), world.counts, fresh, world.numbers)
    if processes == 1:  # few are new, and hardly more than few are compared with them
        parts = iter(told := list(parts))
        compared = np.unique(np.concatenate([np.zeros((0, 2), np.int64), *(pairs for _, pairs in told)]))
    else:
        compared = np.arange(len(world.numbers))
    shared, rows = _share(archive, settings, world, compared, processes)
    under_way: deque[tuple[Ints, Ints]] = deque()

    def asked() -> Iterator[NDArray[np.int32]]:
        for posts, pairs in parts:
            at = rows[pairs]
            there = (at >= 0).all(axis=1)
            under_way.append((posts, pairs[there]))
            yield at[there].astype(np.int32)

    with closing(shared):
        for odds in side_by_side(partial(compare, shared=shared), asked(), processes, LOADED, ahead=1):
            posts, pairs = under_way.popleft()
            odds = np.round(odds, 3)
            alike = odds > EDGE
            for post, kept in _keep(archive, world, "nearest", posts, pairs[alike], odds[alike]).items():
                world.nearest[post] = kept
            advance(len(posts))
    return processes


def _share(archive: Engine, settings: Settings, world: World, posts: Ints, processes: int) -> tuple[Shared, Ints]:
    """The signals of these posts, and the row of each post; -1 of those that are not compared, or were withdrawn this moment."""
    settings.home.mkdir(parents=True, exist_ok=True)
    shared, rows, count = Shared(settings.home), np.full(len(world.numbers), -1, np.int64), 0

    def kept() -> Iterator[list[bytes]]:
        nonlocal count
        for part in np.split(posts, range(_COMMIT, len(posts), _COMMIT)):
            numbers = world.numbers[part].tolist()
            with reading(archive) as connection:
                found = signals.signals_of(connection, numbers)
            there = [at for at, number in zip(part.tolist(), numbers, strict=True) if number in found]
            rows[there] = np.arange(count, count + len(there))
            count += len(there)
            yield [found[number] for number in numbers if number in found]

    for columns in side_by_side(columns_of, kept(), processes, LOADED, ahead=2):
        shared.add(columns)
    return shared, rows


def _keep(
    archive: Engine, world: World, how: Literal["nearest", "beyond"], posts: Ints | Places, pairs: Ints | Places, odds: Floats
) -> dict[int, bytes]:
    """Keep what was found of the pairs in which these posts stand first; what is kept of each."""
    kept = {post: world.row(others, told) for post, others, told in by_first(posts, pairs, odds)}
    for part in parts(list(kept), _COMMIT):
        with writing(archive) as connection:
            signals.keep_alike(connection, how, {int(world.numbers[post]): kept[post] for post in part})
    return kept


def _groups(archive: Engine, settings: Settings, world: World, standing: Standing, processes: int) -> list[Group]:
    """The initiatives of the whole archive."""
    asked: Few | Many
    if len(world.numbers) <= ALL_PAIRS:
        with reading(archive) as connection:
            kept = signals.signals_of(connection, world.numbers.tolist())
        asked = Few(list(kept.values()), standing.together, standing.apart)
    else:
        edges = _edges(archive, settings, world, processes)
        asked = Many(world.numbers, world.told, edges, world.decided(standing.together), world.decided(standing.apart))
    return next(side_by_side(put_together, [asked], processes, LOADED))


def _edges(archive: Engine, settings: Settings, world: World, processes: int) -> Edges:
    """The pairs of posts that are alike: of those that share a key, and of those that a third one is like."""
    pairs, odds = world.pairs()
    further = beyond(pairs, odds, len(world.numbers))
    told = world.odds_beyond(further)
    world.forget_alike()
    if len(missing := np.flatnonzero(np.isnan(told))):
        told[missing] = _compare_beyond(archive, settings, world, further[missing], processes)
        known = ~np.isnan(told)
        _keep(archive, world, "beyond", np.unique(further[missing, 0]), further[known], told[known])
    pairs, odds = np.concatenate([pairs, further]), np.concatenate([odds, told])
    order = np.argsort(world.packed(pairs))
    return Edges.among(pairs[order], odds[order])


def _compare_beyond(archive: Engine, settings: Settings, world: World, pairs: Places, processes: int) -> Floats:
    """The log-odds of these pairs; not a number where one was withdrawn this moment."""
    shared, rows = _share(archive, settings, world, np.unique(pairs), processes)
    at = rows[pairs].astype(np.int32)
    there = (at >= 0).all(axis=1)
    odds = np.full(len(pairs), np.nan, np.float32)
    with closing(shared):
        asked = np.split(at[there], range(_PAIRS, int(there.sum()), _PAIRS))
        compared = side_by_side(partial(compare, shared=shared), asked, processes, LOADED, ahead=1)
        odds[there] = np.round(np.concatenate([np.zeros(0, np.float32), *compared]), 3)
    return odds
