"""Knows what the index has not yet: triggers note each change of a post, and what has been indexed is struck out.

So the cost of keeping an index up to date follows from what has changed, and not from what is there.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, text, tuple_, update

from tinymovements.archive.batches import pairs
from tinymovements.archive.database import read_once
from tinymovements.archive.posts import Archived, archived, read, selected
from tinymovements.archive.posts import number as number_in
from tinymovements.archive.tables import changes, indexed, posts

FIRST = 0
"""Comes before the number of every post."""

_PART = 1000
"""Posts read at a time."""

Change = tuple[int, int, str]
"""Number, revision and id of a post that is new, has changed or is gone."""

Difference = Literal["missing", "other", "surplus", "foreign"]
"""Of a post that an index lacks, has in another state, has though it is gone, or has in one that only a new index mends: that of a
post which this archive does not know, though it knows its number."""

# Others may note the same at the same time.
_NOTE = text("INSERT INTO changes (number, id, revision) VALUES (:number, :id, 0) ON CONFLICT (number) DO NOTHING")

_REVISIONS = 20
"""Bits of a version that hold the revision: a post has had fewer than a million states."""


def version_of(number: int, revision: int) -> int:
    """A version of a post's document: of two states the later one's is greater, even where the post was removed between."""
    return number << _REVISIONS | revision


def last_version_of(number: int) -> int:
    """A version that is greater than every state of the post of this number, and smaller than those of a later number."""
    return version_of(number, (1 << _REVISIONS) - 1)


def number_of(version: int) -> int:
    """The number of the post that a version is of."""
    return version >> _REVISIONS


def revision_of(version: int) -> int:
    """The revision of the post that a version is of."""
    return version & ((1 << _REVISIONS) - 1)


def knows(connection: Connection, index: str) -> bool:
    """Whether this index has every post, but for the changes."""
    return connection.execute(select(indexed).where(indexed.c.index == index)).first() is not None


def count_behind(connection: Connection, index: str) -> int:
    """How many posts this index lacks, has in an older state, or has though they are gone."""
    lacking = changes if knows(connection, index) else posts
    return connection.execute(select(func.count()).select_from(lacking)).scalar_one()


def next_changes(connection: Connection, after: int, size: int) -> list[Change]:
    """The next changes that no index has yet, in order of arrival of their posts, beyond the number `after`."""
    query = select(changes.c.number, changes.c.revision, changes.c.id).where(changes.c.number > after)
    query = query.order_by(changes.c.number).limit(size)
    return [(number, revision, id) for number, revision, id in connection.execute(query)]


def claim(connection: Connection, index: str, size: int) -> list[Change] | None:
    """The next changes that nobody else has claimed, locked until the transaction ends; None where nobody may trust the index now.

    Of PostgreSQL. What is claimed cannot change meanwhile: the trigger that would note it waits.
    """
    query = select(changes.c.number, changes.c.revision, changes.c.id).order_by(changes.c.number).limit(size)
    claimed = [(number, revision, id) for number, revision, id in connection.execute(query.with_for_update(skip_locked=True))]
    # Asked afterwards: a change that came after everything was read for a new index is seen only when that has been begun.
    return claimed if knows(connection, index) else None


def strike_out(connection: Connection, done: Sequence[Change]) -> None:
    """Forget changes, once the engine has committed them; a post that has changed again meanwhile stays noted."""
    rows = pairs(connection, [(number, revision) for number, revision, _ in done])
    _strike_out(connection, tuple_(changes.c.number, changes.c.revision).in_(rows))


def everything(connection: Connection) -> Iterator[Archived]:
    """Every post in order of arrival, as they lie on the disk: in half the time that it takes in order of id."""
    read_once(connection)
    after = 0
    while rows := read(connection, selected().where(posts.c.number > after).order_by(posts.c.number).limit(_PART)):
        yield from map(archived, rows)
        after = number_in(rows[-1])


def states(connection: Connection) -> Iterator[tuple[str, int]]:
    """The id and version of every post, in order of id."""
    after = ""
    query = select(posts.c.id, posts.c.number, posts.c.revision).order_by(posts.c.id).limit(10 * _PART)
    while rows := connection.execute(query.where(posts.c.id > after)).all():
        yield from ((id, version_of(number, revision)) for id, number, revision in rows)
        after = rows[-1].id


def note(connection: Connection, differing: Mapping[str, int]) -> Counter[Difference]:
    """Note as changes what an index has in another state (id, and the version it has; 0: none); how many of each kind.

    What has been noted already, or is by now as the index has it, is left out. What is foreign is counted and not noted.
    """
    known = set(connection.execute(select(changes.c.id).where(changes.c.id.in_(differing))).scalars())
    query = select(posts.c.id, posts.c.number, posts.c.revision).where(posts.c.id.in_(differing))
    there = {id: (number, revision) for id, number, revision in connection.execute(query)}
    numbers = {number_of(version) for version in differing.values()}
    # A change is known by its number, so a number is noted for one post.
    taken = {0, *connection.execute(select(posts.c.number).where(posts.c.number.in_(numbers))).scalars()}
    found: Counter[Difference] = Counter()
    newer: dict[int, int] = {}
    for id, version in differing.items():
        if id in known:
            continue
        if id in there:
            number, revision = there[id]
            if what := _difference(version, number, revision):
                found[what] += 1
                if what != "foreign":
                    newer[number] = max(revision + 1, revision_of(version))
        elif version:  # else it has gone meanwhile
            number = number_of(version)
            found["foreign" if number in taken else "surplus"] += 1
            if number not in taken:
                taken.add(number)
                connection.execute(_NOTE, {"number": number, "id": id})
    _renew(connection, newer)
    return found


def _difference(version: int, number: int, revision: int) -> Difference | None:
    if version == version_of(number, revision):
        return None
    return "missing" if not version else "other" if number_of(version) <= number else "foreign"


def _renew(connection: Connection, revisions: Mapping[int, int]) -> None:
    """Give posts of these numbers a revision that their index has no newer one of, not even of what was taken out by hand."""
    # Who holds one of them changes it, and so notes it: to wait for it might be to wait for each other.
    free = select(posts.c.number).where(posts.c.number.in_(revisions)).with_for_update(skip_locked=True)
    rows = [{"of": number, "to": revisions[number]} for number in connection.execute(free).scalars()]
    if rows:
        changed = update(posts).where(posts.c.number == bindparam("of")).values(revision=bindparam("to"))
        connection.execute(changed, rows)


def begin_anew(connection: Connection) -> None:
    """Trust no index until one is complete that is made of what can be read from now on."""
    connection.execute(delete(indexed))
    _strike_out(connection)


def complete(connection: Connection, index: str) -> None:
    """Trust this index, which has all that could be read after `begin_anew`."""
    connection.execute(insert(indexed).values(index=index))


def _strike_out(connection: Connection, *which: ColumnElement[bool]) -> None:
    # What another transaction has noted and not yet committed stays: to wait for it might be to wait for each other.
    free = select(changes.c.number).where(*which).with_for_update(skip_locked=True)
    connection.execute(delete(changes).where(changes.c.number.in_(free)))
