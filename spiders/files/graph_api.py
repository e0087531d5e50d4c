"""Answers of Facebook's Graph API as programs saved them: the posts and the public events of pages and groups."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spiders.files.contract import ImportOptions, Rejected, Unreadable, ignore
from spiders.files.drafts import make_draft
from spiders.files.graph_objects import EVENT, POST, edge_of, fields, kind_of
from spiders.files.reading import Opener, open_files
from spiders.files.stream import events, items, opening
from tinymovements.errors import FormatError
from tinymovements.model import Draft

_FEEDS = ("feed", "posts", "published_posts", "promotable_posts", "visitor_posts", "tagged", "events")
"""Lists that a page, group or event may carry within itself."""

_FACTS = ("paging.next", "paging.previous", "summary.order", "error.type", "error.code")

_ERROR_TYPE = re.compile(r"[A-Za-z]{1,40}")


@dataclass(frozen=True, slots=True)
class _Row:
    """An object of an answer: what it is, where it stands, and the page or group that carries it."""

    kind: str
    value: Any
    where: str
    owner: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What an answer is, known before anything of it is read."""

    prefix: str
    """Of its objects, for ijson."""
    edge: str
    """The connection that was asked for (`feed`, `likes`), where the answer tells."""
    error: str | None
    """Its kind and code, where it is no answer but an error."""


class GraphApi:
    """Comments, likes and all that is neither a post nor an event is refused by name. A file that is damaged gives nothing."""

    format = "graph-api"
    title = "Answers of Facebook's Graph API with posts or events of pages and groups: JSON files, their folder or zip"
    takes_map = False
    takes_folder = True

    def read(self, path: Path, options: ImportOptions) -> Iterator[Draft | Rejected]:
        """The posts of every file that holds some; of a folder the other files as rejected, each as one row."""
        readable: dict[str, _Answer] = {}
        with open_files(path, ignore) as files:
            names = _names(path, files)
            for name in names:
                try:
                    readable[name] = _look(files[name], path if len(files) == 1 else path / name)
                except FormatError as error:
                    if len(names) == 1:
                        raise
                    reason = error.message.removeprefix(f"{path / name} ").removeprefix(f"{path} ").rstrip(".")
                    yield Rejected(None, reason, name)
        if not readable:
            raise FormatError(f"{path} holds no posts of the Graph API.", "Name answers to …/feed, …/posts or …/events.")
        with open_files(path, options.advance) as files:
            for name, answer in readable.items():
                for row in _rows(files[name], answer, path):
                    yield _draft(row, options, f"{name}, {row.where}" if len(names) > 1 else row.where)


def _names(path: Path, files: Mapping[str, Opener]) -> list[str]:
    return sorted(files) if not path.is_dir() and len(files) == 1 else sorted(name for name in files if name.endswith(".json"))


def _look(open_file: Opener, path: Path) -> _Answer:
    """Reads the file to its end once. Raises `FormatError` that names what it holds where that is no posts."""
    answer = _outline(open_file, path)
    if answer.error is not None:
        raise FormatError(f"{path} holds an error of the Graph API{answer.error}, no posts.", "Ask the API again.")
    kinds = Counter(row.kind for row in _rows(open_file, answer, path))
    if kinds and not kinds.keys() & {POST, EVENT}:
        hint = "Leave it out, or name its folder: what holds no posts is then told and passed over."
        raise FormatError(f"{path} holds {kinds.most_common(1)[0][0]}, no posts.", hint)
    return answer


def _outline(open_file: Opener, path: Path) -> _Answer:
    facts: dict[str, str] = {}
    has_list = is_array = has_error = False
    with open_file() as stream:
        if opening(stream) not in (b"{", b"["):
            raise FormatError(f"{path} is no JSON.", "Save the answer of the Graph API as it came.")
        for prefix, event, value in events(stream, path):
            has_list |= prefix == "data" and event == "start_array"
            is_array |= not prefix and event == "start_array"
            has_error |= not prefix and event == "map_key" and value == "error"
            if prefix in _FACTS and event in ("string", "number"):
                facts[prefix] = str(value)
    error = _error(facts) if has_error and not has_list else None
    edge = "comments" if "summary.order" in facts else edge_of(facts.get("paging.next") or facts.get("paging.previous") or "")
    return _Answer("item" if is_array else "data.item" if has_list else "", edge, error)


def _error(facts: Mapping[str, str]) -> str:
    type_, code = facts.get("error.type", ""), facts.get("error.code", "")
    # Its message may quote names and access tokens.
    said = (type_ if _ERROR_TYPE.fullmatch(type_) else "", f"code {code}" if code.isdecimal() else "")
    return f" ({', '.join(filter(None, said))})" if any(said) else ""


def _rows(open_file: Opener, answer: _Answer, path: Path) -> Iterator[_Row]:
    with open_file() as stream:
        opening(stream)
        for number, value in enumerate(items(stream, answer.prefix, path), 1):
            yield from _within(value, answer.edge, f"item {number}")


def _within(value: Any, edge: str, where: str) -> Iterator[_Row]:
    """The object itself, or the posts that a page or group carries within it."""
    kind = kind_of(value, edge)
    lists = {name: _list(value, name) for name in _FEEDS} if isinstance(value, dict) and kind != POST else {}
    if kind == EVENT or not any(lists.values()):
        yield _Row(kind, value, where, {})
    for name, carried in lists.items():
        for number, inner in enumerate(carried, 1):
            yield _Row(kind_of(inner, name), inner, f"{where}, {name} {number}", value)


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    connection = value.get(name)
    found = connection.get("data") if isinstance(connection, dict) else None
    return found if isinstance(found, list) else []


def _draft(row: _Row, options: ImportOptions, where: str) -> Draft | Rejected:
    if row.kind not in (POST, EVENT):
        return Rejected(None, f"no post: {row.kind}", where)
    try:
        return make_draft(fields(row.kind, row.value, row.owner), options)
    except Unreadable as error:
        return Rejected(None, str(error), where)
