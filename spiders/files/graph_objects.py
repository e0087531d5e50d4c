"""What the objects of the Graph API are, told from the names of their fields, and what of posts and events is read."""

import re
from collections.abc import Mapping
from typing import Any

from spiders.files.contract import Unreadable

POST = "posts"
EVENT = "events"

_EDGE = re.compile(r"https://graph\.facebook\.com/(?:v[\d.]+/)?[^/?]+/(\w+)(?:\?|$)")
_EDGES = {
    "home": "the news feed of a person",
    "comments": "comments",
    "likes": "likes",
    "reactions": "reactions",
    "albums": "albums",
    "photos": "photos",
    "videos": "videos",
}
"""Connections that hold something else, even where their objects have the fields of posts."""

_SIGNS: tuple[tuple[str, tuple[set[str], ...]], ...] = (
    (EVENT, ({"id", "name", "start_time"},)),
    ("tabs of a page", ({"is_permanent"}, {"position", "application"})),
    ("admins of a page", ({"perms"},)),
    ("offers of a page", ({"coupon_type"}, {"redemption_link"}, {"claim_limit"})),
    ("milestones of a page", ({"title", "start_time", "from"},)),
    ("comments", ({"can_remove"}, {"user_likes"}, {"like_count"}, {"can_comment"}, {"parent"})),
    ("photos", ({"images"}, {"height", "width"})),
    ("albums", ({"can_upload"}, {"cover_photo"})),
    ("videos", ({"embed_html"}, {"length"})),
    ("facts of pages", ({"category", "name"},)),
    ("facts of groups", ({"bookmark_order"}, {"administrator"}, {"owner", "privacy"}, {"member_count"})),
    (POST, ({"id", "message"}, {"id", "story"}, {"id", "created_time"}, {"id", "permalink_url"}, {"id", "actions"})),
    ("reactions", ({"id", "name", "type"},)),
    ("facts of pages", ({"about"}, {"company_overview"}, {"fan_count"}, {"hours"}, {"website"}, {"cover"}, {"link"})),
)
"""Fields that only one kind of object has: the first that fits. Posts come late, for most of their fields others have as well."""

_PUBLIC = ("", "EVERYONE", "OPEN", "PUBLIC")
"""What Facebook calls public, over the years. Empty: what a page or a group says of its posts."""

_OWNER_AND_POST = re.compile(r"([0-9]+)_([0-9]+)")
_SITE = "https://www.facebook.com"


def edge_of(address: str) -> str:
    """The connection in the address of an answer's next page: `feed` of `https://graph.facebook.com/v19.0/1/feed?limit=25`."""
    found = _EDGE.match(address)
    return found[1] if found else ""


def kind_of(value: Any, edge: str) -> str:
    """`POST`, `EVENT` or a name for what it is else, in words that follow "holds"."""
    if not isinstance(value, dict):
        return "something that is no object"
    if edge in _EDGES:
        return _EDGES[edge]
    keys = value.keys()
    if kind := next((kind for kind, signs in _SIGNS if any(sign <= keys for sign in signs)), None):
        return kind
    if keys and all(key.isdecimal() for key in keys):
        return "a yes or no for each id"
    return "names of people, pages or groups" if keys <= {"id", "name"} else "something unknown"


