"""Keeps what people say of posts, all of it, and hands it out again in the order in which it was said."""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, insert, select, update

from tinymovements.archive.batches import among
from tinymovements.archive.database import one_writer
from tinymovements.archive.ids import begins
from tinymovements.archive.tables import annotations, corrections, posts
from tinymovements.corrections import Correction, verdicts

_PART = 10_000
"""Corrections read at a time."""

_COLUMNS = [corrections.c[name] for name in Correction.__slots__]


@dataclass(frozen=True, slots=True)
class Said:
    """Something that is said of the post with this id. Without a moment it is said now, without a hash of the present text."""

    post: str
    label: str
    says: bool | None
    by: str
    at: datetime | None = None
    content_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of corrections that were handed in."""

    new: int
    known: int
    """How many said nothing new, and were not kept."""
    posts: int
    """Of how many posts the new ones are."""
    not_annotated: int
    """Of these posts."""
    disputed: int
    """On how many labels of these posts people disagree."""


def of(connection: Connection, numbers: Sequence[int]) -> dict[int, tuple[Correction, ...]]:
    """What people said of those of these posts that they said something of, oldest first."""
    # Most archives have none, and then this is all that the reading of posts costs.
    if connection.execute(select(corrections.c.number).limit(1)).first() is None:
        return {}
    query = select(corrections.c.post, *_COLUMNS).where(among(connection, corrections.c.post, numbers))
    found: dict[int, list[Correction]] = defaultdict(list)
    for post, *said in connection.execute(query.order_by(corrections.c.post, corrections.c.at, corrections.c.number)):
        found[post].append(Correction(*said))
    return {post: tuple(said) for post, said in found.items()}


def every(connection: Connection) -> Iterator[tuple[str, str, Correction]]:
    """All that people ever said, in the order in which it was kept, with the id of the post and the hash of its present content."""
    joined = corrections.join(posts, posts.c.number == corrections.c.post)
    columns = (corrections.c.number, posts.c.id, posts.c.content_hash.label("now"), *_COLUMNS)
    query, after = select(*columns).select_from(joined).order_by(corrections.c.number).limit(_PART), 0
    while rows := connection.execute(query.where(corrections.c.number > after)).all():
        for _, id, now, *said in rows:
            yield id, now, Correction(*said)
        after = rows[-1].number


def spoken_of(connection: Connection) -> list[str]:
    """The ids of the posts that people said something of, in order."""
    query = select(posts.c.id).where(posts.c.number.in_(select(corrections.c.post))).order_by(posts.c.id)
    return list(connection.execute(query).scalars())


def ids_of(connection: Connection, given: Sequence[str]) -> dict[str, list[str]]:
    """Of each given id, or beginning of one, the ids that are meant: none, one, or the first two of several."""
    found = {id: [id] for id in connection.execute(select(posts.c.id).where(among(connection, posts.c.id, given))).scalars()}
    for prefix in given:
        if prefix not in found:
            query = select(posts.c.id).where(begins(posts.c.id, prefix)).order_by(posts.c.id).limit(2)
            found[prefix] = list(connection.execute(query).scalars())
    return found


def keep(connection: Connection, said: Sequence[Said], now: datetime) -> Kept:
    """Keep what says something new, in this order, of posts that are there. Their revisions grow, so that indexes learn of it."""
    one_writer(connection)  # who stores posts changes them in another order, and each might wait for the other
    there = _locked(connection, sorted({one.post for one in said}))
    known = {number: list(older) for number, older in of(connection, [number for number, _ in there.values()]).items()}
    rows: list[dict[str, Any]] = []
    for one in said:
        number, present = there[one.post]
        older = known.setdefault(number, [])
        new = Correction(one.label, one.says, one.by, one.at or now, one.content_hash or present)
        if _is_known(new, older) if one.at else _says_the_same(new, older, present):
            continue
        insort(older, new, key=attrgetter("at"))
        rows.append({"post": number} | {name: getattr(new, name) for name in Correction.__slots__})
    touched = sorted({row["post"] for row in rows})
    if rows:
        connection.execute(insert(corrections), rows)
        changed = among(connection, posts.c.number, touched)
        connection.execute(update(posts).where(changed).values(revision=posts.c.revision + 1))
    annotated = select(annotations.c.post).where(among(connection, annotations.c.post, touched))
    lacking = len(touched) - len(connection.execute(annotated).all())
    disputed = sum(verdict.disputed for number in touched for verdict in verdicts(known[number]))
    return Kept(len(rows), len(said) - len(rows), len(touched), lacking, disputed)


def _locked(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Number and content hash of each post, which nobody changes or says anything of until the transaction ends."""
    query = select(posts.c.id, posts.c.number, posts.c.content_hash).where(among(connection, posts.c.id, ids))
    rows = connection.execute(query.order_by(posts.c.number).with_for_update(key_share=True))
    return {id: (number, content_hash) for id, number, content_hash in rows}


def _is_known(new: Correction, older: Sequence[Correction]) -> bool:
    """Whether exactly this was kept already: a file that states moments may be given again."""
    return any((new.label, new.says, new.by, new.at) == (one.label, one.says, one.by, one.at) for one in older)


def _says_the_same(new: Correction, older: Sequence[Correction], present: str) -> bool:
    """Whether this is what the same person said last, and confirms nothing: of the same text, or not of the present one."""
    last = next((one for one in reversed(older) if (one.label, one.by) == (new.label, new.by)), None)
    if last is None or last.says is None:
        return new.says is None
    return new.says == last.says and (new.content_hash == last.content_hash or new.content_hash != present)
