"""What of Facebook's Graph API is read, and how everything else is refused by name."""

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from spiders.files import IMPORTERS, ImportOptions, Rejected
from tinymovements.errors import FormatError
from tinymovements.model import Counts, Draft

POST: dict[str, Any] = {
    "id": "1000_2000",
    "created_time": "2026-03-01T16:05:52+0000",
    "updated_time": "2026-03-05T10:00:00+0000",
    "message": "Pihakirppis lauantaina!",
    "from": {"id": "3000", "name": "Testi Testaaja"},
}


def answer(*values: Any, edge: str = "feed") -> dict[str, Any]:
    following = f"https://graph.facebook.com/v19.0/1000/{edge}?access_token=secret&limit=25"
    return {"data": list(values), "paging": {"next": following}}


def read(path: Path) -> list[Draft | Rejected]:
    return list(IMPORTERS["graph-api"].read(path, ImportOptions()))


def rows(tmp_path: Path, value: Any) -> list[Any]:
    path = tmp_path / "answer.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return read(path)


def reasons(found: list[Any]) -> list[str]:
    return [row.reason for row in found if isinstance(row, Rejected)]


def test_a_post_of_a_page(tmp_path: Path) -> None:
    post = POST | {
        "from": {"id": "1000", "name": "Kallion kirppis", "category": "Community"},
        "permalink_url": "https://www.facebook.com/1000/posts/2000",
        "privacy": {"value": "EVERYONE", "description": "Public"},
        "place": {"id": "9", "name": "Karhupuisto", "location": {"city": "Helsinki", "latitude": 60.1842, "longitude": 24.9519}},
        "shares": {"count": 4},
        "likes": {"data": [{"id": "7", "name": "Bea Exempel"}], "summary": {"total_count": 12}},
        "reactions": {"data": [], "summary": {"total_count": 15}},
        "comments": {"data": [{"id": "2000_1", "message": "secret"}], "summary": {"order": "ranked", "total_count": 2}},
    }
    assert rows(tmp_path, answer(post)) == [
        Draft(
            native_id="1000_2000",
            text="Pihakirppis lauantaina!",
            author="1000",
            group="Kallion kirppis",
            url="https://www.facebook.com/1000/posts/2000",
            posted=datetime(2026, 3, 1, 16, 5, 52, tzinfo=UTC),
            place="Karhupuisto",
            lat=60.1842,
            lon=24.9519,
            counts=Counts(reactions=15, comments=2, shares=4),
        )
    ]


def test_a_post_to_a_group_stands_in_it(tmp_path: Path) -> None:
    to = {"data": [{"id": "5", "name": "Bea Exempel"}, {"id": "1000", "name": "Kallion kirppis"}]}
    (row,) = rows(tmp_path, POST | {"to": to})
    assert (row.group, row.author, row.url) == ("Kallion kirppis", "3000", "https://www.facebook.com/1000/posts/2000")


@pytest.mark.parametrize(
    ("counts", "reactions"),
    [
        ({"likes": {"count": 5, "data": [{"id": "1"}]}}, 5),
        ({"likes": {"data": [{"id": "1"}]}}, None),
        ({"likes": 7}, 7),
        ({"likes": {"count": 8, "summary": {"total_count": 9}}}, 9),
    ],
)
def test_likes_of_all_years(counts: dict[str, Any], reactions: int | None, tmp_path: Path) -> None:
    (row,) = rows(tmp_path, POST | counts)
    assert row.counts.reactions == reactions


def test_a_path_of_the_site_becomes_an_address(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, POST | {"permalink_url": "/groups/1000/permalink/2000/"})
    assert row.url == "https://www.facebook.com/groups/1000/permalink/2000/"


