"""Keeps scrubbed posts once each, with the history of what they said, and hands them out again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    Update,
    delete,
    func,
    insert,
    literal,
    select,
    type_coerce,
    update,
)

from tinymovements.archive import corrections, crawl, duplicates
from tinymovements.archive.batches import among, parts
from tinymovements.archive.database import one_writer
from tinymovements.archive.ids import begins
from tinymovements.archive.tables import OF_NOW, UtcDateTime, annotations, initiatives, near_duplicates, posts, versions
from tinymovements.corrections import Correction, corrected
from tinymovements.errors import UnknownPost
from tinymovements.model import Annotation, Counts, Post

_COUNTS = tuple(Counts.model_fields)


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of the posts of a batch; `unchanged` counts those that were here already, word for word."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0

    def __add__(self, other: "Stored") -> "Stored":
        return Stored(
            self.new + other.new, self.updated + other.updated, self.unchanged + other.unchanged, self.removed + other.removed
        )


@dataclass(frozen=True, slots=True)
class Archived:
    """A post as it lies in the archive, with what the pipeline last said of it, corrected by what people said of it."""

    number: int
    revision: int
    first_seen: datetime
    post: Post
    annotation: Annotation | None
    corrections: tuple[Correction, ...] = ()


def store(
    connection: Connection, source: str, batch: Sequence[Post], gone: Sequence[str] = (), state: Mapping[str, str] | None = None
) -> Stored:
    """Keep a batch of one source, take out what is gone there, and move its crawl state on: one transaction of the caller's."""
    one_writer(connection)  # two that do not see each other's posts would miss that one repeats the other
    latest = {post.id: post for post in batch}  # a post that comes twice in one batch counts as it came last
    known = _known(connection, list(latest))
    fresh = [post for post in latest.values() if post.id not in known]
    changed = [post for post in latest.values() if post.id in known and known[post.id].content_hash != post.content_hash]
    recounted = [
        post
        for post in latest.values()
        if post.id in known and known[post.id].content_hash == post.content_hash and _new_counts(known[post.id], post)
    ]
    now = datetime.now(UTC)
    _insert(connection, fresh, now)
    _change(connection, changed, known, now)
    for post in recounted:
        connection.execute(_revise(known[post.id].number).values(**_new_counts(known[post.id], post)))
    removed = _remove(connection, select(posts.c.number, posts.c.text).where(posts.c.source == source), posts.c.native_id, gone)
    if state:
        crawl.set_state(connection, source, state)
    touched = len(fresh) + len(changed) + len(recounted)
    return Stored(len(fresh), len(changed) + len(recounted), len(batch) - touched, removed)


def _known(connection: Connection, ids: Sequence[str]) -> dict[str, Row[Any]]:
    columns = [posts.c[name] for name in ("id", "number", "content_hash", *_COUNTS)]
    query: Select[Any] = select(*columns, posts.c.text).where(among(connection, posts.c.id, ids))
    return {row.id: row for row in connection.execute(query)}


def _new_counts(row: Row[Any], post: Post) -> dict[str, int]:
    """The counts that the source now gives differently; one it no longer gives stays as it was."""
    given = post.counts.model_dump(exclude_none=True)
    return {name: value for name, value in given.items() if getattr(row, name) != value}


def _revise(number: int) -> Update:
    return update(posts).where(posts.c.number == number).values(revision=posts.c.revision + 1)


def _insert(connection: Connection, fresh: Sequence[Post], now: datetime) -> None:
    if not fresh:
        return
    connection.execute(insert(posts), [_row(post) | {"revision": 1, "first_seen": now} for post in fresh])
    texts = {post.id: post.text for post in fresh}
    new = among(connection, posts.c.id, list(texts))
    first = select(posts.c.number, literal(1), posts.c.content_hash, posts.c.first_seen).where(new)
    connection.execute(insert(versions).from_select(["post", "sequence", "content_hash", "seen"], first))
    numbers = connection.execute(select(posts.c.number, posts.c.id).where(new).order_by(posts.c.number))
    duplicates.sign(connection, {number: texts[id] for number, id in numbers})


