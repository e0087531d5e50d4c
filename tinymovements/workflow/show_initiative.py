"""Tells all that is known of an initiative, and which initiatives a post is of."""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection

from search.query import Unit
from tinymovements.archive import initiatives, posts
from tinymovements.archive.database import open_archive, reading
from tinymovements.errors import UnknownInitiative, UnknownPost
from tinymovements.initiative import Initiative
from tinymovements.model import Post
from tinymovements.privacy.sensitive import shown_initiative, shown_within
from tinymovements.settings import Settings

INITIAL = "i"
"""What the id of every initiative begins with; that of a post may, too."""

NEWEST = 10
"""Posts of an initiative that are shown unless all are asked for."""


@dataclass(frozen=True, slots=True)
class ShownInitiative:
    """All that is known of one initiative."""

    initiative: Initiative
    moved_from: str | None
    """The id that was asked for, where what had it has become a part of this one."""
    posts: tuple[Post, ...]
    """The newest first."""


@dataclass(frozen=True, slots=True)
class Part:
    """An initiative that a post is of."""

    id: str
    name: str
    stage: str | None
    """Of the first one, as this post shows it."""


def unit_of(settings: Settings, id: str) -> Unit:
    """What has this id, or the only one that begins so. Raises `UnknownInitiative` where it may be of one, and nothing has it."""
    if not id.startswith(INITIAL):
        return "posts"
    with reading(open_archive(settings.archive_url)) as connection:
        try:
            initiatives.get(connection, id)
            return "initiatives"
        except UnknownInitiative:
            with suppress(UnknownPost):
                posts.get(connection, id)
                return "posts"
            raise


def show_initiative(settings: Settings, id: str, most: int | None = NEWEST) -> ShownInitiative:
    """All that is known of the initiative with this id, or with the only id that begins so, and its newest posts (None: all).

    Raises `UnknownInitiative`.
    """
    with reading(open_archive(settings.archive_url)) as connection:
        one = initiatives.get(connection, id).initiative
        # Members are in order of time, the undated ones last.
        dated = [member.post for member in one.members if member.posted]
        undated = [member.post for member in one.members if not member.posted]
        wanted = [*reversed(dated), *undated][:most]
        items = posts.by_id(connection, wanted)
    told = (shown_within(one, items[post].post, items[post].annotation) for post in wanted if post in items)
    moved_from = None if one.id.startswith(id) else id
    return ShownInitiative(shown_initiative(one), moved_from, tuple(post for post, _ in told))


def parts_of(connection: Connection, number: int) -> tuple[Part, ...]:
    """The initiatives that the post of this number is of, the one that it is first of all about first."""
    belonging = initiatives.of_posts(connection, [number]).get(number)
    if belonging is None:
        return ()
    kept = initiatives.by_id(connection, belonging.initiatives)
    return tuple(
        Part(id, shown_initiative(kept[id].initiative).name, None if place else belonging.stage)
        for place, id in enumerate(belonging.initiatives)
        if id in kept
    )
