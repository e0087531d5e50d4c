"""Which posts are of one initiative.

Pairs are weighed, posts that are hardly about an initiative are left out, and groups of posts are joined, the surest first, while
the mean of all pairs between two groups says that they are one. So strangers are not chained by one post that knows both.
"""

import heapq
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from pipelines.initiatives import kinship, worth
from pipelines.initiatives.edges import Edges, Floats
from pipelines.initiatives.near import ALL_PAIRS, near
from pipelines.initiatives.pairs import Pairs, weigh
from pipelines.initiatives.signals import FAMILIES, Signal

STRANGERS = -6.0
"""Log-odds of a pair that nobody compared, or that has no edge."""

JOIN = -1.5
"""Mean log-odds of all pairs between two groups of posts from which on they are one."""

WORTH = 0.7
"""Probability of being about an initiative from which on a post takes part: of what is about none so 0.05 is let in."""

ALONE = 0.9
"""The same for a post that nothing goes with: one post is an initiative only where that is sure."""

_BESIDE = -1.0
"""Mean log-odds of a post with the three nearest of another initiative from which on it names that one beside its own."""

_CLEAR, _MOST = 2.0, 0.6
"""How much must say in which town a group is, and which part of all that says anything of towns."""

_SURE = 0.4
"""Probability of a word's being part of a name from which on a post goes by it: 1.4 of a post, with its beginnings."""

_OTHERWISE = 0.8
"""By how much less probably two groups are one that have such names, and none in common. In fifteen worlds, each judged by a model
of others, B-cubed F1 is 0.828 with it and 0.812 without (precision 0.81 and 0.79, recall 0.85 and 0.84); with 0.5 0.818, with 1.2
0.826; with names from 0.3 or 0.5 on 0.819 and 0.820."""

_NAMES, _TOWNS, _GROUP_TOWNS = (FAMILIES.index(family) for family in ("names", "towns", "group_towns"))

Numbers = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Said:
    """What a post says of where its initiative is and what it is called."""

    towns: Mapping[int, float]
    """In which municipalities it may be, and how much says so."""
    names: frozenset[int]
    """Marks of what it surely goes by."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The posts of one initiative, by their numbers, in order of id."""

    main: tuple[int, ...]
    """First of all about it."""
    beside: tuple[int, ...] = ()
    """First of all about another one."""


def candidates(signals: Sequence[Signal]) -> Pairs:
    """The pairs of positions that are worth comparing: those that share a key and are near in time among those that share it."""
    order = sorted(range(len(signals)), key=lambda at: (signals[at].day, signals[at].id))
    keys = np.array([key for at in order for key in signals[at].keys], np.int64)
    counts = np.array([len(signals[at].keys) for at in order], np.int64)
    found = (pairs for _, pairs in near(keys, counts, np.ones(len(order), bool), np.arange(len(order))))
    places = np.concatenate([np.zeros((0, 2), np.int64), *found])
    pairs = np.sort(np.array(order, np.int64)[places], axis=1)
    return np.asarray(pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))])


def find_clusters(signals: Sequence[Signal], together: Collection[Numbers] = (), apart: Collection[Numbers] = ()) -> list[Cluster]:
    """The initiatives among these posts; `together` and `apart` are pairs of posts, by number, of which people decided."""
    signals = sorted(signals, key=lambda signal: signal.id)
    position = {signal.number: at for at, signal in enumerate(signals)}
    joined = [(position[one], position[other]) for one, other in together if one in position and other in position]
    parted = [(position[one], position[other]) for one, other in apart if one in position and other in position]
    groups = group(worth.alone(signals), list(map(said, signals)), _edges(signals), joined, parted)
    return [Cluster(*(tuple(signals[at].number for at in posts) for posts in sides)) for sides in groups]


def group(
    alone: Floats,
    said: Sequence[Said],
    edges: Edges,
    joined: Sequence[Numbers] = (),
    parted: Sequence[Numbers] = (),
) -> list[tuple[list[int], list[int]]]:
    """The initiatives among posts, by position: those that are first of all about each, and those that name it beside another.

    `alone` is what each says for itself (`worth.alone`). `joined` and `parted` are pairs of which people decided.
    """
    probable = worth.weigh(alone, edges)
    decided = {at for pair in joined for at in pair}
    takes_part = probable >= WORTH
    takes_part[list(decided)] = True
    among = np.flatnonzero(takes_part[edges.pairs].all(axis=1))
    # Rounded: the same posts shall be judged alike whatever else stands in the same sums.
    looked_at = Edges(edges.pairs[among], np.round(kinship.weigh(edges, probable, among), 3))
    groups = _joined(np.flatnonzero(takes_part), looked_at, said, joined, parted)
    kept = [group for group in groups if len(group) > 1 or probable[group[0]] >= ALONE or group[0] in decided]
    beside = _beside(kept, looked_at, len(alone))
    of = {at: index for index, group in enumerate(kept) for at in group}
    for pair in parted:
        for one, other in (pair, pair[::-1]):
            if other in of:
                beside[of[other]].discard(one)
    return [(group, sorted(beside[index])) for index, group in enumerate(kept)]


