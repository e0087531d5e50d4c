"""An index of initiatives is behind by what was kept anew or is gone, be it by a post that was withdrawn."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select

from tinymovements.archive import indexed_initiatives as ledger
from tinymovements.archive import initiatives, posts
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.initiatives import Kept
from tinymovements.archive.tables import resolutions
from tinymovements.initiative import Initiative, Member, Name
from tinymovements.model import Post

MakePost = Callable[..., Post]


def made_of(*of: Post, name: str = "Kyläpaja") -> Initiative:
    members = [Member(post=post.id, posted=None, source=post.source, group=None, language="fi", main=True) for post in of]
    names = (Name(text=name, language="fi", posts=1),)
    return Initiative(id=f"i{of[0].native_id}", names=names, self_organised=0.5, members=tuple(members))


def put(archive: Engine, *made: Initiative, gone: tuple[str, ...] = ()) -> None:
    with writing(archive) as connection:
        initiatives.put(connection, "1", [Kept(one, None) for one in made], dict.fromkeys(gone))


def behind(archive: Engine) -> list[ledger.Change]:
    with reading(archive) as connection:
        changes = ledger.next_changes(connection, ledger.FIRST, 100)
        assert ledger.count_behind(connection, "index") == len(changes)
        assert ledger.noted(connection, ["i1", "i2", "zzz"]) == {id for id, _ in changes}
    return changes


def index(archive: Engine) -> None:
    with writing(archive) as connection:
        ledger.strike_out(connection, ledger.next_changes(connection, "", 100))


def note(archive: Engine, differing: dict[str, int]) -> dict[str, int]:
    with writing(archive) as connection:
        return {str(what): count for what, count in ledger.note(connection, differing).items()}


@pytest.fixture
def two(archive: Engine, make_post: MakePost) -> list[Post]:
    """Two posts, each of an initiative of its own; the index is complete."""
    made = [make_post("1", "yksi"), make_post("2", "kaksi")]
    with writing(archive) as connection:
        posts.store(connection, "groups", made)
    put(archive, *map(made_of, made))
    with writing(archive) as connection:
        ledger.begin_anew(connection)
        ledger.complete(connection, "index")
    return made


def test_an_index_that_nobody_knows_lacks_every_initiative(archive: Engine, two: list[Post]) -> None:
    with reading(archive) as connection:
        assert ledger.knows(connection, "index")
        assert not ledger.knows(connection, "another")
        assert (ledger.count_behind(connection, "index"), ledger.count_behind(connection, "another")) == (0, 2)
    with writing(archive) as connection:
        ledger.begin_anew(connection)
        assert not ledger.knows(connection, "index")
        assert ledger.count_behind(connection, "index") == 2


def test_what_is_kept_anew_or_gone_is_noted(archive: Engine, two: list[Post]) -> None:
    put(archive, made_of(two[0], name="Toinen nimi"), gone=("i2",))
    assert behind(archive) == [("i1", 2), ("i2", 0)]
    index(archive)
    assert behind(archive) == []
    put(archive, made_of(two[1]))
    assert behind(archive) == [("i2", 3)]


def test_a_post_that_is_withdrawn_or_reworded_takes_its_initiative_with_it(
    archive: Engine, two: list[Post], make_post: MakePost
) -> None:
    with writing(archive) as connection:
        posts.store(connection, "groups", [make_post("1", "yksi ja puoli")], gone=["2"])
    assert behind(archive) == [("i1", 0), ("i2", 0)]


def test_what_changes_while_it_is_indexed_stays_noted(archive: Engine, two: list[Post]) -> None:
    put(archive, made_of(two[0]), made_of(two[1]))
    with reading(archive) as connection:
        changes = ledger.next_changes(connection, "", 100)
    put(archive, made_of(two[0]))
    with writing(archive) as connection:
        ledger.strike_out(connection, changes)
    assert behind(archive) == [("i1", 3)]


def test_the_last_version_is_beyond_every_state_and_before_every_later_one(archive: Engine, two: list[Post]) -> None:
    put(archive, gone=("i1",))
    with reading(archive) as connection:
        last = ledger.last_version(connection)
    put(archive, made_of(two[0]))
    with reading(archive) as connection:
        states = dict(ledger.states(connection))
    assert states["i2"] < last < states["i1"]
    assert list(states) == ["i1", "i2"]


def test_without_any_the_last_version_is_nothing(archive: Engine) -> None:
    with reading(archive) as connection:
        assert ledger.last_version(connection) == 0
        assert list(ledger.states(connection)) == []


class TestNote:
    def test_each_difference_is_counted_and_what_can_be_mended_is_noted(self, archive: Engine, two: list[Post]) -> None:
        put(archive, gone=("i2",))
        index(archive)
        assert note(archive, {"i1": 0, "i2": 1, "zzz": 100}) == {"missing": 1, "surplus": 1, "foreign": 1}
        assert behind(archive) == [("i1", 3), ("i2", 0)]
        with reading(archive) as connection:
            assert connection.execute(select(resolutions.c.version)).scalars().all() == ["1", "1", "1"]

    def test_another_state_gets_one_that_is_newer(self, archive: Engine, two: list[Post]) -> None:
        put(archive, made_of(two[0]))
        index(archive)
        assert note(archive, {"i1": 3}) == {"other": 1}, "written by hand it has the version that comes next"
        assert behind(archive) == [("i1", 3)]
        index(archive)
        assert note(archive, {"i1": 1}) == {"other": 1}
        assert note(archive, {"i2": 6}) == {"foreign": 1}

    def test_what_is_noted_or_mended_already_is_no_difference(self, archive: Engine, two: list[Post]) -> None:
        put(archive, made_of(two[0]))
        assert note(archive, {"i1": 1, "i2": 1, "zzz": 0}) == {}
        assert behind(archive) == [("i1", 2)]


def test_what_another_transaction_holds_is_left_and_not_waited_for(postgresql_url: str, make_post: MakePost) -> None:
    archive = open_archive(postgresql_url)
    made = [make_post("1", "yksi"), make_post("2", "kaksi")]
    with writing(archive) as connection:
        posts.store(connection, "groups", made)
    put(archive, *map(made_of, made))
    with writing(archive) as connection:
        ledger.complete(connection, "index")
        assert ledger.claim(connection, "another", 10) is None
    with writing(archive) as holding:
        assert ledger.claim(holding, "index", 1) == [("i1", 1)]
        with writing(archive) as other:
            assert ledger.claim(other, "index", 10) == [("i2", 1)]
            ledger.strike_out(other, [("i1", 1), ("i2", 1)])
    assert behind(archive) == [("i1", 1)]
    archive.dispose()
