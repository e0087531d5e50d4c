"""A month of the scheduler over twelve sources with faults, by a made clock: each run that was due happened once."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from tinymovements.archive import crawl
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.locks import held, holders
from tinymovements.archive.tables import runs as runs_table
from tinymovements.errors import Busy
from tinymovements.model import Source, interval
from tinymovements.workflow.schedule_due import JITTER, LONGEST_RETRY, retry
from tinymovements.workflow.schedule_loop import LOOK, SIDE_BY_SIDE, SOON, Loop

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Made:
    """A process that ends at a made time; a crawl records its run, as a real one does."""

    world: "World"
    arguments: list[str]
    ends: datetime
    outcome: str = "done"
    """Or failed; crashed: it leaves its run open; silent: it does not come to one."""
    counts: dict[str, int] = field(default_factory=dict)
    begins: datetime = BEGIN
    _run: int | None = None
    _code: int | None = None

    def begin(self) -> None:
        self.begins = self.world.now
        if self.arguments[0] == "collect" and self.outcome != "silent":
            with writing(self.world.archive) as connection:
                self._run = crawl.start_run(connection, self.arguments[1], "collect", at=self.begins)

    def code(self) -> int | None:
        if self._code is None and self.world.now >= self.ends:
            self._code = {"done": 0, "failed": 1, "crashed": -9, "silent": 2}[self.outcome]
            if self._run and self.outcome != "crashed":
                with writing(self.world.archive) as connection:
                    message = "It answered 500." if self.outcome == "failed" else None
                    crawl.finish_run(connection, self._run, self.outcome, self.counts, message, at=self.ends)
        return self._code

    def said(self) -> str:
        return "1 post annotated."

    def interrupt(self) -> None:
        raise AssertionError("nobody stops it")


DERIVED = ["annotate", "resolve", "index"]

Fate = Callable[[str, datetime, int], tuple[timedelta, str, dict[str, int]]]
"""By source, time and count of runs before: how long a crawl takes, how it ends, what it brings."""


class World:
    """A clock that goes on when somebody waits, and the processes that were started."""

    def __init__(self, archive: Engine, fate: Fate) -> None:
        self.archive, self.now = archive, BEGIN
        self.started: list[Made] = []
        self.told: list[str] = []
        self.appointments: list[tuple[datetime, Callable[[], object]]] = []
        self._fate = fate
        self._counts: defaultdict[str, int] = defaultdict(int)

    def start(self, arguments: Sequence[str]) -> Made:
        if arguments[0] == "collect":
            took, outcome, counts = self._fate(arguments[1], self.now, self._counts[arguments[1]])
            self._counts[arguments[1]] += 1
        else:
            took, outcome, counts = 2 * MINUTE, "done", {}
        made = Made(self, list(arguments), self.now + took, outcome, counts)
        made.begin()
        self.started.append(made)
        return made

    def wait(self, until: datetime, over: Callable[[], bool]) -> None:
        """To the next thing that happens."""
        ends = [made.ends for made in self.started[-30:] if made.ends > self.now]
        self.now = max(self.now, min([until, *ends, *(when for when, _ in self.appointments)]))
        for when, act in self.appointments[:]:
            if when <= self.now:
                self.appointments.remove((when, act))
                act()

    def crawls(self, source: str) -> list[Made]:
        return [made for made in self.started if made.arguments[:2] == ["collect", source]]

    def loop(self, sources: list[Source]) -> Loop:
        return Loop(self.archive, lambda: (sources, {}), self.start, lambda: self.now, self.wait, self.told.append)

    def serve(self, sources: list[Source], until: datetime) -> None:
        loop = self.loop(sources)
        self.appointments.append((until, loop.stop))
        assert loop.serve(once=False) in (True, False)


def source(id: str, every: str, host: str = "") -> Source:
    return Source(
        id=id, title=id, description="x", platform="rss", publisher="x", languages=("fi",), legal_basis="x",
        url=f"https://{host or id}.example.org/feed", every=every,
    )  # fmt: skip


WELL = {"often": "2 h", "quarter": "6 h", "half": "12 h", "daily": "1 d", "weekly": "7 d", "odd": "7 h"}
SHARED = {"first": "3 h", "second": "3 h"}
FAULTY = {"broken": "6 h", "mended": "6 h", "crashing": "8 h", "silent": "6 h"}
SOURCES = [
    *(source(id, every) for id, every in (WELL | FAULTY).items()),
    *(source(id, every, "shared") for id, every in SHARED.items()),
]
DOWN, UP, END = BEGIN + 10 * DAY, BEGIN + 12 * DAY, BEGIN + 30 * DAY


def fate(id: str, now: datetime, count: int) -> tuple[timedelta, str, dict[str, int]]:
    took = {"odd": 3 * HOUR, "first": 40 * MINUTE}.get(id, timedelta(minutes=2 + count % 5))
    outcome = "done"
    if id == "broken" or (id == "mended" and BEGIN + 3 * DAY < now < BEGIN + 6 * DAY):
        outcome = "failed"
    elif id == "crashing" and count % 10 == 5:
        outcome = "crashed"
    elif id == "silent":
        outcome = "silent"
    return took, outcome, {"new": 3} if outcome == "done" and count % 2 == 0 else {}


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A scheduler for ten days, none for two, then another one to the end of the month."""
    archive = open_archive(f"sqlite:///{tmp_path_factory.mktemp('month') / 'archive.db'}")
    world = World(archive, fate)
    world.serve(SOURCES, DOWN)
    world.now = UP
    world.serve(SOURCES, END)
    yield world
    archive.dispose()


