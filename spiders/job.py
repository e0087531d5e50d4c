"""The crawl of one source while it lasts: its facts, where it stands, and what has come of it."""

import hashlib
from asyncio import Lock
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy import Engine

from tinymovements.archive import crawl, posts
from tinymovements.archive.database import writing
from tinymovements.archive.posts import Stored
from tinymovements.errors import ArchiveError
from tinymovements.model import Batch, Post, Source
from tinymovements.settings import Settings

FACTS, COMPLETE = "facts", "complete"
"""Names in the crawl state: the facts it belongs to, and when a crawl first reached the end of the source."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the crawl of one source went."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    pages: int = 0
    failed: str | None = None
    warning: str | None = None
    more: bool = False
    """There is more to read there; the next run goes on."""
    stopped: bool = False
    """Somebody stopped it; the next run goes on."""


Report = Callable[[str, Outcome], None]
"""Hears the id of a source and how its crawl stands, after every page."""


@dataclass(slots=True)
class Job:
    """One source in one run. Without an archive nothing is kept: then it only shows that the source can be read."""

    source: Source
    settings: Settings
    report: Report
    turn: Lock
    """Held while it crawls: sources on one host take turns."""
    archive: Engine | None = None
    key: bytes | None = None
    """Of the gate's pseudonyms."""
    pool: Executor | None = None
    outcome: Outcome = Outcome()
    state: dict[str, str] = field(default_factory=dict)
    """Where the crawl stands after the last page that was read: what the archive says once that page is kept."""
    closed: bool = False
    broken: bool = False
    """What is read can no longer be kept, so nothing more is read."""
    _run: int = 0

    def begin(self) -> None:
        """Record the run and read where the last one ended: from the beginning where address or options have changed since."""
        if self.archive is None:
            return
        facts = hashlib.blake2b(f"{self.source.url} {sorted(self.source.options.items())}".encode(), digest_size=8).hexdigest()
        with writing(self.archive) as connection:
            self._run = crawl.start_run(connection, self.source.id, "collect")
            self.state = crawl.state(connection, self.source.id)
            if self.state.get(FACTS) != facts:
                crawl.set_state(connection, self.source.id, dict.fromkeys(self.state, "") | {FACTS: facts})
                self.state = {FACTS: facts}

    def go_on(self, batch: Batch) -> None:
        """Read the next page from where this one ends."""
        self.state = {name: value for name, value in (self.state | batch.state).items() if value}

    def keep(self, admitted: Sequence[Post], gone: Sequence[str], state: Mapping[str, str]) -> None:
        """Keep what a page brought, with what is gone and where to go on, in one transaction."""
        assert self.archive is not None  # noqa: S101 -- narrows the type: without one, nothing is scrubbed
        with writing(self.archive) as connection:
            stored = posts.store(connection, self.source.id, admitted, gone, state)
        self._tell(stored)

    def count(self, batch: Batch) -> None:
        """What a page would bring, where nothing is kept."""
        self._tell(Stored(new=len(batch.drafts)))

    def _tell(self, stored: Stored) -> None:
        now = self.outcome
        total = Stored(now.new, now.updated, now.unchanged, now.removed) + stored
        self.note(new=total.new, updated=total.updated, unchanged=total.unchanged, removed=total.removed)
        self.report(self.source.id, self.outcome)

    def note(self, **changes: int | bool | str | None) -> None:
        """Put something in the outcome."""
        self.outcome = replace(self.outcome, **changes)  # type: ignore[arg-type]

    def fail(self, message: str) -> None:
        """Say why the source, or a part of it, could not be read. The first reason stays."""
        if not self.outcome.failed:
            self.note(failed=message)

    def close(self, stopped: bool) -> None:
        """Record how the run ended."""
        self.closed = True
        self.note(stopped=stopped)
        if self.archive is not None:
            try:
                self._record(self.archive)
            except ArchiveError as error:
                self.fail(str(error))
        self.report(self.source.id, self.outcome)

    def _record(self, archive: Engine) -> None:
        with writing(archive) as connection:
            at_end = not (self.outcome.failed or self.outcome.more or self.outcome.stopped)
            if at_end and COMPLETE not in self.state:
                crawl.set_state(connection, self.source.id, {COMPLETE: datetime.now(UTC).isoformat(timespec="seconds")})
                self._compare(posts.count(connection).get(self.source.id, 0))
            now = self.outcome
            how = "failed" if now.failed else "stopped" if now.stopped else "done"
            counts = {name: int(getattr(now, name)) for name in ("new", "updated", "unchanged", "removed", "pages", "more")}
            crawl.finish_run(connection, self._run, how, counts, now.failed or now.warning)

    def _compare(self, count: int) -> None:
        if count < self.source.expected_minimum:
            self.note(
                warning=f"The first crawl brought {count} posts, and at least {self.source.expected_minimum} were expected: "
                "the source may have moved or changed."
            )
