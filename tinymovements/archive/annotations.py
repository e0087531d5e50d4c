"""Keeps what the pipeline said of each post, and knows which posts it has not yet said it of."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, or_, select, update

from tinymovements.archive.batches import parts
from tinymovements.archive.posts import Archived, archived, selected
from tinymovements.archive.tables import annotations, posts
from tinymovements.model import Annotation


def _outdated(version: str) -> ColumnElement[bool]:
    return or_(annotations.c.post.is_(None), annotations.c.version != version, annotations.c.content_hash != posts.c.content_hash)


def count_outdated(connection: Connection, version: str) -> int:
    """How many posts have no annotation of this version and of their present content."""
    joined = posts.outerjoin(annotations, annotations.c.post == posts.c.number)
    return connection.execute(select(func.count()).select_from(joined).where(_outdated(version))).scalar_one()


def outdated(connection: Connection, version: str, after: int, size: int) -> list[Archived]:
    """The next posts to annotate, in order of arrival, beyond the number `after`."""
    query = selected().where(_outdated(version), posts.c.number > after).order_by(posts.c.number).limit(size)
    return [archived(row) for row in connection.execute(query).mappings()]


def put(connection: Connection, annotated: Sequence[tuple[Archived, Annotation]]) -> None:
    """Keep annotations in the place of older ones. A post's revision grows only where the annotation says something new."""
    rows: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for item, annotation in annotated:
        text = annotation.model_dump_json()
        row = {"version": annotation.version, "content_hash": item.post.content_hash, "annotation": text}
        rows.append({"post": item.number, **row})
        if item.annotation is None or item.annotation.model_dump(exclude={"version"}) != annotation.model_dump(exclude={"version"}):
            changed.append({"changed": item.number})
    for part in parts(rows):
        connection.execute(delete(annotations).where(annotations.c.post.in_([row["post"] for row in part])))
    if rows:
        connection.execute(insert(annotations), rows)
    if changed:
        grown = update(posts).where(posts.c.number == bindparam("changed")).values(revision=posts.c.revision + 1)
        connection.execute(grown, changed)


def count(connection: Connection) -> int:
    """How many posts are annotated, by whatever version."""
    return connection.execute(select(func.count()).select_from(annotations)).scalar_one()
