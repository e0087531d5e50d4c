"""The fields of the index, and how a document fills them."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from pathlib import Path

import tantivy

from search.engine import NOTHING, Document
from search.filters import milliseconds, month

FORMAT = "4"
"""Grows with every change of the fields: an index of another format is made anew."""

FILTERS = ("movements", "within", "points", "language", "source", "kind", "stage")
"""Fields whose values are asked for whole."""

COUNTED = ("language", "source", "kind", "stage", "month")
"""Fields to be counted that every post has one value of (of stage and month perhaps an empty one). An initiative has several
languages, sources and kinds: tantivy finds that out by itself, and counts them more slowly, for there are fewer initiatives."""

SLOTS = {"movements": 2, "places": 3, "districts": 2}
"""Properties a document has several values of, and in how many fields of one value each they are counted. tantivy counts a field
that every document has exactly one value of at 1 ns a document, one of several values at 22 ns. Of 20,000 posts 1 % has more."""

CROWDED = "crowded"
"""Names the properties of which a document has more values than slots; what is over stands in the field that `over` names."""

STATE = "state"
"""The id and the version of a document, in one word."""

ROW = "row"
"""The number of a document's row in the file of vectors, if it has one."""

NUMBER = "number"
"""The order of the ids: a number made of the first characters of each."""

NEWEST, OLDEST = "newest", "oldest"
"""Numbers in the order of time, undated last; those of one millisecond are mostly in the order of their ids."""

_NUMBERED = 12
_DIGITS = {character: 1 + at for at, character in enumerate("0123456789abcdefghijklmnopqrstuvwxyz")}
_BASE = 1 + len(_DIGITS)

_BEFORE = 10**14  # milliseconds from a time before the year 1 to 1970, so that no number is negative
_MOMENT_BITS, _ID_BITS = 49, 14
_UNDATED = (1 << _MOMENT_BITS) - 1


def slots(name: str) -> list[str]:
    """The fields that hold a property, one value each."""
    return [f"{name}_{slot}" for slot in range(SLOTS[name])]


def over(name: str) -> str:
    """The field of the values that have found no slot."""
    return f"{name}_over"


@cache
def schema() -> tantivy.Schema:
    """The fields: terms for ranking, words (one base form each) for phrases, values for filters, order and counting."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(STATE, tokenizer_name="raw", index_option="basic")
    for name in ("title", "text"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
        builder.add_text_field(f"{name}_words", tokenizer_name="whitespace", index_option="position")
    counted = {*COUNTED, *map(over, SLOTS), *chain.from_iterable(map(slots, SLOTS))}
    for name in sorted({*FILTERS, *counted, CROWDED}):
        builder.add_text_field(name, fast=name in counted, tokenizer_name="raw", index_option="basic")
    for name in (NUMBER, NEWEST, OLDEST):
        builder.add_integer_field(name, fast=True)
    builder.add_integer_field(ROW, fast=True, indexed=True)
    return builder.build()


def open_index(folder: Path, new: bool = False) -> tantivy.Index:
    """The index in a folder, or a new one there. Raises tantivy's `ValueError` where it is broken."""
    index = tantivy.Index(schema(), path=str(folder), reuse=False) if new else tantivy.Index.open(str(folder))
    whitespace = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("whitespace", whitespace)
    index.config_reader("manual")
    return index


def number_of(id: str) -> int:
    """A number in the order of ids: of two ids the smaller one has no greater number, and nearly always a smaller one."""
    number = 0
    for at in range(_NUMBERED):
        number = number * _BASE + (_DIGITS.get(id[at], 0) if at < len(id) else 0)
    return number


def keys_of(moment: datetime) -> tuple[int, int]:
    """The first and the last number that a post of this moment may have in `OLDEST`."""
    first = _since(moment) << _ID_BITS
    return first, first + (1 << _ID_BITS) - 1


def entry(document: Document, row: int | None) -> tantivy.Document:
    """A document as tantivy takes it; `row` is that of its vector."""
    made = tantivy.Document()
    made.add_text("id", document.id)
    made.add_text(STATE, f"{document.id} {document.version}")
    for name, words in (("title", document.title), ("text", document.text)):
        made.add_text(name, " ".join(chain.from_iterable(words)) or NOTHING)
        made.add_text(f"{name}_words", " ".join([word[0] for word in words]) or NOTHING)
    for name, values in (("movements", document.movements), ("within", document.within)):
        for value in values:
            made.add_text(name, value)
    for lat, lon in document.points:
        made.add_text("points", f"{lat!r},{lon!r}")
    for name, values in (("language", document.languages), ("source", document.sources), ("kind", document.kinds)):
        for value in values:
            made.add_text(name, value)
    made.add_text("stage", document.stage or "")
    made.add_text("month", "" if document.posted is None else month(document.posted))
    _fill_slots(made, "movements", document.movements)
    _fill_slots(made, "places", document.places)
    _fill_slots(made, "districts", document.districts)
    _add_keys(made, document)
    if row is not None:
        made.add_integer(ROW, row)
    return made


def _fill_slots(made: tantivy.Document, name: str, values: Sequence[str]) -> None:
    fields = slots(name)
    for at, field in enumerate(fields):
        made.add_text(field, values[at] if at < len(values) else "")
    if len(values) > len(fields):
        made.add_text(CROWDED, name)
        for value in values[len(fields) :]:
            made.add_text(over(name), value)


def _add_keys(made: tantivy.Document, document: Document) -> None:
    number = number_of(document.id)
    made.add_integer(NUMBER, number)
    since = None if document.posted is None else _since(document.posted)
    made.add_integer(NEWEST, _key(_UNDATED if since is None else _UNDATED - 1 - since, number))
    made.add_integer(OLDEST, _key(_UNDATED if since is None else since, number))


def _since(moment: datetime) -> int:
    return milliseconds(moment) + _BEFORE


def _key(since: int, number: int) -> int:
    return since << _ID_BITS | number >> (63 - _ID_BITS)
