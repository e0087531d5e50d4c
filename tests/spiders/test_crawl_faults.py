"""Real crawls of a loopback site that answers wrongly, for ever, too slowly or with too much: told in a sentence, nothing lost."""

import gzip
import json
import resource
import socket
import struct
import threading
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import brotli
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

GIB = 1 << 30


def feed(*names: str, following: str = "") -> bytes:
    items = "".join(
        f"<item><guid>{name}</guid><title>{name}</title><description>Talkoot pihalla {name}.</description></item>" for name in names
    )
    link = f'<atom:link rel="next" href="{following}"/>' if following else ""
    namespace = 'xmlns:atom="http://www.w3.org/2005/Atom"'
    return f'<?xml version="1.0"?><rss version="2.0" {namespace}><channel><title>K</title>{link}{items}</channel></rss>'.encode()


def event(id: Any, **changes: Any) -> dict[str, Any]:
    return {"id": id, "@type": "Event", "name": {"fi": f"Talkoot {id}"}, "description": {"fi": "Siivotaan."}} | changes


def status(id: str, **changes: Any) -> dict[str, Any]:
    account = {"acct": "liisa", "indexable": True}
    given = {"id": id, "created_at": "2026-05-01T10:00:00.000Z", "visibility": "public", "content": "<p>Talkoot</p>"}
    return given | {"account": account} | changes


def for_ever(beginning: bytes, more: bytes) -> Callable[[socket.socket], None]:
    """Sends until the crawler has seen enough, which raises here."""

    def send(connection: socket.socket) -> None:
        connection.sendall(beginning)
        while True:
            connection.sendall(more)

    return send


def broken_off(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + feed("a")[:50])
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing it is then a reset
    connection.close()


