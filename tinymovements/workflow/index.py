"""Brings an index up to date with the archive: what is new or changed goes in, what is gone goes out.

There is one of posts and one of initiatives, each with bookkeeping and a lock of its own, and kept alike.

One process does it, under the lock `index`; or, where archive and engine are both on servers, any number of processes on any
number of machines, each with the changes that it has claimed. Killed at any line, the next run comes to the right state: the engine
commits first and the change is struck out then, so a change is at worst indexed twice; and an index that is being made anew is
trusted by nobody before it is complete, so it is begun again, while searches see the old one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import Engine as Archive

from pipelines.terms import VERSION, analyse, terms_of
from search import query
from search.embedded import EmbeddedEngine
from search.engine import Document, Engine, Gone
from search.layout import AS_IT_LIES, Layout
from tinymovements.archive import indexed, indexed_initiatives, initiatives, posts
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.indexed import Change
from tinymovements.archive.locks import held
from tinymovements.archive.posts import Archived
from tinymovements.errors import Busy, EngineUnavailable, IndexUnavailable, SettingsError
from tinymovements.privacy.sensitive import shown
from tinymovements.settings import Settings
from tinymovements.workflow import initiative_documents
from tinymovements.workflow.index_unit import Noted, Unit
from tinymovements.workflow.places import main_name, names_within

Advance = Callable[[int], None]
"""Is told of how many more posts or initiatives something was done."""

COMMIT = 5000
"""Posts in one commit of the engine: its fixed cost is some 20 ms."""


def open_engine(settings: Settings, layout: Layout = AS_IT_LIES, unit: query.Unit = "posts") -> Engine:
    """The engine of the settings, whether or not it holds an index yet; `layout` says how a new index is to lie in a cluster."""
    of_posts = unit == "posts"
    if settings.engine == "elasticsearch":
        from search.elastic import ElasticEngine, connect  # 0.2 s that the embedded engine need not pay

        name = settings.elasticsearch_index if of_posts else f"{settings.elasticsearch_index}-{unit}"
        return ElasticEngine(connect(settings), name, analyse, layout)
    if layout != AS_IT_LIES:
        raise SettingsError("The embedded engine has neither shards nor replicas.", "Give none, or set `engine` to elasticsearch.")
    return EmbeddedEngine(settings.index_folder if of_posts else settings.initiatives_index_folder, analyse)


def document(item: Archived) -> Document:
    """A post as engines keep it. Places and districts go by their main name, so that Berghäll and Kallio are one.

    Of a sensitive post an engine learns nothing finer than the district, so that no search by words or radius finds the house.
    """
    post, told = shown(item.post, item.annotation)
    language = told.language if told else post.language or "unknown"
    places = told.places if told else ()
    return Document(
        id=post.id,
        version=indexed.version_of(item.number, item.revision),
        title=terms_of(post.title or "", language),
        text=terms_of(post.text, language),
        movements=tuple(movement.id for movement in told.movements) if told else (),
        places=tuple(sorted({main_name(place.name) for place in places})),
        districts=tuple(sorted({place.district for place in places if place.district})),
        within=names_within(places),
        points=tuple(sorted({(place.lat, place.lon) for place in places if place.lat is not None and place.lon is not None})),
        languages=(language,),
        sources=(post.source,),
        kinds=(post.kind,),
        posted=post.posted,
    )


def _everything(connection: Connection) -> Iterator[Document]:
    return map(document, indexed.everything(connection))


def _changed(connection: Connection, changes: Sequence[Change]) -> tuple[Iterable[Document], list[Gone]]:
    items = posts.by_id(connection, [id for _, _, id in changes])
    gone = [(id, indexed.last_version_of(number)) for number, _, id in changes if id not in items]
    return map(document, items.values()), gone


POSTS: Unit[Change] = Unit(
    "posts", "index", 1, indexed, lambda connection: sum(posts.count(connection).values()), _everything, _changed
)
INITIATIVES: Unit[indexed_initiatives.Change] = Unit(
    "initiatives",
    "index initiatives",
    5,
    indexed_initiatives,
    initiatives.count,
    initiative_documents.everything,
    initiative_documents.changed,
)


def count_behind(settings: Settings, unit: Unit[Any] = POSTS) -> int:
    """How many posts (or initiatives) the index lacks, has in an older state, or has though they are gone."""
    archive, engine = open_archive(settings.archive_url), open_engine(settings, unit=unit.name)
    name = _name_if_any(engine)
    with reading(archive) as connection:
        return unit.ledger.count_behind(connection, name) if name else unit.count(connection)


def _name(engine: Engine) -> str:
    # Terms made by other rules must all be made again, so they belong to another index.
    return f"{engine.identity()}-{VERSION}"


def _name_if_any(engine: Engine) -> str | None:
    try:
        return _name(engine)
    except EngineUnavailable:
        raise  # to make it anew would mend nothing
    except IndexUnavailable:
        return None


def index_posts(settings: Settings, advance: Advance, anew: bool = False, layout: Layout = AS_IT_LIES) -> int:
    """Index what has changed, or everything where there is no index (or `anew`); how many posts were written or taken out.

    Raises `Busy` where another process does the same and this one cannot help it.
    """
    return _index(settings, POSTS, advance, anew, layout)


def index_initiatives(settings: Settings, advance: Advance, anew: bool = False, layout: Layout = AS_IT_LIES) -> int:
    """The same of initiatives. They are few: of how an index lies they share the copies. Without any, no index is made."""
    if not has_initiatives(settings):
        return 0
    return _index(settings, INITIATIVES, advance, anew, Layout(replicas=layout.replicas))


def has_initiatives(settings: Settings) -> bool:
    """Whether there are initiatives, or an index of those that were there."""
    with reading(open_archive(settings.archive_url)) as connection:
        if initiatives.count(connection):
            return True
    return _name_if_any(open_engine(settings, unit="initiatives")) is not None


def _index(settings: Settings, unit: Unit[Noted], advance: Advance, anew: bool, layout: Layout) -> int:
    archive, engine = open_archive(settings.archive_url), open_engine(settings, layout, unit.name)
    goes_on = is_known(archive, engine, unit) and engine.lies_as_asked() and not anew
    if goes_on and engine.shared and archive.dialect.name == "postgresql":
        return _catch_up_with_others(archive, engine, unit, advance)
    with held(archive, unit.lock):
        return _catch_up(archive, engine, unit, advance) if goes_on else _rebuild(archive, engine, unit, advance)


def index_little(settings: Settings) -> int:
    """Index what has changed where there is an index and that is no more than one commit; how many posts it is behind then."""
    if not is_known(open_archive(settings.archive_url), open_engine(settings), POSTS):
        return count_behind(settings)
    if 0 < count_behind(settings) <= COMMIT:
        index_posts(settings, lambda _steps: None)
    return count_behind(settings)


def is_known(archive: Archive, engine: Engine, unit: Unit[Any]) -> bool:
    """Whether the engine's index has everything, but for what is noted as changed."""
    name = _name_if_any(engine)
    with reading(archive) as connection:
        return name is not None and unit.ledger.knows(connection, name)