def _change(connection: Connection, changed: Sequence[Post], known: Mapping[str, Row[Any]], now: datetime) -> None:
    if not changed:
        return
    duplicates.unsign(connection, {known[post.id].number: known[post.id].text for post in changed})
    for post in changed:
        number = known[post.id].number
        row = _row(post)
        row |= {name: getattr(known[post.id], name) for name in _COUNTS if row[name] is None}
        connection.execute(_revise(number).values(**row))
        last = select(func.coalesce(func.max(versions.c.sequence), 0) + 1).where(versions.c.post == number)
        sequence = connection.execute(last).scalar_one()
        version = {"post": number, "sequence": sequence, "content_hash": post.content_hash, "seen": now}
        connection.execute(insert(versions), version)
    duplicates.sign(connection, {known[post.id].number: post.text for post in changed})


def _row(post: Post) -> dict[str, Any]:
    return post.model_dump(exclude={"counts"}) | post.counts.model_dump()


def _remove(connection: Connection, query: Select[Any], column: Any, values: Sequence[str]) -> int:
    removed = 0
    for part in parts(values):
        texts: dict[int, str] = dict(connection.execute(query.where(column.in_(part))).all())
        duplicates.unsign(connection, texts)
        connection.execute(delete(posts).where(posts.c.number.in_(list(texts))))
        removed += len(texts)
    return removed


def remove(connection: Connection, ids: Sequence[str]) -> int:
    """Take posts out with all that hangs on them; how many there were."""
    return _remove(connection, select(posts.c.number, posts.c.text), posts.c.id, ids)


_OWN = tuple(name for name in Post.model_fields if name != "counts")
_MOMENTS = ("posted", "starts", "ends")


def _as_it_lies(name: str) -> ColumnElement[Any]:
    """A column as the driver gives it. SQLite's moments are texts, and who makes a model of a row reads them."""
    column = posts.c[name]
    return type_coerce(column, Text).label(name) if isinstance(column.type, UtcDateTime) else column


_COLUMNS = (
    *(posts.c.number, posts.c.revision, _as_it_lies("first_seen"), annotations.c.annotation),
    *(posts.c.reactions, posts.c.comments, posts.c.shares),
    *map(_as_it_lies, _OWN),
)
_ID = len(_COLUMNS) - len(_OWN) + _OWN.index("id")

Values = tuple[Any, ...]
"""What was read of a post, fit to be handed to another process."""


def selected() -> Select[Any]:
    """Posts joined with the annotations of what they say now, to be `read`."""
    return select(*_COLUMNS).outerjoin(annotations, OF_NOW)


def read(connection: Connection, query: Select[Any]) -> list[Values]:
    """The posts of a query made of `selected`, each with what people said of it."""
    rows = connection.execute(query).all()
    said = corrections.of(connection, list(map(number, rows)))
    return [(*row, said.get(number(row), ())) for row in rows]


def archived(row: Values) -> Archived:
    """What was read of a post as a model."""
    number, revision, first_seen, annotation, reactions, comments, shares, *own, said = row
    values = dict(zip(_OWN, own, strict=True))
    for name in _MOMENTS:
        if (value := values[name]) is not None:
            values[name] = _moment(value)
    values["counts"] = {"reactions": reactions, "comments": comments, "shares": shares}
    told = None if annotation is None else corrected(Annotation.model_validate_json(annotation), said)
    return Archived(number, revision, _moment(first_seen), Post.model_validate(values), told, said)


def _moment(value: str | datetime) -> datetime:
    """A moment in UTC, with the zone that SQLite's texts do not have."""
    return datetime.fromisoformat(f"{value}+00:00") if isinstance(value, str) else value.astimezone(UTC)


def number(row: Sequence[Any]) -> int:
    """The number of the post of which this was read."""
    return cast(int, row[0])