class TestAnswers:
    @pytest.fixture(autouse=True)
    def setting(self, site: Any, source: Any, collect: Any, kept: Any, reply: Any) -> None:
        self.site, self.source, self.collect, self.kept = site, source, collect, kept
        site.answers("/good", reply(feed("a")))
        source("good", "rss", f"{site.base}/good")

    def told(self, answers: dict[str, tuple[Any, str]], **given: str) -> None:
        """Each source is told by its sentence, which says what to do; the good one goes on, and nothing else is kept."""
        for name, (answer, _) in answers.items():
            self.site.answers(f"/{name}", answer)
            self.source(name, "rss", f"{self.site.base}/{name}")
        ended = self.collect(*answers, "good", log_level="WARNING", **given)
        assert ended.code == 1
        said = {id: ended.outcome(id)["failed"] or "" for id in answers}
        assert {id: said[id] for id, (_, sentence) in answers.items() if sentence not in said[id]} == {}
        to_do = ("again", "browser", "correct", "Ask", "Check")
        assert {id: sentence for id, sentence in said.items() if not any(word in sentence for word in to_do)} == {}
        assert ended.err == ""
        assert [post.native_id for post in self.kept().posts()] == ["a"]
        assert {id: run.outcome for id, run in self.kept().runs().items()} == dict.fromkeys(answers, "failed") | {"good": "done"}

    def test_what_is_not_what_was_promised(self, reply: Any) -> None:
        self.told({
            "json": (reply(b'{"items": []}', headers={"Content-Type": "application/json"}), "something else where an RSS"),
            "empty": (reply(b""), "answered with nothing"),
            "login": (reply(b"\n<html><form></form></html>"), "an HTML page where an RSS"),
            "nul": (reply(feed("b").replace(b"pihalla", b"pi\0halla")), "broken XML"),
            "deep": (reply(b"<rss><channel>" + b"<a>" * 100_000), "broken XML"),
        })  # fmt: skip

    def test_statuses_and_ways_that_lead_nowhere(self, reply: Any) -> None:
        here = self.site.base
        self.told({
            "fault": (reply(b"", 500), "has a fault of its own (500)"),
            "secret": (reply(b"", 403), "does not let us read"),
            "circle": (reply(b"", 302, {"Location": f"{here}/circle"}), "from one address to the next without end"),
            "file": (reply(b"", 302, {"Location": "file:///etc/passwd"}), "no address of the web (302)"),
            "nowhere": (reply(b"", 302), "no address of the web (302)"),
            "bracket": (reply(b"", 302, {"Location": "http://[::1"}), "could not be read (builtins.ValueError)"),
            "closed": (reply(b"", 302, {"Location": "http://127.0.0.1:9/"}), "refuses connections"),
        })  # fmt: skip
        assert len([asked for asked in self.site.pages() if asked.path == "/fault"]) == 3

    def test_what_breaks_off_or_is_no_http(self, raw: Any) -> None:
        head = b"HTTP/1.1 200 OK\r\n"
        chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
        not_http = "broke off its answer, or what it sent is not HTTP"
        self.told({
            "reset": (raw(broken_off), not_http),
            "short": (raw(lambda to: to.sendall(head + b"Content-Length: 999\r\n\r\n<rss>")), not_http),
            "chunk": (raw(lambda to: to.sendall(chunked + b"5\r\n<rss>\r\n")), not_http),
            "noise": (raw(lambda to: to.sendall(bytes(range(256)) * 9)), not_http),
            "number": (raw(lambda to: to.sendall(head + b"Content-Length: many\r\n\r\n<rss>")), not_http),
        })  # fmt: skip

    def test_what_does_not_end(self, raw: Any) -> None:
        head, line = b"HTTP/1.1 200 OK\r\n", b" " * 999 + b"\r\n"
        self.told({
            "body": (raw(for_ever(head + b"\r\n<rss>", bytes(1 << 16))), "more than 16 MiB in one answer"),
            "headers": (raw(for_ever(head, b"X: " + line)), "is not HTTP"),
            "header": (raw(for_ever(head + b"X: a\r\n", line)), "is not HTTP"),
        })  # fmt: skip

    def test_what_comes_byte_by_byte_is_waited_for_as_long_as_the_setting_says(self, raw: Any) -> None:
        over = threading.Event()

        def drop_by_drop(beginning: bytes) -> Callable[[socket.socket], None]:
            def send(connection: socket.socket) -> None:
                connection.sendall(beginning)
                while not over.wait(0.1):
                    connection.sendall(b"x")

            return send

        head = b"HTTP/1.1 200 OK\r\n"
        late = "did not answer in full within 1.5 seconds"
        self.told({
            "body": (raw(drop_by_drop(head + b"Content-Length: 100000\r\n\r\n")), late),
            "header": (raw(drop_by_drop(head + b"X: ")), late),
        }, crawl_timeout="1.5")  # fmt: skip
        over.set()

    def test_what_cannot_be_unpacked(self, reply: Any) -> None:
        plain = feed("b", "c")
        self.told({
            name: (reply(body, headers={"Content-Encoding": name.partition("-")[0]}), says)
            for name, body, says in (
                ("gzip", plain, "could not be read (gzip.BadGzipFile)"),
                ("deflate", plain, "could not be read (zlib.error)"),
                ("br", plain, "could not be read (brotli.error)"),
                ("gzip-cut", gzip.compress(plain)[:-40], "broken XML"),
                ("gzip-empty", b"", "answered with nothing"),
            )
        })  # fmt: skip


class TestBombs:
    def test_little_that_unpacks_to_much_is_given_up_early(self, site: Any, source: Any, start: Any, reply: Any) -> None:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)  # stands for itself, so it can be repeated
        deflated = block * 10_240
        gzipped = b"\x1f\x8b\x08" + bytes(6) + b"\xff" + deflated
        brotlied = brotli.Compressor(quality=1)
        packed = {
            "gzip": (gzipped, "gzip"),
            "deflate": (b"\x78\x9c" + deflated, "deflate"),
            "twice": (gzip.compress(gzipped, 1), "gzip, gzip"),
            "br": (brotlied.process(bytes(1 << 26)) + brotlied.finish(), "br"),
        }
        for name, (body, encoding) in packed.items():
            assert len(body) < 11 << 20
            site.answers(f"/{name}", reply(body, headers={"Content-Encoding": encoding}))
            source(name, "rss", f"{site.base}/{name}")
        process = start("collect", "--json", *packed, log_level="WARNING")
        resource.prlimit(process.pid, resource.RLIMIT_AS, (4 * GIB, 4 * GIB))  # the first unpacks to ten
        out, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (1, "")
        assert all("more than 16 MiB in one answer" in found["failed"] for found in json.loads(out).values())

    def test_a_feed_with_thousands_of_entries_is_kept_whole(
        self, site: Any, source: Any, collect: Any, reply: Any, kept: Any
    ) -> None:
        names = [f"n{number:04}" for number in range(2500)]
        site.answers("/feed", reply(feed(*names)))
        source("paper", "rss", f"{site.base}/feed")
        assert collect("paper").outcome("paper")["new"] == 2500
        assert [post.native_id for post in kept().posts()] == names