@pytest.mark.parametrize(
    ("shared", "text"),
    [
        ({"type": "link", "name": "Talkoot", "description": "Tule mukaan."}, "Talkoot\n\nTule mukaan."),
        ({"type": "photo", "name": "Timeline Photos"}, None),
        ({"type": "video", "name": "Toinen sivu", "description": "Näin korjaat pyörän."}, "Näin korjaat pyörän."),
        ({"attachments": {"data": [{"type": "share", "title": "Talkoot", "description": "Ohjelma"}]}}, "Talkoot\n\nOhjelma"),
        ({"attachments": {"data": [{"type": "photo", "title": "Photos from Bea"}]}}, None),
    ],
)
def test_a_post_without_words_speaks_by_what_it_shares(shared: dict[str, Any], text: str | None, tmp_path: Path) -> None:
    (row,) = rows(tmp_path, answer({name: value for name, value in POST.items() if name != "message"} | shared))
    assert row.text == text if text else row.reason == "no text"


def test_a_story_is_no_text(tmp_path: Path) -> None:
    story = {"id": "1000_2", "created_time": POST["created_time"], "story": "Bea Exempel updated the group photo in Kirppis."}
    found = rows(tmp_path, answer(story, POST | {"story": "Bea Exempel shared a link."}))
    assert reasons(found) == ["a story of Facebook's own words and no text"]
    assert found[1].text == POST["message"]
    assert "Exempel" not in repr(found)


@pytest.mark.parametrize(
    "private",
    [
        {"privacy": {"value": "ALL_FRIENDS"}},
        {"privacy": {"value": "SELF"}},
        {"privacy": {"value": "CUSTOM"}},
        {"is_published": False},
    ],
)
def test_what_is_not_public_is_kept_out(private: dict[str, Any], tmp_path: Path) -> None:
    found = rows(tmp_path, answer(POST | private, POST | {"privacy": {"value": ""}}))
    assert reasons(found) == ["not public"]
    assert isinstance(found[1], Draft)


@pytest.mark.parametrize(
    "named",
    [
        {"with_tags": {"data": [{"id": "1000", "name": "Bea Exempel"}]}},
        {"story_tags": {"0": [{"id": "1000", "name": "Bea Exempel", "type": "user"}]}},
        {"message_tags": [{"id": "1000", "name": "Bea Exempel", "type": "user"}]},
    ],
)
def test_what_stands_on_the_page_of_a_person_is_kept_out(named: dict[str, Any], tmp_path: Path) -> None:
    assert reasons(rows(tmp_path, answer(POST | named))) == ["stands on the page of a person"]


def test_a_tag_of_a_page_or_of_somebody_else_matters_not(tmp_path: Path) -> None:
    tags = {"0": [{"id": "1000", "type": "page"}], "9": [{"id": "77", "type": "user"}], "12": "odd"}
    (row,) = rows(tmp_path, answer(POST | {"message_tags": tags}))
    assert isinstance(row, Draft)


def test_events(tmp_path: Path) -> None:
    event = {
        "id": "4000",
        "name": "Siivoustalkoot",
        "description": "Tule mukaan!",
        "start_time": "2026-04-01T10:00:00+0300",
        "end_time": "2026-04-01T12:00:00+0300",
        "place": {"name": "Karhupuisto", "location": {"latitude": 60.18, "longitude": 24.95}},
    }
    old = {"id": "4001", "name": "Kirppis", "start_time": "2013-10-19", "location": "Hakaniemi", "venue": {"latitude": 60.17}}
    secret = {"id": "4002", "name": "Juhlat", "start_time": "2026-04-01", "type": "private"}
    closed = {"id": "4003", "name": "Juhlat", "start_time": "2013-04-01", "privacy": "SECRET"}
    first, second, *others = rows(tmp_path, answer(event, old, secret, closed, edge="events"))
    assert first == Draft(
        native_id="4000",
        kind="event",
        title="Siivoustalkoot",
        text="Tule mukaan!",
        url="https://www.facebook.com/events/4000",
        place="Karhupuisto",
        lat=60.18,
        lon=24.95,
        starts=datetime(2026, 4, 1, 7, tzinfo=UTC),
        ends=datetime(2026, 4, 1, 9, tzinfo=UTC),
    )
    assert (second.title, second.place, second.lat, second.starts) == (
        "Kirppis",
        "Hakaniemi",
        60.17,
        datetime(2013, 10, 19, 12, tzinfo=UTC),
    )
    assert reasons(others) == ["not public", "not public"]


