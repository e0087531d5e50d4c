"""The index follows the archive: what is new goes in, what has changed again, what is gone goes out."""

from datetime import UTC, datetime

import pytest

from search.query import Query
from tinymovements.archive import annotations, indexed, posts
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.errors import IndexUnavailable
from tinymovements.model import Annotation, Draft, MovementScore, Place, Post
from tinymovements.privacy import Gate
from tinymovements.settings import Settings
from tinymovements.workflow import index
from tinymovements.workflow.index import count_behind, document, index_posts, open_engine

GATE = Gate(b"k" * 32)


def make_post(native_id: str, text: str = "Kirpputori torilla", source: str = "forum") -> Post:
    draft = Draft(native_id=native_id, text=text, language="fi", posted=datetime(2026, 3, 1, tzinfo=UTC))
    return GATE.admit(draft, source)


def store(settings: Settings, *batch: Post, gone: tuple[str, ...] = ()) -> None:
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "forum", batch, gone)


def annotate(settings: Settings, annotation: Annotation) -> None:
    with writing(open_archive(settings.archive_url)) as connection:
        annotations.put(connection, [(item, annotation) for item in list(posts.stream(connection))])


def run(settings: Settings, anew: bool = False) -> tuple[int, int]:
    """How many posts were said to be done, and how many steps the progress bar has seen."""
    steps: list[int] = []
    return index_posts(settings, steps.append, anew), sum(steps)


def found(settings: Settings, words: str = "") -> set[str]:
    return set(open_engine(settings).ids(Query(words=words)))


@pytest.fixture(autouse=True)
def small_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several commits for a few posts."""
    monkeypatch.setattr(index, "COMMIT", 2)


def test_a_first_run_indexes_everything_and_a_second_nothing(settings: Settings) -> None:
    made = [make_post(str(number)) for number in range(5)]
    store(settings, *made)
    assert count_behind(settings) == 5
    assert run(settings) == (5, 5)
    assert found(settings) == {post.id for post in made}
    assert count_behind(settings) == 0
    assert run(settings) == (0, 0)


def test_what_is_new_changed_or_gone_is_done_and_nothing_else(settings: Settings) -> None:
    store(settings, *(make_post(str(number)) for number in range(6)))
    run(settings)
    store(settings, make_post("new"), make_post("0", "Soppaa torilla"), make_post("1"), gone=("2", "3", "4"))
    assert count_behind(settings) == 5
    assert run(settings) == (5, 5)
    assert found(settings) == {make_post(native_id).id for native_id in ("0", "1", "5", "new")}
    assert found(settings, "+kirpputori") == {make_post(native_id).id for native_id in ("1", "5", "new")}
    assert run(settings) == (0, 0)


def test_an_annotation_that_says_something_new_is_indexed(settings: Settings) -> None:
    store(settings, make_post("0"))
    run(settings)
    art = (MovementScore(id="street-art", score=0.9),)
    told = Annotation(version="1", language="fi", movements=art, initiative=1, self_organised=1)
    annotate(settings, told)
    assert run(settings) == (1, 1)
    assert list(open_engine(settings).ids(Query(movements=("street-art",)))) == [make_post("0").id]
    annotate(settings, told.model_copy(update={"version": "2"}))  # says the same
    assert run(settings) == (0, 0)


def test_a_run_that_was_stopped_goes_on(settings: Settings) -> None:
    store(settings, make_post("0"))
    run(settings)
    store(settings, *(make_post(str(number)) for number in range(6)))

    def stop(steps: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_posts(settings, stop)
    assert len(found(settings)) == 3
    assert run(settings) == (3, 3)
    assert len(found(settings)) == 6


def test_a_first_run_that_was_stopped_leaves_no_index(settings: Settings) -> None:
    store(settings, *(make_post(str(number)) for number in range(3)))

    def stop(steps: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_posts(settings, stop)
    with pytest.raises(IndexUnavailable):
        open_engine(settings).identity()
    assert run(settings) == (3, 3)


@pytest.mark.parametrize("lost", ["index", "notes", "terms"])
def test_an_index_that_nobody_can_trust_is_made_again(settings: Settings, lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store(settings, *(make_post(str(number)) for number in range(3)))
    run(settings)
    before = open_engine(settings).identity()
    if lost == "index":
        (settings.index_folder / "current").unlink()
    elif lost == "notes":
        with writing(open_archive(settings.archive_url)) as connection:
            indexed.forget_all(connection)
    else:
        monkeypatch.setattr(index, "VERSION", "other")
    assert count_behind(settings) == 3
    assert run(settings) == (3, 3)
    assert open_engine(settings).identity() != before


def test_anew_makes_everything_again(settings: Settings) -> None:
    store(settings, *(make_post(str(number)) for number in range(3)))
    run(settings)
    assert run(settings, anew=True) == (3, 3)
    assert count_behind(settings) == 0


def test_an_empty_archive_makes_an_empty_index(settings: Settings) -> None:
    assert run(settings) == (0, 0)
    assert found(settings) == set()


def test_a_document_has_the_terms_of_its_language_and_places_by_main_name(settings: Settings) -> None:
    places = (
        Place(name="Berghäll", lat=60.18, lon=24.95, district="Kallio", municipality="Helsinki"),
        Place(name="Kallio", lat=60.18, lon=24.95, district="Kallio", municipality="Helsinki"),
        Place(name="Somewhere unknown"),
    )
    store(settings, make_post("0", "Gatukonst på torget"))
    annotate(settings, Annotation(version="1", language="sv", initiative=1, self_organised=1, places=places))
    with reading(open_archive(settings.archive_url)) as connection:
        (made,) = map(document, posts.stream(connection))
    assert made.title == ()
    assert made.text == (("gatukonst", "gata", "konst"), ("på",), ("torg",))
    assert made.places == ("Kallio", "Somewhere unknown")
    assert made.districts == ("Kallio",)
    assert made.within == ("Helsinki", "Kallio", "Somewhere unknown")
    assert made.points == ((60.18, 24.95),)
    assert (made.language, made.source, made.kind, made.posted) == ("sv", "forum", "message", datetime(2026, 3, 1, tzinfo=UTC))


def test_a_post_without_annotation_has_the_language_of_its_source(settings: Settings) -> None:
    store(settings, make_post("0"), make_post("1").model_copy(update={"id": "x1", "language": None}))
    with reading(open_archive(settings.archive_url)) as connection:
        assert {document(item).language for item in posts.stream(connection)} == {"fi", "unknown"}
