"""Keeps what resolution read of posts, and hands out the posts of which it has not read what they say now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from tinymovements.archive import posts as archived_posts
from tinymovements.archive.batches import among, parts
from tinymovements.archive.database import one_writer, read_once
from tinymovements.archive.posts import Values
from tinymovements.archive.tables import (
    OF_NOW,
    annotations,
    corrections,
    initiative_posts,
    initiatives,
    marks,
    meanings,
    near_duplicates,
    posts,
    signals,
)

_PART = 10_000
"""Rows read at a time."""


class Unread(NamedTuple):
    """A post whose words are to be read: its state, what `archive.posts.archived` takes, and its vector, if it has one."""

    number: int
    state: str
    row: Values
    vector: bytes | None


class Read(NamedTuple):
    """What was read of a post in this state."""

    number: int
    state: str
    place: int
    keys: bytes
    told: bytes
    signal: bytes


class Known(NamedTuple):
    """What is kept of a post and lies beside that of all others: without what is compared, which `signals_of` hands out."""

    number: int
    state: str
    settled: bool
    keys: bytes
    told: bytes
    nearest: bytes | None
    beyond: bytes | None


@dataclass(frozen=True, slots=True)
class Former:
    """What an initiative was made of, as far as its posts are still there."""

    main: frozenset[int]
    beside: frozenset[int]


def _state(version: str) -> ColumnElement[str]:
    """What decides what is read of a post: the resolver, the annotation, the content, and what people said last."""
    said = select(func.coalesce(func.max(corrections.c.number), 0)).where(corrections.c.post == posts.c.number).scalar_subquery()
    parts = (annotations.c.version, literal(" "), posts.c.content_hash, literal(" "), cast(said, String))
    return reduce(lambda state, part: state.concat(part), parts, literal(f"{version} "))


def _annotated() -> Any:
    """Posts with the annotation of what they say now."""
    return posts.join(annotations, OF_NOW)


def _unread(version: str, *columns: ColumnElement[Any]) -> Select[Any]:
    joined = _annotated().outerjoin(signals, signals.c.post == posts.c.number)
    return select(*columns).select_from(joined).where(or_(signals.c.post.is_(None), signals.c.state != _state(version)))


def count_unresolved(connection: Connection, version: str) -> int:
    """How many annotated posts are in another state than resolution has read, or belong to what is to be made anew."""
    unread = connection.execute(_unread(version, func.count())).scalar_one()
    gone = initiative_posts.outerjoin(initiatives, initiatives.c.id == initiative_posts.c.initiative)
    bereft = select(initiative_posts.c.post).select_from(gone).where(initiatives.c.id.is_(None))
    joined = signals.join(_annotated(), posts.c.number == signals.c.post)
    waiting = select(func.count()).select_from(joined).where(signals.c.state == _state(version))
    return int(unread + connection.execute(waiting.where(or_(~signals.c.settled, signals.c.post.in_(bereft)))).scalar_one())


def next_unread(connection: Connection, version: str, after: int, size: int) -> list[Unread]:
    """The next posts to be read, in order of arrival, beyond the number `after`."""
    query = _unread(version, posts.c.number, _state(version)).where(posts.c.number > after).order_by(posts.c.number).limit(size)
    unread: dict[int, str] = dict(connection.execute(query).all())
    found = read_posts(connection, list(unread))
    return [Unread(number, state, *found[number]) for number, state in unread.items()]


def read_posts(connection: Connection, numbers: Sequence[int]) -> dict[int, tuple[Values, bytes | None]]:
    """What is to be known of these posts, as `archive.posts.archived` takes it, with their vectors."""
    found: dict[int, tuple[Values, bytes | None]] = {}
    of_now = (meanings.c.post == posts.c.number) & (meanings.c.content_hash == posts.c.content_hash)
    for part in parts(numbers):
        rows = archived_posts.read(connection, archived_posts.selected().where(posts.c.number.in_(part)))
        query = select(posts.c.number, meanings.c.vector).join(meanings, of_now).where(posts.c.number.in_(part))
        vectors: dict[int, bytes] = dict(connection.execute(query).all())
        found |= {number: (row, vectors.get(number)) for row in rows for number in [archived_posts.number(row)]}
    return found


def states(connection: Connection, version: str, numbers: Sequence[int]) -> dict[int, str]:
    """The states of those of these posts that are there and annotated."""
    return _states(connection, select(posts.c.number, _state(version)).select_from(_annotated()), numbers)


def held_states(connection: Connection, version: str, numbers: Sequence[int]) -> dict[int, str]:
    """The same; nobody changes these posts until the transaction ends."""
    one_writer(connection)  # who stores posts changes them in another order, and each might wait for the other
    query = select(posts.c.number, _state(version)).select_from(_annotated()).order_by(posts.c.number)
    return _states(connection, query.with_for_update(read=True, of=posts), sorted(numbers))


def _states(connection: Connection, query: Select[Any], numbers: Sequence[int]) -> dict[int, str]:
    found = (connection.execute(query.where(posts.c.number.in_(part))).all() for part in parts(numbers))
    return {number: state for rows in found for number, state in rows}


def keep(connection: Connection, version: str, read: Sequence[Read]) -> None:
    """Keep what was read of posts in the place of what was; what has changed or gone meanwhile is left out."""
    now = held_states(connection, version, [post.number for post in read])
    kept = [post for post in read if now.get(post.number) == post.state]
    for part in parts([post.number for post in kept]):
        connection.execute(delete(signals).where(signals.c.post.in_(part)))
        connection.execute(delete(marks).where(marks.c.post.in_(part)))
    if kept:
        own = ("state", "place", "keys", "told")
        rows = [{"post": post.number, "settled": False} | {name: getattr(post, name) for name in own} for post in kept]
        connection.execute(insert(signals), rows)
        connection.execute(insert(marks), [{"post": post.number, "signal": post.signal} for post in kept])


def unsettle(connection: Connection, ids: Sequence[str]) -> None:
    """Have what the posts of these ids belong to made anew."""
    numbers = select(posts.c.number).where(among(connection, posts.c.id, ids))
    connection.execute(update(signals).where(signals.c.post.in_(numbers)).values(settled=False))


def are_settled(connection: Connection, numbers: Sequence[int]) -> bool:
    """Whether what all these posts belong to is made, as far as they were read."""
    left = select(func.count()).select_from(signals).where(~signals.c.settled)
    return not any(connection.execute(left.where(signals.c.post.in_(part))).scalar_one() for part in parts(numbers))


def are_of_another(connection: Connection, version: str) -> bool:
    """Whether another version of the resolver has read some of what is kept."""
    query = select(signals.c.post).where(~signals.c.state.startswith(f"{version} ", autoescape=True))
    return connection.execute(query.limit(1)).first() is not None


def settle(connection: Connection, numbers: Sequence[int]) -> None:
    """Note that what these posts belong to is made."""
    for part in parts(numbers):
        connection.execute(update(signals).where(signals.c.post.in_(part)).values(settled=True))


def forget_lapsed(connection: Connection) -> None:
    """Take out what was read of posts that have changed and are not annotated since, and the initiatives that quote them."""
    read_once(connection)
    joined = signals.outerjoin(_annotated(), posts.c.number == signals.c.post)
    lapsed = list(connection.execute(select(signals.c.post).select_from(joined).where(posts.c.number.is_(None))).scalars())
    for part in parts(lapsed):
        quoting = select(initiative_posts.c.initiative).where(initiative_posts.c.post.in_(part))
        connection.execute(delete(initiatives).where(initiatives.c.id.in_(quoting)))
        for column in (initiative_posts.c.post, signals.c.post, marks.c.post):
            connection.execute(delete(column.table).where(column.in_(part)))


def forget_all(connection: Connection) -> None:
    """Have every post read anew."""
    read_once(connection)
    for table in (signals, marks):
        connection.execute(delete(table))


def everything(connection: Connection) -> Iterator[Known]:
    """What is kept of every post, in order of place."""
    read_once(connection)
    columns = [signals.c[name] for name in Known._fields if name != "number"]
    query = select(signals.c.post, *columns).order_by(signals.c.place, signals.c.post)
    for part in connection.execute(query).partitions(_PART):
        yield from (Known._make(row) for row in part)


def signals_of(connection: Connection, numbers: Sequence[int]) -> dict[int, bytes]:
    """What of these posts is compared."""
    query = select(marks.c.post, marks.c.signal)
    return {post: signal for part in parts(numbers) for post, signal in connection.execute(query.where(marks.c.post.in_(part)))}


def repeated_proposals(connection: Connection) -> list[tuple[int, int]]:
    """Proposals that say the same as an earlier one: a wish that is filed again, in another round or for another district."""
    earlier = posts.alias()
    query = (
        select(near_duplicates.c.post, near_duplicates.c.original)
        .join(posts, posts.c.number == near_duplicates.c.post)
        .join(earlier, earlier.c.number == near_duplicates.c.original)
        .where(posts.c.kind == "proposal", earlier.c.kind == "proposal")
        .order_by(near_duplicates.c.post)
    )
    return [(post, original) for post, original in connection.execute(query)]


def keep_alike(connection: Connection, how: Literal["nearest", "beyond"], alike: Mapping[int, bytes]) -> None:
    """Keep to which posts each of these is likest, or how like it is to those that a third one led it to."""
    changed = update(signals).where(signals.c.post == bindparam("of")).values({how: bindparam("to")})
    connection.execute(changed, [{"of": post, "to": kept} for post, kept in alike.items()])


def former(connection: Connection) -> dict[str, Former]:
    """What each initiative was made of, by its id, whether or not there is a record of it still."""
    main: dict[str, list[int]] = {}
    beside: dict[str, list[int]] = {}
    columns = initiative_posts.c
    query = select(columns.post, columns.position, columns.initiative).order_by(columns.post)
    for part in connection.execute(query).partitions(_PART):
        for post, position, id in part:
            (beside if position else main).setdefault(id, []).append(post)
    return {id: Former(frozenset(main.get(id, ())), frozenset(beside.get(id, ()))) for id in {*main, *beside}}


def numbers_of(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    """The numbers of those of these posts that are there."""
    return dict(connection.execute(select(posts.c.id, posts.c.number).where(among(connection, posts.c.id, ids))).all())


def ids_of(connection: Connection, numbers: Sequence[int]) -> dict[int, str]:
    """The ids of those of these posts that are there."""
    query = select(posts.c.number, posts.c.id)
    return {number: id for part in parts(numbers) for number, id in connection.execute(query.where(posts.c.number.in_(part)))}


def kept_ids(connection: Connection) -> set[str]:
    """The initiatives that there is a record of."""
    return set(connection.execute(select(initiatives.c.id)).scalars())
