"""Only what is out of date is annotated again, and only what says something new is indexed again."""

from collections.abc import Callable

from sqlalchemy import Engine

from tinymovements.archive import annotations, posts
from tinymovements.archive.annotations import Outdated
from tinymovements.archive.database import reading, writing
from tinymovements.model import Annotation, Post

MakePost = Callable[..., Post]


def _annotation(version: str, initiative: float = 0.5) -> Annotation:
    return Annotation(version=version, language="fi", initiative=initiative, self_organised=0.1)


def _outdated(archive: Engine, version: str) -> list[Outdated]:
    found: list[Outdated] = []
    if claim := annotations.claim(archive, version, 0, 100):
        found += claim.posts
        claim.give_back()
    with reading(archive) as connection:
        assert annotations.count_outdated(connection, version) == len(found)
        assert annotations.count_outdated(connection, version, 1) == min(len(found), 1)
    return found


def _annotate(archive: Engine, version: str, initiative: float = 0.5) -> None:
    claim = annotations.claim(archive, version, 0, 100)
    assert claim is not None
    assert claim.keep([_annotation(version, initiative).model_dump_json() for _ in claim.posts]) == len(claim.posts)


def test_new_changed_and_otherwise_versioned_posts_are_out_of_date(archive: Engine, make_post: MakePost) -> None:
    with writing(archive) as connection:
        posts.store(connection, "groups", [make_post("1", "yksi"), make_post("2", "kaksi")])
    assert [post.text for post in _outdated(archive, "1")] == ["yksi", "kaksi"]
    _annotate(archive, "1")
    assert _outdated(archive, "1") == []
    with writing(archive) as connection:
        posts.store(connection, "groups", [make_post("2", "kaksi ja puoli"), make_post("3", "kolme")])
    assert [post.text for post in _outdated(archive, "1")] == ["kaksi ja puoli", "kolme"]
    assert len(_outdated(archive, "2")) == 3


def test_an_annotation_comes_back_with_its_post(archive: Engine, make_post: MakePost) -> None:
    with writing(archive) as connection:
        posts.store(connection, "groups", [make_post("1", "yksi")])
    _annotate(archive, "1")
    with reading(archive) as connection:
        assert [item.annotation for item in posts.stream(connection)] == [_annotation("1")]
        assert annotations.count(connection) == 1
