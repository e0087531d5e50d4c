"""Only what is out of date is annotated again, and only what says something new is indexed again."""

from collections.abc import Callable

from sqlalchemy import Engine

from tinymovements.archive import annotations, indexed, posts
from tinymovements.archive.database import reading, writing
from tinymovements.archive.posts import Archived
from tinymovements.model import Annotation, Post

MakePost = Callable[..., Post]


def _annotation(version: str, initiative: float = 0.5) -> Annotation:
    return Annotation(version=version, language="fi", initiative=initiative, self_organised=0.1)


def _outdated(archive: Engine, version: str) -> list[Archived]:
    with reading(archive) as connection:
        found = annotations.outdated(connection, version, 0, 100)
        assert annotations.count_outdated(connection, version) == len(found)
    return found


def _annotate(archive: Engine, version: str, initiative: float = 0.5) -> None:
    with writing(archive) as connection:
        found = annotations.outdated(connection, version, 0, 100)
        annotations.put(connection, [(item, _annotation(version, initiative)) for item in found])


def test_new_changed_and_otherwise_versioned_posts_are_out_of_date(archive: Engine, make_post: MakePost) -> None:
    with writing(archive) as connection:
        posts.store(connection, "groups", [make_post("1", "yksi"), make_post("2", "kaksi")])
    assert [item.post.native_id for item in _outdated(archive, "1")] == ["1", "2"]
    _annotate(archive, "1")
    assert _outdated(archive, "1") == []
    with writing(archive) as connection:
        posts.store(connection, "groups", [make_post("2", "kaksi ja puoli"), make_post("3", "kolme")])
    assert [item.post.native_id for item in _outdated(archive, "1")] == ["2", "3"]
    assert len(_outdated(archive, "2")) == 3


def test_an_annotation_comes_back_with_its_post(archive: Engine, make_post: MakePost) -> None:
    with writing(archive) as connection:
        posts.store(connection, "groups", [make_post("1", "yksi")])
    _annotate(archive, "1")
    with reading(archive) as connection:
        assert [item.annotation for item in posts.stream(connection)] == [_annotation("1")]
        assert annotations.count(connection) == 1


def test_an_index_is_behind_only_where_something_new_is_said(archive: Engine, make_post: MakePost) -> None:
    def behind() -> list[str]:
        with reading(archive) as connection:
            found = indexed.behind(connection, "index", "", 100)
            assert indexed.count_behind(connection, "index") == len(found) + len(indexed.gone(connection, "index"))
        return [item.post.native_id for item in found]

    def index() -> None:
        with writing(archive) as connection:
            found = indexed.behind(connection, "index", "", 100)
            written = [(item.post.id, item.revision) for item in found]
            indexed.record(connection, "index", written, indexed.gone(connection, "index"))

    with writing(archive) as connection:
        posts.store(connection, "groups", [make_post("1", "yksi"), make_post("2", "kaksi")])
    assert behind() == ["1", "2"]
    index()
    assert behind() == []
    _annotate(archive, "1")
    assert behind() == ["1", "2"]
    index()
    _annotate(archive, "2")  # another version that says the same
    assert behind() == []
    _annotate(archive, "3", initiative=0.9)
    assert behind() == ["1", "2"]
    index()
    with writing(archive) as connection:
        posts.store(connection, "groups", [], gone=["1"])
    with reading(archive) as connection:
        assert indexed.gone(connection, "index") == [make_post("1", "").id]
    index()
    with reading(archive) as connection:
        assert indexed.gone(connection, "index") == []
