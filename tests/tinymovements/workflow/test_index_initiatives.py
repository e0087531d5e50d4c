"""The index of initiatives follows the archive as that of posts does, in both engines, and keeps out of its way."""

from contextlib import suppress
from typing import Any

import pytest
from click.testing import CliRunner

from pipelines.terms import analyse, terms_of
from search.engine import NOTHING
from search.query import Query
from tests.tinymovements import village as world
from tests.tinymovements.village import SOUP, WORKSHOP, Village
from tinymovements.archive import indexed_initiatives, initiatives
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.locks import held
from tinymovements.cli import main
from tinymovements.errors import Busy, IndexUnavailable
from tinymovements.settings import Settings
from tinymovements.workflow import index, initiative_documents
from tinymovements.workflow.index import INITIATIVES, count_behind, index_initiatives, index_posts, open_engine
from tinymovements.workflow.index_check import Checked, check_index
from tinymovements.workflow.initiative_documents import document, tell
from tinymovements.workflow.status import status


@pytest.fixture(params=["embedded", "elasticsearch"])
def village(request: pytest.FixtureRequest, settings: Settings) -> Village:
    """A village, and an index of nothing, in each engine in turn."""
    return world.build(settings if request.param == "embedded" else request.getfixturevalue("elastic_settings"))


@pytest.fixture
def here(settings: Settings) -> Village:
    """The same in the embedded engine alone."""
    return world.build(settings)


def run(settings: Settings, anew: bool = False) -> int:
    return index_initiatives(settings, lambda _steps: None, anew)


def check(settings: Settings) -> Checked:
    return check_index(settings, lambda _steps: None, INITIATIVES)


def behind(settings: Settings) -> int:
    return count_behind(settings, INITIATIVES)


def found(settings: Settings, words: str = "") -> set[str]:
    return set(open_engine(settings, unit="initiatives").ids(Query(words=words)))


def command(words: str) -> str:
    return CliRunner().invoke(main, words.split()).stdout


class TestFollows:
    def test_a_first_run_indexes_everything_and_a_second_nothing(self, village: Village) -> None:
        settings = village.settings
        assert behind(settings) == 2
        assert run(settings) == 2
        assert found(settings) == set(village.ids.values())
        assert (behind(settings), run(settings), check(settings)) == (0, 0, Checked(2, 0, 0, 0, 0))

    def test_what_is_kept_anew_or_gone_is_done(self, village: Village) -> None:
        settings = village.settings
        run(settings)
        village.put(world.workshop(village.posts, without="wish"), gone={village.ids[SOUP]: None})
        assert behind(settings) == 2
        assert found(settings, "+pakettiauto") == {village.ids[WORKSHOP]}
        assert run(settings) == 2
        assert found(settings) == {village.ids[WORKSHOP]}
        assert found(settings, "+pakettiauto") == set()
        assert check(settings) == Checked(1, 0, 0, 0, 0)

    def test_what_went_and_came_again_is_there(self, village: Village) -> None:
        settings = village.settings
        run(settings)
        village.put(gone={village.ids[SOUP]: None})
        run(settings)
        village.put(world.soup(village.posts))
        assert run(settings) == 1
        assert found(settings, "soppa") == {village.ids[SOUP]}

    def test_a_withdrawn_post_takes_its_initiative_out(self, village: Village) -> None:
        settings = village.settings
        run(settings)
        village.withdraw("wish")
        assert behind(settings) == 1
        assert run(settings) == 1
        assert found(settings) == {village.ids[SOUP]}
        village.withdraw("soup")
        run(settings)
        assert found(settings) == set()

    def test_differences_are_found_and_mended(self, village: Village) -> None:
        settings, engine = village.settings, open_engine(village.settings, unit="initiatives")
        run(settings)
        village.put(world.workshop(village.posts, without="wish"))
        with writing(open_archive(settings.archive_url)) as connection:  # as if the engine had lost it
            indexed_initiatives.strike_out(connection, indexed_initiatives.next_changes(connection, "", 10))
        engine.write([], [(village.ids[SOUP], 1)])
        assert check(settings) == Checked(2, 1, 1, 0, 0)
        assert check(settings) == Checked(2, 0, 0, 0, 0), "what is noted already is found once"
        assert run(settings) == 2
        assert check(settings) == Checked(2, 0, 0, 0, 0)
        assert found(settings, "+pakettiauto") == set()

    def test_anew_makes_everything_again(self, village: Village) -> None:
        run(village.settings)
        before = open_engine(village.settings, unit="initiatives").identity()
        assert run(village.settings, anew=True) == 2
        assert open_engine(village.settings, unit="initiatives").identity() != before
        assert behind(village.settings) == 0

    def test_it_and_the_index_of_posts_do_not_touch_each_other(self, village: Village) -> None:
        settings = village.settings
        index_posts(settings, lambda _steps: None)
        posts = open_engine(settings)
        before = posts.identity()
        run(settings)
        village.put(world.soup(village.posts))
        run(settings)
        assert (posts.identity(), posts.count(), count_behind(settings)) == (before, 6, 0)
        initiatives = open_engine(settings, unit="initiatives").identity()
        index_posts(settings, lambda _steps: None, anew=True)
        assert (open_engine(settings, unit="initiatives").identity(), behind(settings)) == (initiatives, 0)
        assert posts.leftovers() == open_engine(settings, unit="initiatives").leftovers() == []