def test_feeds_within_a_page_or_group(tmp_path: Path) -> None:
    group = {
        "id": "1000",
        "name": "Kallion kirppis",
        "privacy": "OPEN",
        "feed": answer(POST, POST | {"id": "1000_2001", "message": ""}),
        "events": answer({"id": "4000", "name": "Talkoot", "start_time": "2026-04-01T10:00:00+0300"}),
    }
    post, empty, event = rows(tmp_path, group)
    assert (post.group, post.text) == ("Kallion kirppis", POST["message"])
    assert empty == Rejected(None, "no text", "item 1, feed 2")
    assert (event.kind, event.group, event.title) == ("event", "Kallion kirppis", "Talkoot")
    assert rows(tmp_path, [group, group]) == rows(tmp_path, {"data": [group, group]})
    assert reasons(rows(tmp_path, group | {"privacy": "CLOSED"})) == ["not public"] * 3


def test_posts_in_one_array(tmp_path: Path) -> None:
    assert len(rows(tmp_path, [POST, POST | {"id": "1000_2001"}])) == 2


def test_an_empty_page_of_a_feed_has_no_rows(tmp_path: Path) -> None:
    assert rows(tmp_path, {"data": []}) == []


COMMENT = {"id": "2000_1", "created_time": POST["created_time"], "from": POST["from"], "message": "Tulen!"}

