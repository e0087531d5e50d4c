"""Describes the initiatives that are not kept as they are now, and keeps them in the place of what their posts were of before."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain

from sqlalchemy import Connection, Engine

from pipelines.initiatives.version import version
from tinymovements.archive import decisions, initiatives, signals
from tinymovements.archive.batches import parts
from tinymovements.archive.database import one_writer, reading, writing
from tinymovements.archive.decisions import Standing
from tinymovements.archive.initiatives import Kept
from tinymovements.archive.signals import Former
from tinymovements.initiative import initiative_id
from tinymovements.settings import Settings
from tinymovements.workflow.resolve_work import Evidenced, Group, Told, tell
from tinymovements.workflow.side_by_side import side_by_side

Advance = Callable[[int], None]

LOADED = "tinymovements.workflow.resolve_loaded"

WORTH_PROCESSES = 2400
"""Initiatives from which on starting further processes is worth it: they load in four seconds and more, and each takes 4 ms."""

_COMMIT = 300
"""Posts whose initiatives are kept in one transaction, unless what hangs together is more."""

_TOLD_AT_ONCE = 20
"""Initiatives that a process describes at once."""


@dataclass(slots=True)
class Made:
    """The ids of initiatives that are new, have become part of others, or are gone."""

    new: set[str] = field(default_factory=set)
    joined: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Lot:
    """What is kept in one transaction: groups, and the former initiatives that posts came to them from."""

    ids: dict[Group, str] = field(default_factory=dict)
    former: dict[str, Former] = field(default_factory=dict)
    names: dict[Group, str] = field(default_factory=dict)
    """Those that people gave."""

    @property
    def posts(self) -> set[int]:
        """The numbers of the posts that its initiatives are made of."""
        return {number for group in self.ids for number in _members(group)}


def _members(of: Group | Former) -> tuple[int, ...]:
    return (*of.main, *of.beside)


def make(
    archive: Engine,
    settings: Settings,
    advance: Advance,
    groups: Sequence[Group],
    states: Mapping[int, str],
    unsettled: frozenset[int],
    standing: Standing,
    mark: tuple[int, int],
    made: Made,
) -> bool:
    """Keep these as the initiatives that there are, made of posts in these states; False where somebody decided something since.

    What there is of `unsettled` posts is described anew, even where it is of the same posts.
    """
    with reading(archive) as connection:
        lots = _lots(connection, groups, unsettled, standing)
    processes = settings.processes if sum(len(lot.ids) for lot in lots) >= WORTH_PROCESSES else 1
    asked = chain.from_iterable(_asked(archive, lot, states) for lot in lots)
    with closing(side_by_side(tell, asked, processes, LOADED)) as answers:
        for lot in lots:
            told: list[Kept | None] = []
            while len(told) < len(lot.ids):
                told += next(answers)
            with writing(archive) as connection:
                one_writer(connection)  # as those who decide
                if decisions.mark(connection) != mark:
                    return False
                _keep(connection, lot, told, states, made)
            advance(len(unsettled & lot.posts))
    rest = unsettled.difference(*(lot.posts for lot in lots))
    with writing(archive) as connection:
        one_writer(connection)
        if decisions.mark(connection) != mark:
            return False
        signals.settle(connection, sorted(rest))
    advance(len(rest))
    return True


def _lots(connection: Connection, groups: Sequence[Group], unsettled: frozenset[int], standing: Standing) -> list[_Lot]:
    """What is not as it is kept, in parts of which each can be kept by itself."""
    former, kept = signals.former(connection), signals.kept_ids(connection)
    names = _names(groups, standing)
    was = {(former.main, former.beside): id for id, former in former.items() if id in kept}
    given = initiatives.given_names(connection) if standing.renames else {}
    as_it_was: dict[Group, str] = {}
    anew: list[Group] = []
    for group in groups:
        id = was.get((frozenset(group.main), frozenset(group.beside)))
        if id is None or names.get(group) != given.get(id) or not unsettled.isdisjoint(_members(group)):
            anew.append(group)
        else:
            as_it_was[group] = id
    _with_those_beside(anew, as_it_was)
    firsts = signals.ids_of(connection, sorted(min(group.main) for group in anew))
    ids = {group: initiative_id(firsts[min(group.main)]) for group in anew if min(group.main) in firsts}
    stays = frozenset(as_it_was.values())
    gone = {id: what for id, what in former.items() if id not in stays}
    lots = _tied(ids, gone)
    for lot in lots:
        lot.names = {group: names[group] for group in lot.ids if group in names}
    return lots


def _names(groups: Sequence[Group], standing: Standing) -> dict[Group, str]:
    """Each name that people gave, for the group that most of the posts are of which it was given to; the last one counts."""
    if not standing.renames:
        return {}
    of = {number: group for group in groups for number in group.main}
    names: dict[Group, str] = {}
    for rename in standing.renames:
        if found := Counter(of[number] for number in rename.posts if number in of):
            names[min(found, key=lambda group: (-found[group], min(group.main)))] = rename.name
    return names


def _with_those_beside(anew: list[Group], as_it_was: dict[Group, str]) -> None:
    """A post stands first, second … in what it is of: all that shares a post with what is made anew is made anew, too."""
    sharing: dict[int, list[Group]] = defaultdict(list)
    for group in as_it_was:
        for number in _members(group):
            sharing[number].append(group)
    also = anew
    while also:
        also = list(dict.fromkeys(other for group in also for number in _members(group) for other in sharing.pop(number, ())))
        also = [group for group in also if as_it_was.pop(group, None)]
        anew += also


def _tied(ids: Mapping[Group, str], gone: Mapping[str, Former]) -> list[_Lot]:
    """What shares posts, together; small parts together, until they have some hundreds of posts."""
    lead: dict[int | str, int | str] = {}

    def find(at: int | str) -> int | str:
        while (up := lead.setdefault(at, at)) != at:
            lead[at] = at = lead[up]
        return at

    for group, id in ids.items():
        for number in _members(group):
            lead[find(number)] = find(id)
    for id, was in gone.items():
        for number in _members(was):
            lead[find(number)] = find(id)
    parts: dict[int | str, _Lot] = defaultdict(_Lot)
    for group, id in ids.items():
        parts[find(id)].ids[group] = id
    for id, was in gone.items():
        parts[find(id)].former[id] = was
    return _bundled(list(parts.values()))


def _bundled(lots: Sequence[_Lot]) -> list[_Lot]:
    found: list[_Lot] = []
    room = 0
    for lot in lots:
        if room <= 0:
            found.append(_Lot())
            room = _COMMIT
        found[-1].ids |= lot.ids
        found[-1].former |= lot.former
        room -= len(lot.posts) + len(lot.former)
    return found


def _asked(archive: Engine, lot: _Lot, states: Mapping[int, str]) -> Iterator[list[Told]]:
    for part in parts(list(lot.ids), _TOLD_AT_ONCE):
        numbers = sorted({number for group in part for number in _members(group)})
        with reading(archive) as connection:
            now = signals.states(connection, version(), numbers)
            read = signals.read_posts(connection, [number for number in numbers if now.get(number) == states[number]])
        yield [_told(group, read, lot) for group in part]


def _told(group: Group, read: Mapping[int, Evidenced], lot: _Lot) -> Told:
    return Told(group, [read[number] for number in _members(group) if number in read], lot.names.get(group))


def _keep(connection: Connection, lot: _Lot, told: Sequence[Kept | None], states: Mapping[int, str], made: Made) -> None:
    """Keep what was made of a lot, unless one of its posts has changed or gone meanwhile: then the next run makes it."""
    posts, kept = lot.posts, [one for one in told if one]
    now = signals.held_states(connection, version(), sorted(posts))
    if len(kept) < len(told) or any(now.get(number) != states[number] for number in posts):
        return
    ids = set(lot.ids.values())
    gone = {id: _heir(was, lot) for id, was in lot.former.items() if id not in ids}
    initiatives.put(connection, version(), kept, gone)
    signals.settle(connection, sorted(posts))
    made.new |= ids - lot.former.keys()
    made.joined |= {id for id, heir in gone.items() if heir}
    made.gone |= {id for id, heir in gone.items() if not heir}


def _heir(was: Former, lot: _Lot) -> str | None:
    """The initiative that most of the posts of a former one went to."""
    of = {number: id for group, id in lot.ids.items() for number in group.main}
    found = Counter(of[number] for number in was.main or was.beside if number in of)
    return min(found, key=lambda id: (-found[id], id), default=None)
