"""What people decide about initiatives wins over the program, at once and over rebuilds, until they take it back."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from search.query import Query
from tests.tinymovements.workflow.resolving import TOLD, World
from tinymovements.archive import corrections
from tinymovements.archive import initiatives as kept_initiatives
from tinymovements.archive.corrections import Said
from tinymovements.archive.database import reading, writing
from tinymovements.archive.locks import held
from tinymovements.archive.tables import marks, signals
from tinymovements.cli import main
from tinymovements.errors import DecisionError, UnknownInitiative, UnknownPost
from tinymovements.workflow.index import INITIATIVES, count_behind, index_initiatives, index_posts
from tinymovements.workflow.initiatives import Decided, every, merge, rename, split, undo

RUUVI, KAAPPI, SOPPA = (frozenset(name for name in TOLD if name.startswith(key)) for key in ("ruuvi", "kaappi", "soppa"))


def ignore(_steps: object) -> None:
    """Listens to nothing."""


@pytest.fixture
def town(world: World) -> World:
    """All posts, resolved."""
    world.add(*TOLD)
    world.resolve()
    assert world.main() >= {RUUVI, KAAPPI, SOPPA}
    return world


def _merge(world: World, *names: str) -> Decided:
    return merge(world.settings, [world.of(name).id[:9] for name in names], "library", ignore)


def _split(world: World, of: str, *names: str) -> Decided:
    return split(world.settings, world.of(of).id, [world.ids()[name][:9] for name in names], "library", ignore)


def test_initiatives_that_people_merge_are_one_and_stay_so(town: World) -> None:
    one, other = town.of("ruuvi-1").id, town.of("kaappi-1").id
    decided = _merge(town, "ruuvi-1", "kaappi-1")
    assert [(made.id, len(made.members)) for made in decided.initiatives] == [(one, 7)]
    assert RUUVI | KAAPPI in town.main()
    assert town.redirects() == {other: one}
    town.resolve(anew=True)
    assert RUUVI | KAAPPI in town.main()
    undo(town.settings, decided.number, ignore)
    assert town.main() >= {RUUVI, KAAPPI}
    assert town.redirects() == {}


def test_posts_that_people_split_off_leave_and_stay_away(town: World) -> None:
    decided = _split(town, "ruuvi-1", "ruuvi-3", "ruuvi-4")
    assert decided.initiatives[0].id == town.of("ruuvi-1").id
    for _ in range(2):
        assert not any({"ruuvi-1", "ruuvi-3"} <= main | beside for main, beside in town.partition())
        assert RUUVI - {"ruuvi-3", "ruuvi-4"} in town.main()
        town.resolve(anew=True)
    undo(town.settings, decided.number, ignore)
    assert RUUVI in town.main()


def test_what_was_decided_later_wins(town: World) -> None:
    _merge(town, "ruuvi-1", "kaappi-1")
    _split(town, "ruuvi-1", *KAAPPI)
    assert not any(main & RUUVI and main & KAAPPI for main in town.main())
    _merge(town, "ruuvi-1", "kaappi-1")
    assert RUUVI | KAAPPI in town.main()


def test_it_outlives_posts_and_initiatives(town: World) -> None:
    _merge(town, "ruuvi-1", "soppa-1")
    town.withdraw("ruuvi-1", "soppa-1")
    town.resolve()
    assert {"ruuvi-2", "soppa-2"} <= {member for main in town.main() if "soppa-2" in main for member in main}


def test_a_name_that_people_gave_comes_first_and_goes_with_most_of_the_posts(town: World) -> None:
    usual = town.of("ruuvi-1").name
    decided = rename(town.settings, town.of("ruuvi-1").id, "  Ruuvin  korjausilta ", "library", ignore)
    for _ in range(2):
        one = town.of("ruuvi-1")
        assert (one.name, one.named_by_person, one.names[1].text) == ("Ruuvin korjausilta", True, usual)
        town.resolve(anew=True)
    town.withdraw("ruuvi-1")
    town.resolve()
    _merge(town, "ruuvi-2", "kaappi-1")
    assert town.of("kaappi-1").name == "Ruuvin korjausilta"
    undo(town.settings, decided.number, ignore)
    assert not town.of("ruuvi-2").named_by_person


def test_an_initiative_may_be_called_after_people_and_days(town: World) -> None:
    for name in ("Sirkan sopat", "Talkoot 12.12.2026 klo 10–14"):
        rename(town.settings, town.of("ruuvi-1").id, name, "library", ignore)
        assert town.of("ruuvi-1").name == name


def test_nothing_else_is_made_anew(town: World) -> None:
    def revision(name: str) -> int:
        with reading(town.archive) as connection:
            return kept_initiatives.get(connection, town.of(name).id).revision

    before = revision("soppa-1"), revision("ruuvi-1")
    rename(town.settings, town.of("ruuvi-1").id, "Ruuvi", "library", ignore)
    assert revision("soppa-1") == before[0]
    assert revision("ruuvi-1") > before[1]


def test_a_name_goes_where_most_of_its_posts_go_without_a_rebuild(town: World) -> None:
    rename(town.settings, town.of("soppa-1").id, "Keittoilta", "library", ignore)
    _split(town, "soppa-1", "soppa-1")
    named = {one.id for one in town.kept() if one.named_by_person}
    town.resolve(anew=True)
    assert {one.id for one in town.kept() if one.named_by_person} == named


def test_what_waits_for_posts_to_be_read_is_not_said_to_be_taken_in(town: World) -> None:
    with writing(town.archive) as connection:
        corrections.keep(connection, [Said(town.ids()["ruuvi-1"], "initiative", True, "library")], datetime.now(UTC))
    assert not _merge(town, "ruuvi-1", "kaappi-1").taken_in
    town.resolve()
    assert any({"ruuvi-1", "kaappi-1"} <= main for main in town.main())


def test_after_an_upgrade_a_decision_waits_until_posts_are_read_anew(town: World) -> None:
    with writing(town.archive) as connection:
        connection.execute(update(signals).values(state="0.0.9-0ld " + signals.c.state, told=b"other"))
        connection.execute(update(marks).values(signal=b"other"))
    assert not _merge(town, "ruuvi-1", "kaappi-1").taken_in
    assert town.main() >= {RUUVI, KAAPPI}
    town.resolve()
    assert RUUVI | KAAPPI in town.main()


def test_an_index_that_is_there_knows_at_once(town: World) -> None:
    from tinymovements.workflow.search_initiatives import search_initiatives

    index_posts(town.settings, ignore)
    index_initiatives(town.settings, ignore)
    rename(town.settings, town.of("ruuvi-1").id, "Mutteriklubi", "library", ignore)
    assert count_behind(town.settings, INITIATIVES) == 0
    page = search_initiatives(town.settings, Query(words="mutteriklubi", facets=()))
    assert [hit.id for hit in page.hits] == [town.of("ruuvi-1").id]


def test_while_another_process_resolves_it_is_kept_for_it(town: World) -> None:
    with held(town.archive, "resolve"):
        decided = _merge(town, "ruuvi-1", "kaappi-1")
        assert not decided.taken_in
        assert town.main() >= {RUUVI, KAAPPI}
    town.resolve()
    assert RUUVI | KAAPPI in town.main()


def test_what_cannot_be_decided_is_said_and_not_kept(town: World) -> None:
    one = town.of("ruuvi-1").id
    with pytest.raises(DecisionError, match="two initiatives"):
        merge(town.settings, [one, one[:9]], "library", ignore)
    with pytest.raises(UnknownInitiative):
        merge(town.settings, [one, "izzz"], "library", ignore)
    with pytest.raises(DecisionError, match="is not of"):
        split(town.settings, one, [town.ids()["soppa-1"]], "library", ignore)
    with pytest.raises(DecisionError, match="Nothing would be left"):
        split(town.settings, one, [town.ids()[name] for name in RUUVI], "library", ignore)
    with pytest.raises(UnknownPost):
        split(town.settings, one, ["zzzz"], "library", ignore)
    with pytest.raises(DecisionError, match="1 to 200"):
        rename(town.settings, one, " \n", "library", ignore)
    with pytest.raises(DecisionError, match="holds a phone number and an e-mail address, which may not be kept") as refused:
        rename(town.settings, one, "Matti Virtasen paja, 040 123 4567, matti@example.com", "library", ignore)
    assert "040" not in str(refused.value)
    with pytest.raises(DecisionError, match="holds a handle,"):
        rename(town.settings, one, "Ruuvi @ruuvinpaja", "library", ignore)
    with pytest.raises(DecisionError, match="somebody's"):
        rename(town.settings, one, "Ruuvi", "=cmd", ignore)
    with pytest.raises(DecisionError, match="no decision 1"):
        undo(town.settings, 1, ignore)
    assert every(town.settings) == []


def _run(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("archive_url", ["sqlite"], indirect=True)
def test_the_commands(town: World) -> None:
    one, other, ids = town.of("ruuvi-1").id, town.of("kaappi-1").id, town.ids()
    assert f"Decision 1 kept.\n{one[:8]}  " in _run("initiative", "merge", one, other, "--by", "library")
    assert f"Decision 1 taken back.\n{one[:8]}  " in _run("initiative", "undo", "1")
    assert "Decision 2 kept." in _run("initiative", "split", one, ids["ruuvi-4"], "--by", "library")
    assert f"{one[:8]}  Ruuvin ilta: " in _run("initiative", "rename", one, "Ruuvin ilta", "--by", "library")
    listed = _run("initiative", "decisions")
    assert "   1  merge: 7 posts from" in listed
    assert "taken back" in listed
    assert f"   2  split: {ids['ruuvi-4'][:8]} not with" in listed
    assert "   3  rename: that of" in listed
    assert '"action": "rename"' in _run("initiative", "decisions", "--json")
    assert '"taken_in": true' in _run("initiative", "undo", "3", "--json")
    assert "No post to read" in _run("resolve")
    assert '"posts": 14' in _run("resolve", "--anew", "--json")
