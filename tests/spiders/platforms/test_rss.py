from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spiders.platforms.base import Answer
from spiders.platforms.rss import Feed, parse
from tinymovements.errors import CrawlError
from tinymovements.model import Draft

ADDRESS = "https://kyla.example.org/feed/"


def read(body: bytes, kind: str = "application/xml") -> Feed:
    return parse(Answer(ADDRESS, body, {"content-type": kind}))


def one(item: str, channel: str = "") -> Draft:
    body = f"<rss version='2.0'><channel><title>T</title>{channel}<item><guid>1</guid>{item}</item></channel></rss>"
    return read(body.encode()).drafts[0]


def test_rss_2(recorded: Callable[[str], bytes]) -> None:
    long, short, bare = read(recorded("rss2.xml")).drafts
    assert long == Draft(
        native_id="https://kyla.example.org/?p=7",
        kind="page",
        title="Talkoot & keitto",
        text="Haravoidaan pihat.\n\nOta hanskat mukaan\nja eväät.\n\nharava\n\nsäkki",
        author="Toimitus",
        group="Kyläälehti",
        url="https://kyla.example.org/talkoot/",
        posted=datetime(2026, 5, 2, 7, tzinfo=UTC),
        language="fi",
        lat=60.25,
        lon=25.01,
    )
    assert (short.native_id, short.url) == ("/loppis/", "https://kyla.example.org/loppis/")
    assert short.text == "Loppis på gården.\n\n1 < 2"
    assert (short.language, short.posted) == ("sv", datetime(2026, 5, 3, 7, tzinfo=UTC))
    assert (bare.title, bare.text, bare.native_id) == (None, "Vain teksti, ei muuta.", "2026-05-04T10:00:00+00:00")


def test_older_forms(recorded: Callable[[str], bytes]) -> None:
    (fest,) = read(recorded("rss091.xml")).drafts
    assert (fest.native_id, fest.text, fest.language) == ("https://kortteli.example.org/1", "Vi ses.", "sv")
    (day,) = read(recorded("rdf.xml")).drafts
    assert (day.native_id, day.text, day.language) == ("https://k.example.org/2", "Bring a toaster.", "en")
    assert day.posted == datetime(2026, 5, 5, 10, tzinfo=UTC)


def test_atom(recorded: Callable[[str], bytes]) -> None:
    feed = read(recorded("atom.xml"))
    library, plain = feed.drafts
    assert feed.following == "https://street.example.org/atom?page=2"
    assert (library.text, library.author, library.group) == ("Borrow a drill.\n\nOpen on Mondays.", "The editors", "Street news")
    assert (library.posted, library.language) == (datetime(2026, 5, 5, 11, tzinfo=UTC), "en")
    assert (plain.title, plain.text, plain.author, plain.language) == ("1 < 2 & 3", "Rivi yksi\nrivi kaksi", "Vieras", "fi")


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("Mon, 04 May 2026 10:00:00 GMT", 10),
        ("Mon, 04 May 2026 10:00:00 +0300", 7),
        ("Mon, 04 May 2026 10:00:00 -0500", 15),
        ("Mon, 4 May 2026 10:00:00 EEST", 7),
        ("Mon, 4 May 2026 10:00:00 EET", 8),
        ("Mon, 4 May 2026 10:00:00 CEST", 8),
        ("Mon, 4 May 2026 10:00:00 CET", 9),
        ("Mon, 4 May 2026 10:00:00 BST", 9),
        ("Mon, 4 May 2026 10:00:00 EST", 15),
        ("4 May 2026 10:00 +0200", 8),
        ("2026-05-04T10:00:00+03:00", 7),
        ("2026-05-04T10:00:00Z", 10),
        ("2026-05-04 10:00:00", 10),
    ],
)
def test_dates_with_any_zone(written: str, hour: int) -> None:
    assert one(f"<description>x</description><pubDate>{written}</pubDate>").posted == datetime(2026, 5, 4, hour, tzinfo=UTC)


