"""The index follows the archive: what is new goes in, what has changed again, what is gone goes out."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest

from search.query import Query
from tinymovements.archive import annotations, indexed, posts
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.locks import held
from tinymovements.errors import Busy, IndexUnavailable
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
    claim = annotations.claim(open_archive(settings.archive_url), annotation.version, 0, 100)
    assert claim is not None
    claim.keep([annotation.model_dump_json() for _ in claim.posts])


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


def test_an_index_that_was_being_made_anew_is_begun_again_and_the_old_one_answers_meanwhile(settings: Settings) -> None:
    store(settings, *(make_post(str(number)) for number in range(3)))
    run(settings)

    def stop(steps: int) -> None:
        store(settings, make_post("new"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_posts(settings, stop, anew=True)
    assert len(found(settings)) == 3
    assert count_behind(settings) == 4
    assert run(settings) == (4, 4)
    assert len(found(settings)) == 4
    assert len([path for path in settings.index_folder.iterdir() if path.is_dir()]) == 1


class Killed(BaseException):
    """Stands for `kill -9`: nobody catches it."""


@pytest.mark.parametrize("line", ["begin_anew", "complete", "strike_out"])
@pytest.mark.parametrize("anew", [False, True])
def test_killed_between_engine_and_archive_the_next_run_comes_to_the_right_state(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, line: str, anew: bool
) -> None:
    store(settings, *(make_post(str(number)) for number in range(3)))
    run(settings)
    store(settings, make_post("0", "Soppaa torilla"), make_post("new"), gone=("1",))

    def kill(*given: object) -> None:
        raise Killed

    with monkeypatch.context() as patched, suppress(Killed):
        patched.setattr(indexed, line, kill)
        run(settings, anew)
    run(settings)
    assert found(settings) == {make_post(native_id).id for native_id in ("0", "2", "new")}
    assert found(settings, "+soppa") == {make_post("0").id}
    assert count_behind(settings) == 0
    assert run(settings) == (0, 0)


def test_what_comes_while_the_index_is_made_is_indexed_by_the_next_run(settings: Settings) -> None:
    store(settings, make_post("0"), make_post("1"))

    def meanwhile(steps: int) -> None:
        store(settings, make_post("0", "Soppaa torilla"), make_post("new"), gone=("1",))

    index_posts(settings, meanwhile)
    assert found(settings) == {make_post("0").id, make_post("1").id}
    assert count_behind(settings) > 0
    run(settings)
    assert found(settings) == {make_post("0").id, make_post("new").id}
    assert found(settings, "+soppa") == {make_post("0").id}


def test_one_process_indexes_at_a_time(settings: Settings) -> None:
    store(settings, make_post("0"))
    with held(open_archive(settings.archive_url), "index"), pytest.raises(Busy, match="`index` is being done already"):
        run(settings)
    assert run(settings) == (1, 1)


def test_a_post_that_went_and_came_again_is_there(settings: Settings) -> None:
    store(settings, make_post("0"))
    run(settings)
    store(settings, gone=("0",))
    store(settings, make_post("0"))
    run(settings)
    assert found(settings) == {make_post("0").id}


@pytest.mark.parametrize("lost", ["index", "notes", "terms"])
def test_an_index_that_nobody_can_trust_is_made_again(settings: Settings, lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store(settings, *(make_post(str(number)) for number in range(3)))
    run(settings)
    before = open_engine(settings).identity()
    if lost == "index":
        (settings.index_folder / "current").unlink()
    elif lost == "notes":
        with writing(open_archive(settings.archive_url)) as connection:
            indexed.begin_anew(connection)
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
    assert (made.languages, made.sources, made.kinds) == (("sv",), ("forum",), ("message",))
    assert (made.posted, made.stage) == (datetime(2026, 3, 1, tzinfo=UTC), None)


def test_a_post_without_annotation_has_the_language_of_its_source(settings: Settings) -> None:
    store(settings, make_post("0"), make_post("1").model_copy(update={"id": "x1", "language": None}))
    with reading(open_archive(settings.archive_url)) as connection:
        assert {document(item).languages for item in posts.stream(connection)} == {("fi",), ("unknown",)}
