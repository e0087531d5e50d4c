"""Makes initiatives of blocks of posts, and keeps them in the place of what these posts were of before."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain

from sqlalchemy import Connection, Engine

from pipelines.initiatives.clusters import Cluster
from pipelines.initiatives.version import version
from tinymovements.archive import decisions, initiatives, signals
from tinymovements.archive.batches import parts
from tinymovements.archive.database import one_writer, reading, writing
from tinymovements.archive.decisions import Standing
from tinymovements.archive.initiatives import Kept
from tinymovements.archive.signals import Former
from tinymovements.initiative import initiative_id
from tinymovements.settings import Settings
from tinymovements.workflow.resolve_work import Evidenced, Numbers, Together, Told, put_together, tell
from tinymovements.workflow.side_by_side import side_by_side

Advance = Callable[[int], None]

LOADED = "tinymovements.workflow.resolve_loaded"

_PAIRS, _POSTS = 100_000, 1000
"""Pairs, and posts, of the blocks that a process puts together at once: a second's work."""

_COMMIT = 300
"""Posts whose initiatives are kept in one transaction, unless what hangs together is more."""

WORTH_PROCESSES = 2000
_TOLD_AT_ONCE = 20
"""Initiatives that a process describes at once."""


@dataclass(frozen=True, slots=True)
class Block:
    """Posts that are looked at together."""

    posts: Mapping[int, str]
    """By their numbers, with the state in which they were read."""
    fresh: frozenset[int]
    """Those that were not looked at before, or are to be looked at anew."""

    @property
    def component(self) -> int:
        """The name that it is kept by."""
        return min(self.posts)


@dataclass(slots=True)
class Made:
    """The ids of initiatives that are new, have become part of others, or are gone."""

    new: set[str] = field(default_factory=set)
    joined: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Lot:
    """Blocks whose initiatives are kept in one transaction, for posts have gone from one to another, or a name may have."""

    blocks: list[Block]
    clusters: list[Cluster]
    former: dict[str, Former]
    names: dict[Cluster, str] = field(default_factory=dict)
    """Those that people gave."""
    anew: list[Cluster] = field(default_factory=list)
    """What is not as it is kept already."""
    ids: dict[Cluster, str] = field(default_factory=dict)

    @property
    def states(self) -> dict[int, str]:
        """Of each post the state in which it was read."""
        return {number: state for block in self.blocks for number, state in block.posts.items()}


def make(
    archive: Engine, settings: Settings, advance: Advance, blocks: Sequence[Block], standing: Standing, mark: Numbers, made: Made
) -> bool:
    """Make the initiatives of these blocks anew and keep them; False where somebody decided something since `mark`."""
    processes = settings.processes if sum(len(block.posts) for block in blocks) >= WORTH_PROCESSES else 1
    clusters = _clusters(archive, blocks, standing, processes)
    with reading(archive) as connection:
        lots = list(_lots(connection, blocks, clusters, standing))
    asked = chain.from_iterable(_asked(archive, lot) for lot in lots)
    with closing(side_by_side(tell, asked, processes, LOADED)) as answers:
        for lot in lots:
            told: list[Kept | None] = []
            while len(told) < len(lot.anew):
                told += next(answers)
            with writing(archive) as connection:
                one_writer(connection)  # as those who decide
                if decisions.mark(connection) != mark:
                    return False
                _keep(connection, lot, told, made)
            advance(sum(len(block.fresh) for block in lot.blocks))
    return True


def _clusters(archive: Engine, blocks: Sequence[Block], standing: Standing, processes: int) -> dict[int, list[Cluster]]:
    """The clusters of each block, by its component."""
    of = {number: block.component for block in blocks for number in block.posts}
    decided: dict[int, tuple[list[Numbers], list[Numbers]]] = defaultdict(lambda: ([], []))
    for side, pairs in enumerate((standing.together, standing.apart)):
        for one, other in pairs:
            if one in of and of[one] == of.get(other):
                decided[of[one]][side].append((one, other))

    def asked() -> Iterator[Together]:
        for part in _batches(blocks):
            with reading(archive) as connection:
                kept = signals.signals_of(connection, [number for block in part for number in block.posts])
            theirs = [decided[block.component] for block in part]
            yield Together(
                [[kept[number] for number in block.posts if number in kept] for block in part],
                *([pair for sides in theirs for pair in sides[side]] for side in (0, 1)),
            )

    others: dict[int, set[int]] = defaultdict(set)
    for one, other in standing.apart:
        others[one].add(other)
        others[other].add(one)
    found: dict[int, list[Cluster]] = defaultdict(list)
    for answer in side_by_side(put_together, asked(), processes, LOADED, ahead=2):
        for cluster in answer:
            beside = tuple(number for number in cluster.beside if others[number].isdisjoint(cluster.main))
            found[of[cluster.main[0]]].append(replace(cluster, beside=beside))
    return found


