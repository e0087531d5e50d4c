"""The fields of an index, and how a document fills them. The same as in `search.embedded.fields`, but for what tantivy lacks."""

from datetime import UTC
from hashlib import blake2b
from itertools import chain
from typing import Any

import numpy as np

from search.engine import NOTHING, Document
from search.filters import milliseconds, month

FORMAT = 2
"""Grows with every change of the fields: an index of another format is made anew."""

ALL, UNDATED = "all", "undated"
"""Endings of the names of indexes: the only one of a generation, and of one for each year that of the posts without a date."""

_LONGEST = 120
"""Letters of a term. Java counts some letters twice."""

_KEYWORD = {"type": "keyword"}
_TERMS = {"type": "text", "analyzer": "whitespace", "index_options": "freqs"}
_WORDS = {"type": "text", "analyzer": "whitespace", "index_options": "positions"}

MAPPINGS: dict[str, Any] = {
    "dynamic": "strict",
    # The archive has the texts and makes an index anew at any time: what is kept once leaks but once, and disk is saved.
    "_source": {"enabled": False},
    "properties": {
        "id": _KEYWORD,
        "title": _TERMS,
        "title_words": _WORDS,
        "text": _TERMS,
        "text_words": _WORDS,
        **dict.fromkeys(("movements", "places", "districts", "within", "language", "source", "kind", "stage", "month"), _KEYWORD),
        "points": {"type": "geo_point"},
        "posted": {"type": "date", "format": "epoch_millis"},
        # The first vector that an index gets says how many dimensions all have. Bytes are a quarter of the vectors in memory.
        "vector": {"type": "dense_vector", "index": True, "similarity": "cosine", "index_options": {"type": "int8_hnsw"}},
    },
}

SETTINGS: dict[str, Any] = {
    # Everything shows when a write is complete, by a refresh of our own; half of one never does.
    "refresh_interval": "-1",
    # How long the version of a document that was taken out is remembered, so that what arrives late does not bring it back.
    "gc_deletes": "1h",
}


def entry(document: Document) -> dict[str, Any]:
    """A document as Elasticsearch takes it."""
    made: dict[str, Any] = {
        "id": document.id,
        "language": document.languages,
        "source": document.sources,
        "kind": document.kinds,
    }
    for name, words in (("title", document.title), ("text", document.text)):
        made[name] = " ".join(map(kept, chain.from_iterable(words))) or NOTHING
        made[f"{name}_words"] = " ".join([kept(word[0]) for word in words]) or NOTHING
    for name in ("movements", "places", "districts", "within"):
        if values := getattr(document, name):
            made[name] = values
    if document.points:
        made["points"] = [{"lat": lat, "lon": lon} for lat, lon in document.points]
    if document.stage is not None:
        made["stage"] = document.stage
    if document.posted is not None:
        made["posted"] = milliseconds(document.posted)
        made["month"] = month(document.posted)
    if document.vector is not None:
        made["vector"] = np.asarray(document.vector, np.float32)  # written with half of the digits
    return made


def kept(term: str) -> str:
    """A term as the index has it: Lucene cuts what is longer than 255 letters into several, so such a one goes by its digest."""
    return term if len(term) <= _LONGEST else blake2b(term.encode(), digest_size=16).hexdigest()


def year_of(document: Document) -> str:
    """The ending of the name of the index of its year."""
    return UNDATED if document.posted is None else f"{document.posted.astimezone(UTC).year:04}"