class Killed(BaseException):
    """Stands for `kill -9`: nobody catches it."""


@pytest.mark.parametrize("line", ["begin_anew", "complete", "strike_out"])
@pytest.mark.parametrize("anew", [False, True])
def test_killed_between_engine_and_archive_the_next_run_comes_to_the_right_state(
    here: Village, monkeypatch: pytest.MonkeyPatch, line: str, anew: bool
) -> None:
    run(here.settings)
    here.put(world.workshop(here.posts, without="wish"), gone={here.ids[SOUP]: None})

    def kill(*given: object) -> None:
        raise Killed

    with monkeypatch.context() as patched, suppress(Killed):
        patched.setattr(indexed_initiatives, line, kill)
        run(here.settings, anew)
    run(here.settings)
    assert found(here.settings) == {here.ids[WORKSHOP]}
    assert found(here.settings, "+pakettiauto") == set()
    assert (behind(here.settings), run(here.settings), check(here.settings)) == (0, 0, Checked(1, 0, 0, 0, 0))


def test_a_run_that_was_stopped_goes_on(here: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "COMMIT", 1)
    run(here.settings)
    here.put(world.workshop(here.posts), world.soup(here.posts))

    def stop(steps: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_initiatives(here.settings, stop)
    assert behind(here.settings) == 1
    assert run(here.settings) == 1


def test_one_process_indexes_at_a_time_and_another_may_index_posts(here: Village) -> None:
    with held(open_archive(here.settings.archive_url), "index initiatives"):
        with pytest.raises(Busy, match="`index initiatives` is being done already"):
            run(here.settings)
        assert index_posts(here.settings, lambda _steps: None) == 6
    assert run(here.settings) == 2


def test_without_initiatives_there_is_no_index_of_them(settings: Settings) -> None:
    assert run(settings) == run(settings, anew=True) == behind(settings) == 0
    assert not settings.initiatives_index_folder.exists()
    with pytest.raises(IndexUnavailable):
        found(settings)


class TestCommands:
    def test_index_tells_of_both(self, here: Village) -> None:
        assert "Index     embedded: 6 posts and 2 initiatives behind" in command("status")
        assert command("index") == "6 posts and 2 initiatives indexed.\n"
        assert command("index") == "Nothing to index: the index is up to date.\n"
        here.put(world.soup(here.posts))
        assert "Index     embedded: 1 initiative behind" in command("status")
        told = status(here.settings)
        assert (told.behind, told.initiatives_behind) == (0, 1)
        assert ("initiatives not indexed: 1", "tinymovements index") in [(left.what, left.command) for left in told.unfinished]
        assert command("index") == "1 initiative indexed.\n"
        assert command("index --anew --json").split() == '{ "indexed": 6, "initiatives": 2 }'.split()

    def test_verify_compares_both(self, here: Village) -> None:
        command("index")
        same = "compared: the index has each as the archive has it.\n"
        assert command("index --verify") == f"6 posts {same}2 initiatives {same}"
        open_engine(here.settings, unit="initiatives").write([], [(here.ids[SOUP], 1)])
        told = CliRunner().invoke(main, ["index", "--verify"])
        assert told.exit_code == 1
        assert "2 initiatives compared: 1 missing in the index" in told.stdout
        assert command("index") == "1 initiative indexed.\n"
        assert '"initiatives": {\n    "compared": 2' in command("index --verify --json")

    def test_what_a_killed_rebuild_left_is_named(self, here: Village) -> None:
        command("index")
        (here.settings.initiatives_index_folder / "9-00112233aabbccdd").mkdir()
        assert [left.path.rpartition("/")[2] for left in status(here.settings).leftovers] == ["9-00112233aabbccdd"]
        command("index --anew")
        assert status(here.settings).leftovers == ()


def made(village: Village, name: str) -> Any:
    with reading(open_archive(village.settings.archive_url)) as connection:
        (told,) = tell(connection, [initiatives.get(connection, village.ids[name])])
    return document(told)


class TestDocument:
    def test_it_has_its_names_as_title_and_its_own_posts_as_text(self, here: Village) -> None:
        one = made(here, WORKSHOP)
        assert one.title == (*terms_of("Kyläpajan ilta", "fi"), (NOTHING,), *terms_of("Byverkstadens kväll", "sv"))
        terms = [word[0] for word in one.text]
        assert {"pakettiauto", "cykla", "alkaa"} <= set(terms)
        assert "haitarikonsertti" not in terms, "of a post that names it beside another"
        assert terms.index("korjata") < terms.index("pakettiauto") < terms.index("cykla"), "the description, then the newest post"

    def test_it_has_the_values_of_all_its_posts(self, here: Village) -> None:
        one = made(here, WORKSHOP)
        assert (one.languages, one.sources, one.kinds) == (("fi", "sv"), ("forum",), ("event", "message"))
        assert (one.movements, one.stage, one.posted) == (("repair-and-reuse",), "active", world.day(5))
        assert (one.places, one.districts, one.within) == (("Vaasanaukio",), ("Kallio",), ("Helsinki", "Kallio", "Vaasanaukio"))
        assert one.points == ((60.187, 24.958),)
        assert made(here, SOUP).stage is None

    def test_no_phrase_reaches_from_one_text_into_the_next(self, here: Village) -> None:
        run(here.settings)
        assert found(here.settings, '"pullakahvit byverkstad"') == found(here.settings, '"ilta byverkstad"') == set()
        assert found(here.settings, '"tarjota pullakahvi"') == {here.ids[WORKSHOP]}

    def test_of_many_posts_the_newest_are_read_and_of_long_ones_the_beginning(
        self, here: Village, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(initiative_documents, "POSTS", 2)
        monkeypatch.setattr(initiative_documents, "LETTERS", 30)
        terms = {word[0] for word in made(here, WORKSHOP).text}
        assert {"tarvita", "kväll"} <= terms
        assert not {"lauantai", "vaasanaukio", "cykla"} & terms


@pytest.fixture
def peers(settings: Settings) -> Village:
    """A sensitive initiative."""
    return world.build_peers(settings)


def test_of_a_sensitive_initiative_no_engine_learns_more_than_the_district(peers: Village) -> None:
    one = made(peers, "Toipujien ilta")
    assert (one.places, one.within, one.points) == (("Kallio",), ("Helsinki", "Kallio"), ())
    terms = {term for words in (one.title, one.text) for word in words for term in word}
    hidden = {term for token in analyse("Vaasankatu", "fi") for term in token.terms} | {"5"}
    assert not (hidden - {"5"}) & terms
    assert {"toipua", "pihajuhla"} & terms
