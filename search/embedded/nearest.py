"""Finds the nearest vectors, exactly: all are compared, and tantivy says of the best which of their documents hold."""

from collections.abc import Sequence

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import Occur

from search.cosine import by_cosine
from search.embedded.fields import ROW, schema
from search.embedded.vectors import Vectors
from search.query import Match

_SPARE = 200
"""Rows asked about beyond the answers, for those whose documents are gone or do not hold."""

_MORE = 8
"""How many times more are asked about where too few hold. Of 300,000 documents 30,000 are asked about in 20 ms."""

_NOISE = 1e-5
"""Cosines nearer than this may be equal."""


def nearest(
    searcher: tantivy.Searcher, vectors: Vectors, wanted: tantivy.Query, vector: Sequence[float], size: int
) -> tuple[Match, ...]:
    """The documents that are wanted and whose vectors point most nearly where this one does, best first, ties by id."""
    cosines = vectors.cosines(vector)
    asked = size + _SPARE
    while True:
        complete = asked >= len(cosines)
        best = np.arange(len(cosines)) if complete else np.argpartition(cosines, -asked)[-asked:]
        rows, addresses = _holding(searcher, wanted, best, complete)
        held = cosines[rows]
        # Of those like the last one that was asked about, some may not have been.
        floor = -np.inf if complete else cosines[best].min() + _NOISE
        if complete or np.count_nonzero(held > floor) >= size:
            break
        asked *= _MORE
    if len(held) > size:
        floor = max(floor, np.partition(held, -size)[-size] - _NOISE)
    chosen = np.flatnonzero(held > floor)
    ids = [str(searcher.doc(addresses[place])["id"][0]) for place in chosen]
    return by_cosine(zip(ids, vectors.cosines_of(rows[chosen], vector).tolist(), strict=True), size)


def _holding(
    searcher: tantivy.Searcher, wanted: tantivy.Query, rows: NDArray[np.int64], every: bool
) -> tuple[NDArray[np.int64], list[tantivy.DocAddress]]:
    """Which of these rows (or of all) have documents that are wanted, and these documents."""
    if every:
        among = tantivy.Query.range_query(schema(), ROW, tantivy.FieldType.Integer, 0)
    else:
        among = tantivy.Query.term_set_query(schema(), ROW, rows.tolist())
    found = searcher.search(tantivy.Query.boolean_query([(Occur.Must, wanted), (Occur.Must, among)]), len(rows))
    addresses = [address for _, address in found.hits]
    return np.array(searcher.fast_field_values(ROW, addresses), np.int64), addresses
