"""Knows what the index of initiatives has not yet, as `indexed` knows it of posts: triggers note each change."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, func, insert, select, text, tuple_, update

from tinymovements.archive.batches import parts
from tinymovements.archive.indexed import Difference
from tinymovements.archive.tables import indexed_initiatives, initiative_changes, initiatives, resolutions

Change = tuple[str, int]
"""The id of an initiative that is new, has changed or is gone, and its revision; 0: gone."""

FIRST = ""
"""Comes before every id."""

_PART = 10_000
"""Ids read at a time."""

# Others may note the same at the same time.
_NOTE = text("INSERT INTO initiative_changes (id, revision) VALUES (:id, 0) ON CONFLICT (id) DO NOTHING")

_changes = select(initiative_changes.c.id, initiative_changes.c.revision).order_by(initiative_changes.c.id)


def last_version(connection: Connection) -> int:
    """A version that no state of any initiative has exceeded so far, and that every later one will."""
    last = connection.execute(select(func.max(resolutions.c.number))).scalar()
    return last or 0


def knows(connection: Connection, index: str) -> bool:
    """Whether this index has every initiative, but for the changes."""
    return connection.execute(select(indexed_initiatives).where(indexed_initiatives.c.index == index)).first() is not None


def count_behind(connection: Connection, index: str) -> int:
    """How many initiatives this index lacks, has in an older state, or has though they are gone."""
    lacking = initiative_changes if knows(connection, index) else initiatives
    return connection.execute(select(func.count()).select_from(lacking)).scalar_one()


def next_changes(connection: Connection, after: str, size: int) -> list[Change]:
    """The next changes that no index has yet, in order of id, beyond the id `after`."""
    rows = connection.execute(_changes.where(initiative_changes.c.id > after).limit(size))
    return [(id, revision) for id, revision in rows]


def claim(connection: Connection, index: str, size: int) -> list[Change] | None:
    """The next changes that nobody else has claimed, as `indexed.claim` has them; None where nobody may trust the index now."""
    claimed = [(id, revision) for id, revision in connection.execute(_changes.limit(size).with_for_update(skip_locked=True))]
    return claimed if knows(connection, index) else None


def strike_out(connection: Connection, done: Sequence[Change]) -> None:
    """Forget changes, once the engine has committed them; an initiative that has changed again meanwhile stays noted."""
    of = tuple_(initiative_changes.c.id, initiative_changes.c.revision)
    for part in parts(done):
        free = select(initiative_changes.c.id).where(of.in_(part)).with_for_update(skip_locked=True)
        connection.execute(delete(initiative_changes).where(initiative_changes.c.id.in_(free)))


def noted(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of these ids that are noted as changed."""
    found: set[str] = set()
    for part in parts(ids):
        found.update(connection.execute(select(initiative_changes.c.id).where(initiative_changes.c.id.in_(part))).scalars())
    return found


def states(connection: Connection) -> Iterator[tuple[str, int]]:
    """The id and version of every initiative, in order of id."""
    after = ""
    query = select(initiatives.c.id, initiatives.c.revision).order_by(initiatives.c.id).limit(_PART)
    while rows := connection.execute(query.where(initiatives.c.id > after)).all():
        yield from ((id, revision) for id, revision in rows)
        after = rows[-1].id


def note(connection: Connection, differing: Mapping[str, int]) -> Counter[Difference]:
    """Note as changes what an index has in another state (id, and the version it has; 0: none); how many of each kind.

    What has been noted already, or is by now as the index has it, is left out. What is foreign is counted and not noted.
    """
    known, last = noted(connection, list(differing)), last_version(connection)
    query = select(initiatives.c.id, initiatives.c.revision).where(initiatives.c.id.in_(differing))
    there: dict[str, int] = dict(connection.execute(query).all())
    found: Counter[Difference] = Counter()
    again: list[str] = []
    for id, version in differing.items():
        if id in known or not (what := _difference(version, there.get(id), last)):
            continue
        found[what] += 1
        if what == "surplus":
            connection.execute(_NOTE, {"id": id})
        elif what != "foreign":
            again.append(id)
    if again:
        _renew(connection, again)
    return found


def _difference(version: int, revision: int | None, last: int) -> Difference | None:
    if revision is None:
        return None if not version else "surplus" if version <= last else "foreign"
    if version == revision:
        return None
    # One that was written or taken out by hand has the next version, which the next state has too.
    return "missing" if not version else "other" if version <= last + 1 else "foreign"


def _renew(connection: Connection, ids: Sequence[str]) -> None:
    """Give initiatives a revision that their index has no newer one of, not even of what was taken out by hand."""
    version = select(resolutions.c.version).order_by(resolutions.c.number.desc()).limit(1).scalar_subquery()
    made = insert(resolutions).values(version=version, at=datetime.now(UTC)).returning(resolutions.c.number)
    number = connection.execute(made).scalar_one()
    # Who holds one of them changes it, and so notes it: to wait for it might be to wait for each other.
    free = select(initiatives.c.id).where(initiatives.c.id.in_(ids)).with_for_update(skip_locked=True)
    held = list(connection.execute(free).scalars())
    connection.execute(update(initiatives).where(initiatives.c.id.in_(held)).values(revision=number))


def begin_anew(connection: Connection) -> None:
    """Trust no index until one is complete that is made of what can be read from now on."""
    connection.execute(delete(indexed_initiatives))
    # What another transaction has noted and not yet committed stays: to wait for it might be to wait for each other.
    free = select(initiative_changes.c.id).with_for_update(skip_locked=True)
    connection.execute(delete(initiative_changes).where(initiative_changes.c.id.in_(free)))


def complete(connection: Connection, index: str) -> None:
    """Trust this index, which has all that could be read after `begin_anew`."""
    connection.execute(insert(indexed_initiatives).values(index=index))
