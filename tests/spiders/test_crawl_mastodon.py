"""Real crawls of a loopback instance: back to the first post, forward from the last, and whose posts are left out."""

import json
from collections.abc import Callable
from typing import Any


def status(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(number), "created_at": "2026-05-01T10:00:00.000Z", "visibility": "public", "language": "fi", "content":
        f"<p>Talkoot numero {number}</p>", "account": {"acct": "liisa", "indexable": True}, "reblog": None, "url": None,
    } | changes  # fmt: skip


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


class TestMastodon:
    PATH = "/api/v1/timelines/tag/talkoot"

    def timeline(self, site: Any, reply: Any, statuses: list[dict[str, Any]], size: int = 2) -> Callable[[Any], Any]:
        """As an instance does it: newest first; `max_id` what is older, `min_id` the page next to it."""

        def answer(asked: Any) -> Any:
            found = sorted(statuses, key=lambda status: -int(status["id"]))
            if "max_id" in asked.query:
                found = [status for status in found if int(status["id"]) < int(asked.query["max_id"])]
            if "min_id" in asked.query:
                page = [status for status in found if int(status["id"]) > int(asked.query["min_id"])][-size:]
            else:
                page = found[:size]
            base = f"{site.base}{self.PATH}"
            links = [f'<{base}?min_id={page[0]["id"]}>; rel="prev"'] if page else []
            if len(page) == size:
                links.insert(0, f'<{base}?max_id={page[-1]["id"]}>; rel="next"')
            return reply(as_json(page), headers={"Link": ", ".join(links)} if links else {})

        return answer

    def test_back_to_the_first_post_then_forward_from_the_last(
        self, site: Any, source: Any, collect: Any, reply: Any, kept: Any
    ) -> None:
        statuses = [status(number) for number in range(98, 103)]
        site.answers(self.PATH, self.timeline(site, reply, statuses))
        source("fediverse", "mastodon", site.base, {"hashtags": ["#Talkoot"]})
        assert collect("fediverse").outcome("fediverse")["new"] == 5
        statuses += [status(number) for number in range(103, 108)]
        site.asked.clear()
        ended = collect("fediverse").outcome("fediverse")
        assert (ended["new"], ended["unchanged"], ended["failed"]) == (5, 0, None)
        assert [asked.query["min_id"] for asked in site.pages()] == ["102", "104", "106", "107"]
        assert len(kept().posts()) == 10

    def test_the_way_back_goes_on_in_the_next_run(self, site: Any, source: Any, collect: Any, reply: Any, kept: Any) -> None:
        site.answers(self.PATH, self.timeline(site, reply, [status(number) for number in range(101, 106)]))
        source("fediverse", "mastodon", site.base, {"hashtags": ["talkoot"]})
        assert collect("fediverse", crawl_pages="1").outcome("fediverse")["more"]
        assert [post.native_id for post in kept().posts()] == ["127.0.0.1/104", "127.0.0.1/105"]
        assert collect("fediverse").outcome("fediverse")["new"] == 3
        assert len(kept().posts()) == 5

    def test_who_does_not_let_themselves_be_indexed_is_not_collected(
        self, site: Any, source: Any, collect: Any, reply: Any, kept: Any
    ) -> None:
        statuses = [
            status(1),
            status(2, account={"acct": "a", "indexable": False}),
            status(3, account={"acct": "b"}),
            status(4, account={"acct": "c", "indexable": None}),
            status(5, visibility="private"),
            status(6, reblog=status(7)),
        ]
        site.answers(self.PATH, reply(as_json(statuses)))
        source("fediverse", "mastodon", site.base, {"hashtags": ["talkoot"]})
        collect("fediverse", crawl_pages="1")
        assert [post.native_id for post in kept().posts()] == ["127.0.0.1/1"]

    def test_several_hashtags_that_wait_for_one_robots_txt_are_all_read(
        self, site: Any, source: Any, collect: Any, reply: Any, kept: Any
    ) -> None:
        tags = ["talkoot", "kirppis", "naapuriapu", "soppa"]
        for number, tag in enumerate(tags):
            site.answers(f"/api/v1/timelines/tag/{tag}", reply(as_json([status(number)])))
        source("fediverse", "mastodon", site.base, {"hashtags": tags})
        assert collect("fediverse").outcome("fediverse")["failed"] is None
        assert len(kept().posts()) == 4
