import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from spiders.files import Rejected
from spiders.files.crowdtangle import native_id
from tinymovements.errors import FormatError
from tinymovements.model import Counts, Draft

HEADER = (
    "Page Name,User Name,Facebook Id,Page Category,Page Admin Top Country,Page Description,Page Created,Likes at Posting,"
    "Followers at Posting,Post Created,Post Created Date,Post Created Time,Type,Total Interactions,Likes,Comments,Shares,Love,"
    "Wow,Haha,Sad,Angry,Care,Video Share Status,Is Video Owner?,Post Views,Total Views,Total Views For All Crossposts,"
    "Video Length,URL,Message,Link,Final Link,Image Text,Link Text,Description,Sponsor Id,Sponsor Name,Sponsor Category,"
    "Total Interactions (weighted  —  Likes 1x Shares 1x Comments 1x ),Overperforming Score"
).split(",")

POST = {
    "Page Name": "Pihakirppis Esimerkkilä",
    "Facebook Id": "1000200030004",
    "Post Created": "2021-07-05 18:05:52 BRT",
    "Likes at Posting": "92.414",
    "Type": "Photo",
    "Total Interactions": "1.301",
    "Likes": "1.234",
    "Comments": "12",
    "Shares": "0",
    "Love": "60",
    "Care": "7",
    "Video Length": "N/A",
    "URL": "https://www.facebook.com/1000200030004/posts/5550006660007",
    "Message": "Pihakirppis taas lauantaina!\n\nTule mukaan, “pöydän” saa ilmaiseksi.",
    "Overperforming Score": "1,9",
}


def export(*posts: dict[str, str], header: list[str] = HEADER) -> bytes:
    file = io.StringIO()
    table = csv.DictWriter(file, header, restval="", extrasaction="ignore")
    table.writeheader()
    table.writerows(posts)
    return file.getvalue().encode("utf-8-sig")


def test_a_page_post_of_the_full_export(read: Any) -> None:
    assert len(HEADER) == 41
    assert read("crowdtangle", export(POST)) == [
        Draft(
            native_id="1000200030004_5550006660007",
            text=POST["Message"],
            group="Pihakirppis Esimerkkilä",
            url=POST["URL"],
            posted=datetime(2021, 7, 5, 21, 5, 52, tzinfo=UTC),
            counts=Counts(reactions=1301, comments=12, shares=0),
        )
    ]


def test_a_group_post_of_before_april_2021(read: Any) -> None:
    header = ["Group Name", "Facebook Id", "Created", "Likes", "Comments", "Shares", "URL", "Message"]
    post = POST | {
        "Group Name": "Esimerkkilän kierrätys",
        "Created": "2020-02-03 10:00:00 EET",
        "Likes": "1,234",
        "URL": "https://www.facebook.com/groups/777000/permalink/888000/",
    }
    (row,) = read("crowdtangle", export(post, header=header))
    assert (row.native_id, row.group, row.author) == ("777000_888000", "Esimerkkilän kierrätys", None)
    assert row.posted == datetime(2020, 2, 3, 8, tzinfo=UTC)
    assert row.counts == Counts(reactions=1234, comments=12, shares=0)


@pytest.mark.parametrize(("token", "hour"), [("EET", 16), ("EEST", 15), ("CET", 17), ("CEST", 16), ("EDT", 22), ("", 15)])
def test_zone_tokens(read: Any, token: str, hour: int) -> None:
    (row,) = read("crowdtangle", export(POST | {"Post Created": f"2021-07-05 18:05:52 {token}"}))
    assert row.posted.hour == hour


def test_reactions_that_nobody_gives_are_not_zero(read: Any) -> None:
    none = dict.fromkeys(("Likes", "Love", "Care", "Comments", "Shares"), "N/A")
    (row,) = read("crowdtangle", export(POST | none))
    assert row.counts == Counts()


def test_the_link_speaks_only_where_there_is_no_message(read: Any) -> None:
    link = {"Link Text": "Kutsu talkoisiin", "Description": "Puisto kuntoon"}
    posts = (POST | link, POST | link | {"Message": ""}, POST | {"Message": " "})
    with_message, without, neither = read("crowdtangle", export(*posts))
    assert with_message.text == POST["Message"]
    assert without.text == "Kutsu talkoisiin\n\nPuisto kuntoon"
    assert isinstance(neither, Rejected)
    assert neither.reason == "no text"


