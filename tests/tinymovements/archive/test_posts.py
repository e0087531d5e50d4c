"""Posts are kept once, with their history; a batch is kept whole or not at all."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from tinymovements.archive import crawl, posts
from tinymovements.archive.database import reading, writing
from tinymovements.archive.posts import Stored
from tinymovements.errors import UnknownPost
from tinymovements.model import Counts, Post

MakePost = Callable[..., Post]


def _all(archive: Engine) -> dict[str, str]:
    with reading(archive) as connection:
        return {item.post.native_id: item.post.text for item in posts.stream(connection)}


def test_a_post_comes_back_as_it_was_kept(archive: Engine, make_post: MakePost) -> None:
    post = make_post(
        "1",
        "Siivouspäivä Kalliossa",
        title="Siivouspäivä",
        kind="event",
        author="p-abc",
        group="Kallion raitilla",
        url="https://example.org/1",
        posted=datetime(2026, 5, 9, 12, 30, tzinfo=UTC),
        language="fi",
        place="Karhupuisto",
        lat=60.18,
        lon=24.95,
        starts=datetime(2026, 5, 23, 8, 0, tzinfo=UTC),
        counts=Counts(reactions=12, comments=0),
    )
    with writing(archive) as connection:
        assert posts.store(connection, "groups", [post]) == Stored(new=1)
    with reading(archive) as connection:
        assert posts.get(connection, post.id).post == post
        assert posts.by_id(connection, [post.id, "no such id"]).keys() == {post.id}


def test_the_same_post_again_changes_nothing(archive: Engine, make_post: MakePost) -> None:
    post = make_post("1", "Sama teksti", counts=Counts(reactions=3))
    for expected in (Stored(new=1), Stored(unchanged=1)):
        with writing(archive) as connection:
            assert posts.store(connection, "groups", [post]) == expected
    with reading(archive) as connection:
        item = posts.get(connection, post.id)
        assert item.revision == 1
        assert len(posts.history(connection, item.number)) == 1


def test_a_changed_post_is_an_update_with_its_history(archive: Engine, make_post: MakePost) -> None:
    for text in ("ensin näin", "sitten noin"):
        with writing(archive) as connection:
            told = posts.store(connection, "groups", [make_post("1", text)])
    assert told == Stored(updated=1)
    assert _all(archive) == {"1": "sitten noin"}
    with reading(archive) as connection:
        item = posts.get(connection, make_post("1", "").id)
        assert [content for content, _ in posts.history(connection, item.number)] == ["hash of ensin näin", "hash of sitten noin"]
        assert item.revision == 2


def test_new_counts_update_without_history_and_missing_ones_stay(archive: Engine, make_post: MakePost) -> None:
    for counts in (Counts(reactions=1, shares=7), Counts(reactions=5)):
        with writing(archive) as connection:
            told = posts.store(connection, "groups", [make_post("1", "Sama", counts=counts)])
    assert told == Stored(updated=1)
    with reading(archive) as connection:
        item = posts.get(connection, make_post("1", "").id)
        assert item.post.counts == Counts(reactions=5, shares=7)
        assert len(posts.history(connection, item.number)) == 1


def test_a_post_twice_in_a_batch_counts_as_it_came_last(archive: Engine, make_post: MakePost) -> None:
    with writing(archive) as connection:
        told = posts.store(connection, "groups", [make_post("1", "vanha"), make_post("1", "uusi")])
    assert told == Stored(new=1, unchanged=1)
    assert _all(archive) == {"1": "uusi"}


def test_what_is_gone_at_its_source_is_gone_here_and_only_there(archive: Engine, make_post: MakePost) -> None:
    with writing(archive) as connection:
        posts.store(connection, "groups", [make_post("1", "yksi"), make_post("2", "kaksi")])
        posts.store(connection, "events", [make_post("1", "toisen lähteen yksi", source="events")])
    with writing(archive) as connection:
        assert posts.store(connection, "groups", [], gone=["1", "never seen"]) == Stored(removed=1)
    with reading(archive) as connection:
        assert posts.count(connection) == {"events": 1, "groups": 1}


def test_a_batch_and_its_crawl_state_are_kept_together_or_not_at_all(archive: Engine, make_post: MakePost) -> None:
    class PowerCutError(Exception):
        pass

    def store_and_die() -> None:
        with writing(archive) as connection:
            posts.store(connection, "groups", [make_post("1", "yksi")], state={"cursor": "1"})
            raise PowerCutError

    with pytest.raises(PowerCutError):
        store_and_die()
    assert _all(archive) == {}
    with reading(archive) as connection:
        assert crawl.state(connection, "groups") == {}
    with writing(archive) as connection:
        posts.store(connection, "groups", [make_post("1", "yksi")], state={"cursor": "1"})
    with reading(archive) as connection:
        assert crawl.state(connection, "groups") == {"cursor": "1"}


def test_an_id_may_be_shortened_while_it_is_clear(archive: Engine, make_post: MakePost) -> None:
    with writing(archive) as connection:
        posts.store(connection, "groups", [make_post("12", "yksi"), make_post("13", "kaksi")])
    with reading(archive) as connection:
        assert posts.get(connection, "groups.12").post.text == "yksi"
        with pytest.raises(UnknownPost, match="Several posts"):
            posts.get(connection, "groups.1")
        with pytest.raises(UnknownPost, match="No post has the id"):
            posts.get(connection, "nothing")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(batches=st.lists(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc")), max_size=6), max_size=5))
def test_after_any_batches_the_archive_holds_what_came_last(
    archive: Engine, make_post: MakePost, batches: list[list[tuple[int, str]]]
) -> None:
    with writing(archive) as connection:
        posts.store(connection, "groups", [], gone=[str(number) for number in range(6)])
    expected: dict[str, str] = {}
    for batch in batches:
        with writing(archive) as connection:
            told = posts.store(connection, "groups", [make_post(str(number), text) for number, text in batch])
        assert told.new + told.updated + told.unchanged == len(batch)
        expected |= {str(number): text for number, text in batch}
    assert _all(archive) == expected