def fields(kind: str, value: Mapping[str, Any], owner: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a draft. `owner` is the page or group that carries it, where one does. Raises `Unreadable`."""
    for thing in (value, owner):
        if not _is_public(thing):
            raise Unreadable("not public")
    if _owner(value) in _people(value):
        raise Unreadable("stands on the page of a person")
    place = _dict(value.get("place"))
    common = {
        "native_id": _string(value, "id"),
        "author": _string(value, "from", "id") or _string(value, "from", "name"),
        "group": _string(owner, "name") or _group(value),
        "place": _string(place, "name") or _string(value, "location"),
        "lat": _string(place, "location", "latitude") or _string(value, "venue", "latitude"),
        "lon": _string(place, "location", "longitude") or _string(value, "venue", "longitude"),
        "comments": _string(value, "comments", "summary", "total_count") or _string(value, "comments", "count"),
        "shares": _string(value, "shares", "count"),
        "reactions": _reactions(value),
    }
    return common | (_event(value) if kind == EVENT else _post(value))


def _post(value: Mapping[str, Any]) -> dict[str, str]:
    text = _string(value, "message") or _shared(value)
    if not text.strip() and "story" in value:
        raise Unreadable("a story of Facebook's own words and no text")
    return {"text": text, "posted": _string(value, "created_time"), "url": _address(value)}


def _event(value: Mapping[str, Any]) -> dict[str, str]:
    return {
        "kind": "event",
        "title": _string(value, "name"),
        "text": _string(value, "description"),
        "starts": _string(value, "start_time"),
        "ends": _string(value, "end_time"),
        "url": f"{_SITE}/events/{_string(value, 'id')}",
    }


def _is_public(value: Mapping[str, Any]) -> bool:
    privacy = value.get("privacy")
    said = _string(value, "privacy", "value") if isinstance(privacy, dict) else _string(value, "privacy")
    is_private_event = "start_time" in value and value.get("type") in ("private", "group")
    return said in _PUBLIC and value.get("is_published") is not False and not is_private_event


def _shared(value: Mapping[str, Any]) -> str:
    """What a post without words of its own shares, as it is described."""
    parts = [_string(value, "description")]
    # Of a photo the name is its album's, of a check-in the place's, of a video its owner's.
    if value.get("type") in ("link", "event"):
        parts.insert(0, _string(value, "name"))
    for attachment in _inner(value, "attachments"):
        parts += [_string(attachment, "title")] if attachment.get("type") in ("share", "event") else []
        parts += [_string(attachment, "description")]
    return "\n\n".join(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _owner(value: Mapping[str, Any]) -> str:
    """The id of the page, group or person on whose page a post stands: the first half of its own."""
    return _string(value, "id").partition("_")[0]


def _group(value: Mapping[str, Any]) -> str:
    """The page or group that a post stands in: the one it was written to, or the page that wrote it."""
    written_to = (_string(thing, "name") for thing in _inner(value, "to") if _string(thing, "id") == _owner(value))
    by_page = _string(value, "from", "name") if "category" in _dict(value.get("from")) else ""  # only pages have one
    return next(written_to, by_page)


def _people(value: Mapping[str, Any]) -> set[str]:
    """The ids of those who are surely persons: Facebook says so of whom a post names."""
    tags = [tag for name in ("story_tags", "message_tags") for tag in _tags(value.get(name))]
    users = [tag for tag in tags if tag.get("type") == "user"]
    return {_string(person, "id") for person in (*users, *_inner(value, "with_tags"))}


def _tags(found: Any) -> list[Mapping[str, Any]]:
    """Tags by the place where they stand (`{"0": [tag]}`), or all in one list."""
    lists = found.values() if isinstance(found, dict) else [found]
    return [tag for tags in lists if isinstance(tags, list) for tag in tags if isinstance(tag, dict)]


def _inner(value: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects of a connection: `{"to": {"data": [...]}}`."""
    found = _dict(value.get(name)).get("data")
    return [thing for thing in found if isinstance(thing, dict)] if isinstance(found, list) else []


def _address(value: Mapping[str, Any]) -> str:
    link = _string(value, "permalink_url")
    if link:
        return f"{_SITE}{link}" if link.startswith("/") else link
    ids = _OWNER_AND_POST.fullmatch(_string(value, "id"))
    return f"{_SITE}/{ids[1]}/posts/{ids[2]}" if ids else ""


def _reactions(value: Mapping[str, Any]) -> str:
    """All reactions where they were asked for, else the likes; the people listed are only a part of them."""
    ways = (("reactions", "summary", "total_count"), ("likes", "summary", "total_count"), ("likes", "count"), ("likes",))
    return next(filter(None, (_string(value, *way) for way in ways)), "")


def _string(value: Any, *way: str) -> str:
    """What stands at the end of a way through objects, as a text; empty where nothing does."""
    for step in way:
        value = _dict(value).get(step)
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
