"""Collects each source at its interval, annotates and indexes what came: until it is told to stop, or once."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import FrameType

from tinymovements.archive.database import open_archive
from tinymovements.archive.locks import Holder, holder
from tinymovements.errors import SettingsError
from tinymovements.settings import Settings
from tinymovements.workflow.schedule_child import Child
from tinymovements.workflow.schedule_due import Item, items, served_sources
from tinymovements.workflow.schedule_loop import LOCK, Loop


@dataclass(frozen=True, slots=True)
class Timetable:
    """Who schedules, how the sources stand, and why others that are enabled are left out."""

    scheduler: Holder | None
    items: list[Item]
    left_out: dict[str, str]


def timetable(settings: Settings) -> Timetable:
    """How the sources stand now."""
    archive = open_archive(settings.archive_url)
    sources, left_out = served_sources(settings)
    return Timetable(holder(archive, LOCK), items(archive, sources, datetime.now(UTC)), left_out)


def run(settings: Settings, tell: Callable[[str], None], once: bool = False) -> bool:
    """Serve until SIGTERM or SIGINT, or do `once` what is due; whether all went well.

    Raises `Busy` where a scheduler serves this archive already, and `KeyboardInterrupt` at the second signal.
    """
    if not settings.contact:
        raise SettingsError("Nothing is crawled without a contact that sites can complain to.", "Set TINYMOVEMENTS_CONTACT.")
    archive = open_archive(settings.archive_url)
    loop = Loop(archive, lambda: served_sources(settings), Child, lambda: datetime.now(UTC), _wait, tell)
    with _signals(loop.stop):
        return loop.serve(once)


def _wait(until: datetime, over: Callable[[], bool]) -> None:
    # Half a second at a time: neither the end of a process nor a signal is heard while it sleeps.
    while not over() and (left := (until - datetime.now(UTC)).total_seconds()) > 0:
        time.sleep(min(0.5, left))


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    def heard(_number: int, _frame: FrameType | None) -> None:
        stop()

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
