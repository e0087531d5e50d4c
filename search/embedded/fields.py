"""The fields of the index, and how a document fills them."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import tantivy

from search.engine import Document, Terms

FORMAT = "1"
"""Grows with every change of the fields: an index of another format is made anew."""

KEYWORDS = ("movements", "places", "districts", "within", "points", "language", "source", "kind", "month")
"""Fields whose values are taken whole, and counted."""

NEWEST, OLDEST = "newest", "oldest"
"""Fields that hold a moment and the id: their order as text is that of the time, undated last, then that of the ids."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_BEFORE = 10**14  # milliseconds from a time before the year 1 to 1970, so that no number is negative
_DIGITS = 15
_UNDATED = "9" * _DIGITS


@cache
def schema() -> tantivy.Schema:
    """The fields: terms for ranking, words (one base form each) for phrases, values for filters, order and counting."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("title", "text"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
        builder.add_text_field(f"{name}_words", tokenizer_name="whitespace", index_option="position")
    for name in (*KEYWORDS, NEWEST, OLDEST):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("posted", indexed=True, fast=True)
    return builder.build()


def open_index(folder: Path, new: bool = False) -> tantivy.Index:
    """The index in a folder, or a new one there. Raises tantivy's `ValueError` where it is broken."""
    index = tantivy.Index(schema(), path=str(folder), reuse=False) if new else tantivy.Index.open(str(folder))
    whitespace = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("whitespace", whitespace)
    index.config_reader("manual")
    return index


def milliseconds(moment: datetime) -> int:
    """Since 1970; what engines keep of a moment."""
    return (moment - _EPOCH) // _MILLISECOND


def entry(document: Document) -> tantivy.Document:
    """A document as tantivy takes it."""
    made = tantivy.Document()
    made.add_text("id", document.id)
    for name, words in (("title", document.title), ("text", document.text)):
        made.add_text(name, _joined(words))
        made.add_text(f"{name}_words", " ".join(word[0] for word in words))
    values = {
        "movements": document.movements,
        "places": document.places,
        "districts": document.districts,
        "within": document.within,
        "points": tuple(f"{lat!r},{lon!r}" for lat, lon in document.points),
        "language": (document.language,),
        "source": (document.source,),
        "kind": (document.kind,),
    }
    newest = oldest = _UNDATED
    if document.posted is not None:
        posted = milliseconds(document.posted)
        made.add_integer("posted", posted)
        values["month"] = (document.posted.astimezone(UTC).strftime("%Y-%m"),)
        oldest = f"{_BEFORE + posted:0{_DIGITS}}"
        newest = f"{10**_DIGITS - 1 - _BEFORE - posted:0{_DIGITS}}"
    values |= {NEWEST: (newest + document.id,), OLDEST: (oldest + document.id,)}
    for name, given in values.items():
        for value in given:
            made.add_text(name, value)
    return made


def id_of_key(key: str) -> str:
    """The id in a value of `newest` or `oldest`."""
    return key[_DIGITS:]


def _joined(words: Terms) -> str:
    return " ".join(term for word in words for term in word)