@pytest.mark.parametrize("written", ["", "eilen", "99 May 2026"])
def test_a_date_that_nobody_can_read_is_none(written: str) -> None:
    assert one(f"<description>x</description><pubDate>{written}</pubDate>").posted is None


def test_a_language_we_do_not_know_is_none() -> None:
    assert one("<description>x</description>", "<language>de</language>").language is None


def test_an_id_of_any_length_fits() -> None:
    body = f"<rss version='2.0'><channel><item><guid>{'x' * 900}</guid><title>t</title></item></channel></rss>"
    (draft,) = read(body.encode()).drafts
    assert len(draft.native_id) == 32


def test_an_entity_that_html_knows_does_not_break_a_feed() -> None:
    body = b"<rss version='2.0'><channel><item><guid>1</guid><title>Kaf&eacute;&nbsp;ja talkoot</title></item></channel></rss>"
    assert [draft.title for draft in read(body).drafts] == ["Kafé ja talkoot"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<!DOCTYPE html><html><head><title>Login</title></head><body>x</body></html>", "an HTML page"),
        (b"<html><body><p>not closed</body></html>", "an HTML page"),
        (b"<rss version='2.0'><channel><item><guid>1</guid><title>cut o", "broken XML"),
        (b'{"json": true}', "something else"),
        (b" \n", "nothing"),
        (b"<?xml version='1.0'?><catalogue/>", "something else"),
        (b"/etc/passwd", "something else"),
        (b"http://127.0.0.1:9/", "something else"),
    ],
)
def test_what_is_no_feed_is_refused(body: bytes, says: str) -> None:
    with pytest.raises(CrawlError, match=says):
        read(body)


def test_entities_are_not_expanded_without_end() -> None:
    levels = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    item = "<item><guid>1</guid><title>&a11;</title></item>"
    body = f'<!DOCTYPE rss [<!ENTITY a0 "haha">{levels}]><rss version="2.0"><channel>{item}</channel></rss>'
    try:
        drafts = read(body.encode()).drafts
    except CrawlError:
        return
    assert sum(len(draft.text) for draft in drafts) < 1_000_000


def test_files_of_this_machine_are_not_read_through_a_feed() -> None:
    body = (
        b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
        b'<rss version="2.0"><channel><item><guid>1</guid><title>a&x;b</title></item></channel></rss>'
    )
    try:
        drafts = read(body).drafts
    except CrawlError:
        return
    assert {draft.title for draft in drafts} <= {"ab", "a&x;b"}


def test_entities_are_neither_blown_up_nor_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("lauantaina", "utf-8")
    item = "<rss version='2.0'><channel><item><guid>1</guid><description>Talkoot &x; pihalla</description></item></channel></rss>"
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    for entities in (f"<!ENTITY l0 'ha'>{laughs}<!ENTITY x '&l9;'>", f"<!ENTITY x SYSTEM '{secret.as_uri()}'>"):
        with pytest.raises(CrawlError, match="broken XML"):
            read(f"<!DOCTYPE rss [{entities}]>{item}".encode())
    outside = read(f"<!DOCTYPE rss SYSTEM '{secret.as_uri()}'>{item}".encode()).drafts[0]
    assert "lauantaina" not in outside.text


@pytest.mark.parametrize(("declared", "encoded"), [("utf-16", "utf-8"), ("utf-8", "iso-8859-1"), ("x-klingon", "utf-8")])
def test_a_wrong_charset_in_the_header_loses_no_letters(declared: str, encoded: str) -> None:
    body = f"<?xml version='1.0' encoding='{encoded}'?><rss version='2.0'><channel><item><guid>1</guid><title>Äänen yö</title>"
    feed = read(f"{body}</item></channel></rss>".encode(encoded), f"application/rss+xml; charset={declared}")
    assert feed.drafts[0].title == "Äänen yö"


@pytest.mark.parametrize("date", ["0000-00-00T00:00:00Z", "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "soon"])
def test_a_date_that_is_none_is_left_out(date: str) -> None:
    assert one(f"<title>x</title><pubDate>{date}</pubDate>").posted is None
