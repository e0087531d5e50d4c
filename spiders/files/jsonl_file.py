"""JSON objects, one a line, or one array of them."""

import json
from collections import deque
from collections.abc import Generator, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from spiders.files.contract import ImportOptions, Rejected, Unreadable
from spiders.files.drafts import make_draft
from spiders.files.mapping import Mapping, resolve
from spiders.files.reading import ESCAPED, LONGEST_RECORD, open_bytes, open_text, skip_line
from spiders.files.stream import items, opening
from tinymovements.model import Draft

Item = tuple[Rejected, dict[str, Any]]
"""An object, before it where it stands: a rejection that only lacks its reason."""

_LOOKED_AT = 100
"""Objects whose keys tell what fields there are, fewer where they are large: no object need have all of them."""

_LOOKED_AT_SIZE = 1024 * 1024


class JsonlFile:
    """One post an object; `--map` says which key is what, `gold.text` and `media.0.title` reaching into it."""

    format = "jsonl"
    title = "JSON objects, one a line, or a JSON array of them"
    takes_map = True
    takes_folder = False

    def read(self, path: Path, options: ImportOptions) -> Iterator[Draft | Rejected]:
        """The objects in order."""
        with open_bytes(path) as stream:
            is_array = opening(stream) == b"["
        rows = _array(path, options) if is_array else read_objects(path, options)
        seen = yield from _look_ahead(rows)
        if not seen:
            return
        mapping = _mapping([value for _, value in seen], path, options)
        while seen:
            yield _draft(seen.popleft(), mapping, options)
        for row in rows:
            yield _draft(row, mapping, options)


def _mapping(objects: list[dict[str, Any]], path: Path, options: ImportOptions) -> Mapping:
    keys = dict.fromkeys(key for value in objects for key in _keys(value))
    mapping = resolve(options.mapping, list(keys), path, lambda key: any(True for value in objects for _ in _at(value, key)))
    options.tell(f"{path.name}: {mapping}.")
    return mapping


def _draft(item: Item | Rejected, mapping: Mapping, options: ImportOptions) -> Draft | Rejected:
    if isinstance(item, Rejected):
        return item
    where, value = item
    try:
        return make_draft(mapping.row(lambda key: "\n".join(_texts(value, key))), options, mapping.columns)
    except Unreadable as error:
        return Rejected(where.line, str(error), where.within)


def _look_ahead(rows: Iterator[Item | Rejected]) -> Generator[Rejected, None, deque[Item]]:
    """The first objects; what is none is passed on at once, however much of it there is."""
    seen: deque[Item] = deque()
    size = 0
    for row in rows:
        if isinstance(row, Rejected):
            yield row
            continue
        seen.append(row)
        size += _size(row[1])
        if len(seen) >= _LOOKED_AT or size >= _LOOKED_AT_SIZE:
            break
    return seen


def _size(value: Any) -> int:
    try:
        return len(json.dumps(value))
    except RecursionError:
        return _LOOKED_AT_SIZE


def read_objects(path: Path, options: ImportOptions) -> Iterator[Item | Rejected]:
    """The objects of a file that has one a line, and what is none."""
    with open_text(path, options) as stream:
        number = 0
        while line := stream.readline(LONGEST_RECORD):
            number += 1
            if len(line) >= LONGEST_RECORD and not line.endswith(("\n", "\r")):
                skip_line(stream)
                yield Rejected(number, f"longer than {LONGEST_RECORD:,} characters")
            elif line.strip():  # an empty line is no row
                yield _read_line(number, line)


def _read_line(number: int, line: str) -> Item | Rejected:
    if ESCAPED.search(line):
        return Rejected(number, "bytes that are not in the file's encoding")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):  # the text of it quotes the line
        return Rejected(number, "not valid JSON")
    return (Rejected(number, ""), value) if isinstance(value, dict) else Rejected(number, "not a JSON object")


def _array(path: Path, options: ImportOptions) -> Iterator[Item | Rejected]:
    with open_bytes(path, options.advance) as stream:
        opening(stream)
        for number, value in enumerate(items(stream, "item", path), 1):
            where = f"item {number}"
            yield (Rejected(None, "", where), value) if isinstance(value, dict) else Rejected(None, "not a JSON object", where)


def _keys(value: Any, depth: int = 4) -> Iterator[str]:
    """The ways to what an object holds, through arrays too."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if depth > 1:
                yield from (f"{key}.{rest}" for rest in _keys(inner, depth - 1))
    elif isinstance(value, list):
        yield from chain.from_iterable(_keys(inner, depth) for inner in value if isinstance(inner, dict))


def _at(value: Any, path: str) -> Iterator[Any]:
    """What stands at the end of a path; a key of an array's items leads to that of each item, a number to one item."""
    step, _, rest = path.partition(".")
    if isinstance(value, dict):
        if path in value:  # the whole path may be one key: `statistics.like_count`
            yield value[path]
        elif rest and step in value:
            yield from _at(value[step], rest)
    elif isinstance(value, list) and step.isdecimal():
        for inner in value[int(step) : int(step) + 1]:
            yield from _at(inner, rest) if rest else (inner,)
    elif isinstance(value, list):
        yield from chain.from_iterable(_at(inner, path) for inner in value if isinstance(inner, dict))


def _texts(value: Any, path: str) -> Iterator[str]:
    for found in _at(value, path):
        for part in found if isinstance(found, list) else (found,):
            if isinstance(part, float) and part.is_integer():
                yield str(int(part))
            elif isinstance(part, str | int | float):
                yield str(part)
