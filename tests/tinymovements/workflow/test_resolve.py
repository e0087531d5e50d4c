"""Posts become initiatives bit by bit as they would at once, in whatever order; what is withdrawn is quoted by nothing."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.initiatives import clusters
from tests.tinymovements.workflow.resolving import GATE, OTHER_WORDS, TOLD, World, draft
from tinymovements.archive import corrections, posts
from tinymovements.archive import initiatives as kept_initiatives
from tinymovements.archive.corrections import Said
from tinymovements.archive.database import reading, writing
from tinymovements.archive.initiatives import Kept
from tinymovements.archive.locks import held
from tinymovements.errors import Busy, UnknownInitiative
from tinymovements.initiative import initiative_id
from tinymovements.model import Annotation, Draft, Kind
from tinymovements.settings import Settings
from tinymovements.workflow import initiatives, resolve, resolve_make, resolve_work
from tinymovements.workflow.resolve import Resolved, count_unresolved, resolve_posts
from tinymovements.workflow.resolve_work import Told

RUUVI, KAAPPI = (frozenset(name for name in TOLD if name.startswith(key)) for key in ("ruuvi", "kaappi"))


MakeWorld = Callable[[str], World]


@pytest.fixture
def make_world(tmp_path: Path, said: dict[str, Annotation]) -> MakeWorld:
    """Makes a new archive of SQLite, anew at each call."""

    def make(name: str) -> World:
        file = tmp_path / f"{name}.db"
        for left in tmp_path.glob(f"{name}.db*"):
            left.unlink()
        return World(Settings(home=tmp_path / "home", archive=f"sqlite:///{file}", processes=1), said)

    return make


def at_once(world: World, *names: str) -> World:
    world.add(*names)
    world.resolve()
    return world


def test_posts_of_one_initiative_become_one_and_chatter_none(world: World) -> None:
    world.add(*TOLD)
    assert count_unresolved(world.settings) == len(TOLD)
    done = world.resolve()
    assert world.main() >= {RUUVI, KAAPPI}
    assert not any({"sohva", "kadut", "katten"} & main for main in world.main())
    assert done == Resolved(len(TOLD), len(world.kept()), len(world.kept()), 0, 0)
    assert world.of("ruuvi-3").id == initiative_id(world.ids()["ruuvi-1"])
    assert count_unresolved(world.settings) == 0
    assert world.resolve() == Resolved(0, len(world.kept()), 0, 0, 0)


def test_a_post_that_comes_later_joins_and_only_what_it_touches_is_made_anew(world: World) -> None:
    world.add(*(name for name in TOLD if name != "ruuvi-4"))
    world.resolve()
    before = world.of("ruuvi-1")
    with reading(world.archive) as connection:
        soup = kept_initiatives.get(connection, world.of("soppa-1").id).revision
    world.add("ruuvi-4")
    assert world.resolve().posts == 1
    after = world.of("ruuvi-4")
    assert (after.id, len(after.members)) == (before.id, len(before.members) + 1)
    with reading(world.archive) as connection:
        assert kept_initiatives.get(connection, world.of("soppa-1").id).revision == soup
        assert kept_initiatives.get(connection, after.id).revision > soup


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_in_any_order_in_any_parts_with_any_withdrawn_it_is_as_at_once(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    monkeypatch.setattr(resolve, "ALL_PAIRS", data.draw(st.sampled_from((600, 0)), label="all pairs are compared of so many"))
    order = data.draw(st.permutations(list(TOLD)), label="order")
    withdrawn = data.draw(st.sets(st.sampled_from(order), max_size=6), label="withdrawn")
    cuts = sorted(data.draw(st.sets(st.integers(1, len(order) - 1), max_size=3), label="cuts"))
    parts = [order[begin:end] for begin, end in pairwise([0, *cuts, len(order)])]
    bit_by_bit, left = make_world("parts"), set(withdrawn)
    for part in parts:
        bit_by_bit.add(*part)
        bit_by_bit.resolve()
        if here := [name for name in part if name in left and data.draw(st.booleans(), label=f"{name} now")]:
            bit_by_bit.withdraw(*here)
            left.difference_update(here)
    bit_by_bit.withdraw(*left)
    bit_by_bit.resolve()
    whole = at_once(make_world("whole"), *(name for name in TOLD if name not in withdrawn))
    assert bit_by_bit.partition() == whole.partition()
    assert bit_by_bit.belongings() == {one.id for one in bit_by_bit.kept()}
    again = {one.model_dump_json() for one in bit_by_bit.kept()}
    bit_by_bit.resolve(anew=True)
    assert {one.model_dump_json() for one in bit_by_bit.kept()} == again


def test_what_is_withdrawn_is_quoted_by_nothing_at_once_and_after(world: World) -> None:
    at_once(world, *TOLD)
    was = world.of("ruuvi-1").id
    gone = world.ids()["ruuvi-1"]
    world.withdraw("ruuvi-1")
    assert not any(gone in one.model_dump_json() for one in world.kept())
    assert RUUVI not in world.main()
    assert count_unresolved(world.settings) > 0
    world.resolve()
    assert RUUVI - {"ruuvi-1"} in world.main()
    heir = world.of("ruuvi-2")
    assert "rikkinäinen" not in heir.model_dump_json()
    assert world.redirects() == {was: heir.id}
    with reading(world.archive) as connection:
        assert kept_initiatives.get(connection, was).initiative.id == heir.id


def test_what_is_worded_anew_is_quoted_by_nothing_until_it_is_understood_anew(world: World) -> None:
    at_once(world, *TOLD)
    with writing(world.archive) as connection:
        posts.store(connection, "forum", [GATE.admit(draft("ruuvi-1", OTHER_WORDS), "forum")])
    assert not any("rikkinäinen" in one.model_dump_json() for one in world.kept())
    world.resolve()  # not annotated yet: it takes no part
    assert RUUVI - {"ruuvi-1"} in world.main()
    world.store()
    assert count_unresolved(world.settings) == 1
    world.resolve()
    assert RUUVI in world.main()
    assert "rikkinäinen" not in world.of("ruuvi-1").model_dump_json()


def test_words_that_go_and_come_back_before_it_resolves_leave_no_gap(world: World) -> None:
    at_once(world, *TOLD)
    for text in (OTHER_WORDS, None):
        world.store(draft("ruuvi-1", text))
    assert RUUVI not in world.main()
    world.resolve()
    assert RUUVI in world.main()


def test_an_initiative_without_a_post_is_gone(world: World) -> None:
    at_once(world, *TOLD)
    was = world.of("soppa-1").id
    world.withdraw("soppa-1", "soppa-2")
    world.resolve()
    assert was not in {one.id for one in world.kept()} | world.belongings()
    with reading(world.archive) as connection, pytest.raises(UnknownInitiative):
        kept_initiatives.get(connection, was)


def test_two_that_a_later_post_joins_leave_a_redirect(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "JOIN", 2.0)
    at_once(world, *TOLD)
    apart = {one.id for one in world.kept()}
    monkeypatch.undo()
    done = world.resolve(anew=True)
    together = {one.id for one in world.kept()}
    assert RUUVI in world.main()
    assert done.joined == len(apart - together) > 0
    assert set(world.redirects()) == apart - together
    assert set(world.redirects().values()) <= together


def test_what_people_say_of_a_post_is_read_anew(world: World) -> None:
    at_once(world, *TOLD)
    with writing(world.archive) as connection:
        corrections.keep(connection, [Said(world.ids()["ruuvi-2"], "initiative", False, "library")], datetime.now(UTC))
    assert count_unresolved(world.settings) == 1
    assert world.resolve().posts == 1


def test_a_post_that_changes_while_its_initiative_is_made_is_left_to_the_next_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add(*TOLD)
    real = resolve_work.tell

    def told(asked: Sequence[Told]) -> list[Kept | None]:
        """What is told is quoted; then the post goes."""
        found = real(asked)
        world.withdraw("ruuvi-1")
        return found

    monkeypatch.setattr(resolve_make, "tell", told)
    world.resolve()
    assert not any("rikkinäinen" in one.model_dump_json() for one in world.kept())
    assert count_unresolved(world.settings) > 0
    monkeypatch.setattr(resolve_make, "tell", real)
    world.resolve()
    assert RUUVI - {"ruuvi-1"} in world.main()


def test_a_proposal_that_is_made_again_is_one_with_the_first_until_a_person_parts_them(world: World) -> None:
    def again(name: str, kind: Kind) -> list[Draft]:
        return [draft(name).model_copy(update={"native_id": f"{name}-{n}", "kind": kind, "posted": None}) for n in (1, 2)]

    world.store(*again("kadut", "proposal"), *again("sohva", "message"))
    world.resolve()
    assert world.main() == {frozenset({"kadut-1", "kadut-2"})}
    initiatives.split(world.settings, world.of("kadut-1").id, [world.ids()["kadut-2"]], "a tester", lambda _steps: None)
    assert frozenset({"kadut-1", "kadut-2"}) not in world.main()


def test_one_process_resolves_at_a_time(world: World) -> None:
    with held(world.archive, "resolve"), pytest.raises(Busy):
        world.resolve()


def test_it_is_the_same_in_processes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once(world, *TOLD)
    expected = world.partition()
    monkeypatch.setattr(resolve, "WORTH_PROCESSES", 1)
    monkeypatch.setattr(resolve_make, "WORTH_PROCESSES", 1)
    told: list[int] = []
    resolve_posts(world.settings.model_copy(update={"processes": 2}), told.append, anew=True)
    assert world.partition() == expected
    assert sum(told) == resolve.STEPS * len(TOLD)
