"""Posts are annotated by one process each, however many there are, and never with what was said of an older content."""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text

from tinymovements.archive import annotations, posts
from tinymovements.archive.annotations import claim
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.posts import Stored
from tinymovements.errors import ArchiveError
from tinymovements.model import Annotation, Post

MakePost = Callable[..., Post]

TEXT = "Siivouspäivä pidetään lauantaina sisäpihalla, ja pöydän saa varata taloyhtiön ilmoitustaululta ennen perjantaita."


@pytest.fixture
def shared(postgresql_url: str) -> Iterator[Engine]:
    """An archive that several may annotate."""
    engine = open_archive(postgresql_url)
    yield engine
    engine.dispose()


def _said(number: int) -> str:
    return Annotation(version="1", language="fi", initiative=number / 1000, self_organised=0).model_dump_json()


def _store(archive: Engine, *batch: Post, patience: str = "") -> Stored:
    with writing(archive) as connection:
        if patience:
            connection.execute(text(f"SET LOCAL lock_timeout = '{patience}'"))
        return posts.store(connection, "groups", batch)


def test_what_is_claimed_is_passed_over_and_what_is_given_back_is_not(shared: Engine, make_post: MakePost) -> None:
    _store(shared, *(make_post(str(number), str(number)) for number in range(5)))
    first, second = claim(shared, "1", 0, 2), claim(shared, "1", 0, 2)
    assert first is not None
    assert second is not None
    assert [post.text for post in (*first.posts, *second.posts)] == ["0", "1", "2", "3"]
    first.give_back()
    assert second.keep(["two", "three"]) == 2
    third = claim(shared, "1", 0, 5)
    assert third is not None
    assert [post.text for post in third.posts] == ["0", "1", "4"]
    assert claim(shared, "1", 0, 5) is None
    third.give_back()


def test_a_claim_ends_with_its_holder(shared: Engine, make_post: MakePost) -> None:
    _store(shared, make_post("1", "yksi"))
    program = (
        "import sys\nfrom tinymovements.archive.annotations import claim\nfrom tinymovements.archive.database import open_archive\n"
        "held = claim(open_archive(sys.argv[1]), '1', 0, 10)\nprint(len(held.posts), flush=True)\nsys.stdin.read()\n"
    )
    url = shared.url.render_as_string(hide_password=False)
    with subprocess.Popen([sys.executable, "-c", program, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "1\n"
        assert claim(shared, "1", 0, 10) is None
        holder.kill()
    for _ in range(100):  # as often as the server may need to see it
        if mine := claim(shared, "1", 0, 10):
            break
        threading.Event().wait(0.02)
    assert mine is not None
    assert mine.keep(["{}"]) == 1


def test_a_claimed_post_does_not_change_but_another_may_be_linked_to_it(shared: Engine, make_post: MakePost) -> None:
    _store(shared, make_post("1", TEXT))
    mine = claim(shared, "1", 0, 10)
    assert mine is not None
    with pytest.raises(ArchiveError, match="lock timeout"):
        _store(shared, make_post("1", "muuta"), patience="100ms")
    assert _store(shared, make_post("2", f"{TEXT} Tervetuloa!"), patience="10s") == Stored(new=1)
    mine.give_back()
    assert _store(shared, make_post("1", "muuta"), patience="10s") == Stored(updated=1)


def test_what_has_changed_or_gone_since_it_was_read_is_left_out(archive: Engine, make_post: MakePost) -> None:
    _store(archive, *(make_post(str(number), str(number)) for number in range(3)))
    read = claim(archive, "1", 0, 10)
    assert read is not None
    read.give_back()
    with writing(archive) as connection:
        posts.store(connection, "groups", [make_post("1", "uusi")], gone=["2"])
    with writing(archive) as connection:
        assert annotations.put(connection, "1", read.posts, [_said(number) for number in range(3)]) == 1
    with reading(archive) as connection:
        assert [(item.post.text, item.annotation is not None) for item in posts.stream(connection)] == [
            ("0", True),
            ("uusi", False),
        ]
        assert annotations.count_outdated(connection, "1") == 1


def test_each_post_is_kept_once_by_however_many(shared: Engine, make_post: MakePost) -> None:
    _store(shared, *(make_post(str(number), str(number)) for number in range(400)))
    kept: list[str] = []

    def annotate() -> None:
        after = 0
        while mine := claim(shared, "1", after, 3):
            after = mine.posts[-1].number
            mine.keep([_said(post.number) for post in mine.posts])
            kept.extend(post.text for post in mine.posts)

    threads = [threading.Thread(target=annotate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(kept) == Counter(str(number) for number in range(400))
    with reading(shared) as connection:
        assert {item.revision for item in posts.stream(connection)} == {2}
