"""Reads what was posted when, of whom and in which source, with what is said of it: all that counting over time asks for."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, select

from tinymovements.archive.batches import parts
from tinymovements.archive.database import read_once
from tinymovements.archive.posts import Archived, archived, read, selected
from tinymovements.archive.tables import OF_NOW, annotations, initiative_posts, initiatives, near_duplicates, posts

_PART = 2000
"""Posts read at a time."""


class Dated(NamedTuple):
    """A dated and annotated post."""

    number: int
    source: str
    author: str | None
    group: str | None
    title: str | None
    text: str
    annotation: str
    """As JSON."""
    original: int
    """The number of the post that this one repeats; its own where it repeats none."""
    initiative: str | None
    """What the post is first of all about."""
    day: date


def span(connection: Connection, until: date) -> tuple[date, date] | None:
    """The days of the first and the last post until a day, that day included; None where there is none."""
    query = select(func.min(_DAY), func.max(_DAY)).where(_DAY.between(_said(connection, date.min), _said(connection, until)))
    first, last = connection.execute(query).one()
    return None if first is None else (_day(first), _day(last))


def stream(connection: Connection, since: date, until: date) -> Iterator[list[Dated]]:
    """Every annotated post of these days, both included, in order of arrival and in pieces."""
    read_once(connection)
    main = and_(initiative_posts.c.post == posts.c.number, initiative_posts.c.position == 0)
    joined = (
        posts.join(annotations, OF_NOW)
        .outerjoin(near_duplicates, near_duplicates.c.post == posts.c.number)
        .outerjoin(initiative_posts, main)
    )
    own = [posts.c[name] for name in ("number", "source", "author", "group", "title", "text")]
    original = func.coalesce(near_duplicates.c.original, posts.c.number)
    query = select(*own, annotations.c.annotation, original, initiative_posts.c.initiative, _DAY).select_from(joined)
    query = query.where(_within(connection, since, until)).order_by(posts.c.number).limit(_PART)
    after = 0
    while rows := connection.execute(query.where(posts.c.number > after)).all():
        yield [Dated._make((*values, _day(day))) for *values, day in rows]
        after = rows[-1][0]


def efforts(connection: Connection, since: date, until: date) -> Iterator[tuple[str, date, int]]:
    """How many posts there are of each source and day, annotated or not."""
    query = select(posts.c.source, _DAY, func.count()).where(_within(connection, since, until)).group_by(posts.c.source, _DAY)
    return ((source, _day(day), count) for source, day, count in connection.execute(query))


def undated(connection: Connection) -> int:
    """How many posts nobody dated."""
    return connection.execute(select(func.count()).select_from(posts).where(posts.c.posted.is_(None))).scalar_one()


def channels(connection: Connection, share: float, least: int) -> set[tuple[str, str]]:
    """Source and author of whoever wrote so large a share of a source, of so many posts: a feed's own name, and no person."""
    counts = select(posts.c.source, posts.c.author, func.count()).group_by(posts.c.source, posts.c.author)
    found: dict[str, dict[str | None, int]] = {}
    for source, author, count in connection.execute(counts):
        found.setdefault(source, {})[author] = count
    return {
        (source, author)
        for source, authors in found.items()
        for author, count in authors.items()
        if author is not None and count >= max(least, share * sum(authors.values()))
    }


def records(connection: Connection) -> Iterator[tuple[str, str]]:
    """Id and record, as JSON, of every initiative."""
    return ((id, record) for id, record in connection.execute(select(initiatives.c.id, initiatives.c.record)))


def archived_of(connection: Connection, numbers: Sequence[int]) -> list[Archived]:
    """The posts of these numbers that are there, in their order."""
    rows = [row for part in parts(numbers) for row in read(connection, selected().where(posts.c.number.in_(part)))]
    found = {post.number: post for post in map(archived, rows)}
    return [found[number] for number in numbers if number in found]


# SQLite keeps a moment as a text that begins with its day, and PostgreSQL tells days in UTC (tinymovements.archive.database).
_DAY: Any = func.date(posts.c.posted)


def _within(connection: Connection, since: date, until: date) -> ColumnElement[bool]:
    within: ColumnElement[bool] = _DAY.between(_said(connection, since), _said(connection, until))
    return within


def _said(connection: Connection, day: date) -> str | date:
    """A day as the database compares days."""
    return day.isoformat() if connection.dialect.name == "sqlite" else day


@lru_cache(maxsize=10_000)
def _day(value: str | date) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