def _batches(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    part: list[Block] = []
    pairs = count = 0
    for block in blocks:
        size = len(block.posts)
        if part and (pairs + size * size // 2 > _PAIRS or count + size > _POSTS):
            yield part
            part, pairs, count = [], 0, 0
        part.append(block)
        pairs, count = pairs + size * size // 2, count + size
    if part:
        yield part


def _lots(
    connection: Connection, blocks: Sequence[Block], clusters: Mapping[int, list[Cluster]], standing: Standing
) -> Iterator[_Lot]:
    """The blocks in parts of which each can be kept by itself, with what there is to do."""
    of = {number: index for index, block in enumerate(blocks) for number in block.posts}
    former = signals.former(connection, list(of))
    tied = [{of[number] for number in (*was.main, *was.beside)} for was in former.values()]
    tied += [{of[number] for number in rename.posts if number in of} for rename in standing.renames]
    groups = _bundled(_joined(len(blocks), tied), blocks)
    belongs = {index: lot for lot, group in enumerate(groups) for index in group}
    formers: dict[int, dict[str, Former]] = defaultdict(dict)
    for id, was in former.items():
        formers[belongs[of[next(iter(was.main or was.beside))]]][id] = was
    for index, group in enumerate(groups):
        theirs = [blocks[at] for at in group]
        lot = _Lot(theirs, [cluster for block in theirs for cluster in clusters.get(block.component, ())], formers[index])
        _name(lot, standing)
        _compare_with_former(connection, lot)
        yield lot


def _joined(count: int, tied: Sequence[set[int]]) -> list[list[int]]:
    """The numbers below `count` in groups: what is tied is in one."""
    lead = list(range(count))

    def find(at: int) -> int:
        while lead[at] != at:
            lead[at] = lead[lead[at]]
            at = lead[at]
        return at

    for group in tied:
        first, *others = sorted(map(find, group)) or [0]
        for other in others:
            lead[find(other)] = find(first)
    found: dict[int, list[int]] = defaultdict(list)
    for at in range(count):
        found[find(at)].append(at)
    return list(found.values())


def _bundled(groups: Sequence[list[int]], blocks: Sequence[Block]) -> list[list[int]]:
    """Small groups together, until they have some hundreds of posts."""
    found: list[list[int]] = []
    room = 0
    for group in groups:
        posts = sum(len(blocks[at].posts) for at in group)
        if posts > room:
            found.append([])
            room = _COMMIT
        found[-1] += group
        room -= posts
    return found


def _name(lot: _Lot, standing: Standing) -> None:
    """Give each name that people gave to the cluster that most of the posts are of which it was given to; the last one counts."""
    of = {number: cluster for cluster in lot.clusters for number in cluster.main}
    for rename in standing.renames:
        found = Counter(of[number] for number in rename.posts if number in of)
        if found:
            lot.names[min(found, key=lambda cluster: (-found[cluster], min(cluster.main)))] = rename.name


def _compare_with_former(connection: Connection, lot: _Lot) -> None:
    numbers = {min(cluster.main) for cluster in lot.clusters}
    ids = {number: initiative_id(id) for number, id in signals.ids_of(connection, sorted(numbers)).items()}
    lot.clusters = [cluster for cluster in lot.clusters if min(cluster.main) in ids]  # else it has been withdrawn this moment
    lot.ids = {cluster: ids[min(cluster.main)] for cluster in lot.clusters}
    kept = signals.kept_ids(connection, list(lot.former))
    fresh = set[int]().union(*(block.fresh for block in lot.blocks))
    as_it_was = {
        cluster
        for cluster in lot.clusters
        if lot.ids[cluster] in kept
        and lot.former[lot.ids[cluster]] == Former(frozenset(cluster.main), frozenset(cluster.beside))
        and fresh.isdisjoint((*cluster.main, *cluster.beside))
    }
    anew = [cluster for cluster in lot.clusters if cluster not in as_it_was]
    also = anew
    while also:  # A post stands first, second, … in what it is of: all of that is kept anew together.
        touched = {number for cluster in also for number in (*cluster.main, *cluster.beside)}
        also = [cluster for cluster in as_it_was if not touched.isdisjoint((*cluster.main, *cluster.beside))]
        as_it_was.difference_update(also)
        anew += also
    lot.anew = anew


def _asked(archive: Engine, lot: _Lot) -> Iterator[list[Told]]:
    states = lot.states
    for part in parts(lot.anew, _TOLD_AT_ONCE):
        numbers = sorted({number for cluster in part for number in (*cluster.main, *cluster.beside)})
        with reading(archive) as connection:
            now = signals.states(connection, version(), numbers)
            read = signals.read_posts(connection, [number for number in numbers if now.get(number) == states[number]])
        yield [_told(cluster, read, lot) for cluster in part]


def _told(cluster: Cluster, read: Mapping[int, Evidenced], lot: _Lot) -> Told:
    posts = [read[number] for number in (*cluster.main, *cluster.beside) if number in read]
    return Told(cluster, posts, lot.names.get(cluster))


def _keep(connection: Connection, lot: _Lot, told: Sequence[Kept | None], made: Made) -> None:
    """Keep what was made of a lot, unless one of its posts has changed or gone meanwhile: then the next run makes it."""
    states, kept = lot.states, [one for one in told if one]
    if len(kept) < len(told) or signals.held_states(connection, version(), list(states)) != states:
        return
    ids = set(lot.ids.values())
    gone = {id: _heir(was, lot) for id, was in lot.former.items() if id not in ids}
    if kept or gone:
        initiatives.put(connection, version(), kept, gone)
    signals.keep_components(connection, {number: block.component for block in lot.blocks for number in block.posts})
    made.new |= ids - lot.former.keys()
    made.joined |= {id for id, heir in gone.items() if heir}
    made.gone |= {id for id, heir in gone.items() if not heir}


def _heir(was: Former, lot: _Lot) -> str | None:
    """The initiative that most of the posts of a former one went to."""
    of = {number: id for cluster, id in lot.ids.items() for number in cluster.main}
    found = Counter(of[number] for number in was.main or was.beside if number in of)
    return min(found, key=lambda id: (-found[id], id), default=None)
