"""The files of the tour: a CrowdTangle export of groups, and the Facebook downloads of three members."""

import csv
import json
import zipfile
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from tinymovements.demo.posts import DemoPost, by_channel
from tinymovements.model import LANGUAGES

COLUMNS = (
    "Group Name",
    "User Name",
    "Facebook Id",
    "Page Category",
    "Page Admin Top Country",
    "Page Description",
    "Page Created",
    "Likes at Posting",
    "Followers at Posting",
    "Post Created",
    "Post Created Date",
    "Post Created Time",
    "Type",
    "Total Interactions",
    "Likes",
    "Comments",
    "Shares",
    "Love",
    "Wow",
    "Haha",
    "Sad",
    "Angry",
    "Care",
    "Video Share Status",
    "Is Video Owner?",
    "Post Views",
    "Total Views",
    "Total Views For All Crossposts",
    "Video Length",
    "URL",
    "Message",
    "Link",
    "Final Link",
    "Image Text",
    "Link Text",
    "Description",
    "Sponsor Id",
    "Sponsor Name",
    "Sponsor Category",
)
"""The header of a CrowdTangle export of groups (the order as told in 4CAT, issue 137)."""

_ZONES = {"fi": ZoneInfo("Europe/Helsinki"), "sv": ZoneInfo("Europe/Stockholm"), "en": ZoneInfo("Europe/London")}

_DOWNLOADS = {
    "fi": ("your_facebook_activity/groups/group_posts_and_comments.json", "{author} julkaisi ryhmässä {group}."),
    "sv": ("your_activity_across_facebook/groups/your_posts_in_groups.json", "{author} gjorde ett inlägg i {group}."),
    "en": ("groups/group_posts_and_comments.json", "{author} posted in {group}."),
}
"""Where a download keeps posts in groups: the newest, a middle and the oldest layout, each in its member's language."""


def _number(text: str) -> int:
    return int(sha256(text.encode()).hexdigest()[:12], 16)


def write_crowdtangle(path: Path) -> None:
    """A CrowdTangle export: with a byte order mark, zone tokens, and thousands apart."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(_crowdtangle_row(post) for post in by_channel("facebook"))


def _crowdtangle_row(post: DemoPost) -> dict[str, str]:
    group, number = _number(post.group), _number(post.id)
    moment = post.posted.astimezone(_ZONES[post.language])
    stamp = f"{moment:%Y-%m-%d %H:%M:%S} {moment.tzname()}"
    total = (post.reactions or 0) + (post.comments or 0) + (post.shares or 0)
    return {
        "Group Name": post.group,
        "Facebook Id": str(group),
        "Likes at Posting": "0",
        "Followers at Posting": "1,204",
        "Post Created": stamp,
        "Post Created Date": f"{moment:%Y-%m-%d}",
        "Post Created Time": f"{moment:%H:%M:%S}",
        "Type": "Status",
        "Total Interactions": f"{total:,}",
        "Likes": str(post.reactions or 0),
        "Comments": str(post.comments or 0),
        "Shares": str(post.shares or 0),
        **dict.fromkeys(("Love", "Wow", "Haha", "Sad", "Angry", "Care"), "0"),
        "Video Length": "N/A",
        "URL": f"https://www.facebook.com/groups/{group}/permalink/{number}",
        "Message": post.text,
    }


def write_download(path: Path, language: str) -> None:
    """A member's "Download Your Information" as a zip: UTF-8 bytes escaped as if they were Latin-1, as Facebook writes them."""
    name, sentence = _DOWNLOADS[language]
    posts = [
        {
            "timestamp": int(post.posted.timestamp()),
            "title": _mangled(sentence.format(author=post.author, group=post.group)),
            "data": [{"post": _mangled(post.text)}],
        }
        for post in by_channel("download", language)
    ]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, json.dumps({"group_posts_v2": posts}, indent=2))


def _mangled(text: str) -> str:
    return text.encode().decode("latin-1")


def write_files(folder: Path) -> dict[str, list[Path]]:
    """All files of the tour, by the format that imports them."""
    folder.mkdir(parents=True, exist_ok=True)
    groups = folder / "crowdtangle-groups.csv"
    write_crowdtangle(groups)
    downloads = [folder / f"facebook-download-{language}.zip" for language in LANGUAGES]
    for language, path in zip(LANGUAGES, downloads, strict=True):
        write_download(path, language)
    return {"crowdtangle": [groups], "facebook-download": downloads}