def _rebuild(archive: Archive, engine: Engine, unit: Unit[Any], advance: Advance) -> int:
    done = 0

    def told(documents: Iterator[Document]) -> Iterator[Document]:
        nonlocal done
        for made in documents:
            yield made
            done += 1
            advance(1)

    with writing(archive) as connection:
        unit.ledger.begin_anew(connection)
    with reading(archive) as connection:
        engine.rebuild(told(unit.everything(connection)), expected=unit.count(connection))
    with writing(archive) as connection:
        unit.ledger.complete(connection, _name(engine))
    return done


def _catch_up(archive: Archive, engine: Engine, unit: Unit[Noted], advance: Advance) -> int:
    done, after = 0, unit.ledger.FIRST
    while True:
        with reading(archive) as connection:
            changes = unit.ledger.next_changes(connection, after, _size(unit))
            if not changes:
                return done
            engine.write(*unit.changed(connection, changes))
        with writing(archive) as connection:
            unit.ledger.strike_out(connection, changes)
        done, after = done + len(changes), changes[-1][0]
        advance(len(changes))


def _catch_up_with_others(archive: Archive, engine: Engine, unit: Unit[Noted], advance: Advance) -> int:
    done, name = 0, _name(engine)
    while True:
        with writing(archive) as connection:
            changes = unit.ledger.claim(connection, name, _size(unit))
            if changes is None:
                raise Busy("The index is being made anew.", "Wait until that has ended: `tinymovements status` shows it.")
            if not changes:
                return done
            engine.write(*unit.changed(connection, changes))
            unit.ledger.strike_out(connection, changes)
        done += len(changes)
        advance(len(changes))


def _size(unit: Unit[Any]) -> int:
    return max(1, COMMIT // unit.weight)
