"""Says a query in Elasticsearch's words, as `search.embedded.clauses` says it in tantivy's: the two must mean the same."""

from collections.abc import Iterable, Iterator
from typing import Any

from search.elastic.fields import kept
from search.filters import milliseconds, period, wanted_values
from search.query import Query
from search.words import FOUND, TIE, TITLE, Asked, Phrase, Word

Clause = dict[str, Any]

_FIELDS = (("title", TITLE), ("text", 1.0))


def filters(query: Query) -> dict[str, Clause]:
    """The filters of a query, each by the name of what it filters."""
    made: dict[str, Clause] = {name: {"terms": {field: values}} for name, field, values in wanted_values(query)}
    if days := period(query):
        first, last = map(milliseconds, days)
        made["dates"] = {"range": {"posted": {"gte": first, "lte": last}}}
    if query.near:
        point = {"lat": query.near.lat, "lon": query.near.lon}
        made["near"] = {"geo_distance": {"distance": f"{query.near.km}km", "points": point}}
    if query.box:
        box = query.box
        corners = {"top": box.north, "bottom": box.south, "left": box.west, "right": box.east}
        made["box"] = {"geo_bounding_box": {"points": corners}}
    return made


def deciding(asked: Asked, filters: Iterable[Clause]) -> Clause:
    """What an answer must be; it scores nothing."""
    must = [*filters, *map(_found, asked.must)]
    if asked.least == 1:
        must.append(_any(way for word in asked.plain for way in _ways(word)))
    elif asked.least:
        must.append(_any(map(_found, asked.plain), asked.least))
    return {"bool": {"filter": must, "must_not": _none_of(asked)}}


def scored(asked: Asked, filters: Iterable[Clause]) -> Clause:
    """The same answers, with their scores."""
    found = [{"constant_score": {"filter": _found(word), "boost": FOUND}} for word in asked.plain]
    scores = [score for said in (*asked.plain, *asked.must) for score in _scores(said)]
    made: Clause = {"filter": [*filters, *map(_found, asked.must)], "must_not": _none_of(asked), "minimum_should_match": 0}
    if asked.least:
        return {"bool": {**made, "must": [_any(found, asked.least)], "should": scores}}
    return {"bool": {**made, "should": [*found, *scores]}}


def _none_of(asked: Asked) -> list[Clause]:
    return [_found(said) for said in asked.never]


def _found(said: Word | Phrase) -> Clause:
    return _any(_ways(said))


def _ways(said: Word | Phrase) -> Iterator[Clause]:
    """Any of these holds it."""
    if isinstance(said, Phrase):
        yield from (_phrase(field, reading) for reading in said.readings for field, _ in _FIELDS)
        return
    yield from ({"terms": {field: list(map(kept, said.bases))}} for field, _ in _FIELDS)
    for parts in said.parts:
        yield {"bool": {"filter": [_any(_term(field, term) for field, _ in _FIELDS) for term in parts]}}


def _scores(said: Word | Phrase) -> list[Clause]:
    """Whose scores are added: the title and the text where a word has one term, else the best term and TIE of the others."""
    if isinstance(said, Phrase):
        scores = [[_phrase(field, reading, weight) for field, weight in _FIELDS] for reading in said.readings]
    else:
        scores = [[_term(field, term, weight) for field, weight in _FIELDS] for term in said.terms]
    return scores[0] if len(scores) == 1 else [{"dis_max": {"queries": [_any(score) for score in scores], "tie_breaker": TIE}}]


def _any(queries: Iterable[Clause], least: int = 1) -> Clause:
    return {"bool": {"should": list(queries), "minimum_should_match": least}}


def _term(field: str, term: str, weight: float = 1.0) -> Clause:
    return {"term": {field: {"value": kept(term), "boost": weight}}}


def _phrase(field: str, words: tuple[str, ...], weight: float = 1.0) -> Clause:
    if len(words) == 1:
        return _term(f"{field}_words", words[0], weight)
    return {"match_phrase": {f"{field}_words": {"query": " ".join(map(kept, words)), "boost": weight}}}
