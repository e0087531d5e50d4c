"""What people get from Facebook's "Download your information": their own posts, as a zip or as a folder."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from spiders.files.contract import ImportOptions, Rejected, Unreadable
from spiders.files.drafts import make_draft
from spiders.files.reading import Opener, open_files
from spiders.files.stream import items, opening, top_keys
from tinymovements.errors import FormatError
from tinymovements.model import Draft

_NUMBER = r"(_\d+)?\.(?P<kind>json|html)"
_POSTS = re.compile(
    rf"(your_posts(__check_ins__photos_and_videos)?|profile_posts|group_posts_and_comments|your_posts_in_groups){_NUMBER}"
)
_COMMENTS = re.compile(rf"(comments|your_comments_in_groups|your_group_comments){_NUMBER}")
_LIST = re.compile(r"posts|comments|status_updates")
"""In the names under which a file keeps its list, where it is not all list: `group_posts_v2`."""

_TEXT_LABELS = frozenset(
    ("text", "post", "message", "description", "teksti", "julkaisu", "viesti", "kuvaus", "inlägg", "meddelande", "beskrivning")
)
_GROUP_LABELS = frozenset(("group", "group name", "ryhmä", "ryhmän nimi", "grupp", "gruppnamn", "gruppens namn"))

# "NN posted in GROUP." and its like. What says "group" names one; of the rest only what is said of nothing but groups.
_GROUP = re.compile(
    r"\b(?:(?:in|to) the group:?|posted (?:something |an? \w+ )?in|ryhmässä:?|ryhmään:?"
    r"|(?:publicerade|skrev|inlägg) i(?: gruppen:?)?|(?:i|till) gruppen:?)"
    r"\s+[\"“”'»]?(?P<name>.+?)[\"“”'»]?\.?\s*$"
)


class FacebookDownload:
    """The exporter's own posts in groups and elsewhere. Comments are not read, and nothing else of the download is looked at."""

    format = "facebook-download"
    title = 'Facebook\'s "Download your information" in JSON: the zip or its folder'
    takes_map = False
    takes_folder = True

    def read(self, path: Path, options: ImportOptions) -> Iterator[Draft | Rejected]:
        """The posts of every file that holds some, then the comments as rejected."""
        with open_files(path, options.advance) as files:
            named = {name: PurePosixPath(name).name for name in files}
            found = [(name, match["kind"]) for name, base in sorted(named.items()) if (match := _POSTS.fullmatch(base))]
            posts = [name for name, kind in found if kind == "json"]
            comments = [name for name, base in sorted(named.items()) if _COMMENTS.fullmatch(base) and base.endswith(".json")]
            if not posts and not comments:
                _refuse(path, is_html=bool(found))
            for name in posts:
                yield from _read_posts(files[name], named[name], path, options)
            for name in comments:
                for number, _ in _items(files[name], path):
                    yield _comment(named[name], number)


def _refuse(path: Path, is_html: bool) -> None:
    if is_html:
        raise FormatError(f"{path} is a download in HTML.", "Ask Facebook for it again, in the format JSON.")
    raise FormatError(f"{path} holds no posts of a Facebook download.", "Ask Facebook for posts and groups, in the format JSON.")


def _items(open_file: Opener, path: Path) -> Iterator[tuple[int, Any]]:
    with open_file() as stream:
        if opening(stream) == b"[":
            prefix = "item"
        else:
            key = next((key for key in top_keys(stream, path) if _LIST.search(key)), None)
            prefix = f"{key}.item" if key else ""  # without a list the whole file is one item
    with open_file() as stream:
        opening(stream)
        yield from enumerate(items(stream, prefix, path), 1)


def _read_posts(open_file: Opener, name: str, path: Path, options: ImportOptions) -> Iterator[Draft | Rejected]:
    for number, item in _items(open_file, path):
        if any("comment" in entry for entry in _dicts(_dict(item).get("data"))):
            yield _comment(name, number)
            continue
        try:
            yield make_draft(_row(_dict(item), options), options)
        except Unreadable as error:
            yield Rejected(None, str(error), f"{name}, item {number}")


def _comment(name: str, number: int) -> Rejected:
    return Rejected(None, "comments are not read", f"{name}, item {number}")


def _row(item: dict[str, Any], options: ImportOptions) -> dict[str, str]:
    attached = [entry for attachment in _dicts(item.get("attachments")) for entry in _dicts(attachment.get("data"))]
    events = [_dict(entry.get("event")) for entry in attached]
    links = [_dict(entry.get("external_context")) for entry in attached]
    labels = {_string(entry, "label").strip().lower(): _string(entry, "value") for entry in _dicts(item.get("label_values"))}
    own = [_string(entry, "post") for entry in (item, *_dicts(item.get("data")))]
    own += [value for label, value in labels.items() if label in _TEXT_LABELS]
    text = _paragraphs(own) or _paragraphs(_string(named, "name") for named in (*events, *links))
    posted = _seconds(item, "timestamp") or _seconds(item, "creation_timestamp")
    group = next((value for label, value in labels.items() if label in _GROUP_LABELS), "")
    return {
        "native_id": options.fingerprint(posted, text),
        "text": text,
        "group": group or group_name(_string(item, "title")) or "",
        "posted": posted,
        "starts": next(filter(None, (_seconds(event, "start_timestamp") for event in events)), ""),
        "ends": next(filter(None, (_seconds(event, "end_timestamp") for event in events)), ""),
    }


def group_name(sentence: str) -> str | None:
    """The group in "NN posted in GROUP." and its like in three languages; None where it is not sure.

    The sentence holds the exporter's name, so nothing else of it is ever kept.
    """
    said = _GROUP.search(sentence)
    return said["name"].strip() or None if said else None


def _paragraphs(texts: Any) -> str:
    return "\n\n".join(dict.fromkeys(stripped for text in texts if (stripped := text.strip())))


def _seconds(value: dict[str, Any], key: str) -> str:
    found = value.get(key)
    return str(int(found)) if isinstance(found, int | float) and found > 0 else ""


def _string(value: dict[str, Any], key: str) -> str:
    """A text as it was meant: Facebook writes each byte of its UTF-8 as one letter."""
    found = value.get(key)
    if not isinstance(found, str):
        return ""
    try:
        return found.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return found


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [inner for inner in value if isinstance(inner, dict)] if isinstance(value, list) else []