class TestRobots:
    @pytest.mark.parametrize("fault", [500, 429])
    def test_nothing_is_read_where_it_cannot_be_given(self, site: Any, source: Any, collect: Any, reply: Any, fault: int) -> None:
        site.answers("/robots.txt", reply(b"User-agent: *\nAllow: /\n", fault, {"Retry-After": "86400"}))
        source("paper", "rss", f"{site.base}/feed")
        assert "robots.txt of 127.0.0.1 could not be given" in collect("paper").outcome("paper")["failed"]
        assert site.pages() == []

    def test_nothing_is_read_where_it_does_not_end_or_come(
        self, site: Any, source: Any, collect: Any, reply: Any, raw: Any
    ) -> None:
        source("paper", "rss", f"{site.base}/feed")
        faults = {
            "could not be given": raw(for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b"User-agent: *\nAllow: /\n" * 1000)),
            "robots.txt of 127.0.0.1 could": reply(b"", 302, {"Location": f"{site.base}/robots.txt"}),
            "broke off": raw(broken_off),
        }
        for sentence, answer in faults.items():
            site.answers("/robots.txt", answer)
            assert sentence in collect("paper", log_level="WARNING").outcome("paper")["failed"]
        assert site.pages() == []

    def test_the_delay_that_it_asks_for_is_kept(self, site: Any, source: Any, collect: Any, reply: Any, kept: Any) -> None:
        site.answers("/robots.txt", reply(b"User-agent: *\nCrawl-delay: 0.4\n"))
        site.answers("/1", reply(feed("a", following=f"{site.base}/2")))
        site.answers("/2", reply(feed("b")))
        source("paper", "rss", f"{site.base}/1")
        assert collect("paper").code == 0
        robots, first, second = (asked.at for asked in site.asked)
        assert min(first - robots, second - first) >= 0.35  # the site notes the moment a little late, now and then


