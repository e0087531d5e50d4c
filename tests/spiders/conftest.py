"""A loopback site whose answers a test writes, and the command line that crawls it in a process of its own."""

import contextlib
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tinymovements.archive import crawl, posts
from tinymovements.archive.database import open_archive, reading
from tinymovements.model import Post
from tinymovements.settings import Settings


@dataclass(frozen=True)
class Asked:
    """A request that the site got."""

    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Reply:
    """What the site answers."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """What the site does with the connection instead of an answer; then it closes it."""

    send: Callable[[socket.socket], object]


Answering = Callable[[Asked], Reply | Raw]


class Site:
    """Answers by path; keeps what it was asked. An unknown path is 404, robots.txt allows all unless it is set."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.asked: list[Asked] = []
        self._answers: dict[str, Answering] = {"/robots.txt": lambda _asked: Reply(b"User-agent: *\nAllow: /\n")}

    def answers(self, path: str, answer: Reply | Raw | Answering) -> None:
        self._answers[path] = (lambda _asked: answer) if isinstance(answer, Reply | Raw) else answer

    def answer(self, asked: Asked) -> Reply | Raw:
        self.asked.append(asked)
        answer = self._answers.get(asked.path)
        return answer(asked) if answer else Reply(b"no such page", 404)

    def pages(self) -> list[Asked]:
        """Everything that was asked but robots.txt."""
        return [asked for asked in self.asked if asked.path != "/robots.txt"]


@contextlib.contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            reply = served.answer(Asked(url.path, query, dict(self.headers)))
            if isinstance(reply, Raw):
                self.close_connection = True
                with contextlib.suppress(OSError):  # where the crawler has seen enough
                    reply.send(self.connection)
                return
            self.send_response(reply.status)
            for name, value in ({"Content-Length": str(len(reply.body))} | dict(reply.headers)).items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # where the crawler has seen enough
                self.wfile.write(reply.body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    served = Site(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as served:
        yield served


@pytest.fixture
def secure_site() -> Iterator[Callable[[Path], Site]]:
    """A site with the certificate and key of a PEM file."""
    with contextlib.ExitStack() as stack:

        def serve(certificate: Path) -> Site:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            return stack.enter_context(serving(tls))

        yield serve


@pytest.fixture
def reply() -> type[Reply]:
    return Reply


@pytest.fixture
def raw() -> type[Raw]:
    return Raw


@pytest.fixture
def recorded() -> Callable[[str], bytes]:
    """A recorded layout with invented content."""
    return lambda name: (Path(__file__).parent / "platforms" / "recorded" / name).read_bytes()


@pytest.fixture
def source(home: Path) -> Callable[..., None]:
    """Write the facts of a source into the home folder."""

    def write(id: str, platform: str, url: str, options: Mapping[str, Any] | None = None, **facts: Any) -> None:
        given = {
            "title": id, "description": "For a test.", "platform": platform, "url": url, "publisher": "Nobody",
            "languages": ["fi", "sv", "en"], "legal_basis": "None: it is invented.", "expected_minimum": 0, **facts,
        }  # fmt: skip
        lines = [f"{name} = {json.dumps(value)}" for name, value in given.items()]
        lines += ["[options]", *(f"{name} = {json.dumps(value)}" for name, value in (options or {}).items())]
        folder = home / "sources"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{id}.toml").write_text("\n".join(lines), "utf-8")

    return write


@pytest.fixture
def start(home: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start the command line; settings are given by name."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str, **settings: str) -> "subprocess.Popen[str]":
        given = {"contact": "tests@example.org", "crawl_delay": "0", "log_level": "DEBUG", "processes": "1"} | settings
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        environment |= {f"TINYMOVEMENTS_{name.upper()}": value for name, value in given.items()}
        process = subprocess.Popen(
            [sys.executable, "-m", "tinymovements", *arguments],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    def outcome(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)[id]
        return found


@pytest.fixture
def collect(start: Callable[..., "subprocess.Popen[str]"], settings: Settings) -> Callable[..., Ended]:
    """Crawl sources to the end."""
    open_archive(settings.archive_url).dispose()  # its tables are made here at a tenth of what it takes a new process

    def run(*ids: str, **given: str) -> Ended:
        process = start("collect", "--json", *ids, **given)
        out, err = process.communicate(timeout=120)
        return Ended(process.returncode, out, err)

    return run


class Kept:
    """What is in the archive."""

    def __init__(self, settings: Settings) -> None:
        self._archive = open_archive(settings.archive_url)

    def posts(self) -> list[Post]:
        with reading(self._archive) as connection:
            return sorted((item.post for item in posts.stream(connection)), key=lambda post: post.native_id)

    def state(self, source: str) -> dict[str, str]:
        with reading(self._archive) as connection:
            return crawl.state(connection, source)

    def runs(self) -> dict[str, crawl.Run]:
        with reading(self._archive) as connection:
            return crawl.last_runs(connection)

    def close(self) -> None:
        self._archive.dispose()


@pytest.fixture
def kept(settings: Settings) -> Iterator[Callable[[], Kept]]:
    opened: list[Kept] = []

    def look() -> Kept:
        opened.append(Kept(settings))
        return opened[-1]

    yield look
    for archive in opened:
        archive.close()
