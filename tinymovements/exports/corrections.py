"""All that people said of posts as a file: one row each, in the form in which corrections are read."""

import csv
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from tinymovements.corrections import QUALITIES, WORDS, Correction
from tinymovements.errors import FormatError
from tinymovements.exports.files import TextFile
from tinymovements.exports.unit import Type, iso

_ENDINGS = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz")


class Field(NamedTuple):
    """One field of the file."""

    name: str
    type: Type
    meaning: str
    values: str
    separator: str = ""
    """None: no field holds several values."""


FIELDS = (
    Field("post", "text", "The id of the post.", "26 letters and digits"),
    Field("label", "text", "What is said of it.", f"the id of a movement, {', '.join(QUALITIES)}"),
    Field("says", "text", "yes: it is; no: it is not; undo: the same person takes back what they said.", ", ".join(WORDS.values())),
    Field("by", "text", "Who says it: the name or role they gave.", "library"),
    Field("at", "moment", "When it was said.", "2026-03-01T17:30:00Z"),
    Field("content_hash", "text", "The fingerprint of the post as it was then.", "hexadecimal"),
    Field("older_text", "flag", "1 where the post has changed since then.", "0, 1"),
)
"""The promise of the file, beside that of the columns."""


def as_said(correction: Correction) -> dict[str, str]:
    """A correction by the names of the fields."""
    return {
        "label": correction.label,
        "says": WORDS[correction.says],
        "by": correction.by,
        "at": iso(correction.at),
        "content_hash": correction.content_hash,
    }


def write_corrections(path: Path, said: Iterable[tuple[str, str, Correction]], advance: Callable[[int], None]) -> int:
    """Write the file, of each row the post's id, the hash of its present content, and what was said of it; how many rows."""
    count, file = 0, TextFile(path)
    try:
        table = csv.DictWriter(file.text, [field.name for field in FIELDS])
        is_table = _ending(path).startswith(".csv")
        if is_table:
            table.writeheader()
        for post, now, correction in said:
            row: dict[str, Any] = {"post": post, **as_said(correction), "older_text": int(correction.content_hash != now)}
            if is_table:
                table.writerow(row)
            else:
                file.text.write(f"{json.dumps(row, ensure_ascii=False)}\n")
            count += 1
            advance(1)
    finally:
        file.close()
    return count


def check_ending(path: Path) -> None:
    """Raises `FormatError` where the name of the file does not tell how to write it."""
    if not _ending(path):
        endings = ", ".join(_ENDINGS)
        raise FormatError(f"The name {path.name} does not tell in which format to write.", f"Let it end with one of {endings}.")


def _ending(path: Path) -> str:
    return next((ending for ending in _ENDINGS if path.name.lower().endswith(ending)), "")