def waits(world: World, id: str) -> list[timedelta]:
    """Between the end of a run and the beginning of the next one, the two days without a scheduler left out."""
    return [after.begins - before.ends for before, after in pairwise(world.crawls(id)) if not before.ends < UP <= after.begins]


def within(wait: timedelta, promised: timedelta, late: timedelta = timedelta()) -> bool:
    return promised * (1 - JITTER) <= wait <= promised * (1 + JITTER) + late


def test_each_run_that_was_due_happened_and_no_other(month: World) -> None:
    for id, every in WELL.items():
        assert all(within(wait, interval(every)) for wait in waits(month, id)), id
        in_work = sum((made.ends - made.begins for made in month.crawls(id)), timedelta())
        expected = (28 * DAY - in_work) / interval(every) + 2  # at once each time a scheduler begins
        assert abs(len(month.crawls(id)) - expected) <= 1 + 0.02 * expected, id
    for id, every in SHARED.items():  # one waits for the other
        assert all(within(wait, interval(every), late=45 * MINUTE) for wait in waits(month, id)), id


def test_the_archive_remembers_each_run_once(month: World) -> None:
    with reading(month.archive) as connection:
        kept = connection.execute(select(runs_table.c.source, runs_table.c.started, runs_table.c.outcome)).all()
    assert sorted((id, begins) for id, begins, _ in kept) == sorted(
        (made.arguments[1], made.begins) for made in month.started if made.arguments[0] == "collect"
    )
    assert {outcome for id, _, outcome in kept if id == "silent"} == {"failed"}
    assert {outcome for id, _, outcome in kept if id == "crashing"} == {"done", "killed"}
    assert None not in {outcome for _, _, outcome in kept}


def test_nothing_overlaps_what_it_must_not(month: World) -> None:
    crawls = [made for made in month.started if made.arguments[0] == "collect"]
    host = {source.id: source.url.host for source in SOURCES if source.url}
    most = 0
    for made in crawls:
        beside = [other for other in crawls if other is not made and other.begins <= made.begins < other.ends]
        assert host[made.arguments[1]] not in {host[other.arguments[1]] for other in beside}
        most = max(most, len(beside) + 1)
    assert most == SIDE_BY_SIDE
    steps = [made for made in month.started if made.arguments[0] in DERIVED]
    assert all(after.begins >= before.ends for before, after in pairwise(steps))


def test_what_fails_is_left_alone_for_longer_and_longer(month: World) -> None:
    for id in ("broken", "silent"):
        told = waits(month, id)
        assert all(within(wait, retry(count)) for count, wait in enumerate(told, 1) if count < 9), id
        assert all(within(wait, LONGEST_RETRY) for wait in told[8:]), id
    mended = [made.outcome for made in month.crawls("mended")]
    assert mended.count("failed") > 5
    assert all(
        within(wait, interval("6 h"))
        for wait, made in zip(waits(month, "mended"), month.crawls("mended"), strict=False)
        if made.outcome == "done"
    )


