import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from spiders.platforms.base import Answer
from spiders.platforms.mastodon import Timeline, parse
from tinymovements.errors import CrawlError
from tinymovements.model import Counts, Draft

PATH = "https://mastodon.example/api/v1/timelines/tag/talkoot"


def read(body: bytes, link: str = "") -> Timeline:
    return parse(Answer(PATH, body, {"link": link} if link else {}), "mastodon.example")


def test_a_timeline(recorded: Callable[[str], bytes]) -> None:
    link = f'<{PATH}?max_id=99440153064280200>; rel="next", <{PATH}?min_id=113440153064280358>; rel="prev"'
    timeline = read(recorded("mastodon_timeline.json"), link)
    post, warned = timeline.drafts
    assert post == Draft(
        native_id="mastodon.example/113440153064280358",
        kind="message",
        text="Ensi lauantaina #talkoot & keitto.\nTule mukaan!\n\nhttps://kortteli.example.org/talkoot",
        author="kortteli@mastodon.example",
        group="mastodon.example",
        url="https://mastodon.example/@kortteli/113440153064280358",
        posted=datetime(2026, 5, 2, 19, 50, 10, 577000, tzinfo=UTC),
        language="fi",
        counts=Counts(reactions=5, comments=2, shares=3),
    )
    assert (warned.title, warned.text, warned.author) == ("Hyönteisiä", "Insektshotell på gården", "granne@other.example")
    assert warned.language == "sv"
    assert timeline.gone == ("mastodon.example/113440153064280200", "mastodon.example/99440153064280200")
    assert (timeline.newest, timeline.older) == ("113440153064280358", "99440153064280200")


def test_the_last_page_has_no_next() -> None:
    only = {"id": "5", "created_at": "2026-05-01T10:00:00Z", "visibility": "public", "account": {"acct": "a"}}
    assert read(json.dumps([only]).encode(), f'<{PATH}?min_id=5>; rel="prev"').older is None


def test_without_links_the_ids_tell_the_way(recorded: Callable[[str], bytes]) -> None:
    assert read(recorded("mastodon_timeline.json")).older == "99440153064280200"


def test_an_empty_page() -> None:
    assert read(b"[]") == Timeline((), (), None, None)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html>Sign in</html>", "an HTML page where JSON was promised"),
        (b'{"error": "x"}', "no timeline"),
        (b'[{"id": "1", "visibility": "public"}]', "0.created_at"),
        (b'["Aatu Salakari"]', "another form"),
    ],
)
def test_what_is_no_timeline_is_refused_without_quoting_it(body: bytes, says: str) -> None:
    with pytest.raises(CrawlError, match=says) as caught:
        read(body)
    assert "Salakari" not in str(caught.value)
