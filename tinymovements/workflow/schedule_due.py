"""When each source is to be collected: it follows from what the archive remembers of its runs, so a restart changes nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Literal

from sqlalchemy import Engine

from spiders.sources import read_source, source_files
from tinymovements.archive import crawl
from tinymovements.archive.crawl import History, Run
from tinymovements.archive.database import reading
from tinymovements.archive.locks import Holder, holder
from tinymovements.errors import SourceError
from tinymovements.model import Source, interval
from tinymovements.settings import Settings
from tinymovements.workflow.sources import FILE, OUT_OF_REACH, out_of_reach, unedited

FIRST_RETRY = timedelta(minutes=10)
LONGEST_RETRY = timedelta(days=1)
"""How long a source that failed is left alone: twice as long with every failure, until a site that is down is asked once a day."""

GO_ON = timedelta(minutes=5)
"""Until a run goes on that was stopped, or that had read as many pages as one run may."""

JITTER = 0.1
"""Each wait is longer or shorter by up to this part of itself, so that sources that began together do not stay together."""

LATE = timedelta(hours=1)
"""What is overdue for longer shows that no scheduler runs."""

Health = Literal["never run", "ok", "failing", "stale", "being collected"]


@dataclass(frozen=True, slots=True)
class Item:
    """A source in the timetable."""

    source: str
    every: str
    last: Run | None
    failures: int
    """Runs in a row that failed or were killed."""
    failing_since: datetime | None
    due: datetime
    by: Holder | None
    """Who is collecting it now."""

    def health(self, now: datetime, served: bool) -> Health:
        """How it is, in a word; `served` says whether a scheduler runs."""
        if self.by:
            return "being collected"
        if not self.last:
            return "never run"
        if not served and self.due < now - LATE:
            return "stale"
        return "failing" if self.failures else "ok"


def retry(failures: int) -> timedelta:
    """How long to leave alone what has failed so often in a row."""
    return min(FIRST_RETRY * (1 << min(failures - 1, 10)), LONGEST_RETRY)


def due(source: Source, history: History | None, now: datetime) -> datetime:
    """When the source is to be collected next. However long nothing was collected, this is one run."""
    if history is None:
        return now
    last = history.last
    if history.failures:
        wait = retry(history.failures)
    elif last.outcome == "stopped" or last.counts.get("more"):
        wait = GO_ON
    else:
        wait = interval(source.every)
    return (last.finished or last.started) + wait * (1 + _jitter(source.id, last.id))


def _jitter(source: str, run: int) -> float:
    """The same for the same run, whoever asks: what is told as the next time is the next time."""
    part = int.from_bytes(blake2b(f"{source} {run}".encode(), digest_size=4).digest()) / 2**32
    return JITTER * (2 * part - 1)


def items(archive: Engine, sources: list[Source], now: datetime) -> list[Item]:
    """How the sources stand."""
    if not sources:
        return []
    with reading(archive) as connection:
        known = crawl.histories(connection, [source.id for source in sources])
    return [_item(archive, source, known.get(source.id), now) for source in sources]


def _item(archive: Engine, source: Source, history: History | None, now: datetime) -> Item:
    by = holder(archive, f"collect {source.id}")
    last, failures, since = (history.last, history.failures, history.failing_since) if history else (None, 0, None)
    return Item(source.id, source.every, last, failures, since, due(source, history, now), by)


def served_sources(settings: Settings) -> tuple[list[Source], dict[str, str]]:
    """The sources that a scheduler collects, and by id why others that are enabled are left out: none holds up another."""
    sources: list[Source] = []
    left_out: dict[str, str] = {}
    for id, path in source_files(settings.sources_folder).items():
        try:
            source = read_source(path)
        except SourceError as error:
            left_out[id] = str(error)
            continue
        if not source.enabled or source.platform == FILE:
            continue
        if field := unedited(source):
            left_out[id] = f"{path}: {field}: still says what the template said."
        elif out_of_reach(settings, source):
            left_out[id] = OUT_OF_REACH
        else:
            sources.append(source)
    return sources, left_out
