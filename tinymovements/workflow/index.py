"""Brings the index up to date with the archive: what is new or changed goes in, what is gone goes out.

One process does it, under the lock `index`; or, where archive and engine are both on servers, any number of processes on any
number of machines, each with the changes that it has claimed. Killed at any line, the next run comes to the right state: the engine
commits first and the change is struck out then, so a change is at worst indexed twice; and an index that is being made anew is
trusted by nobody before it is complete, so it is begun again, while searches see the old one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlalchemy import Engine as Archive

from pipelines.terms import VERSION, analyse, terms_of
from search.embedded import EmbeddedEngine
from search.engine import Document, Engine
from search.layout import AS_IT_LIES, Layout
from tinymovements.archive import indexed, posts
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.indexed import Change
from tinymovements.archive.locks import held
from tinymovements.archive.posts import Archived
from tinymovements.errors import Busy, EngineUnavailable, IndexUnavailable, SettingsError
from tinymovements.privacy.sensitive import shown
from tinymovements.settings import Settings
from tinymovements.workflow.places import main_name, names_within

Advance = Callable[[int], None]
"""Is told of how many more posts something was done."""

COMMIT = 5000
"""Documents in one commit of the engine: its fixed cost is some 20 ms."""


def open_engine(settings: Settings, layout: Layout = AS_IT_LIES) -> Engine:
    """The engine of the settings, whether or not it holds an index yet; `layout` says how a new index is to lie in a cluster."""
    if settings.engine == "elasticsearch":
        from search.elastic import ElasticEngine, connect  # 0.2 s that the embedded engine need not pay

        return ElasticEngine(connect(settings), settings.elasticsearch_index, analyse, layout)
    if layout != AS_IT_LIES:
        raise SettingsError("The embedded engine has neither shards nor replicas.", "Give none, or set `engine` to elasticsearch.")
    return EmbeddedEngine(settings.index_folder, analyse)


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
        language=language,
        source=post.source,
        kind=post.kind,
        posted=post.posted,
    )


def count_behind(settings: Settings) -> int:
    """How many posts the index lacks, has in an older state, or has though they are gone."""
    archive, engine = open_archive(settings.archive_url), open_engine(settings)
    name = _name_if_any(engine)
    with reading(archive) as connection:
        return indexed.count_behind(connection, name) if name else sum(posts.count(connection).values())


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
    archive, engine = open_archive(settings.archive_url), open_engine(settings, layout)
    goes_on = _is_known(archive, engine) and engine.lies_as_asked() and not anew
    if goes_on and engine.shared and archive.dialect.name == "postgresql":
        return _catch_up_with_others(archive, engine, advance)
    with held(archive, "index"):
        return _catch_up(archive, engine, advance) if goes_on else _rebuild(archive, engine, advance)


def index_little(settings: Settings) -> int:
    """Index what has changed where there is an index and that is no more than one commit; how many posts it is behind then."""
    if not _is_known(open_archive(settings.archive_url), open_engine(settings)):
        return count_behind(settings)
    if 0 < count_behind(settings) <= COMMIT:
        index_posts(settings, lambda _steps: None)
    return count_behind(settings)


def _is_known(archive: Archive, engine: Engine) -> bool:
    name = _name_if_any(engine)
    with reading(archive) as connection:
        return name is not None and indexed.knows(connection, name)


def _rebuild(archive: Archive, engine: Engine, advance: Advance) -> int:
    done = 0

    def documents(items: Iterator[Archived]) -> Iterator[Document]:
        nonlocal done
        for item in items:
            yield document(item)
            done += 1
            advance(1)

    with writing(archive) as connection:
        indexed.begin_anew(connection)
    with reading(archive) as connection:
        engine.rebuild(documents(indexed.everything(connection)), expected=sum(posts.count(connection).values()))
    with writing(archive) as connection:
        indexed.complete(connection, _name(engine))
    return done


def _catch_up(archive: Archive, engine: Engine, advance: Advance) -> int:
    done, after = 0, 0
    while True:
        with reading(archive) as connection:
            changes = indexed.next_changes(connection, after, COMMIT)
            items = posts.by_id(connection, [id for _, _, id in changes])
        if not changes:
            return done
        _write(engine, changes, items)
        with writing(archive) as connection:
            indexed.strike_out(connection, changes)
        done, after = done + len(changes), changes[-1][0]
        advance(len(changes))


def _catch_up_with_others(archive: Archive, engine: Engine, advance: Advance) -> int:
    done, name = 0, _name(engine)
    while True:
        with writing(archive) as connection:
            changes = indexed.claim(connection, name, COMMIT)
            if changes is None:
                raise Busy("The index is being made anew.", "Wait until that has ended: `tinymovements status` shows it.")
            if not changes:
                return done
            _write(engine, changes, posts.by_id(connection, [id for _, _, id in changes]))
            indexed.strike_out(connection, changes)
        done += len(changes)
        advance(len(changes))


def _write(engine: Engine, changes: Sequence[Change], items: Mapping[str, Archived]) -> None:
    gone = [(id, indexed.last_version_of(number)) for number, _, id in changes if id not in items]
    engine.write(map(document, items.values()), gone)
