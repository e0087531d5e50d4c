"""Posts that say the same are linked to the first of them."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from tinymovements.archive import posts
from tinymovements.archive.database import reading, writing
from tinymovements.model import Post

MakePost = Callable[..., Post]

TEXT = (
    "Korttelin yhteinen siivouspäivä pidetään lauantaina sisäpihalla, ja pöydän saa varata taloyhtiön ilmoitustaululta. "
    "Kahvia keittää kakkosrapun väki, lapset myyvät mehua, ja loput tavarat viedään illalla kierrätyskeskukseen."
)


def _store(archive: Engine, *batch: Post) -> None:
    with writing(archive) as connection:
        posts.store(connection, "groups", batch)


def _same(archive: Engine, post: Post) -> set[str]:
    with reading(archive) as connection:
        return set(posts.same(connection, posts.get(connection, post.id).number))


@pytest.mark.parametrize(
    "other",
    [
        TEXT.upper(),
        TEXT.replace(" ", "\n\n").replace(",", " –"),
        f"Jaan tämän tännekin: {TEXT}",
        f"{TEXT} Tervetuloa!",
    ],
)
def test_a_reformatted_or_reshared_post_is_linked(archive: Engine, make_post: MakePost, other: str) -> None:
    first, second = make_post("1", TEXT), make_post("2", other)
    _store(archive, first, second)
    assert _same(archive, second) == {first.id}
    assert _same(archive, first) == {second.id}
    with reading(archive) as connection:
        assert posts.count_near_duplicates(connection) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TEXT, "Korttelin yhteinen siivouspäivä peruttiin, koska sisäpiha on remontissa koko kevään ja kesän yli syksyyn."),
        ("Kiitos kaikille!", "Kiitos kaikille!"),
        ("", ""),
    ],
)
def test_what_only_begins_alike_or_is_too_short_is_not_linked(archive: Engine, make_post: MakePost, one: str, other: str) -> None:
    first, second = make_post("1", one), make_post("2", other)
    _store(archive, first, second)
    assert _same(archive, first) == set()


def test_when_the_first_goes_the_rest_stay_together(archive: Engine, make_post: MakePost) -> None:
    three = [make_post(str(number), f"{TEXT} {ending}") for number, ending in enumerate(("", "Tervetuloa!", "Nähdään."), 1)]
    _store(archive, *three)
    with writing(archive) as connection:
        posts.store(connection, "groups", [], gone=["1"])
    assert _same(archive, three[1]) == {three[2].id}


def test_a_post_that_changes_leaves_those_it_was_like(archive: Engine, make_post: MakePost) -> None:
    first, second = make_post("1", TEXT), make_post("2", TEXT + " Tule!")
    _store(archive, first, second)
    _store(archive, make_post("2", "Nyt tässä lukee jotakin aivan muuta kuin silloin kun se ensin tänne pantiin."))
    assert _same(archive, first) == set()
