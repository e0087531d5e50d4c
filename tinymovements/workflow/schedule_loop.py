"""The scheduler's loop. Clock, waiting and processes are given to it: in a test a month passes in seconds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from os import getpid
from socket import gethostname

import schedule
from sqlalchemy import Engine

from tinymovements.archive import crawl
from tinymovements.archive.crawl import Run
from tinymovements.archive.database import reading, writing
from tinymovements.archive.locks import held, holder
from tinymovements.errors import ArchiveError, Busy
from tinymovements.model import Source
from tinymovements.workflow.schedule_child import fault
from tinymovements.workflow.schedule_derive import NEVER, Deriving, Running
from tinymovements.workflow.schedule_due import items

LOCK = "schedule"

SIDE_BY_SIDE = 4
"""Sources collected at once, each on a host of its own: one that is slow leaves room for the others. Each takes some 100 MB."""

LOOK = timedelta(minutes=5)
"""How often the sources' files are read again, and the lock is looked after."""

SOON = timedelta(minutes=1)
"""Until something is tried again that another process is doing, or that the archive was not there for."""


class _Job(schedule.Job):
    """A job that goes by the clock it is given, and whose work says when it is to be done next."""

    def __init__(self, plan: schedule.Scheduler, clock: Callable[[], datetime], at: datetime, work: Callable[[], datetime]) -> None:
        super().__init__(1, plan)
        self.next_run: datetime = at
        self._clock, self._work = clock, work
        plan.jobs.append(self)

    @property
    def should_run(self) -> bool:
        return self._clock() >= self.next_run

    def run(self) -> None:
        self.next_run = self._work()


@dataclass(frozen=True, slots=True)
class _Crawl:
    """A source that is being collected, and the number of its run before."""

    child: Running
    host: str | None
    began: datetime
    before: int | None


