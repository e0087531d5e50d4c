"""Makes a draft of the words that a row gives for its fields."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from spiders.files import values
from spiders.files.contract import ImportOptions, Rejected, Unreadable
from spiders.files.table import Row
from tinymovements.model import KINDS, LANGUAGES, LONGEST_TEXT, Counts, Draft, Kind, Language

_T = TypeVar("_T")

COUNTS = tuple(Counts.model_fields)
FIELDS = (*(name for name in Draft.model_fields if name != "counts"), *COUNTS)
"""What a row can give, by the names of `Draft`."""

_NO_NAMES: Mapping[str, str] = {}

_ONE_LINE = ("title", "author", "group", "url", "place")


def make_draft(row: Mapping[str, str], options: ImportOptions, columns: Mapping[str, str] = _NO_NAMES) -> Draft:
    """The draft of a row's fields. Without an id, what the row says is its id. Raises `Unreadable`.

    `columns` tells what the file calls those fields that it has other names for.
    """
    title, text = row.get("title", "").strip(), row.get("text", "").strip()
    if not title and not text:
        raise Unreadable("no text")
    if max(len(title), len(text)) > LONGEST_TEXT:
        raise Unreadable(f"a text of more than {LONGEST_TEXT:,} characters")
    made: dict[str, Any] = {name: " ".join(row[name].split()) or None for name in _ONE_LINE if name in row}
    made |= {"text": text, "native_id": _native_id(row, options), "kind": _kind(row, options), "language": _language(row, options)}
    for name in ("posted", "starts", "ends"):
        made[name] = _read(row, name, columns, lambda value: values.moment(value, options.zone))
    made["lat"] = _read(row, "lat", columns, lambda value: values.coordinate(value, 90))
    made["lon"] = _read(row, "lon", columns, lambda value: values.coordinate(value, 180))
    made["counts"] = Counts(**{name: _read(row, name, columns, values.count) for name in COUNTS})
    try:
        return Draft(**made)
    except ValidationError as error:
        field = error.errors(include_input=False)[0]["loc"][0]
        raise Unreadable(f"{field} cannot be used") from None  # the error itself quotes the row


def make_drafts(
    rows: Iterable[Row | Rejected],
    fields: Callable[[dict[str, str]], Mapping[str, str]],
    options: ImportOptions,
    columns: Mapping[str, str] = _NO_NAMES,
) -> Iterator[Draft | Rejected]:
    """The drafts of a table's rows, whose cells `fields` turns into the fields of a draft; `columns` as in `make_draft`."""
    for row in rows:
        if isinstance(row, Rejected):
            yield row
            continue
        line, cells = row
        try:
            yield make_draft(fields(cells), options, columns)
        except Unreadable as error:
            yield Rejected(line, str(error))


def _read(row: Mapping[str, str], name: str, columns: Mapping[str, str], read: Callable[[str], _T | None]) -> _T | None:
    if not (text := row.get(name)):
        return None
    try:
        return read(text)
    except Unreadable as error:
        raise Unreadable(f"{columns.get(name, name)} {error}") from None


def _native_id(row: Mapping[str, str], options: ImportOptions) -> str:
    if "native_id" in row:
        if not (native_id := row["native_id"].strip()):
            raise Unreadable("no id")
        return native_id
    # Not the counts: a post that got one more like is the same post.
    return options.fingerprint(*(f"{name}={row[name].strip()}" for name in FIELDS if name in row and name not in COUNTS))


def _kind(row: Mapping[str, str], options: ImportOptions) -> Kind:
    kind = row.get("kind", "").strip().lower()
    if not kind:
        return options.kind
    for known in KINDS:
        if kind == known:
            return known
    raise Unreadable(f"kind is none of {', '.join(KINDS)}")


def _language(row: Mapping[str, str], options: ImportOptions) -> Language | None:
    code = row.get("language", "").strip().lower().replace("_", "-").partition("-")[0]  # fi-FI
    return next((known for known in LANGUAGES if code == known), None) if code else options.language
