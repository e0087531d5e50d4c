"""Reads the posts that ask something of a city."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, or_, select

from tinymovements.archive.tables import OF_NOW, annotations, initiative_posts, near_duplicates, posts

PROPOSAL = "proposal"
_PART = 2000
"""Posts read at a time."""

_NOTHING = '%"asks":[]%'


class Asking(NamedTuple):
    """An annotated post that asks something, or proposes it."""

    number: int
    id: str
    original: int
    """The number of the post that this one repeats; its own where it repeats none."""
    initiative: str | None
    """What it is first of all about."""
    kind: str
    title: str | None
    posted: datetime | None
    annotation: str
    """As JSON."""


def asking(connection: Connection) -> Iterator[Sequence[Asking]]:
    """In order of arrival, in pieces: proposals, and what else asks something and is of no initiative, whose wants say so."""
    main = and_(initiative_posts.c.post == posts.c.number, initiative_posts.c.position == 0)
    joined = (
        posts.join(annotations, OF_NOW)
        .outerjoin(near_duplicates, near_duplicates.c.post == posts.c.number)
        .outerjoin(initiative_posts, main)
    )
    original = func.coalesce(near_duplicates.c.original, posts.c.number)
    columns = (posts.c.number, posts.c.id, original, initiative_posts.c.initiative)
    query = select(*columns, posts.c.kind, posts.c.title, posts.c.posted, annotations.c.annotation).select_from(joined)
    asks = and_(initiative_posts.c.initiative.is_(None), annotations.c.annotation.not_like(_NOTHING))
    rows = connection.execute(query.where(or_(posts.c.kind == PROPOSAL, asks)).order_by(posts.c.number))
    return ([Asking._make(row) for row in part] for part in rows.partitions(_PART))
