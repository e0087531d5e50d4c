"""Says a query in tantivy's words. Everything here has a twin in Elasticsearch: bool, dis_max, term, phrase, range."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time

import tantivy
from tantivy import Occur

from search.embedded.fields import milliseconds, schema
from search.embedded.points import Points
from search.query import Query
from search.words import FOUND, TIE, TITLE, Asked, Phrase, Word

Clause = tuple[Occur, tantivy.Query]

_FIELDS = (("title", TITLE), ("text", 1.0))


def filters(query: Query, points: Points | None) -> dict[str, tantivy.Query]:
    """The filters of a query, each by the name of what it filters."""
    made = {
        name: tantivy.Query.term_set_query(schema(), field, sorted(set(values)))
        for name, field, values in (
            ("movements", "movements", query.movements),
            ("places", "within", query.places),
            ("languages", "language", query.languages),
            ("sources", "source", query.sources),
            ("kinds", "kind", query.kinds),
        )
        if values
    }
    if query.since or query.until:
        since = milliseconds(datetime.combine(query.since or date.min, time.min, UTC))
        until = milliseconds(datetime.combine(query.until or date.max, time.max, UTC))
        made["dates"] = tantivy.Query.range_query(schema(), "posted", tantivy.FieldType.Integer, since, until)
    if query.near and points is not None:
        made["near"] = tantivy.Query.term_set_query(schema(), "points", points.within(query.near))
    return made


def deciding(asked: Asked, filters: Iterable[tantivy.Query]) -> list[Clause]:
    """What an answer must be, without a score."""
    must = [*filters, *map(_found, asked.must)]
    if asked.least:
        found = [(Occur.Should, _found(word)) for word in asked.plain]
        must.append(tantivy.Query.boolean_query(found, minimum_number_should_match=asked.least))
    clauses = [(Occur.Must, tantivy.Query.const_score_query(query, 0.0)) for query in must or [tantivy.Query.all_query()]]
    return clauses + [(Occur.MustNot, _found(said)) for said in asked.never]


def ranking(asked: Asked) -> list[Clause]:
    """What an answer scores by."""
    scores = [_score(said) for said in (*asked.plain, *asked.must)]
    scores += [tantivy.Query.const_score_query(_found(word), FOUND) for word in asked.plain]
    return [(Occur.Should, score) for score in scores]


def _found(said: Word | Phrase) -> tantivy.Query:
    if isinstance(said, Phrase):
        return _any(_phrase(field, reading) for reading in said.readings for field, _ in _FIELDS)
    by_parts = (tantivy.Query.boolean_query([(Occur.Must, _has(term)) for term in parts]) for parts in said.parts)
    return _any([*map(_has, said.bases), *by_parts])


def _score(said: Word | Phrase) -> tantivy.Query:
    if isinstance(said, Phrase):
        scores = [_both([_phrase(field, reading) for field, _ in _FIELDS]) for reading in said.readings]
    else:
        scores = [_both([_term(field, term) for field, _ in _FIELDS]) for term in said.terms]
    return scores[0] if len(scores) == 1 else tantivy.Query.disjunction_max_query(scores, TIE)


def _both(fields: Sequence[tantivy.Query]) -> tantivy.Query:
    weighed = [tantivy.Query.boost_query(query, weight) for query, (_, weight) in zip(fields, _FIELDS, strict=True)]
    return _any(weighed)


def _has(term: str) -> tantivy.Query:
    return _any(_term(field, term) for field, _ in _FIELDS)


def _any(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(Occur.Should, query) for query in queries])


def _term(field: str, term: str) -> tantivy.Query:
    return tantivy.Query.term_query(schema(), field, term, "freq")


def _phrase(field: str, words: tuple[str, ...]) -> tantivy.Query:
    if len(words) == 1:
        return _term(f"{field}_words", words[0])
    return tantivy.Query.phrase_query(schema(), f"{field}_words", list(words))
