"""Keeps initiatives and which posts belong to them, and hands them out again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from tinymovements.archive.batches import parts
from tinymovements.archive.ids import begins
from tinymovements.archive.tables import initiative_posts, initiative_redirects, initiatives, posts, resolutions
from tinymovements.errors import UnknownInitiative
from tinymovements.initiative import Initiative
from tinymovements.model import Kind


@dataclass(frozen=True, slots=True)
class Kept:
    """An initiative as it lies in the archive."""

    initiative: Initiative
    vector: bytes | None
    """The middle of its posts' vectors; None where no post has one."""
    revision: int = 0
    """Grows with every change."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """What a post belongs to."""

    initiatives: tuple[str, ...]
    """Ids; the one that it is first of all about comes first."""
    stage: str | None
    """Of the first one, as this post shows it."""


def put(connection: Connection, version: str, made: Sequence[Kept], gone: Mapping[str, str | None]) -> None:
    """Keep initiatives and their posts in the place of what they were; take out those that are gone.

    `gone` tells of each where its posts went, which is where its id leads from now on; None where there is none left. `version` is
    that of the resolver.
    """
    now = datetime.now(UTC)
    number = connection.execute(insert(resolutions).values(version=version, at=now).returning(resolutions.c.number)).scalar_one()
    ids = [kept.initiative.id for kept in made]
    for part in parts([*ids, *gone]):
        connection.execute(delete(initiatives).where(initiatives.c.id.in_(part)))
        connection.execute(delete(initiative_posts).where(initiative_posts.c.initiative.in_(part)))
        connection.execute(delete(initiative_redirects).where(initiative_redirects.c.id.in_(part)))
    if made:
        rows = [
            {"id": id, "revision": number, "record": kept.initiative.model_dump_json(), "vector": kept.vector}
            for id, kept in zip(ids, made, strict=True)
        ]
        connection.execute(insert(initiatives), rows)
        _put_posts(connection, made)
    _redirect(connection, {id: target for id, target in gone.items() if target is not None}, now)


def _put_posts(connection: Connection, made: Sequence[Kept]) -> None:
    ids = {member.post for kept in made for member in kept.initiative.members}
    numbers: dict[str, int] = {}
    for part in parts(sorted(ids)):
        numbers |= dict(connection.execute(select(posts.c.id, posts.c.number).where(posts.c.id.in_(part))).all())
    named = sorted(
        (numbers[member.post], not member.main, kept.initiative.id, member.stage.stage if member.stage else None)
        for kept in made
        for member in kept.initiative.members
        if member.post in numbers
    )
    places: dict[int, int] = {}
    rows = []
    for post, beside, id, stage in named:
        places[post] = places.get(post, 0 if beside else -1) + 1
        rows.append({"post": post, "position": places[post], "initiative": id, "stage": stage})
    if rows:  # all of its posts may have been withdrawn this moment
        connection.execute(insert(initiative_posts), rows)


def _redirect(connection: Connection, targets: Mapping[str, str], now: datetime) -> None:
    for id, target in targets.items():
        # A chain would have to be followed to its end, which may be gone by then.
        connection.execute(update(initiative_redirects).where(initiative_redirects.c.target == id).values(target=target))
        connection.execute(insert(initiative_redirects).values(id=id, target=target, at=now))


def get(connection: Connection, prefix: str) -> Kept:
    """The initiative with this id, or the only one whose id begins so; an id that has become another's leads there.

    Raises `UnknownInitiative`.
    """
    found = _read(connection, _selected().where(begins(initiatives.c.id, prefix)).order_by(initiatives.c.id).limit(2))
    if found and (len(found) == 1 or found[0].initiative.id == prefix):
        return found[0]
    if found:
        raise UnknownInitiative(f"Several initiatives have an id that begins with {prefix}.", "Type more of it.")
    led = select(initiative_redirects.c.target).where(begins(initiative_redirects.c.id, prefix)).distinct().limit(2)
    targets = list(connection.execute(led).scalars())
    if len(targets) == 1 and (found := _read(connection, _selected().where(initiatives.c.id == targets[0]))):
        return found[0]
    raise _unknown(connection, prefix)


def _unknown(connection: Connection, prefix: str) -> UnknownInitiative:
    """The error of an id that no initiative has; where it is clearly that of a post, with the initiative of the post."""
    query = select(posts.c.id, posts.c.number).where(begins(posts.c.id, prefix)).limit(2)
    found = connection.execute(query).all() if prefix else []
    if len(found) != 1:
        return UnknownInitiative(f"No initiative has the id {prefix}.", "`tinymovements search` prints the ids.")
    belonging = of_posts(connection, [found[0].number]).get(found[0].number)
    hint = f"That of its initiative is {belonging.initiatives[0]}." if belonging else "It belongs to no initiative."
    return UnknownInitiative(f"{prefix} is the id of a post, not of an initiative.", hint)


def by_id(connection: Connection, ids: Sequence[str]) -> dict[str, Kept]:
    """The initiatives of these ids that are there."""
    found = (kept for part in parts(ids) for kept in _read(connection, _selected().where(initiatives.c.id.in_(part))))
    return {kept.initiative.id: kept for kept in found}


def stream(connection: Connection, size: int = 1000) -> Iterator[Kept]:
    """Every initiative in order of id, read in pieces of `size`."""
    after = ""
    while found := _read(connection, _selected().where(initiatives.c.id > after).order_by(initiatives.c.id).limit(size)):
        yield from found
        after = found[-1].initiative.id


def records(connection: Connection) -> Iterator[tuple[str, str, bytes | None]]:
    """Id, record (as JSON) and vector of every initiative in order of id, for who reads a little of each."""
    query = select(initiatives.c.id, initiatives.c.record, initiatives.c.vector).order_by(initiatives.c.id)
    return ((id, record, vector) for id, record, vector in connection.execute(query))


def given_names(connection: Connection) -> dict[str, str]:
    """The names that people gave, by the ids of the initiatives that have them."""
    named = select(initiatives.c.id, initiatives.c.record).where(initiatives.c.record.contains('"named_by_person":true'))
    return {id: Initiative.model_validate_json(record).name for id, record in connection.execute(named)}


def count(connection: Connection) -> int:
    """How many initiatives there are."""
    return connection.execute(select(func.count()).select_from(initiatives)).scalar_one()


def kinds(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[Kind, ...]]:
    """The kinds of the posts of each of these initiatives."""
    table = initiative_posts
    query = select(table.c.initiative, posts.c.kind).join(posts, posts.c.number == table.c.post).distinct()
    found: dict[str, tuple[Kind, ...]] = {}
    for part in parts(ids):
        rows = connection.execute(query.where(table.c.initiative.in_(part)).order_by(table.c.initiative, posts.c.kind))
        for id, kind in rows:
            found[id] = (*found.get(id, ()), kind)
    return found


def of_posts(connection: Connection, numbers: Sequence[int]) -> dict[int, Belonging]:
    """What those of these posts belong to that belong to anything."""
    table = initiative_posts
    ids: dict[int, list[str]] = {}
    stages: dict[int, str | None] = {}
    for part in parts(numbers):
        query = select(table).where(table.c.post.in_(part)).order_by(table.c.post, table.c.position)
        for post, position, initiative, stage in connection.execute(query):
            ids.setdefault(post, []).append(initiative)
            if not position:
                stages[post] = stage
    return {post: Belonging(tuple(named), stages.get(post)) for post, named in ids.items()}


def _selected() -> Select[Any]:
    return select(initiatives.c.record, initiatives.c.vector, initiatives.c.revision)


def _read(connection: Connection, query: Select[Any]) -> list[Kept]:
    rows = connection.execute(query).all()
    return [Kept(Initiative.model_validate_json(record), vector, revision) for record, vector, revision in rows]
