"""Stands between a client and a node on loopback, remembers what it was asked, and disturbs what a test wants disturbed."""

import http.client
import json
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import urlsplit

ELASTIC = {"X-Elastic-Product": "Elasticsearch"}
"""By this a client knows that it has an Elasticsearch before it."""

_ITS_OWN = frozenset({"host", "connection", "content-length"})
"""Headers that are not passed on as they are."""

_LONGEST = 60
"""Seconds to wait for a node."""


@dataclass(frozen=True)
class Answer:
    """What is answered; `whole` is False where the connection ends in the middle of it."""

    status: int
    content: bytes
    type: str = "application/vnd.elasticsearch+json;compatible-with=9"
    headers: dict[str, str] = field(default_factory=lambda: dict(ELASTIC))
    whole: bool = True

    def cut(self) -> "Answer":
        """The first half of it, after which the connection ends."""
        return Answer(self.status, self.content, self.type, self.headers, whole=False)


def refusal(status: int, kind: str) -> Answer:
    """An error as Elasticsearch tells it."""
    error = {"type": kind, "reason": "of a test", "root_cause": [{"type": kind, "reason": "of a test"}]}
    return Answer(status, json.dumps({"error": error, "status": status}).encode())


@dataclass(frozen=True)
class Asked:
    """A request."""

    method: str
    path: str
    headers: dict[str, str]
    content: bytes
    upstream: str

    @property
    def is_bulk(self) -> bool:
        return self.path.partition("?")[0].endswith("/_bulk")

    @property
    def is_search(self) -> bool:
        return self.path.partition("?")[0].endswith("/_search")

    def operations(self) -> Iterator[tuple[str, str, int, list[bytes]]]:
        """Of a bulk request: what each does, to which id, in which version, and its lines."""
        lines = self.content.splitlines()
        while lines:
            ((does, told),) = json.loads(lines[0]).items()
            count = 1 if does == "delete" else 2
            yield does, told["_id"], told["version"], lines[:count]
            lines = lines[count:]

    def with_operations(self, some: Sequence[Sequence[bytes]]) -> "Asked":
        """The same request with these operations only."""
        content = b"".join(line + b"\n" for lines in some for line in lines)
        return Asked(self.method, self.path, self.headers, content, self.upstream)

    def answer(self) -> Answer:
        """What the node answers. Raises `OSError` where it does not."""
        address = urlsplit(self.upstream)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_LONGEST)
        try:
            connection.request(self.method, self.path, self.content or None, self.headers)
            got = connection.getresponse()
            return Answer(got.status, got.read(), got.getheader("content-type", ""), dict(ELASTIC))
        finally:
            connection.close()


Disturbance = Callable[[Asked], Answer | None]
"""Answers in the node's place, or lets the node answer (`asked.answer()`); None drops the connection."""


class Proxy:
    """A server in threads; `disturb` says how it is to disturb."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.asked: list[Asked] = []
        self._disturb: Disturbance = Asked.answer
        self._lock = Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def indexed(self) -> Counter[tuple[str, str, int]]:
        """How often each operation was asked for in bulk: what it does, to which id, in which version."""
        with self._lock:
            asked = list(self.asked)
        return Counter((does, id, version) for one in asked if one.is_bulk for does, id, version, _ in one.operations())

    @contextmanager
    def disturb(self, disturbance: Disturbance) -> Iterator[None]:
        """Disturbs while the block runs."""
        self._disturb = disturbance
        try:
            yield
        finally:
            self._disturb = Asked.answer

    def answer(self, asked: Asked) -> Answer | None:
        with self._lock:
            self.asked.append(asked)
        try:
            return self._disturb(asked)
        except (OSError, http.client.HTTPException):
            return None  # the node is gone: so is the connection

    @contextmanager
    def serving(self) -> Iterator["Proxy"]:
        thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with suppress(ConnectionError):  # whoever asked has gone away
                super().handle()

        def answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            keep = {name: value for name, value in self.headers.items() if name.lower() not in _ITS_OWN}
            answer = proxy.answer(Asked(self.command, self.path, keep, content, proxy.upstream))
            self.close_connection = answer is None or not answer.whole
            if answer is None:
                with suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(answer.status)
            for name, value in (answer.headers | {"Content-Type": answer.type}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.content if answer.whole else answer.content[: len(answer.content) // 2])

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 -- the names that the library calls

        def log_message(self, *args: Any) -> None:
            pass

    return Handler


class Share:
    """Disturbs one in so many of the requests it is asked about, the first of them too."""

    def __init__(self, which: Callable[[Asked], bool], one_in: int, how: Disturbance) -> None:
        self._which, self._one_in, self._how = which, one_in, how
        self._lock = Lock()
        self.disturbed, self._seen = 0, 0

    def __call__(self, asked: Asked) -> Answer | None:
        if not self._which(asked):
            return asked.answer()
        with self._lock:
            hit = self._seen % self._one_in == 0
            self._seen += 1
            self.disturbed += hit
        return self._how(asked) if hit else asked.answer()


def too_busy(asked: Asked) -> Answer:
    """Nothing is done."""
    return refusal(429, "es_rejected_execution_exception")


def starting(asked: Asked) -> Answer:
    """Nothing is done: so answers a node that was started a moment ago."""
    return refusal(503, "cluster_block_exception")


def rejects_some(asked: Asked) -> Answer:
    """Of a bulk request every second operation is done, and the others are rejected, each in its place."""
    operations = [lines for _, _, _, lines in asked.operations()]
    done = asked.with_operations(operations[::2]).answer()
    return _with_rejections(asked, iter(json.loads(done.content)["items"]), done)


def rejects_what_it_has_done(asked: Asked) -> Answer:
    """A bulk request is done, and every second operation is said to have been rejected."""
    done = asked.answer()
    return _with_rejections(asked, iter(json.loads(done.content)["items"][::2]), done)


def _with_rejections(asked: Asked, items: Iterator[dict[str, Any]], done: Answer) -> Answer:
    rejected = {"status": 429, "error": {"type": "es_rejected_execution_exception"}}
    told = [next(items) if place % 2 == 0 else {does: rejected} for place, (does, *_) in enumerate(asked.operations())]
    return Answer(done.status, json.dumps({"errors": True, "items": told}).encode(), done.type)


def cut_short(asked: Asked) -> Answer:
    """It is done, and half of the answer comes."""
    return asked.answer().cut()


def valid_length_but_cut(asked: Asked) -> Answer:
    """It is done, and half of the answer comes as if it were the whole: so do some gateways."""
    done = asked.answer()
    return Answer(done.status, done.content[: len(done.content) // 2], done.type)


def dropped_before(asked: Asked) -> None:
    """Nothing is done, and nobody answers."""


def dropped_after(asked: Asked) -> None:
    """It is done, and nobody hears of it."""
    asked.answer()


class HeldBack:
    """It is done, and the answer comes only when the test lets it go."""

    def __init__(self) -> None:
        self.done, self.let_go = Event(), Event()

    def __call__(self, asked: Asked) -> Answer | None:
        answer = asked.answer()
        self.done.set()
        self.let_go.wait(_LONGEST)
        return answer
