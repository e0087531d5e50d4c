"""Keeps what the pipeline said of each post, and hands out the posts of which it has not said it yet."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, delete, func, insert, or_, select, update

from tinymovements.archive.batches import parts
from tinymovements.archive.database import plain_errors, reading, writing
from tinymovements.archive.tables import annotations, meanings, posts
from tinymovements.model import Language


class Outdated(NamedTuple):
    """A post to annotate: what the pipeline reads of it, and the hash of the content that will then have been annotated.

    Not a `Post`: a tuple is read from the archive, and handed to another process, in a fifth of the time.
    """

    number: int
    content_hash: str
    title: str | None
    text: str
    language: Language | None
    place: str | None
    lat: float | None
    lon: float | None
    vector: bytes | None = None
    says: bytes | None = None
    """What the encoder made of the same content before, if it did."""


Read = Mapping[int, tuple[bytes, bytes]]
"""By the number of the post what the encoder made of it: its vector, and what that says of the sentences."""

_READ = [posts.c[name] for name in Outdated._fields if name in posts.c]


def _outdated(version: str) -> ColumnElement[bool]:
    return or_(annotations.c.post.is_(None), annotations.c.version != version, annotations.c.content_hash != posts.c.content_hash)


def _next(columns: Sequence[ColumnElement[Any]], version: str, after: int, size: int | None) -> Select[Any]:
    # The bound of the annotations excludes none; without it a merge join reads them from the first on, for every part again.
    joined = posts.outerjoin(annotations, and_(annotations.c.post == posts.c.number, annotations.c.post > after))
    query = select(*columns).select_from(joined).where(_outdated(version), posts.c.number > after)
    return query.order_by(posts.c.number).limit(size)


def count_outdated(connection: Connection, version: str, most: int | None = None) -> int:
    """How many posts have no annotation of this version and of their present content; it counts no further than `most`."""
    found = _next([posts.c.number], version, 0, most).subquery()
    return connection.execute(select(func.count()).select_from(found)).scalar_one()


class Claim:
    """Posts that this process annotates; what was said of them is kept in one transaction, or they are given back."""

    def __init__(
        self, archive: Engine, version: str, encoder: str, posts: Sequence[Outdated], holding: Connection | None = None
    ) -> None:
        self.posts = posts
        self._archive, self._version, self._encoder, self._holding = archive, version, encoder, holding

    def keep(self, said: Sequence[str], read: Read = MappingProxyType({})) -> int:
        """Keep the annotations (as JSON) of all these posts, and what was read anew; of how many that could be.

        What has changed meanwhile is left out.
        """
        if self._holding is None:
            with writing(self._archive) as connection:
                return put(connection, self._version, self.posts, said, self._encoder, read)
        with plain_errors(), self._holding as connection:
            kept = put(connection, self._version, self.posts, said, self._encoder, read)
            connection.commit()
            return kept

    def give_back(self) -> None:
        """Let others have them."""
        if self._holding is not None:
            self._holding.close()


def claim(archive: Engine, version: str, after: int, size: int, encoder: str = "") -> Claim | None:
    """The next posts that are to be annotated and that nobody else has claimed, in order of arrival, beyond the number `after`.

    `encoder` names the one in use, if any: what it made of a post before comes with the post.

    On PostgreSQL a claim is a transaction that locks its posts: it ends with its holder, on whatever machine that is, and others
    pass over what is locked. On SQLite nothing is locked, for there one process annotates (the lock `annotate`).
    """
    if archive.dialect.name == "sqlite":
        with reading(archive) as connection:
            found = _read(connection, _next(_READ, version, after, size), encoder)
        return Claim(archive, version, encoder, found) if found else None
    with plain_errors(), ExitStack() as stack:
        connection = stack.enter_context(archive.connect())
        if found := _locked(connection, version, encoder, after, size):
            stack.pop_all()  # the claim closes it
            return Claim(archive, version, encoder, found, connection)
    return None


def _locked(connection: Connection, version: str, encoder: str, after: int, size: int) -> list[Outdated]:
    """The posts of a claim, locked until the transaction ends."""
    while True:
        # NO KEY: what is only linked to these posts (a new post that repeats one) need not wait for them.
        first = _next([posts.c.number], version, after, size).with_for_update(of=posts, skip_locked=True, key_share=True)
        numbers = connection.execute(first).scalars().all()
        if not numbers:
            return []
        # Looked at again under the lock: the first look may have seen them as they were before another process was done with them.
        second = _next(_READ, version, after, size).where(posts.c.number.in_(numbers))
        if found := _read(connection, second, encoder):
            return found
        connection.rollback()
        after = numbers[-1]


def _read(connection: Connection, query: Select[Any], encoder: str) -> list[Outdated]:
    found = [Outdated._make((*row, None, None)) for row in connection.execute(query)]
    if not encoder:
        return found
    columns = (meanings.c.post, meanings.c.content_hash, meanings.c.vector, meanings.c.says)
    wanted = select(*columns).where(meanings.c.encoder == encoder)
    known: dict[tuple[int, str], tuple[bytes, bytes]] = {}
    for part in parts([post.number for post in found]):
        rows = connection.execute(wanted.where(meanings.c.post.in_(part)))
        known |= {(number, content_hash): (vector, says) for number, content_hash, vector, says in rows}
    for at, post in enumerate(found):
        if kept := known.get((post.number, post.content_hash)):
            found[at] = post._replace(vector=kept[0], says=kept[1])
    return found


def put(
    connection: Connection,
    version: str,
    annotated: Sequence[Outdated],
    said: Sequence[str],
    encoder: str = "",
    read: Read = MappingProxyType({}),
) -> int:
    """Keep annotations (as JSON), and what the encoder of that name read anew, in the place of older ones; how many.

    What has changed or gone since it was read is left out.

    A post's revision grows only where its annotation says something new.
    """
    columns = (posts.c.number, posts.c.content_hash, annotations.c.annotation)
    query = select(*columns).outerjoin(annotations, annotations.c.post == posts.c.number)
    known: dict[int, tuple[str, str | None]] = {}
    for part in parts([post.number for post in annotated]):
        known |= {number: (now, older) for number, now, older in connection.execute(query.where(posts.c.number.in_(part)))}
    rows: list[dict[str, Any]] = []
    again: list[int] = []
    changed: list[int] = []
    for post, text in zip(annotated, said, strict=True):
        now, older = known.get(post.number, (None, None))
        if now != post.content_hash:
            continue
        rows.append({"post": post.number, "version": version, "content_hash": now, "annotation": text})
        if older is not None:
            again.append(post.number)
        if older is None or _but_version(older) != _but_version(text):
            changed.append(post.number)
    for part in parts(again):
        connection.execute(delete(annotations).where(annotations.c.post.in_(part)))
    if rows:
        connection.execute(insert(annotations), rows)
    _put_read(connection, encoder, {row["post"]: row["content_hash"] for row in rows}, read)
    for part in parts(changed):
        connection.execute(update(posts).where(posts.c.number.in_(part)).values(revision=posts.c.revision + 1))
    return len(rows)


def _put_read(connection: Connection, encoder: str, contents: Mapping[int, str], read: Read) -> None:
    """Keep what was read of these posts, of which the content was the one of this hash."""
    rows = [
        {"post": number, "encoder": encoder, "content_hash": contents[number], "vector": vector, "says": says}
        for number, (vector, says) in read.items()
        if number in contents
    ]
    for part in parts([row["post"] for row in rows]):
        connection.execute(delete(meanings).where(meanings.c.post.in_(part)))
    if rows:
        connection.execute(insert(meanings), rows)


def _but_version(annotation: str) -> str:
    # It is the first field. Compared as text, for reading two annotations takes longer than all the rest of keeping one.
    return annotation.partition(",")[2]


def count(connection: Connection) -> int:
    """How many posts are annotated, by whatever version."""
    return connection.execute(select(func.count()).select_from(annotations)).scalar_one()
