"""Says which column gives which field: by `--map`, else by the column's name."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from spiders.files.drafts import FIELDS
from tinymovements.errors import FormatError

ALIASES: dict[str, tuple[str, ...]] = {
    "native_id": ("native_id", "id", "post_id"),
    "text": (
        "text", "texts", "body", "content", "message", "description",
        "teksti", "viesti", "sisältö", "kuvaus", "innehåll", "meddelande", "beskrivning",
    ),
    "title": ("title", "name", "subject", "otsikko", "rubrik", "titel"),
    "author": ("author", "username"),
    "group": ("group", "group_name"),
    "url": ("url", "permalink", "link", "linkki", "verkko_osoite", "www_osoite", "länk", "webbadress"),
    "posted": (
        "posted", "created", "created_at", "created_time", "date", "timestamp", "published",
        "luotu", "julkaistu", "päivämäärä", "pvm", "aikaleima", "aika", "skapad", "publicerad", "datum", "tidpunkt",
    ),
    "language": ("language", "lang", "kieli", "språk"),
    "place": ("place", "district", "location", "kaupunginosa", "paikka", "sijainti", "stadsdel", "plats"),
    "lat": ("lat", "latitude"),
    "lon": ("lon", "lng", "longitude"),
    "kind": ("kind",),
    "starts": ("starts", "start_time"),
    "ends": ("ends", "end_time"),
    "reactions": ("reactions", "likes"),
    "comments": ("comments", "comment_count"),
    "shares": ("shares", "share_count"),
}  # fmt: skip
"""The names of columns by which a field is found, the first that is there; capitals, spaces and hyphens make no difference.

English, Finnish and Swedish, and only what nobody means otherwise: an `osoite` may be that of a street."""

_HINT = "Write --map field=column, --map 'field=words and {column}' or --map field==constant."
_COLUMN = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"(?:[^\W\d][\w .()/#%-]{0,29})?")
"""What looks like the name of a column: a file without a header has a post, or who wrote it, where the names should be."""

_SHOWN = 12
"""Columns named in an error."""


@dataclass(frozen=True, slots=True)
class Template:
    """What makes one field: literal words and columns, by turns (words first)."""

    words: tuple[str, ...]
    columns: tuple[str, ...]
    said: str
    """As it was typed."""

    def fill(self, cell: Callable[[str], str], whole: bool = False) -> str:
        """The field of one row; empty where all its columns are, or (with `whole`) where any is."""
        if self.words == ("", ""):  # a column by itself, as nearly all are
            text = cell(self.columns[0])
            return text if text.strip() else ""
        cells = [cell(column) for column in self.columns]
        if self.columns and not (all if whole else any)(text.strip() for text in cells):
            return ""
        return "".join(part for pair in zip(self.words, (*cells, ""), strict=True) for part in pair)


def parse_map(entries: Iterable[str]) -> dict[str, Template | None]:
    """What `--map` says of fields; None for one that is to be left out. Raises `FormatError`."""
    said: dict[str, Template | None] = {}
    for entry in entries:
        name, equals, value = entry.partition("=")
        field = "native_id" if name.strip() == "id" else name.strip()
        if not equals:
            raise FormatError(f"--map {entry} names no column.", _HINT)
        if field not in FIELDS:
            names = ", ".join("id" if name == "native_id" else name for name in FIELDS)
            raise FormatError(f"--map {entry} names a field that posts do not have.", f"The fields are {names}.")
        if field in said:
            raise FormatError(f"--map names {name.strip()} twice.", "Use one template with both columns: 'field={one} {other}'.")
        said[field] = _template(value)
    return said


def _template(value: str) -> Template | None:
    if value.startswith("="):
        return Template((value[1:],), (), f'"{value[1:]}"')
    if not value.strip():
        return None
    parts = _COLUMN.split(value)
    if len(parts) == 1:
        return _column(value.strip())
    return Template(tuple(parts[::2]), tuple(name.strip() for name in parts[1::2]), value)


def _column(name: str) -> Template:
    return Template(("", ""), (name,), name)


@dataclass(frozen=True, slots=True)
class Mapping:
    """How the columns of one file give the fields of a draft."""

    templates: dict[str, Template]

    @property
    def columns(self) -> dict[str, str]:
        """What gives each field, as the file or `--map` calls it."""
        return {field: template.said for field, template in self.templates.items()}

    def row(self, cell: Callable[[str], str]) -> dict[str, str]:
        """The fields of one row."""
        return {field: template.fill(cell, whole=field == "native_id") for field, template in self.templates.items()}

    def __str__(self) -> str:
        named = (f"{'id' if field == 'native_id' else field} from {template.said}" for field, template in self.templates.items())
        return ", ".join(named)


def resolve(entries: Iterable[str], columns: Sequence[str], path: Path, has: Callable[[str], bool] | None = None) -> Mapping:
    """What was typed, and for the fields not typed what their columns' names say. Raises `FormatError` that lists the columns.

    `has` tells whether there is a column where the names alone do not.
    """
    said = parse_map(entries)
    for typed in filter(None, said.values()):
        for name in typed.columns:
            if not (has(name) if has else name in columns):
                raise FormatError(f"{path} has no column {name}.", f"It has {listed(columns)}.")
    plain = {re.sub(r"[\s-]+", "_", column.strip().lower()): column for column in reversed(columns)}  # of two the first
    taken: dict[str, Template | None] = {}
    for field, names in ALIASES.items():
        if column := next((plain[name] for name in names if name in plain), None):
            taken[field] = _column(column)
    taken |= said
    templates = {field: template for field in FIELDS if (template := taken.get(field))}
    for used in templates.values():
        for name in used.columns:
            if columns.count(name) > 1:
                raise FormatError(f"{path} has two columns {name}.", "Give one of them another name in the file.")
    if "text" not in templates and "title" not in templates:
        asked = "" if has else "Is its first line a header? If not, put one before it. "
        hint = f"{asked}Say which column does: --map text=COLUMN, of {listed(columns)}."
        raise FormatError(f"No column of {path} is known to hold the text.", hint)
    return Mapping(templates)


def listed(columns: Sequence[str]) -> str:
    """The first names for an error; only how many there are, where not all of them look like names."""
    if not all(map(_NAME.fullmatch, columns)):
        return f"{len(columns)} columns" if len(columns) > 1 else "one column"
    more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
    return f"the columns {', '.join(columns[:_SHOWN])}{more}"
