"""Reads the items of a large JSON document one by one."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import ijson

from spiders.files.reading import LONGEST_RECORD
from tinymovements.errors import FormatError

_LONGEST_ITEM = 8 * LONGEST_RECORD
"""Bytes between two items: a letter may take six, and an item has more fields than its text."""


class _Window:
    """A stream that ends in an error where one item alone would fill the memory."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        self._stream, self._path, self._since = stream, path, 0

    def item_begins(self) -> None:
        """Count anew."""
        self._since = 0

    def read(self, size: int = -1) -> bytes:
        """Reads on. Raises `FormatError` at the bound."""
        data = self._stream.read(size)
        self._since += len(data)
        if self._since > _LONGEST_ITEM:
            raise FormatError(f"{self._path} holds an item of more than {_LONGEST_ITEM:,} bytes.", "Take it out of the file.")
        return data


def broken(path: Path) -> FormatError:
    """The error of a document that is no JSON to its end. What the parser says of it would quote the document."""
    return FormatError(f"{path} is not valid JSON, or ends too early.", "Get it again; what was imported of it before is kept.")


def items(stream: IO[bytes], prefix: str, path: Path) -> Iterator[Any]:
    """The values at an ijson prefix (`item`, `result.posts.item`), each held in memory alone. Raises `FormatError`."""
    window = _Window(stream, path)
    try:
        for item in ijson.items(window, prefix, use_float=True):
            window.item_begins()
            yield item
    except ijson.JSONError:
        raise broken(path) from None


def top_keys(stream: IO[bytes], path: Path) -> Iterator[str]:
    """The names in the document's outermost object, as they come."""
    try:
        for prefix, event, value in ijson.parse(_Window(stream, path)):
            if event == "map_key" and not prefix:
                yield value
    except ijson.JSONError:
        raise broken(path) from None


def opening(stream: IO[bytes]) -> bytes:
    """The first sign of the document, `{` or `[`; what stood before it is read away."""
    assert isinstance(stream, io.BufferedReader)  # noqa: S101 -- narrows the type: only such a stream can look ahead
    while (head := stream.peek(1)[:1]) and head in b"\xef\xbb\xbf \t\r\n":
        stream.read(1)
    return head
