"""What of an initiative is searched and shown: what is told of it, and the words of its posts, so many as are worth it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection

from pipelines.terms import terms_of
from search.engine import NOTHING, Document, Gone, Terms
from tinymovements.archive import indexed_initiatives, initiatives, posts
from tinymovements.archive.database import read_once
from tinymovements.archive.initiatives import Kept
from tinymovements.archive.posts import Archived
from tinymovements.initiative import Initiative
from tinymovements.model import Kind
from tinymovements.privacy.sensitive import shown_initiative, shown_within
from tinymovements.workflow.places import main_name, names_within

POSTS = 50
"""Posts whose words an initiative is found by, the newest: few have more, and those say the same again."""

LETTERS = 2000
"""Of each of them, at the most: a screen or two. Who searches for the rest of a long text finds the post."""

_PART = 200
"""Initiatives read at a time with their posts."""

_APART: Terms = ((NOTHING,),)
"""Stands between texts, so that no phrase reaches from one into the next."""


@dataclass(frozen=True, slots=True)
class Said:
    """The words of one post."""

    post: str
    language: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """An initiative as anyone may see it, and the words of its posts, the newest first."""

    initiative: Initiative
    revision: int
    kinds: tuple[Kind, ...]
    said: tuple[Said, ...]


def tell(connection: Connection, kept: Sequence[Kept]) -> Iterator[Told]:
    """What of initiatives is searched, in their order. Posts that are gone say nothing."""
    read = {one.initiative.id: _read(one.initiative) for one in kept}
    items = posts.by_id(connection, [id for ids in read.values() for id in ids])
    kinds = initiatives.kinds(connection, list(read))
    for one in kept:
        id = one.initiative.id
        said = [_said(one.initiative, items[post]) for post in read[id] if post in items]
        yield Told(shown_initiative(one.initiative), one.revision, kinds.get(id, ()), tuple(said))


def _read(initiative: Initiative) -> list[str]:
    """The posts whose words are its own: those that are first of all about it. What names it beside another speaks of that one."""
    main = [member.post for member in initiative.members if member.main and member.posted]
    undated = [member.post for member in initiative.members if member.main and not member.posted]
    return [*reversed(main), *undated][:POSTS]


def _said(initiative: Initiative, item: Archived) -> Said:
    post, told = shown_within(initiative, item.post, item.annotation)
    text = post.text
    if len(text) > LETTERS:
        text = text[:LETTERS].rpartition(" ")[0] or text[:LETTERS]
    return Said(post.id, told.language if told else post.language or "unknown", post.title or "", text)


def document(told: Told) -> Document:
    """An initiative as engines keep it: its names are its title; its description and its posts are its text."""
    one = told.initiative
    description = [(one.description.text, one.description.language)] if one.description else []
    texts = dict.fromkeys((text, said.language) for said in told.said for text in (said.title, said.text))
    return Document(
        id=one.id,
        version=told.revision,
        title=_joined((name.text, name.language) for name in one.names),
        text=_joined([*description, *texts]),
        movements=tuple(movement.id for movement in one.movements),
        places=tuple(sorted({main_name(site.name) for site in one.sites})),
        districts=tuple(sorted({site.district for site in one.sites if site.district})),
        within=names_within(one.sites),
        points=tuple(sorted({(site.lat, site.lon) for site in one.sites if site.lat is not None and site.lon is not None})),
        languages=one.languages,
        sources=one.sources,
        kinds=told.kinds,
        posted=one.last,
        stage=one.stage.stage if one.stage else None,
    )


def _joined(texts: Iterable[tuple[str, str]]) -> Terms:
    terms: list[tuple[str, ...]] = []
    for text, language in texts:
        if words := terms_of(text, language):
            terms += [*_APART, *words] if terms else words
    return tuple(terms)


def documents(connection: Connection, kept: Iterator[Kept]) -> Iterator[Document]:
    """Initiatives as engines keep them, in their order."""
    while part := list(islice(kept, _PART)):
        yield from map(document, tell(connection, part))


def everything(connection: Connection) -> Iterator[Document]:
    """Every initiative."""
    read_once(connection)
    return documents(connection, initiatives.stream(connection, _PART))


def changed(connection: Connection, changes: Sequence[indexed_initiatives.Change]) -> tuple[Iterator[Document], list[Gone]]:
    """What changes put into an index, and what they take out."""
    kept = initiatives.by_id(connection, [id for id, _ in changes])
    last = indexed_initiatives.last_version(connection)
    return documents(connection, iter(kept.values())), [(id, last) for id, _ in changes if id not in kept]
