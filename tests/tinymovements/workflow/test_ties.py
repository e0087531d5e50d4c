"""What ties initiatives, and what does not."""

from collections.abc import Callable, Collection

import pytest
from pydantic import SecretStr

from tests.tinymovements.invented import KALLIO, fill, id_of, initiative_of
from tinymovements.archive import initiatives, posts
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.initiatives import Kept
from tinymovements.exports.ties import MOST_TOGETHER, Tie
from tinymovements.initiative import Initiative, Member, Name
from tinymovements.model import Post
from tinymovements.settings import Settings
from tinymovements.workflow.ties import find_ties, plain

Put = Callable[..., None]


@pytest.fixture
def put(settings: Settings) -> Put:
    """Keeps posts, each of one initiative: the first letter of its key."""

    def run(*given: tuple[str, dict[str, object]]) -> None:
        made = [
            Post.model_validate({"id": id_of(key), "native_id": key, "source": "lista", "content_hash": key, "text": "x", **facts})
            for key, facts in given
        ]
        with writing(open_archive(settings.archive_url)) as connection:
            posts.store(connection, "lista", made)
            initiatives.put(connection, "1", [_kept(made, id) for id in sorted({post.native_id[0] for post in made})], {})

    return run


def _kept(made: Collection[Post], id: str) -> Kept:
    members = tuple(
        Member(post=post.id, posted=post.posted, source=post.source, group=post.group, language="fi", main=True)
        for post in made
        if post.native_id[0] == id
    )
    names = (Name(text=id, language="fi", posts=len(members)),)
    return Kept(Initiative(id=initiative_of(id), names=names, self_organised=1, sites=(KALLIO,), members=members), None)


def _ties(settings: Settings, *discreet: str) -> dict[tuple[str, str, str], Tie]:
    with reading(open_archive(settings.archive_url)) as connection:
        found = find_ties(connection, {initiative_of(id) for id in discreet}).ties
    return {(tie.source[2], tie.target[2], tie.kind): tie for tie in found}


def test_each_kind_is_found_with_its_posts_and_days(settings: Settings) -> None:
    fill(settings)
    got = _ties(settings, "d")
    assert set(got) == {
        *(("a", "b", "shared_post"), ("b", "a", "mention"), ("b", "a", "link"), ("a", "b", "same_author"), ("z", "a", "successor")),
        *(("a", "b", "same_group"), ("a", "d", "same_group"), ("b", "d", "same_group")),
    }
    mention = got["b", "a", "mention"]
    assert (mention.weight, mention.posts, str(mention.first)[:10]) == (1, (id_of("b1"),), "2025-06-01")
    assert got["b", "a", "link"].posts == (id_of("b2"),)
    group = got["a", "b", "same_group"]
    assert (group.weight, group.posts, str(group.first)[:10], str(group.last)[:10]) == (
        *(1, (id_of("a1"), id_of("b1"))),
        *("2025-03-01", "2025-06-01"),
    )


def test_an_author_ties_without_being_told(settings: Settings) -> None:
    fill(settings)
    assert _ties(settings)["a", "b", "same_author"].posts == ()
    assert ("a", "d", "same_author") in _ties(settings)
    assert ("a", "d", "same_author") not in _ties(settings, "d")


def test_an_author_is_one_within_one_source_only(settings: Settings, put: Put) -> None:
    put(("a1", {"author": "p"}), ("b1", {"author": "p"}))
    assert _ties(settings)["a", "b", "same_author"].weight == 1
    with writing(open_archive(settings.archive_url)) as connection:
        posts.remove(connection, [id_of("b1")])
        other = Post(id=id_of("b2"), native_id="b2", source="muu", content_hash="b2", text="x", author="p")
        posts.store(connection, "muu", [other])
        initiatives.put(connection, "1", [_kept([other], "b")], {})
    assert _ties(settings) == {}


def test_weights_count_groups_and_not_posts(settings: Settings, put: Put) -> None:
    in_two = [(f"{id}{number}", {"group": f"ryhmä {number % 2}"}) for id in "ab" for number in range(6)]
    put(*in_two)
    tie = _ties(settings)["a", "b", "same_group"]
    assert (tie.weight, tie.posts) == (2, (id_of("a0"), id_of("a1"), id_of("b0"), id_of("b1")))


def test_where_all_meet_nobody_is_tied(settings: Settings, put: Put) -> None:
    ids = [chr(0x100 + number) for number in range(MOST_TOGETHER + 1)]
    put(*((f"{id}1", {"group": "Kaikki" if id != ids[0] else "Muut"}) for id in ids))
    with reading(open_archive(settings.archive_url)) as connection:
        assert len(find_ties(connection).ties) == MOST_TOGETHER * (MOST_TOGETHER - 1) // 2
    put((f"{ids[0]}2", {"group": "Kaikki"}))
    with reading(open_archive(settings.archive_url)) as connection:
        found = find_ties(connection)
        assert (found.ties, found.crowded) == ([], 1)


def test_a_page_is_that_of_who_names_it_most(settings: Settings, put: Put) -> None:
    def page(name: str) -> dict[str, object]:
        return {"text": f"Katso https://www.sivu.example/{name}/ tai kysy."}

    put(
        *((f"a{number}", page("a")) for number in range(2)),
        ("b1", page("a")),
        *(("c1", page("yhteinen")), ("d1", page("yhteinen"))),
        *(("e1", {"url": "http://sivu.example/omat/1"}), ("f1", page("omat/1"))),
    )
    assert set(_ties(settings)) == {("b", "a", "link"), ("f", "e", "link")}


@pytest.mark.parametrize(
    "link", ["https://www.Sivu.example/a", "http://sivu.example/a/", "https://m.sivu.example/a#kohta", "www.sivu.example/a."]
)
def test_one_address_has_many_forms(link: str) -> None:
    assert plain(link) == "sivu.example/a"


def test_a_record_that_awaits_being_made_anew_ties_nobody(settings: Settings) -> None:
    fill(settings)
    with writing(open_archive(settings.archive_url)) as connection:
        posts.remove(connection, [id_of("a2")])
    assert not any("a" in ends[:2] for ends in _ties(settings) if ends[2] != "successor")


def test_both_databases_tell_the_same(settings: Settings, postgresql_url: str) -> None:
    fill(settings)
    wanted = _ties(settings)
    settings.sources_folder.rename(settings.home / "other")
    elsewhere = settings.model_copy(update={"archive": SecretStr(postgresql_url)})
    fill(elsewhere)
    got = _ties(elsewhere)
    known = {ends for ends in wanted if ends[2] != "successor"}  # which has the moment of its making
    assert {ends: got[ends] for ends in known} == {ends: wanted[ends] for ends in known}
    assert got.keys() == wanted.keys()
