"""Annotates, resolves and indexes what the scheduler's sources brought."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from tinymovements.workflow.schedule_due import retry

PATIENCE = timedelta(minutes=15)
"""How long what came waits for the sources that are still being collected."""

_FOLLOWS = {"annotate": "resolve", "resolve": "index"}

NEVER = datetime.max.replace(tzinfo=UTC)


class Running(Protocol):
    """A command that was started: `schedule_child.Child`, or one that a test makes."""

    def code(self) -> int | None:
        """Its exit code; None while it runs."""

    def said(self) -> str:
        """What it printed, once it has ended."""

    def interrupt(self) -> None:
        """Ask it to stop."""


class Deriving:
    """One after the other: annotate, resolve, index. What fails is told and tried again, later and later."""

    def __init__(
        self, start: Callable[[Sequence[str]], Running], clock: Callable[[], datetime], tell: Callable[[str], None]
    ) -> None:
        self._start, self._clock, self._tell = start, clock, tell
        self._step = ""
        self._came: datetime | None = clock()  # of the time before this scheduler began, something may be left to do
        self._again: datetime | None = None
        self._failures = 0
        self._failed = False
        self.child: Running | None = None
        self.well = True

    def came(self) -> None:
        """There is something to annotate."""
        self._came = self._came or self._clock()

    def at(self, collecting: bool) -> datetime:
        """When it is to be begun."""
        if self.child or not self._came:
            return NEVER
        patient = self._came + PATIENCE if collecting else self._came
        return max(patient, self._again or patient)

    def begin(self) -> None:
        """Begin at the beginning. What comes from now on is for the next time."""
        self._came, self._failed = None, False
        self._begin("annotate")

    def _begin(self, step: str) -> None:
        try:
            self._step, self.child = step, self._start([step])
        except OSError as error:
            self._fail(step, f"its process cannot be started: {error.strerror}.")

    def look(self, go_on: bool) -> None:
        """Take note of what has ended, and go on with what follows."""
        if not self.child or (code := self.child.code()) is None:
            return
        said = self.child.said().rpartition("\n")[2]
        step, self.child = self._step, None
        if code:
            self._fail(step, f"failed with exit code {code}.")
        else:
            self._tell(f"{step}: {said}")
        if follows := _FOLLOWS.get(step):
            if go_on:  # also where this step failed: what it did before is worth finding
                self._begin(follows)
        elif not self._failed:
            self._failures, self._again = 0, None

    def _fail(self, step: str, why: str) -> None:
        if not self._failed:
            self._failures += 1
        self._failed, self.well = True, False
        self._again = self._clock() + retry(self._failures)
        self.came()
        self._tell(f"{step}: {why} Again at {self._again:%Y-%m-%d %H:%M} UTC.")