def test_a_crash_is_one_failed_run(month: World) -> None:
    crawls = month.crawls("crashing")
    crashed = [made for made in crawls if made.outcome == "crashed"]
    assert len(crashed) > 2
    after = [later.begins - made.ends for made, later in pairwise(crawls) if made.outcome == "crashed" and later.begins < DOWN]
    assert all(within(wait, retry(1)) for wait in after)
    assert any("killed" in line and "code -9" in line for line in month.told)


def test_waits_are_spread_over_what_the_jitter_allows(month: World) -> None:
    parts = [wait / interval("2 h") for wait in waits(month, "often")]
    assert min(parts) < 1 - JITTER / 2
    assert max(parts) > 1 + JITTER / 2
    assert 0.98 < sum(parts) / len(parts) < 1.02


def test_what_was_missed_is_made_up_for_once(month: World) -> None:
    for id, every in (WELL | SHARED).items():
        if id == "weekly":
            continue
        assert not [made for made in month.crawls(id) if DOWN <= made.begins < UP]
        first, second = [made for made in month.crawls(id) if made.begins >= UP][:2]
        assert first.begins - UP < HOUR, id
        assert second.begins - first.ends >= interval(every) * (1 - JITTER), id


def test_what_came_is_annotated_resolved_and_indexed_soon(month: World) -> None:
    steps = [made for made in month.started if made.arguments[0] in DERIVED]
    assert [made.arguments[0] for made in steps] == DERIVED * (len(steps) // 3)
    begun = [made.begins for made in steps if made.arguments == ["annotate"]]
    for made in month.started:
        if made.counts.get("new") and made.ends < END - HOUR and not DOWN - HOUR < made.ends < DOWN:
            assert any(timedelta() <= when - made.ends <= 20 * MINUTE for when in begun)


class TestOneScheduler:
    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[World]:
        archive = open_archive(f"sqlite:///{tmp_path / 'archive.db'}")
        yield World(archive, lambda *_: (5 * MINUTE, "done", {}))
        archive.dispose()

    def test_a_second_one_does_not_begin(self, world: World) -> None:
        sources = [source("one", "6 h")]

        def try_it() -> None:
            with pytest.raises(Busy, match="schedule"):
                world.loop(sources).serve(once=False)

        world.appointments += [(BEGIN + n * HOUR, try_it) for n in range(1, 24)]
        world.serve(sources, BEGIN + DAY)
        assert not world.appointments
        assert 4 <= len(world.crawls("one")) <= 5

    def test_the_next_one_takes_over_where_the_last_one_ended(self, world: World) -> None:
        sources = [source("one", "6 h"), source("two", "6 h")]
        for hours in range(1, 25):
            world.serve(sources, BEGIN + hours * HOUR)
        for id in ("one", "two"):
            assert all(within(wait, interval("6 h")) for wait in waits(world, id))
            assert len(world.crawls(id)) in (4, 5)

    def test_what_another_process_collects_is_left_to_it(self, world: World) -> None:
        sources = [source("one", "6 h"), source("two", "6 h")]
        with held(world.archive, "collect one"):
            world.serve(sources, BEGIN + HOUR)
        assert not world.crawls("one")
        assert len(world.crawls("two")) == 1
        world.serve(sources, BEGIN + 2 * HOUR)
        assert world.crawls("one")[0].begins - (BEGIN + HOUR) <= SOON

    def test_sources_may_come_change_and_go(self, world: World) -> None:
        sources = [source("one", "6 h")]
        world.appointments.append((BEGIN + HOUR, lambda: sources.append(source("late", "6 h"))))
        world.appointments.append((BEGIN + 2 * HOUR, lambda: sources.__setitem__(0, source("one", "1 h"))))
        world.appointments.append((BEGIN + 8 * HOUR, lambda: sources.pop(0)))
        world.serve(sources, BEGIN + DAY)
        assert world.crawls("late")[0].begins - (BEGIN + HOUR) <= LOOK
        assert 5 <= len(world.crawls("one")) <= 8
        assert max(made.begins for made in world.crawls("one")) <= BEGIN + 8 * HOUR + LOOK
        assert len(world.crawls("late")) == 4

    def test_a_broken_file_is_told_once_and_holds_up_nobody(self, world: World) -> None:
        sources = [source("one", "6 h")]
        loop = Loop(
            world.archive, lambda: (sources, {"wrong": "wrong.toml: title."}), world.start, lambda: world.now, world.wait,
            world.told.append,
        )  # fmt: skip
        world.appointments.append((BEGIN + HOUR, loop.stop))
        loop.serve(once=False)
        assert [line for line in world.told if "wrong.toml" in line] == ["collect wrong: left out: wrong.toml: title."]
        assert world.crawls("one")

    def test_once_does_what_is_due_and_leaves(self, world: World) -> None:
        sources = [source(id, "1 h", "shared") for id in ("one", "two", "three")]
        assert world.loop(sources).serve(once=True)
        assert [made.arguments[0] for made in world.started] == ["collect"] * 3 + DERIVED
        world.now = BEGIN + HOUR / 2
        assert world.loop(sources).serve(once=True)
        assert [made.arguments[0] for made in world.started[6:]] == DERIVED

    def test_stopped_it_finishes_what_is_in_work_and_begins_nothing(self, world: World) -> None:
        sources = [source(id, "1 h", "shared") for id in ("one", "two")]
        world.serve(sources, BEGIN + 2 * MINUTE)
        assert [made.arguments[:2] for made in world.started] == [["collect", "one"]]
        assert world.now == BEGIN + 5 * MINUTE

    def test_at_the_second_signal_it_leaves_at_once(self, world: World) -> None:
        loop = world.loop([source("one", "1 h")])
        asked: list[str] = []
        world.appointments += [(BEGIN + MINUTE, loop.stop), (BEGIN + 2 * MINUTE, loop.stop)]
        world.appointments.append((BEGIN + MINUTE / 2, lambda: setattr(world.started[0], "interrupt", lambda: asked.append("one"))))
        with pytest.raises(KeyboardInterrupt):
            loop.serve(once=False)
        assert (asked, world.now) == (["one"], BEGIN + 2 * MINUTE)


class TestServer:
    def test_a_lock_that_was_lost_is_taken_again(self, postgresql_url: str) -> None:
        archive = open_archive(postgresql_url)
        world = World(archive, lambda *_: (5 * MINUTE, "done", {}))

        def cut() -> None:
            with writing(archive) as connection:
                connection.execute(
                    text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'schedule %'")
                )

        world.appointments += [(BEGIN + 90 * MINUTE, cut)]
        world.serve([source("one", "6 h")], BEGIN + 2 * DAY)
        assert [line for line in world.told if "was lost" in line]
        assert all(within(wait, interval("6 h")) for wait in waits(world, "one"))
        assert 7 <= len(world.crawls("one")) <= 9
        assert holders(archive) == []
        archive.dispose()


class TestDeriving:
    def test_what_fails_is_told_and_tried_again_later_and_later(self, tmp_path: Path) -> None:
        archive = open_archive(f"sqlite:///{tmp_path / 'archive.db'}")
        world = World(archive, lambda *_: (5 * MINUTE, "done", {}))
        start = world.start

        def failing(arguments: Sequence[str]) -> Made:
            made = start(arguments)
            if arguments == ["annotate"] and world.now < BEGIN + DAY:
                made.outcome = "failed"
            return made

        world.start = failing  # type: ignore[method-assign]
        world.serve([source("one", "6 h")], BEGIN + 2 * DAY)
        begun = [made for made in world.started if made.arguments == ["annotate"]]
        gaps = [after.begins - before.ends for before, after in pairwise(begun)]
        assert gaps[:4] == [retry(count) for count in range(1, 5)]
        assert [made.outcome for made in begun].count("done") == 1
        assert any("annotate: failed with exit code 1. Again at 2026-05-01" in line for line in world.told)
        archive.dispose()