def _id(row: Values) -> str:
    return cast(str, row[_ID])


def get(connection: Connection, prefix: str) -> Archived:
    """The post with this id, or the only one whose id begins so. Raises `UnknownPost`."""
    query = selected().where(begins(posts.c.id, prefix)).order_by(posts.c.id).limit(2)
    rows = read(connection, query)
    if not rows:
        raise _unknown(connection, prefix)
    if len(rows) > 1 and _id(rows[0]) != prefix:
        raise UnknownPost(f"Several posts have an id that begins with {prefix}.", "Type more of it.")
    return archived(rows[0])


def _unknown(connection: Connection, prefix: str) -> UnknownPost:
    """The error of an id that no post has; whose it is, where that is clear."""
    query = select(initiatives.c.id).where(begins(initiatives.c.id, prefix)).limit(2)
    if len(connection.execute(query).all()) == 1:
        return UnknownPost(
            f"{prefix} is the id of an initiative, not of a post.", f"`tinymovements show {prefix}` prints those of its posts."
        )
    hint = "`tinymovements search --unit posts` or `tinymovements show INITIATIVE` prints the ids of posts."
    return UnknownPost(f"No post has the id {prefix}.", hint)


def rows_by_id(connection: Connection, ids: Sequence[str]) -> dict[str, Values]:
    """The posts of these ids that are there, as `archived` takes them."""
    found = (row for part in parts(ids) for row in read(connection, selected().where(posts.c.id.in_(part))))
    return {_id(row): row for row in found}


def by_id(connection: Connection, ids: Sequence[str]) -> dict[str, Archived]:
    """The posts of these ids that are there."""
    return {id: archived(row) for id, row in rows_by_id(connection, ids).items()}


def rows(connection: Connection, size: int = 1000) -> Iterator[list[Values]]:
    """Every post in order of id, as `archived` takes it, in pieces of `size` so that memory does not grow with the archive."""
    after = ""
    while found := read(connection, selected().where(posts.c.id > after).order_by(posts.c.id).limit(size)):
        yield found
        after = _id(found[-1])


def stream(connection: Connection, size: int = 1000) -> Iterator[Archived]:
    """Every post in order of id, read in pieces of `size`."""
    for part in rows(connection, size):
        yield from map(archived, part)


def originals(connection: Connection, numbers: Sequence[int]) -> dict[int, str]:
    """Of those of these posts that repeat an earlier one, the id of that."""
    query = select(near_duplicates.c.post, posts.c.id).join(posts, posts.c.number == near_duplicates.c.original)
    found: dict[int, str] = {}
    for part in parts(numbers):
        found |= dict(connection.execute(query.where(near_duplicates.c.post.in_(part))).all())
    return found


def count(connection: Connection) -> dict[str, int]:
    """How many posts there are of each source."""
    query = select(posts.c.source, func.count()).group_by(posts.c.source).order_by(posts.c.source)
    return dict(connection.execute(query).all())


def count_near_duplicates(connection: Connection) -> int:
    """How many posts say what an earlier one said."""
    return connection.execute(select(func.count()).select_from(near_duplicates)).scalar_one()


def history(connection: Connection, number: int) -> list[tuple[str, datetime]]:
    """The content hashes a post has had and when each was first seen, oldest first."""
    query = select(versions.c.content_hash, versions.c.seen).where(versions.c.post == number).order_by(versions.c.sequence)
    return list(connection.execute(query).all())


def same(connection: Connection, number: int) -> list[str]:
    """The ids of the posts that say the same as this one: the original it repeats, and what repeats it or that."""
    link = near_duplicates
    original = connection.execute(select(link.c.original).where(link.c.post == number)).scalar() or number
    kin = select(link.c.post).where(link.c.original == original)
    query = select(posts.c.id).where((posts.c.number == original) | posts.c.number.in_(kin), posts.c.number != number)
    return list(connection.execute(query.order_by(posts.c.number)).scalars())
