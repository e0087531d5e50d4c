import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from spiders.files import ImportOptions, Rejected
from spiders.files.facebook_download import FacebookDownload, group_name
from tinymovements.errors import FormatError
from tinymovements.model import Draft

NAME = "Testi Testaaja"


def facebook(text: str) -> str:
    """As Facebook writes it: each byte of the UTF-8 as one letter."""
    return text.encode().decode("latin-1")


def item(text: str | None, timestamp: int = 1_600_000_000, **more: Any) -> dict[str, Any]:
    data = [{"update_timestamp": timestamp}] + ([] if text is None else [{"post": facebook(text)}])
    return {"timestamp": timestamp, "data": data} | more


def read(path: Path) -> list[Draft | Rejected]:
    return list(FacebookDownload().read(path, ImportOptions()))


def folder(path: Path, files: dict[str, Any]) -> Path:
    for name, value in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def zipped(path: Path, files: dict[str, Any]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in files.items():
            archive.writestr(name, value if isinstance(value, str) else json.dumps(value))
    return path


LAYOUTS = {
    "newest": ("your_facebook_activity/posts/your_posts__check_ins__photos_and_videos_1.json", None),
    "second file": ("your_facebook_activity/posts/your_posts__check_ins__photos_and_videos_2.json", None),
    "middle": ("your_activity_across_facebook/posts/your_posts_1.json", None),
    "oldest": ("posts/your_posts_1.json", None),
    "profile": ("facebook-testi/posts/profile_posts_1.json", None),
    "groups": ("your_facebook_activity/groups/group_posts_and_comments.json", "group_posts_v2"),
    "older groups": ("groups/your_posts_in_groups.json", "group_posts_v2"),
    "oldest groups": ("groups/your_posts_in_groups.json", "group_posts"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("packed", [False, True])
def test_every_layout_in_folder_and_zip(layout: str, packed: bool, tmp_path: Path) -> None:
    name, key = LAYOUTS[layout]
    posts = [item("Pihakirppis Töölössä 🌻"), item(None), item("Toinen", 1_600_000_001)]
    files = {name: {key: posts} if key else posts, "messages/inbox/message_1.json": [item("private")]}
    path = zipped(tmp_path / "facebook.zip", files) if packed else folder(tmp_path / "facebook", files)
    first, second, third = read(path)
    assert isinstance(first, Draft)
    assert first.text == "Pihakirppis Töölössä 🌻"
    assert first.posted == datetime.fromtimestamp(1_600_000_000, UTC)
    assert first.author is None
    assert second == Rejected(None, "no text", f"{Path(name).name}, item 2")
    assert isinstance(third, Draft)
    assert third.native_id != first.native_id


def test_one_file_taken_out_of_the_download(tmp_path: Path) -> None:
    (row,) = read(folder(tmp_path, {"your_posts_1.json": [item("Hei")]}) / "your_posts_1.json")
    assert isinstance(row, Draft)


def test_text_is_repaired_once_and_what_is_whole_stays(tmp_path: Path) -> None:
    posts = [item("søndag"), {"timestamp": 1_600_000_000, "data": [{"post": "Töölö 🌻"}]}, item(facebook("é"))]
    rows = read(folder(tmp_path, {"your_posts_1.json": posts}))
    assert [row.text for row in rows if isinstance(row, Draft)] == ["søndag", "Töölö 🌻", facebook("é")]


def test_the_same_post_in_two_files_has_one_id(tmp_path: Path) -> None:
    files = {"posts/your_posts_1.json": [item("Hei")], "groups/your_posts_in_groups.json": {"group_posts_v2": [item("Hei")]}}
    first, second = read(folder(tmp_path, files))
    assert isinstance(first, Draft)
    assert isinstance(second, Draft)
    assert first.native_id == second.native_id


def test_comments_are_counted_and_not_read(tmp_path: Path) -> None:
    comment = {"timestamp": 1, "data": [{"comment": {"comment": "secret", "author": NAME}}], "title": f"{NAME} commented."}
    files = {
        "groups/group_posts_and_comments.json": {"group_posts_v2": [item("Hei"), comment]},
        "groups/your_comments_in_groups.json": {"group_comments_v2": [comment, comment]},
        "comments_and_reactions/comments.json": {"comments_v2": [comment]},
    }
    rows = read(folder(tmp_path, files))
    assert [row.text for row in rows if isinstance(row, Draft)] == ["Hei"]
    assert [row.reason for row in rows if isinstance(row, Rejected)] == ["comments are not read"] * 4


def test_events_and_links_speak_where_the_post_does_not(tmp_path: Path) -> None:
    event = {"event": {"name": facebook("Siivoustalkoot Kalliossa"), "start_timestamp": 1_600_100_000, "end_timestamp": 0}}
    link = {"external_context": {"url": "https://example.org", "name": "Talkoot"}}
    photo = {"media": {"uri": "x.jpg", "title": "Mobile uploads", "media_metadata": {"photo_metadata": {"upload_ip": "192.0.2.7"}}}}
    place = {"place": {"name": "Home", "coordinate": {"latitude": 60.1, "longitude": 24.9}}}
    posts = [
        item(None, attachments=[{"data": [event]}, {"data": [link]}]),
        item("Tule mukaan", attachments=[{"data": [event, photo, place]}]),
        item(None, attachments=[{"data": [photo, place]}]),
    ]
    first, second, third = read(folder(tmp_path, {"your_posts_1.json": posts}))
    assert isinstance(first, Draft)
    assert first.text == "Siivoustalkoot Kalliossa\n\nTalkoot"
    assert first.starts == datetime.fromtimestamp(1_600_100_000, UTC)
    assert first.ends is None
    assert isinstance(second, Draft)
    assert second.text == "Tule mukaan"
    assert isinstance(third, Rejected)
    assert "192.0.2.7" not in repr((first, second, third))
    assert "Home" not in repr((first, second, third))


def test_label_values(tmp_path: Path) -> None:
    labels = [
        {"label": facebook("Ryhmä"), "value": facebook("Töölön kirppis")},
        {"label": "Teksti", "value": facebook("Myydään hyllyä")},
        {"label": "Nimi", "value": NAME},
    ]
    (row,) = read(folder(tmp_path, {"your_posts_1.json": [{"timestamp": 1_600_000_000, "label_values": labels, "fbid": "1"}]}))
    assert isinstance(row, Draft)
    assert (row.text, row.group) == ("Myydään hyllyä", "Töölön kirppis")
    assert NAME not in repr(row)


@pytest.mark.parametrize(
    ("sentence", "group"),
    [
        (f"{NAME} posted in Kallion kirppis.", "Kallion kirppis"),
        (f"{NAME} posted something in Kallion kirppis.", "Kallion kirppis"),
        (f"{NAME} shared a link to the group: Kallion kirppis.", "Kallion kirppis"),
        (f"{NAME} added a photo in the group Kallion kirppis", "Kallion kirppis"),
        (f"{NAME} julkaisi ryhmässä Kallion kirppis.", "Kallion kirppis"),
        (f"{NAME} jakoi linkin ryhmään: Kallion kirppis.", "Kallion kirppis"),
        (f"{NAME} publicerade i Kallion kirppis.", "Kallion kirppis"),
        (f"{NAME} gjorde ett inlägg i gruppen ”Kallion kirppis”.", "Kallion kirppis"),
        (f"{NAME} delade en länk till gruppen Kallion kirppis.", "Kallion kirppis"),
        (f"{NAME} updated his status.", None),
        (f"{NAME} wrote on Bea Exempel's timeline.", None),
        (f"{NAME} shared a link to Bea Exempel's timeline.", None),
        (f"{NAME} skrev på Bea Exempels tidslinje.", None),
        (f"{NAME} was with Bea Exempel.", None),
        (f"{NAME} päivitti tilaansa.", None),
        (NAME, None),
        ("", None),
    ],
)
def test_the_group_is_taken_out_of_the_sentence_where_that_is_sure(sentence: str, group: str | None) -> None:
    assert group_name(sentence) == group


def test_the_sentence_is_never_kept(tmp_path: Path) -> None:
    title = facebook(f"{NAME} julkaisi ryhmässä Töölön pihat.")
    (row,) = read(folder(tmp_path, {"your_posts_1.json": [item("Hei", title=title)]}))
    assert isinstance(row, Draft)
    assert row.group == "Töölön pihat"
    assert NAME not in repr(row)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        [],
        "text",
        5,
        None,
        {"data": {"post": "x"}},
        {"data": [{"post": 5}], "attachments": "none", "title": 7},
        {"timestamp": "soon", "data": [{"post": ""}], "attachments": [{"data": [{"event": []}]}]},
        {"timestamp": -5, "data": None, "label_values": [{"label": 1}]},
    ],
)
def test_odd_items_are_refused_and_stop_nothing(odd: Any, tmp_path: Path) -> None:
    first, second = read(folder(tmp_path, {"your_posts_1.json": [odd, item("Hei")]}))
    assert isinstance(first, Rejected)
    assert isinstance(second, Draft)


def test_a_download_in_html_says_what_to_ask_for(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="JSON"):
        read(zipped(tmp_path / "facebook.zip", {"posts/your_posts_1.html": "<html>"}))


def test_a_zip_without_posts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no posts"):
        read(zipped(tmp_path / "facebook.zip", {"messages/message_1.json": []}))


def test_a_zip_cut_short_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "facebook.zip", {"your_posts_1.json": [item(str(n)) for n in range(100)]})
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(FormatError, match="not complete"):
        read(path)


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "facebook.zip", {"your_posts_1.json": [item(str(n) * 50) for n in range(100)]})
    content = bytearray(path.read_bytes())
    content[200:220] = b"\xff" * 20
    path.write_bytes(bytes(content))
    with pytest.raises(FormatError):
        read(path)


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "facebook.zip", {"your_posts_1.json": [item("Hei")]})
    content = bytearray(path.read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[6] |= 1  # the flag in the member's own header and in the directory
    content[directory + 8] |= 1
    path.write_bytes(bytes(content))
    with pytest.raises(FormatError, match="encrypted"):
        read(path)


def test_a_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    path = tmp_path / "facebook.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("your_posts_1.json", "w") as member:
        member.write(b"[")
        for _ in range(100):
            member.write(b" " * 1024 * 1024)
        member.write(b"]")
    assert path.stat().st_size < 200_000
    with pytest.raises(FormatError, match="unpacks to far more"):
        read(path)


def test_names_that_climb_out_of_the_folder_write_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (row,) = read(zipped(tmp_path / "in" / "facebook.zip", {"../../your_posts_1.json": [item("Hei")]}))
    assert isinstance(row, Draft)
    assert [path.name for path in tmp_path.rglob("*.json")] == []


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    outside = folder(tmp_path / "outside", {"your_posts_1.json": [item("secret")]})
    inside = folder(tmp_path / "inside", {"your_posts_2.json": [item("Hei")]})
    (inside / "your_posts_1.json").symlink_to(outside / "your_posts_1.json")
    assert [row.text for row in read(inside) if isinstance(row, Draft)] == ["Hei"]
