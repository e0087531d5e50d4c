"""`schedule run` as a process over a loopback site: it collects, annotates and indexes; it ends well, whatever happens to it."""

import contextlib
import json
import os
import select
import signal
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tinymovements.archive.database import open_archive
from tinymovements.archive.locks import holder, holders
from tinymovements.settings import Settings
from tinymovements.workflow.annotate import count_outdated
from tinymovements.workflow.index import count_behind

FEED = b"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Koivukyl\xc3\xa4n lehti</title>
<link>http://example.org</link><description>x</description><item><guid>1</guid><title>Talkoot</title>
<description>Talkoot pihalla Kalliossa.</description></item></channel></rss>"""


class Gated:
    """An answer that waits until the test lets it go."""

    def __init__(self, reply: Any) -> None:
        self.asked, self.go = threading.Event(), threading.Event()
        self._reply = reply

    def __call__(self, _asked: object) -> Any:
        self.asked.set()
        self.go.wait(60)
        return self._reply(FEED)


@pytest.fixture
def gated(site: Any, source: Any, reply: Any) -> Iterator[Gated]:
    answer = Gated(reply)
    site.answers("/feed", answer)
    source("paper", "rss", f"{site.base}/feed")
    yield answer
    answer.go.set()


def read_until(process: "subprocess.Popen[str]", words: str) -> str:
    """What it tells up to the line that has these words."""
    assert process.stderr is not None
    told = ""
    for line in process.stderr:
        told += line
        if words in line:
            return told
    raise AssertionError(f"It ended, and never said {words!r}: {told}")


def listed(start: Any) -> dict[str, Any]:
    process = start("schedule", "list", "--json")
    out, _ = process.communicate(timeout=120)
    found: dict[str, Any] = json.loads(out)
    return found


def test_it_collects_annotates_and_indexes_until_it_is_stopped(
    site: Any, source: Any, start: Any, reply: Any, kept: Any, settings: Settings
) -> None:
    site.answers("/feed", reply(FEED))
    site.answers("/broken", reply(b"oops", 500))
    source("paper", "rss", f"{site.base}/feed", every="1 h")
    source("shut", "rss", f"{site.base}/broken")
    process = start("schedule", "run", log_level="WARNING")
    read_until(process, "index: 1 post indexed.")
    shown = listed(start)
    assert shown["scheduler"]["pid"] == process.pid
    paper, shut = sorted((item for item in shown["sources"]), key=lambda item: item["source"])
    assert (paper["health"], paper["last"]["outcome"], paper["last"]["counts"]["new"]) == ("ok", "done", 1)
    due = datetime.fromisoformat(paper["due"]) - datetime.now(UTC)
    assert timedelta(minutes=50) < due < timedelta(minutes=67)
    assert (shut["health"], shut["failures"]) == ("failing", 1)
    assert "offline" in shown["left_out"]["helsinki-linked-events"]
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "schedule: ends" in told
    assert len(kept().posts()) == 1
    assert (count_outdated(settings), count_behind(settings)) == (0, 0)
    assert listed(start)["scheduler"] is None


def test_each_event_is_one_line_with_its_time(site: Any, source: Any, start: Any, reply: Any) -> None:
    site.answers("/feed", reply(FEED))
    source("paper", "rss", f"{site.base}/feed")
    process = start("schedule", "run", "--once", log_level="WARNING")
    out, told = process.communicate(timeout=120)
    assert (process.returncode, out) == (0, "")
    lines = [line.split(" ", 1) for line in told.splitlines() if "left out" not in line]
    assert all(datetime.fromisoformat(moment).tzinfo for moment, _ in lines)
    said = [line for _, line in lines]
    assert said[:2] == ["schedule: begins", "collect paper: begins"]
    assert said[2].startswith("collect paper: done (1 new, 1 pages), next ")
    assert said[3:] == [
        "annotate: 1 post annotated.",
        "resolve: 1 post read; 0 initiatives: none new.",
        "index: 1 post indexed.",
        "schedule: ends",
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_it_finishes_what_is_in_work(start: Any, gated: Gated, kept: Any, number: int) -> None:
    process = start("schedule", "run")
    assert gated.asked.wait(60)
    process.send_signal(number)
    read_until(process, "stopping")
    gated.go.set()
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert len(kept().posts()) == 1
    assert kept().runs()["paper"].outcome == "done"


def test_at_the_second_signal_it_leaves_and_nothing_is_lost(start: Any, gated: Gated, kept: Any, settings: Settings) -> None:
    process = start("schedule", "run", log_level="WARNING")
    assert gated.asked.wait(60)
    by = holder(open_archive(settings.archive_url), "collect paper")
    assert by is not None
    process.send_signal(signal.SIGTERM)
    read_until(process, "stopping")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 130
    gated.go.set()
    wait_for_the_end(by.pid)
    assert holders(open_archive(settings.archive_url)) == []
    assert kept().runs()["paper"].outcome == "stopped"


def test_a_killed_crawl_is_one_failed_run(start: Any, gated: Gated, kept: Any, settings: Settings) -> None:
    process = start("schedule", "run", log_level="WARNING")
    assert gated.asked.wait(60)
    by = holder(open_archive(settings.archive_url), "collect paper")
    assert by is not None
    os.kill(by.pid, signal.SIGKILL)
    read_until(process, "collect paper: killed")
    assert kept().runs()["paper"].outcome == "killed"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    assert process.returncode == 0


def test_a_killed_scheduler_leaves_no_lock_and_the_next_goes_on(start: Any, gated: Gated, kept: Any, settings: Settings) -> None:
    process = start("schedule", "run", log_level="WARNING")
    assert gated.asked.wait(60)
    archive = open_archive(settings.archive_url)
    by = holder(archive, "collect paper")
    assert by is not None
    process.kill()
    process.wait()
    assert holder(archive, "schedule") is None
    second = start("schedule", "run", log_level="WARNING")
    read_until(second, "schedule: begins")
    gated.go.set()  # what the first had begun goes on to its end, and the second leaves it alone
    wait_for_the_end(by.pid)
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=120)
    assert second.returncode == 0
    assert len(kept().posts()) == 1


def wait_for_the_end(pid: int) -> None:
    """Of a process that is nobody's child here."""
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        assert select.select([descriptor], [], [], 60)[0]
        os.close(descriptor)


def test_a_second_scheduler_is_told_of_the_first(start: Any, gated: Gated) -> None:
    first = start("schedule", "run", log_level="WARNING")
    assert gated.asked.wait(60)
    second = start("schedule", "run", "--once")
    _, told = second.communicate(timeout=120)
    assert second.returncode == 1
    assert f"`schedule` is being done already, by process {first.pid} on" in told


def test_without_a_contact_it_does_not_begin(start: Any) -> None:
    process = start("schedule", "run", contact="")
    _, told = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "TINYMOVEMENTS_CONTACT" in told
