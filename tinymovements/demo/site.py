"""A web site on this machine that serves posts as RSS feeds, as a Linked Events calendar and as a Mastodon instance."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from tinymovements.demo.posts import DemoPost, by_channel

PAGE = 10
"""Events and statuses in one answer, so that the crawl has pages to turn."""

_TITLES = {"fi": "Naapurustosivut", "sv": "Kvarterssidorna", "en": "Neighbourhood pages"}
_TAG = re.compile(r"#(\w+)")
_RESTRICTIVE = 12
"""Every so many Mastodon accounts do not want to be indexed, and their posts must not arrive."""


def hashtags() -> list[str]:
    """The hashtags of the Mastodon posts, without #, in alphabetical order."""
    return sorted({tag.lower() for post in by_channel("mastodon") for tag in _TAG.findall(post.text)})


@contextmanager
def serve() -> Iterator[str]:
    """The address of the site while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        base = f"http://{self.headers['Host']}"
        if url.path == "/robots.txt":
            self._answer(b"User-agent: *\nAllow: /\n", "text/plain")
        elif match := re.fullmatch(r"/feeds/(fi|sv|en)\.xml", url.path):
            self._answer(_feed(match[1], base), "application/rss+xml")
        elif url.path == "/v1/event/":
            self._answer(_json(_events(query, base)), "application/json")
        elif match := re.fullmatch(r"/api/v1/timelines/tag/(\S+)", url.path):
            self._statuses(unquote(match[1]), query, base)
        else:
            self.send_error(404)

    def _statuses(self, tag: str, query: dict[str, str], base: str) -> None:
        page = _timeline(tag, query)
        link = ""
        if page:
            path = f"{base}/api/v1/timelines/tag/{tag}"
            link = f'<{path}?max_id={page[-1]["id"]}>; rel="next", <{path}?min_id={page[0]["id"]}>; rel="prev"'
        self._answer(_json(page), "application/json", link)

    def _answer(self, body: bytes, kind: str, link: str = "") -> None:
        tag = f'"{sha256(body).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == tag:
            self.send_response(304)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", tag)
        if link:
            self.send_header("Link", link)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Says nothing: the crawler tells what it does."""


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _feed(language: str, base: str) -> bytes:
    items = "".join(
        f"<item><title>{escape(post.title or '')}</title><guid isPermaLink='false'>{post.id}</guid>"
        f"<link>{base}/pages/{post.id}</link><author>{escape(post.author)}</author>"
        f"<pubDate>{format_datetime(post.posted)}</pubDate>"
        f"<description>{escape(f'<p>{escape(post.text, quote=False)}</p>', quote=False)}</description></item>"
        for post in reversed(by_channel("rss", language))
    )
    title = _TITLES[language]
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'><channel><title>{title}</title><link>{base}</link>"
        f"<description>{title}</description><language>{language}</language>{items}</channel></rss>"
    ).encode()


def _events(query: dict[str, str], base: str) -> dict[str, object]:
    posts = by_channel("events")
    page = int(query.get("page", "1"))
    last = page * PAGE >= len(posts)
    carried = "&".join(f"{name}={value}" for name, value in query.items() if name != "page")
    following = None if last else f"{base}/v1/event/?{carried}&page={page + 1}"
    return {
        "meta": {"count": len(posts), "next": following, "previous": None},
        "data": [_event(post) for post in posts[(page - 1) * PAGE : page * PAGE]],
    }


def _event(post: DemoPost) -> dict[str, object]:
    moment = post.posted.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {
        "id": f"demo:{post.id}",
        "type_id": "General",
        "name": {post.language: post.title},
        "short_description": None,
        "description": {post.language: f"<p>{escape(post.text, quote=False)}</p>"},
        "start_time": post.starts.isoformat() if post.starts else None,
        "end_time": post.ends.isoformat() if post.ends else None,
        "date_published": moment,
        "created_time": moment,
        "last_modified_time": moment,
        "event_status": "EventScheduled",
        "publication_status": "public",
        "provider": {post.language: post.group},
        "location": {
            "id": f"demo:place-{post.id}",
            "name": {post.language: post.place},
            "position": {"type": "Point", "coordinates": [post.lon, post.lat]} if post.lat is not None else None,
        },
        "info_url": None,
        "deleted": False,
        "in_language": [],
        "keywords": [],
    }


def _timeline(tag: str, query: dict[str, str]) -> list[dict[str, object]]:
    """Newest first; with `min_id` the page next to it, with `max_id` what is older, as Mastodon does."""
    statuses = [
        _status(number, post)
        for number, post in enumerate(by_channel("mastodon"), 1)
        if tag.lower() in (found.lower() for found in _TAG.findall(post.text))
    ]
    statuses.sort(key=lambda status: int(str(status["id"])), reverse=True)
    size = min(int(query.get("limit", "20")), PAGE)
    if "max_id" in query:
        statuses = [status for status in statuses if int(str(status["id"])) < int(query["max_id"])]
    if "min_id" in query:
        newer = [status for status in statuses if int(str(status["id"])) > int(query["min_id"])]
        return newer[-size:]
    return statuses[:size]


def _status(number: int, post: DemoPost) -> dict[str, object]:
    handle = re.sub(r"\W", "", post.author.lower()) or "someone"
    content = _TAG.sub(lambda match: f'<a class="hashtag">#<span>{match[1]}</span></a>', escape(post.text, quote=False))
    # An id grows with time, as Mastodon's do: milliseconds, then a number that keeps equal ones apart.
    status_id = str((int(post.posted.timestamp() * 1000) << 16) + number)
    return {
        "id": status_id,
        "created_at": post.posted.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "in_reply_to_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": post.language,
        "uri": f"https://fediverse.example/users/{handle}/statuses/{status_id}",
        "url": f"https://fediverse.example/@{handle}/{status_id}",
        "replies_count": post.comments,
        "reblogs_count": post.shares,
        "favourites_count": post.reactions,
        "content": f"<p>{content}</p>",
        "reblog": None,
        "account": {
            "id": str(number),
            "username": handle,
            "acct": handle,
            "display_name": post.author,
            "bot": False,
            "discoverable": True,
            "indexable": number % _RESTRICTIVE != 0,
            "note": "",
            "url": f"https://fediverse.example/@{handle}",
        },
        "tags": [{"name": tag.lower(), "url": f"https://fediverse.example/tags/{tag.lower()}"} for tag in _TAG.findall(post.text)],
        "mentions": [],
        "media_attachments": [],
    }
