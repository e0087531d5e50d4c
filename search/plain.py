"""Whether one document answers a query, by a plain reading of it: for few documents, of which no index knows the present state."""

from search.distance import are_within
from search.engine import Document
from search.filters import period, wanted_values
from search.query import Query
from search.words import Asked, Phrase, Word

_HELD_IN = {"language": "languages", "source": "sources", "kind": "kinds"}
"""Where a document holds what engines have in a field of another name."""


def answers(document: Document, query: Query, asked: Asked) -> bool:
    """Whether it holds what was asked for, and all filters let it through."""
    return _says(document, asked) and _passes(document, query)


def _says(document: Document, asked: Asked) -> bool:
    texts = (document.title, document.text)
    terms = {term for words in texts for word in words for term in word}

    def holds(said: Word | Phrase) -> bool:
        return any(any(said.places_in(words)) for words in texts) if isinstance(said, Phrase) else said.found_in(terms)

    enough = sum(map(holds, asked.plain)) >= asked.least
    return enough and all(map(holds, asked.must)) and not any(map(holds, asked.never))


def _passes(document: Document, query: Query) -> bool:
    for _, field, values in wanted_values(query):
        held = getattr(document, _HELD_IN.get(field, field))
        if {held}.isdisjoint(values) if isinstance(held, str | None) else set(values).isdisjoint(held):
            return False
    if days := period(query):
        first, last = days
        if document.posted is None or not first <= document.posted <= last:
            return False
    if (near := query.near) and not any(are_within(near, *point) for point in document.points):
        return False
    box = query.box
    return not box or any(box.south <= lat <= box.north and box.west <= lon <= box.east for lat, lon in document.points)
