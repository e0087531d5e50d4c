"""Real crawls of a loopback site, through the command line: manners, resumption, deletion, faults, and what must not be kept."""

import json
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from tinymovements import __version__

FEED = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Koivukylän lehti</title><link>http://example.org</link>
<description>x</description>{links}{items}</channel></rss>"""


def feed(*names: str, following: str = "") -> bytes:
    items = "".join(
        f"<item><guid>{name}</guid><title>{name}</title><description>Talkoot pihalla {name}.</description>"
        f"<pubDate>Mon, {10 + len(names) - i} May 2026 10:00:00 +0300</pubDate></item>"
        for i, name in enumerate(names)
    )
    return FEED.format(links=f'<atom:link rel="next" href="{following}"/>' if following else "", items=items).encode()


def event(id: str, modified: str = "2026-05-01T10:00:00Z", **changes: Any) -> dict[str, Any]:
    return {
        "id": id, "@type": "Event/LinkedEvent", "name": {"fi": f"Talkoot {id}"}, "description": {"fi": "<p>Siivotaan puisto.</p>"},
        "start_time": "2026-06-01T10:00:00Z", "last_modified_time": modified, "deleted": False, "publication_status": "public",
    } | changes  # fmt: skip


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


class TestManners:
    def test_the_site_sees_who_we_are(self, site: Any, source: Any, collect: Any, reply: Any) -> None:
        site.answers("/feed", reply(feed("a")))
        source("paper", "rss", f"{site.base}/feed")
        assert collect("paper").code == 0
        agents = {asked.headers["User-Agent"] for asked in site.asked}
        assert agents == {f"tinymovements/{__version__} (+tests@example.org)"}
        assert not any("Cookie" in asked.headers or "Referer" in asked.headers for asked in site.asked)

    def test_robots_txt_is_asked_first_and_obeyed(self, site: Any, source: Any, collect: Any, reply: Any) -> None:
        site.answers("/robots.txt", reply(b"User-agent: tinymovements\nDisallow: /feed\n"))
        site.answers("/feed", reply(feed("a")))
        source("paper", "rss", f"{site.base}/feed")
        ended = collect("paper")
        assert ended.code == 1
        assert "robots.txt" in ended.outcome("paper")["failed"]
        assert [asked.path for asked in site.asked] == ["/robots.txt"]

    def test_a_robots_txt_that_fails_allows_nothing(self, site: Any, source: Any, collect: Any, reply: Any) -> None:
        site.answers("/robots.txt", reply(b"oops", 500))
        site.answers("/feed", reply(feed("a")))
        source("paper", "rss", f"{site.base}/feed")
        assert collect("paper").code == 1
        assert site.pages() == []

    def test_without_a_contact_nothing_is_asked(self, site: Any, source: Any, collect: Any) -> None:
        source("paper", "rss", f"{site.base}/feed")
        ended = collect("paper", contact="")
        assert ended.code == 2
        assert "TINYMOVEMENTS_CONTACT=" in ended.err
        assert site.asked == []

    def test_two_sources_on_one_host_take_turns(self, site: Any, source: Any, collect: Any, reply: Any) -> None:
        at_once, most, lock = 0, 0, threading.Lock()
        met = threading.Event()

        def slow(_asked: object) -> Any:
            nonlocal at_once, most
            with lock:
                at_once += 1
                most = max(most, at_once)
                if at_once > 1:
                    met.set()
            met.wait(0.3)  # a second request would come in this time
            with lock:
                at_once -= 1
            return reply(feed("a"))

        for name in ("one", "two"):
            site.answers(f"/{name}", slow)
            source(name, "rss", f"{site.base}/{name}")
        assert collect("one", "two").code == 0
        assert len(site.pages()) == 2
        assert most == 1

    def test_a_site_that_asks_to_wait_is_asked_again_later(self, site: Any, source: Any, collect: Any, reply: Any) -> None:
        answers = iter([reply(b"", 429, {"Retry-After": "1"}), reply(feed("a"))])
        site.answers("/feed", lambda _asked: next(answers))
        source("paper", "rss", f"{site.base}/feed")
        assert collect("paper").outcome("paper")["new"] == 1


class TestConditionalRequests:
    def test_what_has_not_changed_is_not_sent_again(self, site: Any, source: Any, collect: Any, reply: Any, kept: Any) -> None:
        def conditional(asked: Any) -> Any:
            if (asked.headers.get("If-None-Match"), asked.headers.get("If-Modified-Since")) == ('"1"', day):
                return reply(b"", 304)
            return reply(feed("a", "b"), headers={"ETag": '"1"', "Last-Modified": day})

        day = "Mon, 04 May 2026 10:00:00 GMT"

        site.answers("/feed", conditional)
        source("paper", "rss", f"{site.base}/feed")
        assert collect("paper").outcome("paper")["new"] == 2
        second = collect("paper").outcome("paper")
        assert (second["new"], second["unchanged"], second["pages"], second["failed"]) == (0, 0, 1, None)
        assert len(kept().posts()) == 2


class TestResumption:
    def test_a_crawl_stopped_by_its_page_limit_goes_on_at_the_next_page(
        self, site: Any, source: Any, collect: Any, reply: Any, kept: Any
    ) -> None:
        for page, names in enumerate((("a", "b"), ("c", "d"), ("e",)), 1):
            following = f"{site.base}/feed/{page + 1}" if page < 3 else ""
            site.answers(f"/feed/{page}", reply(feed(*names, following=following)))
        source("paper", "rss", f"{site.base}/feed/1")
        assert collect("paper", crawl_pages="2").outcome("paper")["more"]
        assert [post.native_id for post in kept().posts()] == ["a", "b", "c", "d"]
        ended = collect("paper", crawl_pages="2").outcome("paper")
        assert (ended["new"], ended["unchanged"], ended["more"]) == (1, 0, False)
        assert [asked.path for asked in site.pages()] == ["/feed/1", "/feed/2", "/feed/3"]

    def test_a_crawl_killed_in_the_middle_loses_and_doubles_nothing(
        self, site: Any, source: Any, start: Any, collect: Any, reply: Any, kept: Any
    ) -> None:
        waiting, go_on = threading.Event(), threading.Event()

        def page(asked: Any) -> Any:
            number = int(asked.query.get("page", "1"))
            if number == 3 and not waiting.is_set():
                waiting.set()
                go_on.wait(60)
            following = f"{site.base}/v1/event/?page={number + 1}" if number < 4 else None
            return reply(as_json({"meta": {"next": following}, "data": [event(f"x:{number}1"), event(f"x:{number}2")]}))

        site.answers("/v1/event/", page)
        source("events", "linked-events", f"{site.base}/v1/")
        process = start("collect", "events")
        assert waiting.wait(60)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        go_on.set()
        assert len(kept().posts()) == 4
        assert kept().runs()["events"].outcome is None
        ended = collect("events").outcome("events")
        assert (ended["new"], ended["unchanged"]) == (4, 0)
        assert [post.native_id for post in kept().posts()] == [f"x:{page}{i}" for page in range(1, 5) for i in (1, 2)]
        assert [asked.query.get("page", "1") for asked in site.pages()] == ["1", "2", "3", "3", "4"]

    def test_ctrl_c_ends_cleanly_and_keeps_what_was_done(
        self, site: Any, source: Any, start: Any, collect: Any, reply: Any, kept: Any
    ) -> None:
        waiting, go_on = threading.Event(), threading.Event()

        def second(_asked: Any) -> Any:
            waiting.set()
            go_on.wait(60)
            return reply(feed("b"))

        site.answers("/1", reply(feed("a", following=f"{site.base}/2")))
        site.answers("/2", second)
        source("paper", "rss", f"{site.base}/1")
        source("queued", "rss", f"{site.base}/3")
        process = start("collect", "paper", "queued", log_level="WARNING")
        assert waiting.wait(60)
        process.send_signal(signal.SIGINT)
        go_on.set()
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "goes on" in err
        assert "Traceback" not in err
        assert kept().runs()["paper"].outcome == "stopped"
        assert "a" in [post.native_id for post in kept().posts()]
        collect("paper")
        assert [post.native_id for post in kept().posts()] == ["a", "b"]

    def test_facts_that_have_changed_begin_a_new_crawl(self, site: Any, source: Any, collect: Any, reply: Any, kept: Any) -> None:
        site.answers("/old", reply(feed("a", following=f"{site.base}/old/2")))
        site.answers("/new", reply(feed("b")))
        source("paper", "rss", f"{site.base}/old")
        collect("paper", crawl_pages="1")
        source("paper", "rss", f"{site.base}/new")
        collect("paper")
        assert [asked.path for asked in site.pages()] == ["/old", "/new"]

    def test_a_list_that_has_become_shorter_ends_the_pass(
        self, site: Any, source: Any, collect: Any, reply: Any, kept: Any
    ) -> None:
        site.answers("/v1/event/", reply(as_json({"meta": {"next": "/v1/event/?page=2"}, "data": [event("x:1")]})))
        source("events", "linked-events", f"{site.base}/v1/")
        collect("events", crawl_pages="1")
        site.answers("/v1/event/", reply(b'{"detail": "Invalid page."}', 404))
        assert collect("events").code == 0
        assert "next" not in kept().state("events")
        assert kept().state("events")["since"] == "2026-05-01T10:00:00Z"


class TestLinkedEvents:
    def test_both_types_are_asked_for_and_later_only_what_changed_or_went(
        self, site: Any, source: Any, collect: Any, reply: Any, kept: Any
    ) -> None:
        changed = event("x:2", "2026-05-03T10:00:00Z", name={"fi": "Uusi nimi"})
        gone = {"id": "x:1", "name": {"fi": "POISTETTU"}, "deleted": True, "last_modified_time": "2026-05-02T10:00:00Z"}
        answers = iter([[event("x:1"), event("x:2"), event("x:3")], [changed, gone]])
        site.answers("/v1/event/", lambda _asked: reply(as_json({"meta": {"next": None}, "data": next(answers)})))
        source("events", "linked-events", f"{site.base}/v1/", {"divisions": ["malmi"]})
        collect("events")
        ended = collect("events").outcome("events")
        first, second = site.pages()
        assert first.query["event_type"] == "General,Volunteering"
        assert first.query["division"] == "malmi"
        assert "last_modified_since" not in first.query
        assert second.query["last_modified_since"] == "2026-05-01T10:00:00Z"
        assert second.query["show_deleted"] == "true"
        assert (ended["new"], ended["updated"], ended["removed"]) == (0, 1, 1)
        assert [(post.native_id, post.title) for post in kept().posts()] == [("x:2", "Uusi nimi"), ("x:3", "Talkoot x:3")]


class TestFaults:
    def test_each_is_said_in_a_sentence_and_does_not_stop_the_others(
        self, site: Any, source: Any, collect: Any, reply: Any, kept: Any
    ) -> None:
        marked = feed("a").replace(b"<description>x</description>", b'<x:meta xmlns:x="x" name="robots" content="noindex"/>')
        broken = {
            "broken": (reply(feed("a", "b")[:-60], headers={"ETag": '"1"'}), "broken XML"),
            "html": (reply(b"<!DOCTYPE html><html><body>Sign in</body></html>"), "an HTML page where an RSS or Atom feed"),
            "other": (reply(b"<?xml version='1.0'?><catalogue/>"), "something else where an RSS"),
            "gone": (reply(b"", 410), "nothing at this address"),
            "patience": (reply(b"", 429, {"Retry-After": "86400"}), "less often"),
            "moved": (reply(b"", 302, {"Location": "http://localhost:1/feed"}), "another site"),
            "large": (reply(b"<rss>" + b" " * (17 * 1024 * 1024)), "16 MiB"),
            "said": (reply(feed("a"), headers={"X-Robots-Tag": "noindex, nofollow"}), "noindex"),
            "marked": (reply(marked), "noindex"),
        }
        for name, (answer, _) in broken.items():
            site.answers(f"/{name}", answer)
            source(name, "rss", f"{site.base}/{name}")
        for code in (401, 403, 422):
            site.answers(f"/api/v1/timelines/tag/t{code}", reply(b'{"error": "This API requires an authenticated user"}', code))
            source(f"closed-{code}", "mastodon", site.base, {"hashtags": [f"t{code}"]})
        source("unreachable", "rss", "http://127.0.0.1:9/feed")
        source("away", "rss", "http://203.0.113.1/feed")
        site.answers("/good", reply(feed("a")))
        source("good", "rss", f"{site.base}/good", expected_minimum=5)
        says = {name: sentence for name, (_, sentence) in broken.items()}
        says |= {f"closed-{code}": "closed its hashtag timelines" for code in (401, 403, 422)}
        says |= {"unreachable": "could not be reached", "away": "`offline` is on"}
        ended = collect(*says, "good", log_level="WARNING")
        assert ended.code == 1
        said = {id: ended.outcome(id)["failed"] or "" for id in says}
        assert {id: said[id] for id, sentence in says.items() if sentence not in said[id]} == {}
        assert ended.outcome("good")["new"] == len(kept().posts()) == 1
        assert "at least 5 were expected" in ended.outcome("good")["warning"]
        assert set(kept().state("broken")) == {"facts"}
        assert {run.outcome for id, run in kept().runs().items() if id != "good"} == {"failed"}
        assert not any(word in ended.err for word in ("Traceback", "ERROR", "CRITICAL"))
        assert len([asked for asked in site.pages() if asked.path == "/patience"]) == 1

    def test_they_move_nothing(self, site: Any, source: Any, collect: Any, reply: Any, kept: Any) -> None:
        faults = {
            "html": (reply(b"<html><body>Sign in</body></html>", headers={"ETag": '"2"'}), "an HTML page where JSON"),
            "error": (reply(b'{"error": "later"}', headers={"ETag": '"2"'}), "no list of events"),
            "cut": (reply(b'{"data": [{"id"'), "something else where JSON"),
            "fault": (reply(b"", 500), "has a fault of its own (500)"),
            "nothing": (reply(b"", 404), "nothing at this address"),
        }
        for name in faults:
            body = as_json({"meta": {"next": None}, "data": [event(f"{name}:1")]})
            site.answers(f"/{name}/event/", reply(body, headers={"ETag": '"1"'}))
            source(name, "linked-events", f"{site.base}/{name}/")
        collect(*faults)
        before = {name: kept().state(name) for name in faults}
        for name, (answer, _) in faults.items():
            site.answers(f"/{name}/event/", answer)
        ended = collect(*faults)
        assert ended.code == 1
        assert all(sentence in ended.outcome(name)["failed"] for name, (_, sentence) in faults.items())
        assert {name: kept().state(name) for name in faults} == before
        assert len(kept().posts()) == len(faults)


SECRETS = ("Aatu Salakari", "salakari", "040 555 0199", "aatu@example.org", "210785-123A")


class TestPrivacy:
    def everywhere(self, home: Path) -> bytes:
        return b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())

    def test_nothing_unscrubbed_reaches_the_disk_or_the_log(
        self, site: Any, source: Any, collect: Any, reply: Any, kept: Any, home: Path
    ) -> None:
        name, _, phone, mail, number = SECRETS
        said = f"Talkoot pihalla lauantaina, tervetuloa! Soita {name}, {phone}, tai kirjoita {mail}. Tunnus {number}."
        handle = "@salakari@fediverse.example"
        account = {"acct": "salakari", "indexable": True}
        post = {
            "id": "7", "created_at": "2026-05-01T10:00:00.000Z", "visibility": "public", "account": account,
            "content": f"<p>{said} {handle}</p>", "url": "https://fediverse.example/@salakari/7",
        }  # fmt: skip
        guid = "https://fediverse.example/@salakari/9"
        item = f"<item><guid>{guid}</guid><author>{mail} ({name})</author><description>{said}</description></item>"
        told = event("x:1", description={"fi": said}, provider={"fi": name})
        site.answers("/feed", reply(FEED.format(links="", items=item).encode()))
        site.answers("/broken", reply(f"<rss><channel><item><title>{said}".encode()))
        site.answers("/api/v1/timelines/tag/talkoot", reply(as_json([post])))
        site.answers("/api/v1/timelines/tag/wrong", reply(as_json([post | {"favourites_count": said}])))
        site.answers("/v1/event/", reply(as_json({"meta": {"next": said}, "data": [told]})))
        source("paper", "rss", f"{site.base}/feed")
        source("broken", "rss", f"{site.base}/broken")
        source("fediverse", "mastodon", site.base, {"hashtags": ["talkoot", "wrong"]})
        source("events", "linked-events", f"{site.base}/v1/")
        ended = collect("paper", "broken", "fediverse", "events", log_level="DEBUG", crawl_pages="2")
        assert "DEBUG scrapy" in ended.err
        assert len(kept().posts()) == 3
        assert all("Talkoot pihalla lauantaina" in post.text for post in kept().posts())
        for secret in SECRETS:
            assert secret not in ended.err
            assert secret not in ended.out
            assert secret.encode() not in self.everywhere(home)
        assert "Talkoot pihalla lauantaina" not in ended.err

    def test_nothing_is_written_outside_the_home_folder(
        self, site: Any, source: Any, start: Any, reply: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.setenv("HOME", str(tmp_path / "elsewhere"))
        monkeypatch.setenv("TMPDIR", str(tmp_path / "elsewhere"))
        for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
        site.answers("/feed", reply(feed("a")))
        source("paper", "rss", f"{site.base}/feed")
        process = start("collect", "paper")
        process.communicate(timeout=60)
        assert process.returncode == 0
        assert list((tmp_path / "elsewhere").rglob("*")) == []


class TestCheckLive:
    def test_a_page_is_read_and_nothing_kept(self, site: Any, source: Any, start: Any, reply: Any, home: Path) -> None:
        site.answers("/good", reply(feed("a", "b")))
        source("good", "rss", f"{site.base}/good")
        source("bad", "rss", f"{site.base}/bad")
        process = start("sources", "check", "--live", "--json", "good", "bad", log_level="WARNING")
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 1
        assert {found["id"]: bool(found["fault"]) for found in json.loads(out)} == {"good": False, "bad": True}
        assert "2 posts" in next(found["note"] for found in json.loads(out) if found["id"] == "good")
        assert [path.name for path in home.iterdir()] == ["sources"]
