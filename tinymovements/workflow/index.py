"""Brings the index up to date with the archive: what is new or changed goes in, what is gone goes out."""

from collections.abc import Callable, Iterator

from sqlalchemy import Engine as Archive

from pipelines.terms import VERSION, analyse
from search.embedded import EmbeddedEngine
from search.engine import Document, Engine, Terms
from tinymovements.archive import indexed, posts
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.posts import Archived
from tinymovements.errors import IndexUnavailable
from tinymovements.privacy.sensitive import shown
from tinymovements.settings import Settings
from tinymovements.workflow.places import main_name, names_within

COMMIT = 5000
"""Documents in one commit of the engine: its fixed cost is some 20 ms."""


def open_engine(settings: Settings) -> Engine:
    """The engine of the settings, whether or not it holds an index yet."""
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
        title=_terms(post.title, language),
        text=_terms(post.text, language),
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


def _terms(text: str | None, language: str) -> Terms:
    return tuple(token.terms for token in analyse(text or "", language))


def count_behind(settings: Settings) -> int:
    """How many posts the index lacks, has in an older state, or has though they are gone."""
    archive, engine = open_archive(settings.archive_url), open_engine(settings)
    with reading(archive) as connection:
        try:
            return indexed.count_behind(connection, _name(engine))
        except IndexUnavailable:
            return sum(posts.count(connection).values())


def _name(engine: Engine) -> str:
    # Terms made by other rules must all be made again, so they belong to another index.
    return f"{engine.identity()}-{VERSION}"


def index_posts(settings: Settings, advance: Callable[[int], None], anew: bool = False) -> int:
    """Index what has changed, or everything where there is no index (or `anew`); how many posts were written or taken out."""
    archive, engine = open_archive(settings.archive_url), open_engine(settings)
    try:
        name = _name(engine)
        with reading(archive) as connection:
            fits = not anew and indexed.knows(connection, name)
    except IndexUnavailable:
        fits = False
    return _catch_up(archive, engine, advance) if fits else _rebuild(archive, engine, advance)


def _rebuild(archive: Archive, engine: Engine, advance: Callable[[int], None]) -> int:
    written: list[tuple[str, int]] = []

    def documents() -> Iterator[Document]:
        with reading(archive) as connection:
            for item in posts.stream(connection):
                yield document(item)
                written.append((item.post.id, item.revision))
                advance(1)

    engine.rebuild(documents())
    with writing(archive) as connection:
        indexed.forget_all(connection)
        indexed.record(connection, _name(engine), written)
    return len(written)


def _catch_up(archive: Archive, engine: Engine, advance: Callable[[int], None]) -> int:
    name, after = _name(engine), ""
    with reading(archive) as connection:
        gone = indexed.gone(connection, name)
    if gone:
        engine.write([], gone)
        with writing(archive) as connection:
            indexed.record(connection, name, [], gone)
        advance(len(gone))
    done = len(gone)
    while True:
        with reading(archive) as connection:
            part = indexed.behind(connection, name, after, COMMIT)
        if not part:
            return done
        engine.write([document(item) for item in part])
        with writing(archive) as connection:
            indexed.record(connection, name, [(item.post.id, item.revision) for item in part])
        done, after = done + len(part), part[-1].post.id
        advance(len(part))
