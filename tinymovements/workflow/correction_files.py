"""Reads a file of corrections: a table or JSON Lines, each row something that somebody says of a post."""

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from spiders.files.contract import ImportOptions, Rejected
from spiders.files.jsonl_file import read_objects
from spiders.files.reading import open_bytes, open_text
from spiders.files.stream import opening
from spiders.files.table import read_table
from tinymovements.archive.corrections import Said
from tinymovements.corrections import QUALITIES, WORDS, person
from tinymovements.errors import FormatError
from tinymovements.exports.corrections import FIELDS
from tinymovements.model import UtcDatetime
from tinymovements.taxonomy import load_taxonomy

_SHOWN = 10
"""Faults that are told of a file; the rest is counted."""

_SAYS = {word: says for says, word in WORDS.items()}


def known_label(text: str) -> str:
    """The id of a movement, or `initiative` or `self-organised`. Raises `ValueError` that names those most like it."""
    label = re.sub(r"[\s_]+", "-", text.strip().lower())
    if label in labels():
        return label
    close = difflib.get_close_matches(label, labels(), n=3, cutoff=0.5)
    perhaps = f" (perhaps {' or '.join(close)})" if close else ""
    raise ValueError(f"no label is called so{perhaps}")


def labels() -> tuple[str, ...]:
    """All that may be said of a post."""
    return (*load_taxonomy().ids, *QUALITIES)


def _past(moment: datetime) -> datetime:
    if moment > datetime.now(UTC):
        raise ValueError("it is still to come")
    return moment


class _Line(BaseModel):
    """One row; a table may have other columns, which are for people."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    post: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,26}$")]
    label: Annotated[str, AfterValidator(known_label)]
    says: Literal["yes", "no", "undo"]
    by: Annotated[str, AfterValidator(person)]
    at: Annotated[UtcDatetime, AfterValidator(_past)] | None = None
    content_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None


_REQUIRED = ("post", "label", "says")

_SAID = ("label", "says", "by", "at")
"""What somebody fills in. The id of the post may stand in every row of a dataset."""

_REASONS = {
    "post": "no post has this id",
    "says": "`says` must be yes, no or undo",
    "at": "`at` must be a moment that has passed, with its zone, as in 2026-03-01T17:30:00Z",
    "content_hash": "`content_hash` must be the 64 hexadecimal digits that exports write",
}
"""What is wrong with a field, whatever the validation says of it: no row is quoted, for it may hold anything."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file, and the line in which it begins. `said.post` may be the beginning of an id."""

    line: int
    said: Said


def read_corrections(path: Path, by: str | None, tell: Callable[[str], None], advance: Callable[[int], None]) -> list[Row]:
    """The rows of a file; `by` says what does not state who says it. Raises `FormatError` that tells what is wrong by line.

    Passed over are rows in which nobody says anything, and what the program itself wrote of movements that are not there any more.
    """
    rows: list[Row] = []
    silent = gone = 0
    faults: list[tuple[int, str]] = []
    for line, cells in _cells(path, ImportOptions(tell=tell, advance=advance)):
        if isinstance(cells, str):
            faults.append((line, cells))
            continue
        if _is_silent(cells):
            silent += 1
            continue
        try:
            one = _Line.model_validate({"by": by or ""} | {name: cell for name, cell in cells.items() if cell not in ("", None)})
        except ValidationError as error:
            if _is_of_what_is_gone(cells, error):
                gone += 1
                continue
            faults.append((line, _reason(error)))
            continue
        rows.append(Row(line, Said(one.post, one.label, _SAYS[one.says], one.by, one.at, one.content_hash)))
    if faults:
        refuse(path, faults)
    if silent:
        tell(f"Passed over, for they say nothing: {silent:,} of the rows.")
    if gone:
        tell(f"Passed over, for movements.toml has no such movement: {gone:,} of the rows.")
    return rows


def _is_silent(cells: dict[str, Any]) -> bool:
    """Whether the columns for what somebody says are there, and empty: in a dataset few rows are filled in."""
    return {"label", "says"} <= cells.keys() and all(cells.get(name) in ("", None) for name in _SAID)


def _is_of_what_is_gone(cells: dict[str, Any], error: ValidationError) -> bool:
    """Whether nothing is wrong with a row of the program's own but that nothing is called like its label now."""
    faults = [(*fault["loc"], fault["type"]) for fault in error.errors(include_input=False, include_url=False)]
    return faults == [("label", "value_error")] and all(field.name in cells for field in FIELDS)


def _reason(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    field = str(first["loc"][0])
    if first["type"] == "missing":
        return f"it has no `{field}`"
    return _REASONS.get(field) or str(first["msg"]).removeprefix("Value error, ")


def refuse(path: Path, faults: Sequence[tuple[int, str]]) -> NoReturn:
    """Raises `FormatError` that tells the first faults by line."""
    told = "; ".join(f"line {line}: {reason}" for line, reason in faults[:_SHOWN])
    more = f"; and {len(faults) - _SHOWN:,} more lines" if len(faults) > _SHOWN else ""
    raise FormatError(f"{path}, {told}{more}.", "Nothing of the file was kept: correct these lines, and give it again.")


def _cells(path: Path, options: ImportOptions) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Of each row its line, and what it holds by name, or why it cannot be read."""
    with open_bytes(path) as stream:
        is_table = opening(stream) != b"{"
    for row in _table(path, options) if is_table else read_objects(path, options):
        if isinstance(row, Rejected):
            yield row.line or 0, row.reason
        else:
            where, cells = row
            yield (where.line or 0 if isinstance(where, Rejected) else where), cells


def _table(path: Path, options: ImportOptions) -> Iterator[tuple[int, dict[str, str]] | Rejected]:
    with open_text(path, options) as stream:
        columns, rows = read_table(stream, path)
        if lacking := set(_REQUIRED) - set(columns):
            raise FormatError(f"{path} lacks the columns {', '.join(sorted(lacking))}.", "See docs/corrections.md for them.")
        yield from rows
