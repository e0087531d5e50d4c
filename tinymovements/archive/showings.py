"""Reads how posts show initiatives: each with what may tie one initiative to another."""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from tinymovements.archive.batches import parts
from tinymovements.archive.tables import initiative_posts, initiative_redirects, initiatives, posts, resolutions

_PART = 1000
"""Rows that are in memory at a time."""

_BEFORE = 100
"""Of so many dated posts of a source the oldest does not count for when it begins: what a calendar or a thread from years before
brings along says nothing of all that was posted then."""


class Showing(NamedTuple):
    """A post that shows an initiative."""

    initiative: str
    main: bool
    """Whether it is first of all about this one."""
    post: str
    source: str
    group: str | None
    author: str | None
    posted: datetime | None
    url: str | None
    title: str | None
    text: str


class Succession(NamedTuple):
    """An initiative that has become part of another one."""

    id: str
    target: str
    at: datetime


def showings(connection: Connection) -> Iterator[list[Showing]]:
    """Of each post that shows any, in order of arrival, all that it shows: first the one that it is first of all about."""
    shown, names = initiative_posts, ("source", "group", "author", "posted", "url", "title", "text")
    query = (
        select(shown.c.initiative, shown.c.position == 0, posts.c.id, *(posts.c[name] for name in names))
        .join(posts, posts.c.number == shown.c.post)
        .join(initiatives, initiatives.c.id == shown.c.initiative)  # a record that awaits being made anew is none
        .order_by(shown.c.post, shown.c.position)
    )
    rows = map(Showing._make, connection.execute(query.execution_options(yield_per=_PART)))
    return (list(of_one) for _, of_one in groupby(rows, attrgetter("post")))


def successions(connection: Connection) -> list[Succession]:
    """What has become part of what, in order of id."""
    table = initiative_redirects
    query = select(table.c.id, table.c.target, table.c.at).order_by(table.c.id)
    return [Succession(*row) for row in connection.execute(query)]


def resolvers(connection: Connection) -> tuple[str, ...]:
    """The versions of what made the initiatives."""
    used = select(initiatives.c.revision).distinct()
    query = select(resolutions.c.version).where(resolutions.c.number.in_(used)).distinct().order_by(resolutions.c.version)
    return tuple(connection.execute(query).scalars())


def observed(connection: Connection, sources: Collection[str]) -> dict[str, date]:
    """Since when each of these sources tells what happens: the day of its first post, but for the oldest in a hundred."""
    found: dict[str, date] = {}
    for source in sorted(sources):
        dated = (posts.c.source == source, posts.c.posted.is_not(None))
        count = connection.execute(select(func.count()).where(*dated)).scalar_one()
        query = select(posts.c.posted).where(*dated).order_by(posts.c.posted).offset(count // _BEFORE).limit(1)
        if first := connection.execute(query).scalar():
            found[source] = first.date()
    return found


def saying(connection: Connection, ids: Collection[str]) -> str:
    """All that posts say: titles, texts and addresses."""
    query = select(posts.c.title, posts.c.text, posts.c.url)
    asked = (query.where(posts.c.id.in_(part)).order_by(posts.c.id) for part in parts(sorted(ids)))
    rows = (row for one in asked for row in connection.execute(one))
    return "\n".join(said for row in rows for said in row if said)
