"""Keeps what people decide about initiatives, and works out what of it stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise, product
from typing import Literal

from sqlalchemy import Connection, func, insert, select, update

from tinymovements.archive.tables import initiative_decisions

Action = Literal["merge", "split", "rename"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided about initiatives, by the ids of their posts: those outlive whatever becomes of the initiatives."""

    number: int
    action: Action
    posts: tuple[str, ...]
    """merge: those that are of one initiative. split: those that are not of the one that `others` are of. rename: those of it."""
    others: tuple[str, ...]
    name: str | None
    by: str
    at: datetime
    taken_back: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rename:
    """The name that somebody gave to the initiative of these posts."""

    posts: tuple[int, ...]
    name: str


@dataclass(slots=True)
class Standing:
    """What all decisions come to, by the numbers of posts."""

    together: list[tuple[int, int]] = field(default_factory=list)
    apart: list[tuple[int, int]] = field(default_factory=list)
    renames: list[Rename] = field(default_factory=list)
    """Oldest first."""


def keep(
    connection: Connection, action: Action, posts: Sequence[str], others: Sequence[str], name: str | None, by: str, now: datetime
) -> int:
    """Keep a decision; its number."""
    values = {"action": action, "posts": list(posts), "others": list(others), "name": name, "by": by, "at": now}
    made = insert(initiative_decisions).values(values).returning(initiative_decisions.c.number)
    number: int = connection.execute(made).scalar_one()
    return number


def every(connection: Connection) -> list[Decision]:
    """All that was ever decided, oldest first."""
    columns = [initiative_decisions.c[name] for name in Decision.__slots__]
    rows = connection.execute(select(*columns).order_by(initiative_decisions.c.number))
    return [Decision(number, action, tuple(posts), tuple(others), *rest) for number, action, posts, others, *rest in rows]


def take_back(connection: Connection, number: int, now: datetime) -> None:
    """Let a decision count no more; it stays in the list."""
    connection.execute(update(initiative_decisions).where(initiative_decisions.c.number == number).values(taken_back=now))


def mark(connection: Connection) -> tuple[int, int]:
    """Another pair of numbers for each state of the decisions."""
    table = initiative_decisions.c
    made, back = connection.execute(select(func.count(), func.count(table.taken_back)).select_from(initiative_decisions)).one()
    return made, back


def standing(decisions: Iterable[Decision], numbers: Mapping[str, int]) -> Standing:
    """What decisions come to, where later ones win over earlier ones; `numbers` are those of the posts that are there."""
    groups: list[list[int]] = []
    apart: set[tuple[int, int]] = set()
    renames: list[Rename] = []
    for decision in decisions:
        if decision.taken_back:
            continue
        posts, others = ([numbers[id] for id in sorted(ids) if id in numbers] for ids in (decision.posts, decision.others))
        if decision.action == "merge":
            joined = set(posts)
            apart = {pair for pair in apart if not joined.issuperset(pair)}
            groups.append(posts)
        elif decision.action == "split":
            rest = set(others)
            groups = [[post for post in group if post not in posts] if rest.intersection(group) else group for group in groups]
            apart |= {(min(pair), max(pair)) for pair in product(posts, others)}
        else:
            renames.append(Rename(tuple(posts), decision.name or ""))
    together = {pair for group in groups for pair in pairwise(group)}
    return Standing(sorted(together), sorted(apart), renames)