class Loop:
    """Collects each source when it is due, and annotates and indexes what came."""

    def __init__(
        self,
        archive: Engine,
        sources: Callable[[], tuple[list[Source], dict[str, str]]],
        start: Callable[[Sequence[str]], Running],
        clock: Callable[[], datetime],
        wait: Callable[[datetime, Callable[[], bool]], None],
        tell: Callable[[str], None],
    ) -> None:
        """`sources` says which there are and why others are left out; `wait` waits until a moment, or until something is over."""
        self._archive, self._sources, self._start = archive, sources, start
        self._clock, self._wait, self._tell = clock, wait, tell
        self._plan = schedule.Scheduler()
        self._jobs: dict[str, _Job] = {}
        self._known: dict[str, Source] = {}
        self._left_out: dict[str, str] = {}
        self._crawls: dict[str, _Crawl] = {}
        self._held_up: dict[str, datetime] = {}  # by another source on the same host, or for lack of room; since when due
        self._deriving = Deriving(start, clock, tell)
        self._signals = 0
        self._once = False
        self._well = True

    def stop(self) -> None:
        """Finish what is in work and leave; called again: leave."""
        self._signals += 1

    def serve(self, once: bool) -> bool:
        """Until it is stopped, or until what is due now is done; whether all went well.

        An archive that is out of reach for a while is waited for. Raises `Busy` where another scheduler serves it.
        """
        self._once = once
        begun = False
        while True:
            try:
                with held(self._archive, LOCK):
                    if not begun:
                        self._tell("schedule: begins")
                        _Job(self._plan, self._clock, self._look(), self._look)
                    begun = True
                    self._rounds()
                return self._well and self._deriving.well
            except ArchiveError as error:
                if once or not begun or self._signals or isinstance(error, Busy):
                    raise
                self._tell(f"schedule: {error} Tried again in a minute.")
                self._wait(self._clock() + SOON, lambda: self._signals > 0)

    def _rounds(self) -> None:
        while True:
            signals = self._signals  # one that comes while this round goes on is seen by the wait at its end
            self._reap()
            if signals > 1:
                for child in self._children():
                    child.interrupt()
                raise KeyboardInterrupt
            if not signals:
                self._plan.run_pending()
                if self._deriving.at(bool(self._crawls)) <= self._clock():
                    self._deriving.begin()
            if not self._children() and (signals or (self._once and self._next() > self._clock())):
                self._tell("schedule: ends")
                return
            if signals:
                self._tell("schedule: stopping; what is in work is finished first")
            self._wait(NEVER if signals else self._next(), partial(self._over, signals))

    def _children(self) -> list[Running]:
        deriving = [self._deriving.child] if self._deriving.child else []
        return deriving + [work.child for work in self._crawls.values()]

    def _next(self) -> datetime:
        return min(self._deriving.at(bool(self._crawls)), self._plan.next_run or NEVER)

    def _over(self, signals: int) -> bool:
        """Whether there is something to do: a process has ended, or another signal than those so many has come."""
        return self._signals != signals or any(child.code() is not None for child in self._children())

    def _look(self) -> datetime:
        """What sources there are now."""
        self._check_lock()
        now = self._clock()
        sources, left_out = self._sources()
        for id, message in left_out.items():
            if self._left_out.get(id) != message:
                self._tell(f"collect {id}: left out: {message}")
        for id in self._jobs.keys() - {source.id for source in sources}:
            self._plan.cancel_job(self._jobs.pop(id))
            self._held_up.pop(id, None)
        fresh = [source for source in sources if self._known.get(source.id) != source]
        for item in items(self._archive, fresh, now):
            at = NEVER if item.source in self._crawls else item.due
            if item.source in self._jobs:
                self._jobs[item.source].next_run = at
            else:
                self._jobs[item.source] = _Job(self._plan, self._clock, at, partial(self._collect, item.source))
        self._known, self._left_out = {source.id: source for source in sources}, left_out
        return now + LOOK

    def _check_lock(self) -> None:
        by = holder(self._archive, LOCK)
        if not by or by.pid != getpid() or not gethostname().startswith(by.machine):
            raise ArchiveError("The lock `schedule` was lost: the connection to the archive broke.")

    def _collect(self, id: str) -> datetime:
        """Begin to collect a source that may be due; when to look at it again."""
        host = self._known[id].url.host if self._known[id].url else None  # type: ignore[union-attr]
        if len(self._crawls) >= SIDE_BY_SIDE or host in {work.host for work in self._crawls.values()}:
            self._held_up[id] = self._jobs[id].next_run
            return NEVER
        self._check_lock()
        now = self._clock()
        item = items(self._archive, [self._known[id]], now)[0]
        if item.by:
            return now + SOON
        if item.due > now:
            return item.due
        try:
            child = self._start(["collect", id, "--json"])
        except OSError as error:
            self._tell(f"collect {id}: its process cannot be started: {error.strerror}.")
            return now + SOON
        self._crawls[id] = _Crawl(child, host, now, item.last.id if item.last else None)
        self._tell(f"collect {id}: begins")
        return NEVER

    def _reap(self) -> None:
        """Take note of the processes that have ended."""
        for id, work in list(self._crawls.items()):
            if (code := work.child.code()) is None:
                continue
            del self._crawls[id]
            for other in list(self._held_up):
                self._jobs[other].next_run = self._held_up.pop(other)
            self._ended(id, work, code)
        self._deriving.look(go_on=not self._signals)

    def _ended(self, id: str, work: _Crawl, code: int) -> None:
        if id in self._jobs:
            self._jobs[id].next_run = self._clock() + SOON  # should the archive be out of reach at this moment
        run = self._recorded(id, work, code)
        if not run:
            self._tell(f"collect {id}: another process is collecting it")
            return
        if any(run.counts.get(name) for name in ("new", "updated", "removed")):
            self._deriving.came()
        self._well = self._well and run.outcome == "done"
        told = ", ".join(f"{count} {name}" for name, count in run.counts.items() if count and name != "more")
        why = f": {run.message}" if run.message else ""
        if id not in self._jobs:
            self._tell(f"collect {id}: {run.outcome} ({told or 'nothing new'}){why}")
            return
        at = items(self._archive, [self._known[id]], self._clock())[0].due
        self._jobs[id].next_run = NEVER if self._once else at
        self._tell(f"collect {id}: {run.outcome} ({told or 'nothing new'}), next {at:%Y-%m-%d %H:%M} UTC{why}")

    def _recorded(self, id: str, work: _Crawl, code: int) -> Run | None:
        """The run that a process did, closed where it died, made where it did not come to one; None where another one is at it."""
        last = self._last(id)
        if last and last.id != work.before and last.outcome:
            return last
        try:
            with held(self._archive, f"collect {id}"), writing(self._archive) as connection:
                if last and last.id != work.before:
                    how = "killed", last.counts, f"Its process ended with code {code}."
                    crawl.finish_run(connection, last.id, *how, at=self._clock())
                else:
                    why = fault(work.child.said(), id) or f"It ended with code {code} before it began; the log tells why."
                    number = crawl.start_run(connection, id, "collect", at=work.began)
                    crawl.finish_run(connection, number, "failed", {}, why, at=self._clock())
        except Busy:
            return None
        return self._last(id)

    def _last(self, id: str) -> Run | None:
        with reading(self._archive) as connection:
            history = crawl.histories(connection, [id]).get(id)
        return history.last if history else None
