"""Where a page ended, as a word that callers hand back without reading it."""

import base64
import binascii
import hashlib
import json
from math import isfinite
from typing import Any

from search.query import Query
from tinymovements.errors import QueryError


def make_cursor(query: Query, *values: str | float) -> str:
    """The cursor of the page that follows the one that ended at these values."""
    return base64.urlsafe_b64encode(json.dumps([fingerprint(query), *values]).encode()).decode().rstrip("=")


def read_cursor(query: Query, *types: type) -> tuple[Any, ...] | None:
    """The values in the query's cursor, or None where it has none. Raises `QueryError` where it belongs to another query."""
    if query.cursor is None:
        return None
    try:
        padded = query.cursor + "=" * (-len(query.cursor) % 4)
        of, *values = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
        fits = of == fingerprint(query) and [type(value) for value in values] == list(types)
        fits = fits and all(isfinite(value) for value in values if isinstance(value, float))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        fits = False
    if not fits:
        raise QueryError("This cursor belongs to another query.", "Ask for the first page again, without a cursor.")
    return tuple(values)


def fingerprint(query: Query) -> str:
    """A name of what is asked, the same for all pages of it."""
    asked = query.model_dump_json(exclude={"cursor", "size", "facets"})
    return hashlib.blake2b(asked.encode(), digest_size=8).hexdigest()
