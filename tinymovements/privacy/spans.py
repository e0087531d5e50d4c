"""Parts of a text that must go, and the placeholders that stand there afterwards."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

Placeholder = Literal["name", "phone", "email", "id", "iban", "handle", "profile"]

PLACEHOLDER = re.compile(r"\[(?:name|phone|email|id|iban|handle|profile)\]")


class Found(NamedTuple):
    """What stands at `start` to `end` of a text and may not be kept."""

    start: int
    end: int
    what: Placeholder


class Taken:
    """The parts of a text that are spoken for. A mark for each character, so that long texts with much in them stay quick."""

    def __init__(self, text: str) -> None:
        self._marks = bytearray(len(text))

    def __bool__(self) -> bool:
        """Whether something is taken."""
        return 1 in self._marks

    def add(self, start: int, end: int) -> None:
        """Take a part."""
        self._marks[start:end] = b"\1" * (end - start)

    def touches(self, start: int, end: int) -> bool:
        """Whether something of this part is taken."""
        return 1 in self._marks[start:end]


def replaced(text: str, found: Sequence[Found]) -> str:
    """The text with a placeholder for each part found; the parts do not overlap."""
    parts, last = [], 0
    for start, end, what in sorted(found):
        parts += [text[last:start], f"[{what}]"]
        last = end
    return "".join([*parts, text[last:]])