class TestCertificates:
    def certificate(self, folder: Path, **changes: Any) -> Path:
        """A PEM file with a key and its self-signed certificate for 127.0.0.1, good for a day."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
        now = datetime.now(UTC)
        times = {"since": now - timedelta(days=2), "until": now + timedelta(days=1)} | changes
        builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), times["since"], times["until"])
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        signed = builder.sign(key, hashes.SHA256())
        encoded = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ) + signed.public_bytes(serialization.Encoding.PEM)
        path = folder / f"{len(list(folder.glob('*.pem')))}.pem"
        path.write_bytes(encoded)
        return path

    def test_one_that_nobody_vouches_for_is_not_believed(
        self, secure_site: Any, source: Any, collect: Any, reply: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unknown = secure_site(self.certificate(tmp_path))
        expired = self.certificate(tmp_path, until=datetime.now(UTC) - timedelta(days=1))
        monkeypatch.setenv("SSL_CERT_FILE", str(expired))
        for name, site in {"unknown": unknown, "expired": secure_site(expired)}.items():
            site.answers("/feed", reply(feed("a")))
            source(name, "rss", f"{site.base}/feed")
        ended = collect("unknown", "expired", log_level="WARNING")
        assert (ended.code, ended.err) == (1, "")
        for name in ("unknown", "expired"):
            assert "its certificate is not valid" in ended.outcome(name)["failed"]

    def test_from_https_to_http_is_not_followed(
        self, secure_site: Any, site: Any, source: Any, collect: Any, reply: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        certificate = self.certificate(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        safe = secure_site(certificate)
        safe.answers("/feed", reply(feed("a", following=f"{site.base}/feed")))
        safe.answers("/moved", reply(b"", 301, {"Location": f"{site.base}/feed"}))
        source("stays", "rss", f"{safe.base}/feed")
        source("leaves", "rss", f"{safe.base}/moved")
        ended = collect("stays", "leaves")
        assert ended.outcome("stays")["new"] == 1
        assert "from https to http" in ended.outcome("leaves")["failed"]
        assert site.asked == []


class TestPagesWithoutEnd:
    def test_posts_that_come_again_and_again_end_the_pass(
        self, site: Any, source: Any, collect: Any, reply: Any, kept: Any
    ) -> None:
        def page(asked: Any) -> Any:
            number = int(asked.query.get("page", "1"))
            meta = {"next": f"{site.base}/v1/event/?page={number + 1}"}
            time = {"last_modified_time": "2026-05-01T10:00:00Z"}
            return reply(json.dumps({"meta": meta, "data": [event(f"x:{number % 3}", **time)]}).encode())

        site.answers("/v1/event/", page)
        source("events", "linked-events", f"{site.base}/v1/")
        ended = collect("events")
        outcome = ended.outcome("events")
        assert (ended.code, outcome["new"], outcome["pages"], outcome["more"]) == (0, 3, 6, False)
        assert "page after page" in outcome["warning"]
        assert "next" not in kept().state("events")
        assert kept().state("events")["since"] == "2026-05-01T10:00:00Z"

    def test_pages_that_are_always_new_end_at_the_limit_of_a_run(self, site: Any, source: Any, collect: Any, reply: Any) -> None:
        def page(asked: Any) -> Any:
            number = int(asked.query.get("page", "1"))
            return reply(feed(f"n{number}", following=f"{site.base}/feed?page={number + 1}"))

        site.answers("/feed", page)
        source("paper", "rss", f"{site.base}/feed")
        outcome = collect("paper", crawl_pages="7").outcome("paper")
        assert (outcome["new"], outcome["pages"], outcome["more"]) == (7, 7, True)

    def test_a_timeline_that_does_not_lead_back_ends(self, site: Any, source: Any, collect: Any, reply: Any, kept: Any) -> None:
        def newer(asked: Any) -> Any:
            return reply(json.dumps([status(str(int(asked.query.get("max_id", "10")) + 1))]).encode())

        site.answers("/api/v1/timelines/tag/talkoot", newer)
        source("fediverse", "mastodon", site.base, {"hashtags": ["talkoot"]})
        assert collect("fediverse").outcome("fediverse")["pages"] == 2
        assert "oldest.talkoot" not in kept().state("fediverse")

    def test_a_page_with_a_long_address_is_read_and_one_elsewhere_is_not(
        self, site: Any, source: Any, collect: Any, reply: Any, kept: Any
    ) -> None:
        site.answers("/1", reply(feed("a", following=f"{site.base}/2?{'x' * 3000}")))
        site.answers("/2", reply(feed("b", following="http://localhost:9/3")))
        source("paper", "rss", f"{site.base}/1")
        ended = collect("paper")
        assert (ended.code, ended.outcome("paper")["more"]) == (0, False)
        assert [post.native_id for post in kept().posts()] == ["a", "b"]


def test_odd_posts_do_not_hold_up_the_others(site: Any, source: Any, collect: Any, reply: Any, kept: Any) -> None:
    events = [
        event("x:1", description={"fi": "Siivotaan \0 \ud800 puisto."}),
        event("x:\ud800\0 2", start_time="0000-00-00", end_time="9999-12-31T23:59:59-10:00"),
        event(3, last_modified_time=5, info_url=7, **{"@id": 8}),
        event("x" * 600, last_modified_time="9999-12-31T00:00:00Z"),
        event("\ud800"),
    ]
    statuses = [status("1", created_at="0000-00-00T00:00:00Z", favourites_count=-1), status("2", content="<p>\ud800 \0 b</p>")]
    site.answers("/v1/event/", reply(json.dumps({"meta": ["?"], "data": events}).encode()))
    site.answers("/api/v1/timelines/tag/talkoot", lambda asked: reply(b"[]" if asked.query.get("max_id") else _json(statuses)))
    source("events", "linked-events", f"{site.base}/v1/")
    source("fediverse", "mastodon", site.base, {"hashtags": ["talkoot"]})
    ended = collect("events", "fediverse")
    assert ended.code == 0
    assert (ended.outcome("events")["new"], ended.outcome("fediverse")["new"]) == (4, 2)
    found = {post.native_id: post for post in kept().posts()}
    assert found["x:1"].text == "Siivotaan   puisto."
    assert (found["x: 2"].starts, found["x: 2"].ends) == (None, None)
    assert (found["127.0.0.1/1"].posted, found["127.0.0.1/1"].counts.reactions) == (None, None)
    assert "since" not in kept().state("events")  # neither of the dates is one to go on from


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