def _all_pairs(size: int) -> Pairs:
    return np.stack(np.triu_indices(size, 1), axis=1).astype(np.int64)


def _edges(signals: Sequence[Signal]) -> Edges:
    pairs = _all_pairs(len(signals)) if len(signals) <= ALL_PAIRS else candidates(signals)
    # Rounded: the same two posts shall be judged alike whatever others are compared in the same product of matrices.
    return Edges.among(pairs, np.round(weigh(signals, pairs), 3))


def said(signal: Signal) -> Said:
    """What a post says; the name of its group counts as two places that it names."""
    told: dict[int, float] = {}
    for family, counts in ((_TOWNS, 1.0), (_GROUP_TOWNS, 2.0)):
        marks = signal.family(family)[0].tolist()
        for town in marks:
            told[town] = told.get(town, 0.0) + counts / len(marks)
    marks_of_names, sure = signal.family(_NAMES)
    return Said(told, frozenset(marks_of_names[sure >= _SURE].tolist()))


def _home(towns: Mapping[int, float]) -> int | None:
    """The municipality where a group is, if that is clear."""
    town = max(towns, key=lambda town: (towns[town], town), default=None)
    return town if town is not None and towns[town] >= max(_CLEAR, _MOST * sum(towns.values())) else None


def _beside(groups: Sequence[Sequence[int]], looked_at: Edges, size: int) -> dict[int, set[int]]:
    """The posts that name each group beside their own."""
    edges, odds = looked_at.pairs, looked_at.log_odds
    of = np.full(size, -1, np.int64)
    for index, group in enumerate(groups):
        of[group] = index
    apart = (of[edges] >= 0).all(axis=1) & (of[edges[:, 0]] != of[edges[:, 1]])
    edges, odds = edges[apart], odds[apart]
    # One row for each post of an edge, with the group that it may name: those where one edge says so, the nearest first.
    named = np.concatenate([edges[:, side].astype(np.int64) * len(groups) + of[edges[:, 1 - side]] for side in (0, 1)])
    told = np.tile(odds, 2)
    wanted = np.unique(np.append(named[told >= _BESIDE], -1))
    may = wanted[np.searchsorted(wanted, named, "right") - 1] == named
    named, told = named[may], told[may]
    order = np.lexsort((-told, named))
    named, told = named[order], told[order]
    pairs, starts, counts = np.unique(named, return_index=True, return_counts=True)
    totals = np.concatenate([[0.0], np.cumsum(told, dtype=np.float64)])
    needed = np.minimum([len(group) for group in groups], 3)[pairs % max(len(groups), 1)]
    nearest = (totals[starts + np.minimum(counts, 3)] - totals[starts]) / needed
    found: dict[int, set[int]] = defaultdict(set)
    for pair in pairs[(counts >= needed) & (np.round(nearest, 6) >= _BESIDE)].tolist():
        found[pair % len(groups)].add(pair // len(groups))
    return found


def _joined(
    posts: NDArray[np.int64],
    edges: Edges,
    said: Sequence[Said],
    joined: Sequence[Numbers],
    parted: Sequence[Numbers],
) -> list[list[int]]:
    """The groups of these posts, each in order, the first one with the first post."""
    of = _hanging_together(edges, joined, len(said))
    pairs, odds = edges.pairs, edges.log_odds
    within = np.flatnonzero(of[pairs[:, 0]] == of[pairs[:, 1]])
    within = within[np.argsort(of[pairs[within, 0]], kind="stable")]
    part_of = of[pairs[within, 0]]
    decided, apart = (_by_part(some, of) for some in (joined, parted))
    posts = posts[np.argsort(of[posts], kind="stable")]
    found: list[list[int]] = []
    for part in np.split(posts, np.flatnonzero(np.diff(of[posts])) + 1):
        if len(part) < 2:
            found += [part.tolist()] if len(part) else []
            continue
        name = int(of[part[0]])
        these = within[np.searchsorted(part_of, name, "left") : np.searchsorted(part_of, name, "right")]
        found += _Groups(part.tolist(), pairs[these], odds[these], said, decided[name], apart[name]).joined()
    return sorted(found)


def _hanging_together(edges: Edges, joined: Sequence[Numbers], size: int) -> NDArray[np.int32]:
    """For each post the part that it hangs together with, by pairs that say so: parts are never joined."""
    sure = np.concatenate([edges.pairs[edges.log_odds > JOIN], np.array(joined, np.int32).reshape(-1, 2)])
    graph = sparse.coo_matrix((np.ones(len(sure), np.int8), sure.T), (size, size))
    return np.asarray(connected_components(graph, directed=False)[1])


def _by_part(pairs: Sequence[Numbers], of: NDArray[np.int32]) -> dict[int, list[Numbers]]:
    """The pairs of each part that lie within it."""
    found: dict[int, list[Numbers]] = defaultdict(list)
    for one, other in pairs:
        if of[one] == of[other]:
            found[int(of[one])].append((one, other))
    return found


class _Groups:
    """Groups of posts that are joined two by two. Pairs without an edge count as `STRANGERS`."""

    def __init__(
        self,
        posts: Sequence[int],
        pairs: NDArray[np.int32],
        odds: Floats,
        said: Sequence[Said],
        joined: Sequence[Numbers],
        parted: Sequence[Numbers],
    ) -> None:
        self.members: dict[int, list[int]] = {at: [at] for at in posts}
        self.total: dict[int, dict[int, float]] = {at: {} for at in posts}
        """Of the log-odds over `STRANGERS` of the pairs between two groups."""
        self.towns = {at: dict(said[at].towns) for at in posts}
        self.names = {at: said[at].names for at in posts}
        self.whole = {at: at for at in posts}
        """Leads to what groups will be part of at last: itself, or what people put it together with."""
        self.parted: dict[int, set[int]] = defaultdict(set)
        """The wholes that a whole is kept apart from."""
        for (one, other), told in zip(pairs.tolist(), odds.tolist(), strict=True):
            self.total[one][other] = self.total[other][one] = told - STRANGERS
        for one, other in parted:
            if one in self.members and other in self.members:
                self.parted[one].add(other)
                self.parted[other].add(one)
        self.heap: list[tuple[float, int, int]] = []
        self.decided = sorted(joined)
        for one, other in self.decided:  # before anything is joined: else what one of both is kept apart from might join the other
            if self._may_be_one(one, other):
                self._unite(one, other)

    def _join_decided(self) -> None:
        """Join the groups of posts that people put together, at last: so the others of a group come with them."""
        of = {at: lead for lead, group in self.members.items() for at in group}
        for one, other in self.decided:
            first, second = sorted((of[one], of[other]))
            if first != second and self._whole(first) == self._whole(second):
                of |= dict.fromkeys(self.members[second], first)
                self._join(first, second)

    def joined(self) -> list[list[int]]:
        """The groups, each in order."""
        for one, others in self.total.items():
            for other in others:
                if one < other:
                    self._offer(one, other)
        while self.heap:
            told, one, other = heapq.heappop(self.heap)
            # What was offered before may have been parted, or have come to be in another town, at the very same mean.
            if one in self.members and other in self.members and -told == self._mean(one, other) and self._may(one, other):
                self._join(one, other)
                for third in self.total[one]:
                    self._offer(one, third)
        self._join_decided()
        return [sorted(group) for group in self.members.values()]

    def _offer(self, one: int, other: int) -> None:
        if (told := self._mean(one, other)) > JOIN and self._may(one, other):
            heapq.heappush(self.heap, (-told, min(one, other), max(one, other)))

    def _may(self, one: int, other: int) -> bool:
        return self._may_be_one(one, other) and not self._elsewhere(one, other)

    def _may_be_one(self, one: int, other: int) -> bool:
        """Whether nobody keeps the wholes of these apart."""
        return self._whole(other) not in self.parted.get(self._whole(one), ())

    def _elsewhere(self, one: int, other: int) -> bool:
        """Whether it is clear of both groups in which town they are, and they are in different ones."""
        homes = _home(self.towns[one]), _home(self.towns[other])
        return None not in homes and homes[0] != homes[1]

    def _mean(self, one: int, other: int) -> float:
        pairs = len(self.members[one]) * len(self.members[other])
        mean = STRANGERS + self.total[one].get(other, 0.0) / pairs
        return mean - _OTHERWISE if self._named_otherwise(one, other) else mean

    def _named_otherwise(self, one: int, other: int) -> bool:
        names, others = self.names[one], self.names[other]
        return bool(names and others) and names.isdisjoint(others)

    def _join(self, one: int, other: int) -> None:
        self.members[one] += self.members.pop(other)
        self.names[one] |= self.names.pop(other)
        for town, told in self.towns.pop(other).items():
            self.towns[one][town] = self.towns[one].get(town, 0.0) + told
        for third, total in self.total.pop(other).items():
            if third != one:
                self.total[one][third] = self.total[third][one] = self.total[one].get(third, 0.0) + total
                del self.total[third][other]
        self.total[one].pop(other, None)
        self._unite(one, other)

    def _whole(self, at: int) -> int:
        while (up := self.whole[at]) != at:
            self.whole[at] = at = self.whole[up]
        return at

    def _unite(self, one: int, other: int) -> None:
        """Have two be of one whole, which is kept apart from all that either was kept apart from."""
        one, other = self._whole(one), self._whole(other)
        if one == other:
            return
        self.whole[other] = one
        for third in self.parted.pop(other, set()):
            self.parted[third].discard(other)
            self.parted[third].add(one)
            self.parted[one].add(third)
