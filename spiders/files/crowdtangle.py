"""What CrowdTangle exported of public pages and groups until it closed in August 2024."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spiders.files import values
from spiders.files.contract import ImportOptions, Rejected, Unreadable
from spiders.files.drafts import make_draft, make_drafts
from spiders.files.reading import open_bytes, open_text
from spiders.files.stream import items, opening
from spiders.files.table import read_table
from tinymovements.errors import FormatError
from tinymovements.model import Draft

_REACTIONS = ("Likes", "Love", "Wow", "Haha", "Sad", "Angry", "Care")
_API_REACTIONS = tuple(f"{name}Count" for name in ("like", "love", "wow", "haha", "sad", "angry", "care", "thankful"))

# Of an address the numbers that are a whole step of its path, or the value of one of these: `page.name/posts/456`,
# `groups/123/permalink/456/`, `permalink.php?story_fbid=456&id=123`, `photo.php?fbid=456`, `watch/?v=456`.
_STEP = re.compile(r"(?<=/)\d{4,}(?=/|\?|$)")
_POST = re.compile(r"[?&](?:story_fbid|fbid|v)=(\d+)")
_OWNER = re.compile(r"[?&]id=(\d+)")


class CrowdTangle:
    """The CSV of pages or of groups, in any country's numbers, and the JSON of the API."""

    format = "crowdtangle"
    title = "CrowdTangle's export of pages or groups (CSV), or the answer of its API (JSON)"
    takes_map = False
    takes_folder = False

    def read(self, path: Path, options: ImportOptions) -> Iterator[Draft | Rejected]:
        """The posts in order."""
        with open_bytes(path) as stream:
            first = opening(stream)
        if first in (b"{", b"["):
            yield from _read_api(path, "item" if first == b"[" else "result.posts.item", options)
        else:
            yield from _read_csv(path, options)


def _read_csv(path: Path, options: ImportOptions) -> Iterator[Draft | Rejected]:
    with open_text(path, options) as stream:
        columns, rows = read_table(stream, path)
        if not {"Page Name", "Group Name"} & set(columns) or not {"Post Created", "Created"} & set(columns):
            raise FormatError(f"{path} has not the columns of a CrowdTangle export.", "Try the format csv, with --map.")
        yield from make_drafts(rows, lambda cells: _csv_row(_given(cells)), options)


def _given(cells: Mapping[str, str]) -> dict[str, str]:
    return {name: cell.strip() for name, cell in cells.items() if cell.strip() != "N/A"}


def _csv_row(cells: Mapping[str, str]) -> dict[str, str]:
    created = cells.get("Post Created") or cells.get("Created") or ""
    return native_id(cells.get("URL", ""), cells.get("Facebook Id", ""), created) | {
        "text": cells.get("Message") or "\n\n".join(filter(None, (cells.get("Link Text"), cells.get("Description")))),
        "group": cells.get("Group Name") or cells.get("Page Name") or "",
        "url": cells.get("URL", ""),
        "posted": created,
        "reactions": _sum(cells, _REACTIONS),
        "comments": cells.get("Comments", ""),
        "shares": cells.get("Shares", ""),
    }


def _sum(cells: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """All reactions together; empty where none is given, which is not zero."""
    try:
        counts = [count for name in names if (count := values.count(str(cells.get(name, "")))) is not None]
    except Unreadable as error:
        raise Unreadable(f"reactions {error}") from None
    return str(sum(counts)) if counts else ""


def native_id(url: str, owner: str, created: str) -> dict[str, str]:
    """`owner_post` as Facebook itself writes it, from the address where that has the numbers, else owner and moment."""
    # An address of the new kind (`/123/posts/pfbid02…`) has the owner's number and not the post's.
    steps = [] if "pfbid" in url else _STEP.findall(url)
    post = (_POST.findall(url) or steps[-1:] or [owner])[0]
    owners = [*_OWNER.findall(url), *(step for step in steps[:-1] if step != post), owner]
    parts = [owners[0], post] if post != owner else [owner, created]
    return {"native_id": "_".join(filter(None, parts))} if post and parts[1] else {}


def _read_api(path: Path, prefix: str, options: ImportOptions) -> Iterator[Draft | Rejected]:
    number = 0
    with open_bytes(path, options.advance) as stream:
        opening(stream)
        for number, post in enumerate(items(stream, prefix, path), 1):
            try:
                yield make_draft(_api_row(post), options)
            except Unreadable as error:
                yield Rejected(None, str(error), f"item {number}")
    if not number:
        raise FormatError(f"{path} holds no posts in the layout of CrowdTangle's API.", "Try the format jsonl, with --map.")


def _api_row(post: Any) -> dict[str, str]:
    if not isinstance(post, dict):
        raise Unreadable("not a JSON object")
    account, figures = _inner(post, "account"), _inner(_inner(post, "statistics"), "actual")
    created = _text(post, "date")
    link = "\n\n".join(filter(None, (_text(post, "title"), _text(post, "description"))))
    return native_id(_text(post, "postUrl"), _text(account, "platformId"), created) | {
        "text": _text(post, "message") or link,
        "group": _text(account, "name"),
        "url": _text(post, "postUrl"),
        "posted": f"{created} UTC" if created[-1:].isdecimal() else created,  # the API's times are in UTC and do not say so
        "reactions": _sum(figures, _API_REACTIONS),
        "comments": _text(figures, "commentCount"),
        "shares": _text(figures, "shareCount"),
    }


def _inner(value: dict[str, Any], key: str) -> dict[str, Any]:
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def _text(value: dict[str, Any], key: str) -> str:
    found = value.get(key)
    return str(found) if isinstance(found, str | int) else ""
