"""Finds what ties initiatives to each other: posts, mentions, addresses, groups, authors, and what became part of what."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import combinations

from sqlalchemy import Connection

from tinymovements.archive.showings import Showing, showings, successions
from tinymovements.exports.ties import MOST_POSTS, MOST_TOGETHER, Tie

_URL = re.compile(r"(?:https?://|www\.)[^\s<>()\[\]\"']+", re.IGNORECASE)
_BEFORE = re.compile(r"^(?:https?://)?(?:www\.|m\.)?", re.IGNORECASE)

_Ends = tuple[str, str]
_Seen = tuple[str, datetime | None]
"""A post and when it was posted."""

_Shared = dict[tuple[str, str], dict[str, list[_Seen]]]
"""By a group or an author (and its source) and by initiative: the posts, in order of arrival."""


@dataclass(frozen=True, slots=True)
class Found:
    """The ties, in order, and how many groups and authors tie nobody because too many initiatives share them."""

    ties: list[Tie]
    crowded: int


@dataclass(slots=True)
class _Pages:
    """Which addresses posts have and name, and whose these are."""

    own: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The initiatives whose posts stand at an address."""
    named: dict[str, dict[str, list[_Seen]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    """By address and initiative: the posts that link to it."""

    def note(self, main: Showing) -> None:
        """A post and the addresses in it."""
        if main.url:
            self.own[plain(main.url)].add(main.initiative)
        for link in sorted(set(map(plain, _URL.findall(f"{main.title or ''} {main.text}")))):
            self.named[link][main.initiative].append((main.post, main.posted))

    def links(self) -> Iterator[tuple[str, str, _Seen]]:
        """Who links to whom, and by which post."""
        for link, by in self.named.items():
            owner = self._owner(link)
            for initiative, seen in by.items():
                if owner not in (None, initiative):
                    yield from ((initiative, owner, one) for one in seen)

    def _owner(self, link: str) -> str | None:
        """Whose an address is: whose post stands there; else who names it more than once, and twice as often as any other."""
        if own := self.own.get(link):
            return next(iter(own)) if len(own) == 1 else None
        (first, most), *others = Counter({id: len(seen) for id, seen in self.named[link].items()}).most_common(2)
        return first if most > 1 and all(most >= 2 * count for _, count in others) else None


def plain(link: str) -> str:
    """An address without what says nothing of where it leads."""
    return _BEFORE.sub("", link.lower()).partition("#")[0].rstrip("/.,;:!?")


@dataclass(slots=True)
class _Gathered:
    """What was read of all posts: ties that a post shows by itself, and what several posts share."""

    ties: dict[tuple[str, _Ends], list[_Seen]] = field(default_factory=lambda: defaultdict(list))
    groups: _Shared = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    authors: _Shared = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))


def _gather(connection: Connection) -> _Gathered:
    found, pages = _Gathered(), _Pages()
    for shown in showings(connection):
        seen = (shown[0].post, shown[0].posted)
        for one, other in combinations(shown, 2):
            found.ties["shared_post", _ordered(one.initiative, other.initiative)].append(seen)
            if one.main:
                found.ties["mention", (one.initiative, other.initiative)].append(seen)
        if (main := shown[0]).main:
            pages.note(main)
            if main.group:
                found.groups[main.source, main.group][main.initiative].append(seen)
            if main.author:
                found.authors[main.source, main.author][main.initiative].append(seen)
    for source, target, seen in pages.links():
        found.ties["link", (source, target)].append(seen)
    return found


def find_ties(connection: Connection, discreet: AbstractSet[str] = frozenset()) -> Found:
    """All ties between initiatives; those of `discreet` are tied by no author, for that would tell of people."""
    found = _gather(connection)
    authors = {who: {id: seen for id, seen in by.items() if id not in discreet} for who, by in found.authors.items()}
    in_groups, crowds = _of_shared("same_group", found.groups)
    by_authors, busy = _of_shared("same_author", authors)
    became = [Tie(one.id, one.target, "successor", 1, one.at, one.at, ()) for one in successions(connection)]
    shown = [_tie(kind, ends, seen) for (kind, ends), seen in found.ties.items()]
    every = [*shown, *in_groups, *by_authors, *became]
    return Found(sorted(every, key=lambda tie: (tie.source, tie.target, tie.kind)), crowds + busy)


def find_speech(connection: Connection) -> list[Tie]:
    """The ties by which one initiative speaks of another, or links to it; the oldest first."""
    found = _gather(connection).ties.items()
    ties = [_tie(kind, ends, seen) for (kind, ends), seen in found if kind in ("mention", "link")]
    return sorted(ties, key=lambda tie: (tie.first is None, tie.first, tie.source, tie.target, tie.kind))


def _of_shared(kind: str, shared: _Shared) -> tuple[list[Tie], int]:
    """Ties of those that share something, each with how much of it, and how often too many share it for that to tie them."""
    found: dict[_Ends, list[tuple[list[_Seen], list[_Seen]]]] = defaultdict(list)
    crowded = 0
    for by in shared.values():
        if len(by) > MOST_TOGETHER:
            crowded += 1
            continue
        for one, other in combinations(sorted(by), 2):
            found[one, other].append((by[one], by[other]))
    return [_shared_tie(kind, ends, places) for ends, places in found.items()], crowded


def _shared_tie(kind: str, ends: _Ends, places: Sequence[tuple[list[_Seen], list[_Seen]]]) -> Tie:
    """As evidence the first post of either in each group; an author's posts would tell who it is."""
    whole = _tie(kind, ends, [seen for place in places for side in place for seen in side])
    firsts = _tie(kind, ends, [min(side, key=_by_day) for place in places for side in place])
    return replace(whole, weight=len(places), posts=firsts.posts if kind == "same_group" else ())


def _ordered(one: str, other: str) -> _Ends:
    return (one, other) if one < other else (other, one)


def _by_day(seen: _Seen) -> tuple[bool, datetime | None, str]:
    post, posted = seen
    return posted is None, posted, post


def _tie(kind: str, ends: _Ends, seen: Sequence[_Seen]) -> Tie:
    """A tie shown by posts, the oldest of them first, the undated ones last."""
    posts = sorted(set(seen), key=_by_day)
    days = [posted for _, posted in posts if posted]
    first, last = (days[0], days[-1]) if days else (None, None)
    return Tie(*ends, kind, len(posts), first, last, tuple(post for post, _ in posts[:MOST_POSTS]))