def test_a_bad_row_is_refused_with_its_line(read: Any) -> None:
    rows = read("crowdtangle", export(POST, POST | {"Likes": "plenty"}, POST | {"Post Created": "2021-07-05 18:05:52 QQQ"}))
    assert [row.line for row in rows if isinstance(row, Rejected)] == [5, 8]
    assert [row.reason for row in rows[1:]] == ["reactions is no whole number", "posted is a date in a zone that is not known"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.facebook.com/1234567/posts/7654321", "1234567_7654321"),
        ("https://www.facebook.com/groups/1234567/permalink/7654321/", "1234567_7654321"),
        ("https://www.facebook.com/pihakirppis/posts/7654321?x=1", "99999_7654321"),
        ("https://www.facebook.com/pihakirppis/photos/a.11111.22222/7654321/?type=3", "99999_7654321"),
        ("https://www.facebook.com/permalink.php?story_fbid=7654321&id=1234567", "1234567_7654321"),
        ("https://www.facebook.com/watch/?v=7654321", "99999_7654321"),
        ("https://www.facebook.com/99999/posts/pfbid02AbCdEf123", "99999_then"),
        ("https://www.facebook.com/99999", "99999_then"),
        ("", "99999_then"),
    ],
)
def test_ids(url: str, expected: str) -> None:
    assert native_id(url, "99999", "then") == {"native_id": expected}


def test_without_owner_and_moment_there_is_no_id_to_make() -> None:
    assert native_id("https://www.facebook.com/groups/kirppis/permalink/7654321/", "", "") == {"native_id": "7654321"}
    assert native_id("https://www.facebook.com/1234567/posts/pfbid02AbC", "", "then") == {}
    assert native_id("", "", "then") == {}


def test_posts_without_an_id_are_kept_apart_by_what_they_say(read: Any) -> None:
    bare = POST | {"URL": "", "Facebook Id": ""}
    first, second = read("crowdtangle", export(bare, bare | {"Message": "Toinen"}))
    assert first.native_id != second.native_id


def test_the_api_layout(read: Any) -> None:
    post = {
        "platformId": "777000_888000",
        "date": "2021-07-05 18:05:52",
        "message": "Roskatalkoot sunnuntaina",
        "title": "not wanted",
        "postUrl": "https://www.facebook.com/groups/777000/permalink/888000",
        "account": {"name": "Esimerkkilä", "accountType": "facebook_group", "platformId": "777000"},
        "statistics": {"actual": {"likeCount": 3, "loveCount": 2, "commentCount": 4, "shareCount": 0}, "expected": {}},
    }
    bare = {"postUrl": "https://www.facebook.com/page/posts/888001", "title": "Kutsu", "account": {"platformId": "777000"}}
    document = {"status": 200, "result": {"posts": [post, bare, {"message": ""}, 3], "pagination": {"nextPage": "https://x"}}}
    first, second, *rest = read("crowdtangle", json.dumps(document))
    assert first == Draft(
        native_id="777000_888000",
        text="Roskatalkoot sunnuntaina",
        group="Esimerkkilä",
        url=post["postUrl"],
        posted=datetime(2021, 7, 5, 18, 5, 52, tzinfo=UTC),
        counts=Counts(reactions=5, comments=4, shares=0),
    )
    assert (second.native_id, second.text, second.posted, second.counts) == ("777000_888001", "Kutsu", None, Counts())
    assert rest == [Rejected(None, "no text", "item 3"), Rejected(None, "not a JSON object", "item 4")]


def test_the_same_post_has_one_id_in_both_layouts(read: Any) -> None:
    (row,) = read("crowdtangle", export(POST | {"URL": "https://www.facebook.com/groups/777000/permalink/888000"}))
    assert row.native_id == "777000_888000"


@pytest.mark.parametrize("content", ["id,text\n1,Hei\n", '{"result": {}}', "{}"])
def test_what_is_no_such_export_is_refused(read: Any, content: str) -> None:
    with pytest.raises(FormatError, match="CrowdTangle"):
        read("crowdtangle", content)
