"""What the encoder made of a post is kept beside its annotation and comes back with the same content, for the same encoder."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select

from tinymovements.archive import annotations, posts
from tinymovements.archive.database import reading, writing
from tinymovements.archive.tables import meanings
from tinymovements.model import Annotation, Post

MakePost = Callable[..., Post]

VECTOR, SAYS = b"\x01\x02\x03", b""


def _said(version: str) -> str:
    return Annotation(version=version, language="fi", initiative=0.5, self_organised=0.1).model_dump_json()


def _annotate(archive: Engine, version: str, encoder: str) -> None:
    claim = annotations.claim(archive, version, 0, 100, encoder)
    assert claim is not None
    read = {post.number: (VECTOR, SAYS) for post in claim.posts if post.vector is None}
    claim.keep([_said(version) for _ in claim.posts], read)


def _read(archive: Engine, version: str, encoder: str) -> list[bytes | None]:
    claim = annotations.claim(archive, version, 0, 100, encoder)
    assert claim is not None
    claim.give_back()
    return [post.vector for post in claim.posts]


@pytest.fixture
def kept(archive: Engine, make_post: MakePost) -> Engine:
    with writing(archive) as connection:
        posts.store(connection, "groups", [make_post("1", "yksi"), make_post("2", "kaksi")])
    _annotate(archive, "1", "encoder-a")
    return archive


def test_it_comes_back_for_another_version_of_the_pipeline(kept: Engine) -> None:
    assert _read(kept, "2", "encoder-a") == [VECTOR, VECTOR]


def test_another_encoder_reads_anew_and_takes_its_place(kept: Engine) -> None:
    assert _read(kept, "2", "encoder-b") == [None, None]
    _annotate(kept, "2", "encoder-b")
    with reading(kept) as connection:
        assert connection.execute(select(meanings.c.encoder)).scalars().all() == ["encoder-b"] * 2


def test_without_an_encoder_nothing_comes_back_and_nothing_is_lost(kept: Engine) -> None:
    assert _read(kept, "2", "") == [None, None]
    claim = annotations.claim(kept, "2", 0, 100)
    assert claim is not None
    claim.keep([_said("2") for _ in claim.posts])
    assert _read(kept, "3", "encoder-a") == [VECTOR, VECTOR]


def test_changed_content_is_read_anew(kept: Engine, make_post: MakePost) -> None:
    with writing(kept) as connection:
        posts.store(connection, "groups", [make_post("2", "kaksi ja puoli")])
    assert _read(kept, "2", "encoder-a") == [VECTOR, None]


@pytest.mark.parametrize("archive_url", ["sqlite"], indirect=True)  # on PostgreSQL a claim holds its posts
def test_what_changes_while_it_is_read_is_not_kept(archive: Engine, make_post: MakePost) -> None:
    with writing(archive) as connection:
        posts.store(connection, "groups", [make_post("1", "yksi")])
    claim = annotations.claim(archive, "1", 0, 100, "encoder-a")
    assert claim is not None
    with writing(archive) as connection:
        posts.store(connection, "groups", [make_post("1", "toinen")])
    assert claim.keep([_said("1")], {claim.posts[0].number: (VECTOR, SAYS)}) == 0
    with reading(archive) as connection:
        assert connection.execute(select(meanings)).all() == []


def test_it_goes_with_its_post(kept: Engine) -> None:
    with writing(kept) as connection:
        posts.store(connection, "groups", [], gone=("1",))
    with reading(kept) as connection:
        assert len(connection.execute(select(meanings)).all()) == 1
