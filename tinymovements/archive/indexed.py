"""Knows what each index holds of each post, so that only what has changed is indexed again."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select

from tinymovements.archive.batches import parts
from tinymovements.archive.posts import Archived, archived, selected
from tinymovements.archive.tables import indexed, posts


def _of(index: str) -> ColumnElement[bool]:
    return and_(indexed.c.post == posts.c.id, indexed.c.index == index)


def _behind() -> ColumnElement[bool]:
    return or_(indexed.c.post.is_(None), indexed.c.revision != posts.c.revision)


def count_behind(connection: Connection, index: str) -> int:
    """How many posts this index lacks, has in an older state, or has though they are gone."""
    lacking = select(func.count()).select_from(posts.outerjoin(indexed, _of(index))).where(_behind())
    surplus = select(func.count()).select_from(indexed.outerjoin(posts, posts.c.id == indexed.c.post))
    surplus = surplus.where(indexed.c.index == index, posts.c.id.is_(None))
    return connection.execute(lacking).scalar_one() + connection.execute(surplus).scalar_one()


def behind(connection: Connection, index: str, after: str, size: int) -> list[Archived]:
    """The next posts this index lacks or has in an older state, in order of id, beyond the id `after`."""
    query = selected().outerjoin(indexed, _of(index)).where(_behind(), posts.c.id > after).order_by(posts.c.id).limit(size)
    return [archived(row) for row in connection.execute(query).mappings()]


def gone(connection: Connection, index: str) -> list[str]:
    """The ids of posts this index has though the archive has them no longer."""
    query = select(indexed.c.post).outerjoin(posts, posts.c.id == indexed.c.post)
    return list(connection.execute(query.where(indexed.c.index == index, posts.c.id.is_(None)).order_by(indexed.c.post)).scalars())


def record(connection: Connection, index: str, written: Sequence[tuple[str, int]], removed: Sequence[str] = ()) -> None:
    """Note which posts (id, revision) an index holds, and which it no longer holds, once the engine has committed that."""
    rows = [{"index": index, "post": post, "revision": revision} for post, revision in written]
    for part in parts([post for post, _ in written] + list(removed)):
        connection.execute(delete(indexed).where(indexed.c.index == index, indexed.c.post.in_(part)))
    for batch in parts(rows, 10_000):
        connection.execute(insert(indexed), list(batch))


def knows(connection: Connection, index: str) -> bool:
    """Whether anything was noted of this index."""
    return connection.execute(select(indexed.c.post).where(indexed.c.index == index).limit(1)).scalar() is not None


def forget_all(connection: Connection) -> None:
    """Forget what every index held."""
    connection.execute(delete(indexed))
