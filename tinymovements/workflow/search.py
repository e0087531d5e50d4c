"""Answers questions: asks the engine which posts, and takes from the archive what they say."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pipelines.terms import analyse
from search.query import Hit, Page, Query
from search.snippets import cut, marked
from search.words import Asked, read
from tinymovements.archive import posts
from tinymovements.archive.database import open_archive, reading
from tinymovements.archive.posts import Archived
from tinymovements.corrections import Correction
from tinymovements.model import Annotation, Post
from tinymovements.privacy.sensitive import shown
from tinymovements.settings import Settings
from tinymovements.workflow.index import open_engine
from tinymovements.workflow.places import by_main_names, main_name
from tinymovements.workflow.show_initiative import Part, parts_of

_FILTERS = ("words", "movements", "stages", "places", "near", "box", "languages", "sources", "kinds", "since", "until")
"""The fields of a query that leave something out."""


@dataclass(frozen=True, slots=True)
class Shown:
    """All that is known of one post."""

    post: Post
    annotation: Annotation | None
    history: tuple[tuple[str, datetime], ...]
    """The content hashes it has had and when each was first seen, oldest first."""
    same: tuple[str, ...]
    """The ids of posts that say the same."""
    corrections: tuple[Correction, ...] = ()
    """All that people said of it, oldest first; the annotation is corrected by it."""
    initiatives: tuple[Part, ...] = ()
    """Those that it is of."""


def search(settings: Settings, query: Query) -> Page:
    """A page of hits. A post that has gone from the archive since it was indexed is left out, but still counted."""
    matches = open_engine(settings).search(by_main_names(query))
    asked = read(query.words, analyse)
    with reading(open_archive(settings.archive_url)) as connection:
        found = posts.by_id(connection, [match.id for match in matches.matches])
    hits = tuple(_hit(found[match.id], match.score, asked) for match in matches.matches if match.id in found)
    return Page(hits=hits, total=matches.total, facets=matches.facets, cursor=matches.cursor)


def matching_ids(settings: Settings, query: Query) -> Iterator[str]:
    """The id of every post (or initiative) that answers, in order of id."""
    return open_engine(settings, unit=query.unit).ids(by_main_names(query))


def unknown_sources(settings: Settings, query: Query) -> list[str]:
    """The sources of a query that the archive has no post of."""
    with reading(open_archive(settings.archive_url)) as connection:
        known = posts.count(connection)
    return [source for source in query.sources if source not in known]


def without_each(settings: Settings, query: Query) -> dict[str, int]:
    """How many posts (or initiatives) would answer if one filter were dropped, by its name; only where that helps."""
    engine = open_engine(settings, unit=query.unit)
    query = by_main_names(query).model_copy(update={"cursor": None, "size": 1, "facets": ()})
    given = [name for name in _FILTERS if getattr(query, name)]
    if len(given) < 2:
        return {}
    dropped = {name: query.model_copy(update={name: Query.model_fields[name].default}) for name in given}
    return {name: total for name, other in dropped.items() if (total := engine.search(other).total)}


def show(settings: Settings, id: str) -> Shown:
    """All that is known of the post with this id, or with the only id that begins so. Raises `UnknownPost`."""
    with reading(open_archive(settings.archive_url)) as connection:
        item = posts.get(connection, id)
        history = posts.history(connection, item.number)
        same = tuple(posts.same(connection, item.number))
        parts = parts_of(connection, item.number)
        return Shown(*shown(item.post, item.annotation), tuple(history), same, item.corrections, parts)


def _hit(item: Archived, score: float, asked: Asked) -> Hit:
    post, told = shown(item.post, item.annotation)
    language = told.language if told else post.language or "unknown"
    return Hit(
        id=post.id,
        score=score,
        title=marked(post.title, language, asked, analyse) if post.title else None,
        snippet=cut(post.text, language, asked, analyse),
        kind=post.kind,
        source=post.source,
        group=post.group,
        url=post.url,
        posted=post.posted,
        language=language,
        movements=tuple(movement.id for movement in told.movements) if told else (),
        places=tuple(dict.fromkeys(main_name(place.name) for place in told.places)) if told else (),
    )