OTHERS: dict[str, tuple[Any, str]] = {
    "tabs": (answer({"id": "1000/tabs/photos", "name": "Photos", "position": 1, "application": {}}), "tabs of a page"),
    "admins": (answer({"id": "1", "name": "Bea Exempel", "perms": ["ADMINISTER"], "role": "MANAGER"}), "admins of a page"),
    "offers": (answer({"id": "1", "created_time": POST["created_time"], "coupon_type": "online_only"}), "offers of a page"),
    "milestones": (
        answer({"id": "1", "title": "x", "description": "y", "from": {}, "start_time": "2013-04-24", "created_time": "2013-04-24"}),
        "milestones of a page",
    ),
    "comments": (answer(COMMENT | {"can_remove": False, "like_count": 3, "user_likes": False}), "comments"),
    "comments by their address": (answer(COMMENT, edge="comments"), "comments"),
    "comments by their summary": ({"data": [COMMENT], "summary": {"order": "ranked", "total_count": 1}}, "comments"),
    "likes": (answer({"id": "1", "name": "Bea Exempel"}, edge="likes"), "likes"),
    "names": ({"data": [{"id": "1", "name": "Bea Exempel"}]}, "names of people, pages or groups"),
    "one name": ({"id": "1", "name": "Bea Exempel"}, "names of people, pages or groups"),
    "reactions": ({"data": [{"id": "1", "name": "Bea Exempel", "type": "LIKE"}]}, "reactions"),
    "page": ({"id": "1", "name": "Kirppis", "category": "Community", "about": "x", "likes": {"data": []}}, "facts of pages"),
    "opening hours": ({"id": "1", "hours": {"mon_1_open": "11:30"}}, "facts of pages"),
    "groups": (answer({"id": "1", "name": "Kirppis", "bookmark_order": 1}), "facts of groups"),
    "all of groups": (
        answer({"id": "1", "name": "K", "description": "x", "owner": {}, "privacy": "OPEN", "updated_time": "2013-08-11"}),
        "facts of groups",
    ),
    "blocked": ({"1111": True, "2222": False}, "a yes or no for each id"),
    "news feed": (answer(POST, edge="home"), "the news feed of a person"),
    "albums": (answer({"id": "1", "name": "x", "created_time": POST["created_time"]}, edge="albums"), "albums"),
    "photos": (answer({"id": "1", "name": "x", "created_time": POST["created_time"], "images": []}), "photos"),
    "anything": ({"weather": "fine"}, "something unknown"),
    "no objects": ([1, 2], "something that is no object"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_other_objects_are_refused_by_name(other: str, tmp_path: Path) -> None:
    value, name = OTHERS[other]
    with pytest.raises(FormatError) as refused:
        rows(tmp_path, value)
    assert refused.value.message == f"{tmp_path / 'answer.json'} holds {name}, no posts."
    assert refused.value.hint


def test_an_object_of_another_kind_among_posts_costs_itself(tmp_path: Path) -> None:
    found = rows(tmp_path, answer(POST, COMMENT | {"can_remove": True}, 5, POST | {"id": "1000_2001"}))
    assert [type(row) for row in found] == [Draft, Rejected, Rejected, Draft]
    assert reasons(found) == ["no post: comments", "no post: something that is no object"]


@pytest.mark.parametrize("cut", [10, 60, 200])
def test_a_file_cut_short_gives_nothing(cut: int, tmp_path: Path) -> None:
    text = json.dumps(answer(*(POST | {"id": f"1000_{n}"} for n in range(50))))
    path = tmp_path / "answer.json"
    path.write_text(text[:-cut], "utf-8")
    reading = IMPORTERS["graph-api"].read(path, ImportOptions())
    with pytest.raises(FormatError, match="not valid JSON, or ends too early"):
        next(reading)


@pytest.mark.parametrize("text", ["", "posts", '{"data": [}', '{"data": []} {"data": []}', '{"data": ["\\udc80"]}'])
def test_what_is_no_json_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError):
        rows(tmp_path, text)


def test_an_error_of_the_api_is_told_as_one_and_not_quoted(tmp_path: Path) -> None:
    error = {"message": "Session of Bea Exempel has expired", "type": "OAuthException", "code": 190, "fbtrace_id": "x"}
    with pytest.raises(FormatError, match=r"holds an error of the Graph API \(OAuthException, code 190\), no posts") as refused:
        rows(tmp_path, {"error": error})
    assert "Exempel" not in str(refused.value)
    with pytest.raises(FormatError, match=r"holds an error of the Graph API, no posts"):
        rows(tmp_path, {"error": {"type": "Bea Exempel"}})


@pytest.mark.parametrize("packed", [False, True])
def test_of_a_folder_or_zip_what_holds_no_posts_is_told_and_passed_over(packed: bool, tmp_path: Path) -> None:
    files = {
        "a/feed.json": json.dumps(answer(POST)),
        "b/tabs.json": json.dumps(OTHERS["tabs"][0]),
        "c/cut.json": json.dumps(answer(POST))[:-9],
        "d/error.json": '{"error": {"code": 4}}',
        "e/posts.json": json.dumps(answer(POST | {"id": "1000_2001"}, POST | {"id": "1000_2002", "message": ""})),
        "notes.txt": "secret",
    }
    path = tmp_path / "answers"
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, "utf-8")
    if packed:
        folder, path = path, tmp_path / "answers.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name in files:
                archive.write(folder / name, name)
    found = read(path)
    assert [row.native_id for row in found if isinstance(row, Draft)] == ["1000_2000", "1000_2001"]
    assert {(row.within, row.reason) for row in found if isinstance(row, Rejected)} == {
        ("b/tabs.json", "holds tabs of a page, no posts"),
        ("c/cut.json", "is not valid JSON, or ends too early"),
        ("d/error.json", "holds an error of the Graph API (code 4), no posts"),
        ("e/posts.json, item 2", "no text"),
    }


def test_a_folder_without_posts_is_refused(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps(OTHERS["likes"][0]), "utf-8")
    with pytest.raises(FormatError, match=r"holds no posts of the Graph API"):
        read(tmp_path)


@pytest.mark.parametrize(
    "odd", [{"from": []}, {"to": {"data": 5}}, {"place": "x", "likes": [], "shares": 3}, {"message": ["x"], "story": 1}]
)
def test_odd_fields_stop_nothing(odd: dict[str, Any], tmp_path: Path) -> None:
    found = rows(tmp_path, answer(POST | odd, POST | {"id": "1000_2001"}))
    assert len(found) == 2
    assert isinstance(found[1], Draft)
