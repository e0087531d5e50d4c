"""Answers questions about initiatives: asks the engine which, and takes from the archive what is told of them."""

from collections.abc import Iterator

from pipelines.terms import analyse
from search import plain
from search.query import InitiativeHit, InitiativePage, Query, Unit
from search.snippets import cut, held, marked
from search.words import Asked, read
from tinymovements.archive import indexed_initiatives, initiatives
from tinymovements.archive.database import open_archive, reading
from tinymovements.settings import Settings
from tinymovements.workflow.index import INITIATIVES, is_known, open_engine
from tinymovements.workflow.initiative_documents import Told, document, tell
from tinymovements.workflow.places import by_main_names, main_name

_Text = tuple[str, str, str]
"""A text, its language, and the id of its post."""


def usual_unit(settings: Settings) -> Unit:
    """What a search shows when nobody says: initiatives, once there are any."""
    with reading(open_archive(settings.archive_url)) as connection:
        return "initiatives" if initiatives.count(connection) else "posts"


def search_initiatives(settings: Settings, query: Query) -> InitiativePage:
    """A page of hits. One that has gone since it was indexed, or answers no more as it is now, is left out, but still counted.

    So that nothing is found by the words of a post that has been withdrawn.
    """
    archive, engine = open_archive(settings.archive_url), open_engine(settings, unit="initiatives")
    query = by_main_names(query)
    matches, asked = engine.search(query), read(query.words, analyse)
    ids = [match.id for match in matches.matches]
    trusted = is_known(archive, engine, INITIATIVES)
    with reading(archive) as connection:
        changed = indexed_initiatives.noted(connection, ids) if trusted else set(ids)
        kept = list(initiatives.by_id(connection, ids).values())
        found = {told.initiative.id: told for told in tell(connection, kept)}
    gone = {id for id in changed & found.keys() if not plain.answers(document(found[id]), query, asked)}
    there = (match for match in matches.matches if match.id in found.keys() - gone)
    hits = tuple(_hit(found[match.id], match.score, asked) for match in there)
    return InitiativePage(hits=hits, total=matches.total, facets=matches.facets, cursor=matches.cursor)


def _hit(told: Told, score: float, asked: Asked) -> InitiativeHit:
    one = told.initiative
    name, *others = one.names
    best = _best(told, asked)
    return InitiativeHit(
        id=one.id,
        score=score,
        name=marked(name.text, name.language, asked, analyse),
        other_names=tuple(other.text for other in others),
        snippet=cut(best[0], best[1], asked, analyse) if best else None,
        snippet_post=best[2] if best else None,
        stage=one.stage.stage if one.stage else None,
        stage_posted=one.stage.quote.posted if one.stage else None,
        movements=tuple(movement.id for movement in one.movements),
        places=tuple(dict.fromkeys(main_name(site.name) for site in one.sites)),
        languages=one.languages,
        sources=one.sources,
        posts=len(one.members),
        first=one.first,
        last=one.last,
    )


def _best(told: Told, asked: Asked) -> _Text | None:
    """The text that holds most of what was asked for; the first of those alike: the description, then the newest post."""
    best, most = None, -1
    for text in _texts(told):
        count = held(text[0], text[1], asked, analyse) if asked.ranks else 0
        if count > most:
            best, most = text, count
        if most == len(asked.plain) + len(asked.must):
            break
    return best


def _texts(told: Told) -> Iterator[_Text]:
    if description := told.initiative.description:
        yield description.text, description.language, description.post
    for said in told.said:
        yield said.text, said.language, said.post
