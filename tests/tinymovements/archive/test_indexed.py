"""An index is behind by what is new, says something else or is gone, and by nothing else."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from tinymovements.archive import annotations, indexed, posts
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.model import Annotation, Post

MakePost = Callable[..., Post]


def _store(archive: Engine, *batch: Post, gone: tuple[str, ...] = ()) -> None:
    with writing(archive) as connection:
        posts.store(connection, "groups", batch, gone)


def _annotate(archive: Engine, version: str, initiative: float = 0.5) -> None:
    said = Annotation(version=version, language="fi", initiative=initiative, self_organised=0.1)
    claim = annotations.claim(archive, version, 0, 100)
    assert claim is not None
    claim.keep([said.model_dump_json() for _ in claim.posts])


def _behind(archive: Engine) -> list[str]:
    with reading(archive) as connection:
        changes = indexed.next_changes(connection, 0, 100)
        assert indexed.count_behind(connection, "index") == len(changes)
    return [id for _, _, id in changes]


@pytest.fixture
def known(archive: Engine) -> Engine:
    """An archive whose index is complete."""
    with writing(archive) as connection:
        indexed.begin_anew(connection)
        indexed.complete(connection, "index")
    return archive


def _index(archive: Engine) -> None:
    with writing(archive) as connection:
        indexed.strike_out(connection, indexed.next_changes(connection, 0, 100))


def test_an_index_that_nobody_knows_lacks_every_post(archive: Engine, make_post: MakePost) -> None:
    _store(archive, make_post("1", "yksi"), make_post("2", "kaksi"))
    with writing(archive) as connection:
        indexed.begin_anew(connection)
        assert not indexed.knows(connection, "index")
        assert indexed.count_behind(connection, "index") == 2
        indexed.complete(connection, "index")
    assert _behind(archive) == []
    with reading(archive) as connection:
        assert indexed.knows(connection, "index")
        assert not indexed.knows(connection, "another")
        assert indexed.count_behind(connection, "another") == 2


def test_an_index_is_behind_only_where_something_new_is_said(known: Engine, make_post: MakePost) -> None:
    made = [make_post("1", "yksi"), make_post("2", "kaksi")]
    ids = [post.id for post in made]
    _store(known, *made)
    assert _behind(known) == ids
    _index(known)
    _store(known, *made)
    assert _behind(known) == []
    _annotate(known, "1")
    assert _behind(known) == ids
    _index(known)
    _annotate(known, "2")  # another version that says the same
    assert _behind(known) == []
    _annotate(known, "3", initiative=0.9)
    assert _behind(known) == ids
    _index(known)
    _store(known, make_post("2", "kaksi ja puoli"), gone=("1",))
    assert _behind(known) == ids
    _index(known)
    assert _behind(known) == []


@pytest.mark.parametrize("again", ["changed", "gone"])
def test_what_changes_while_it_is_indexed_stays_noted(known: Engine, make_post: MakePost, again: str) -> None:
    _store(known, make_post("1", "yksi"), make_post("2", "kaksi"))
    with reading(known) as connection:
        changes = indexed.next_changes(connection, 0, 100)
    if again == "gone":
        _store(known, gone=("1",))
    else:
        _store(known, make_post("1", "yksi ja puoli"))
    with writing(known) as connection:
        indexed.strike_out(connection, changes)
    assert _behind(known) == [make_post("1", "").id]


def test_what_another_transaction_holds_is_left_and_not_waited_for(postgresql_url: str, make_post: MakePost) -> None:
    archive = open_archive(postgresql_url)
    made = [make_post("1", "yksi"), make_post("2", "kaksi")]
    _store(archive, *made)
    with writing(archive) as connection:
        indexed.complete(connection, "index")
    with writing(archive) as other:
        posts.store(other, "groups", [make_post("1", "yksi ja puoli")])
        _index(archive)
    assert _behind(archive) == [made[0].id]
    archive.dispose()


def test_changes_come_in_parts(known: Engine, make_post: MakePost) -> None:
    made = [make_post(str(number), f"numero {number}") for number in range(5)]
    _store(known, *made)
    found, after = list[str](), 0
    with reading(known) as connection:
        while part := indexed.next_changes(connection, after, 2):
            found += [id for _, _, id in part]
            after = part[-1][0]
    assert found == [post.id for post in made]


def test_everything_comes_in_order_of_arrival_with_what_was_said_of_it(
    archive: Engine, make_post: MakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexed, "_PART", 2)
    made = [make_post(str(9 - number), f"numero {number}") for number in range(5)]
    _store(archive, *made)
    _annotate(archive, "1")
    with reading(archive) as connection:
        items = list(indexed.everything(connection))
    assert [item.post for item in items] == made
    assert all(item.annotation for item in items)


def test_a_post_that_comes_again_is_noted_as_gone_and_as_new(known: Engine, make_post: MakePost) -> None:
    post = make_post("1", "yksi")
    _store(known, post)
    _store(known, gone=("1",))
    _store(known, post)
    assert _behind(known) == [post.id, post.id]
