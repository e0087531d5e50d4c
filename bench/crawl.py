"""How fast a crawl of loopback pages is beside a bare Scrapy spider: `python -m bench.crawl`.

The site serves feeds (30 entries a page) and timelines (40 posts a page) of invented posts from a process of its own, page after
page. The yardstick asks for the same pages with the same parsers (feedparser with the same options, json), at the same pace (one
request at a time, no delay), and makes a plain dict of each entry: it cleans no HTML, takes out no name and keeps nothing. The rate
is that of the site's clock over the last nine tenths of the pages, when processes have started and lists are loaded.
"""

import argparse
import asyncio
import json
import multiprocessing
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.measure import Measure
from bench.synthetic import posts

FEED, TIMELINE = 30, 40
"""Posts on a page."""

PARSER = {"sanitize_html": False, "resolve_relative_uris": False}
SPAWN = multiprocessing.get_context("spawn")


def pages(count: int) -> dict[str, bytes]:
    """The pages of the site by path: half of `count` of each kind."""
    made = posts(count // 2 * (FEED + TIMELINE), seed=7)
    found: dict[str, bytes] = {"/robots.txt": b"User-agent: *\nAllow: /\n"}
    for number in range(count // 2):
        items = "".join(_item(next(made)) for _ in range(FEED))
        link = f'<atom:link rel="next" href="/feed/{number + 1}"/>' if number + 1 < count // 2 else ""
        head = f'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Lehti</title>{link}'
        found[f"/feed/{number}"] = f"{head}{items}</channel></rss>".encode()
    path = f"/api/v1/timelines/tag/talkoot?limit={TIMELINE}"
    for number in range(count // 2, 0, -1):
        newest = number * TIMELINE
        statuses = [_status(newest - place, next(made)) for place in range(TIMELINE)]
        found[path if number == count // 2 else f"{path}&max_id={newest + 1}"] = json.dumps(statuses).encode()
    found[f"{path}&max_id=1"] = b"[]"
    return found


def _item(post: dict[str, str]) -> str:
    words = escape(f"<p>{escape(post['text'])}</p>")
    return (
        f"<item><guid>{post['id']}</guid><title>{escape(post['text'][:40])}</title><link>https://example.org/{post['id']}</link>"
        f"<author>{post['author']}</author><description>{words}</description><pubDate>{post['posted']}</pubDate></item>"
    )


def _status(number: int, post: dict[str, str]) -> dict[str, Any]:
    account = {"id": "1", "acct": post["author"], "indexable": True, "note": "", "url": "https://example.org/@x"}
    return {
        "id": str(number), "created_at": post["posted"], "visibility": "public", "language": None, "account": account,
        "content": f"<p>{escape(post['text'])}</p>", "url": f"https://example.org/{number}", "spoiler_text": "", "reblog": None,
        "favourites_count": int(post["likes"]), "replies_count": 0, "reblogs_count": 0,
    }  # fmt: skip


def serve(count: int, ready: Connection) -> None:
    """Answers until it is ended; `/times` tells when the pages asked for since were asked for."""
    served, times = pages(count), list[float]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (head := await reader.readline()) and (await reader.readuntil(b"\r\n\r\n")):
            path = head.split(b" ", 2)[1].decode()
            body = json.dumps(times).encode() if path == "/times" else served.get(path, b"")
            times[:] = [] if path == "/times" else [*times, perf_counter()] if path != "/robots.txt" else times
            status = b"200 OK" if body else b"404 Not Found"
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@contextmanager
def site(count: int) -> Iterator[int]:
    """The port of the site."""
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=serve, args=(count, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def bare(port: int) -> None:
    """The yardstick, in a process of its own."""
    import io

    import feedparser
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.http import Response

    class Bare(Spider):
        name = "bare"

        async def start(self) -> Any:
            yield Request(f"http://127.0.0.1:{port}/feed/0", self.feed)
            yield Request(f"http://127.0.0.1:{port}/api/v1/timelines/tag/talkoot?limit={TIMELINE}", self.timeline)

        def feed(self, response: Response) -> Any:
            parsed = feedparser.parse(io.BytesIO(response.body), **PARSER)
            for entry in parsed.entries:
                yield {name: entry.get(name) for name in ("id", "title", "summary", "author", "link", "published")}
            for link in parsed.feed.get("links", ()):
                if link.rel == "next":
                    yield response.follow(link.href, self.feed)

        def timeline(self, response: Response) -> Any:
            statuses = json.loads(response.body)
            for status in statuses:
                yield {name: status[name] for name in ("id", "content", "account", "url", "created_at", "language")}
            if statuses:
                yield response.follow(f"?limit={TIMELINE}&max_id={statuses[-1]['id']}", self.timeline)

    settings = {"CONCURRENT_REQUESTS_PER_DOMAIN": 1, "DOWNLOAD_DELAY": 0, "ROBOTSTXT_OBEY": True, "LOG_LEVEL": "WARNING"}
    process = AsyncCrawlerProcess(settings)
    process.crawl(Bare)
    process.start()


def ours(port: int, home: Path) -> None:
    """Our crawl, in a process of its own, into a new archive."""
    from tinymovements.model import Source
    from tinymovements.settings import Settings
    from tinymovements.workflow.collect import collect

    facts: dict[str, Any] = {"description": "", "publisher": "", "legal_basis": "", "languages": ("fi", "sv", "en")}
    base = f"http://127.0.0.1:{port}"
    sources = [
        Source(id="feed", title="", platform="rss", url=f"{base}/feed/0", **facts),
        Source(id="timeline", title="", platform="mastodon", url=base, options={"hashtags": ["talkoot"]}, **facts),
    ]
    settings = Settings(home=home, contact="bench@example.org", crawl_delay=0, crawl_pages=10**6)
    outcomes = collect(settings, sources, lambda _posts: None)
    assert not any(outcome.failed for outcome in outcomes.values())


def measure(count: int = 200, times: int = 3) -> list[Measure]:
    """Pages in a second, beside the yardstick's in the same run; what the site could give at the most stands in the note."""
    rates: dict[str, list[float]] = {"bare": [], "ours": []}
    with site(count) as port, tempfile.TemporaryDirectory() as folder:
        limit = _limit(port, count)
        for turn in range(times):
            for name, run, arguments in (("bare", bare, (port,)), ("ours", ours, (port, Path(folder) / str(turn)))):
                process = SPAWN.Process(target=run, args=arguments)
                process.start()
                process.join()
                assert process.exitcode == 0
                asked = _times(port)
                assert len(asked) == count + 1, (name, len(asked))
                warm = asked[len(asked) // 10 :]
                rates[name].append((len(warm) - 1) / (warm[-1] - warm[0]))
    value, yardstick = (statistics.median(rates[name]) for name in ("ours", "bare"))
    note = f"{value * (FEED + TIMELINE) / 2:,.0f} posts/s scrubbed and kept; the site alone gives {limit:,.0f} pages/s"
    return [Measure("crawl", value, "pages/s", "bare Scrapy, which keeps nothing", yardstick, ">= 0.8 x", note)]


def _times(port: int) -> list[float]:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/times")
    found: list[float] = json.loads(connection.getresponse().read())
    connection.close()
    return found


def _limit(port: int, count: int) -> float:
    connection = HTTPConnection("127.0.0.1", port)
    began = perf_counter()
    for number in range(count):
        connection.request("GET", f"/feed/{number % (count // 2)}")
        connection.getresponse().read()
    seconds = perf_counter() - began
    connection.close()
    _times(port)
    return count / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--times", type=int, default=3)
    arguments = parser.parse_args()
    for line in measure(arguments.pages, arguments.times):
        print(f"{line.what}: {line.value:,.1f} {line.unit}, {line.ratio:.2f} x {line.yardstick} ({line.note})")


if __name__ == "__main__":
    main()
