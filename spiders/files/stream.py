"""Reads the items of a large JSON document one by one."""

import io
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import IO, Any

import ijson

from spiders.files.reading import LONGEST_RECORD
from tinymovements.errors import FormatError

_LONGEST_ITEM = 8 * LONGEST_RECORD
"""Bytes between two items: a letter may take six, and an item has more fields than its text."""

_DEEPEST = 500
"""Brackets within brackets. The parser's time grows with its square: 30,000 take two seconds, a million would take half an hour."""

_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - set(_STEPS))


class _Depth:
    """How deep a document is nested, told before the parser sees it."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._rest = b""

    def grows_to(self, data: bytes) -> int:
        """The deepest of the next bytes. Brackets in strings are none."""
        data = (self._rest + data).replace(b"\\\\", b"")
        self._rest = b"\\" if data.endswith(b"\\") else b""
        pieces = data.replace(b'\\"', b"").split(b'"')
        outside = b"".join(pieces[self._in_string :: 2]).translate(None, _NO_BRACKETS)
        self._in_string ^= len(pieces) % 2 == 0
        depths = list(accumulate(map(_STEPS.__getitem__, outside), initial=self._depth))
        self._depth = depths[-1]
        return max(depths)


class _Window:
    """A stream that ends in an error where one item alone would fill the memory, or the parser's time."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        self._stream, self._path, self._since, self._depth = stream, path, 0, _Depth()

    def item_begins(self) -> None:
        """Count anew."""
        self._since = 0

    def read(self, size: int = -1) -> bytes:
        """Reads on. Raises `FormatError` at the bound."""
        data = self._stream.read(size)
        if b"\0" in data[:4]:
            raise FormatError(f"{self._path} is not in UTF-8, as JSON must be.", "Save it in that encoding.")
        self._since += len(data)
        if self._since > _LONGEST_ITEM:
            raise FormatError(f"{self._path} holds an item of more than {_LONGEST_ITEM:,} bytes.", "Take it out of the file.")
        if self._depth.grows_to(data) > _DEEPEST:
            raise FormatError(f"{self._path} is nested more than {_DEEPEST} levels deep.", "No file of posts is: get it again.")
        return data


def broken(path: Path) -> FormatError:
    """The error of a document that is no JSON to its end. What the parser says of it would quote the document."""
    return FormatError(f"{path} is not valid JSON, or ends too early.", "Get it again; what was imported of it before is kept.")


# What ijson raises; a lone half of a character (`\udc80`) comes as the latter.
_BROKEN = (ijson.JSONError, UnicodeDecodeError)


def items(stream: IO[bytes], prefix: str, path: Path) -> Iterator[Any]:
    """The values at an ijson prefix (`item`, `result.posts.item`), each held in memory alone. Raises `FormatError`."""
    window = _Window(stream, path)
    try:
        for item in ijson.items(window, prefix, use_float=True):
            window.item_begins()
            yield item
    except _BROKEN:
        raise broken(path) from None


def events(stream: IO[bytes], path: Path) -> Iterator[tuple[str, str, Any]]:
    """What the document is made of, as it comes, with the prefix of each: nothing is held in memory. Raises `FormatError`."""
    window = _Window(stream, path)
    try:
        for event in ijson.parse(window, use_float=True):
            window.item_begins()
            yield event
    except _BROKEN:
        raise broken(path) from None


def top_keys(stream: IO[bytes], path: Path) -> Iterator[str]:
    """The names in the document's outermost object, as they come."""
    return (value for prefix, event, value in events(stream, path) if event == "map_key" and not prefix)


def opening(stream: IO[bytes]) -> bytes:
    """The first sign of the document, `{` or `[`; what stood before it is read away: a mark of any encoding, and spaces."""
    assert isinstance(stream, io.BufferedReader)  # noqa: S101 -- narrows the type: only such a stream can look ahead
    while (head := stream.peek(1)[:1]) and head in b"\xef\xbb\xbf\xff\xfe\0 \t\r\n":
        stream.read(1)
    return head
