"""A crawl that is killed again and again, and the archive it leaves in the end: that of a crawl that nobody disturbed."""

import json
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tinymovements.archive import crawl, posts
from tinymovements.archive.database import open_archive, reading
from tinymovements.settings import Settings

PAGES = 4
IDS = [f"{page}{number}" for page in range(1, PAGES + 1) for number in (1, 2)]


def feed(page: int, base: str) -> bytes:
    following = f'<atom:link rel="next" href="{base}/feed?page={page + 1}"/>' if page < PAGES else ""
    items = "".join(
        f"<item><guid>{id}</guid><author>Liisa {id}</author><description>Talkoot {id}.</description>"
        f"<pubDate>Mon, {28 - int(id[0])} May 2026 10:0{id[1]}:00 +0300</pubDate></item>"
        for id in IDS
        if id[0] == str(page)
    )
    head = '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>K</title>'
    return f"{head}{following}{items}</channel></rss>".encode()


def events(page: int) -> bytes:
    data = [
        {"id": f"x:{id}", "@type": "Event", "name": {"fi": f"Kirppis {id}"}, "last_modified_time": f"2026-05-0{page}T10:00:00Z"}
        for id in IDS
        if id[0] == str(page)
    ]
    return json.dumps({"meta": {"next": f"/?page={page + 1}" if page < PAGES else None}, "data": data}).encode()


def timeline(below: int) -> bytes:
    account = {"acct": "liisa", "indexable": True}
    newest_first = [id for id in reversed(IDS) if int(id) < below][:2]
    return json.dumps([
        {"id": id, "created_at": "2026-05-01T10:00:00Z", "visibility": "public", "content": f"Soppaa {id}", "account": account}
        for id in newest_first
    ]).encode()  # fmt: skip


class Killer:
    """Answers pages, and in each run from one of them on (`last`) only half of it, or nothing."""

    def __init__(self) -> None:
        self.last, self.half = 10**6, False
        self.reached, self.over = threading.Event(), threading.Event()
        self._asked = 0

    def answers(self, page: Callable[[Any], bytes], reply: Any, raw: Any) -> Callable[[Any], Any]:
        def answer(asked: Any) -> Any:
            self._asked += 1
            body = page(asked)
            return reply(body) if self._asked < self.last else raw(lambda connection: self._stop(connection, body))

        return answer

    def _stop(self, connection: Any, body: bytes) -> None:
        if self.half:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body[: len(body) // 2])
        self.reached.set()
        self.over.wait(60)

    def next_run(self, last: int, half: bool) -> None:
        self.last, self.half, self._asked = last, half, 0
        self.over.set()
        self.reached, self.over = threading.Event(), threading.Event()


def content(home: Path) -> tuple[list[Any], dict[str, dict[str, str]], int]:
    """Posts and crawl states of the archive of a home, without the moments of its runs."""
    archive = open_archive(Settings(home=home).archive_url)
    try:
        with reading(archive) as connection:
            kept = [(item.number > 0, item.revision, item.post) for item in posts.stream(connection)]
            states = {name: crawl.state(connection, name) for name in ("events", "fediverse", "paper")}
            unfinished = [run for run in crawl.last_runs(connection).values() if run.outcome != "done"]
    finally:
        archive.dispose()
    for state in states.values():
        del state["complete"]
    return kept, states, len(unfinished)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_it_leaves_what_an_undisturbed_one_leaves(
    site: Any, source: Any, start: Any, collect: Any, reply: Any, raw: Any, home: Path, tmp_path: Path, processes: str
) -> None:
    killer = Killer()
    pages: dict[str, Callable[[Any], bytes]] = {
        "/feed": lambda asked: feed(int(asked.query.get("page", "1")), site.base),
        "/v1/event/": lambda asked: events(int(asked.query.get("page", "1"))),
        "/api/v1/timelines/tag/talkoot": lambda asked: timeline(int(asked.query.get("max_id", "99"))),
    }
    for path, page in pages.items():
        site.answers(path, killer.answers(page, reply, raw))
    source("events", "linked-events", f"{site.base}/v1/")
    source("paper", "rss", f"{site.base}/feed")
    source("fediverse", "mastodon", site.base, {"hashtags": ["talkoot"]})
    names = ("events", "paper", "fediverse")
    for last, half in ((1, False), (2, True), (4, False), (7, True)):
        killer.next_run(last, half)
        process = start("collect", *names, processes=processes)
        assert killer.reached.wait(60)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    killer.next_run(10**6, half=False)
    assert collect(*names, processes=processes).code == 0
    other = tmp_path / "undisturbed"
    shutil.copytree(home, other, ignore=shutil.ignore_patterns("archive.db*"))
    assert collect(*names, home=str(other)).code == 0
    assert content(home) == content(other)
    assert len(content(home)[0]) == 3 * len(IDS)
