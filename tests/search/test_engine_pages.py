"""What every engine must do, II: order, pages and cursors. `conftest.new_engine` makes each engine in turn."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from search.cursor import make_cursor
from search.engine import Document, Engine
from search.query import FACETS, Query
from tinymovements.errors import QueryError

Make = Callable[..., Document]


def ids(engine: Engine, words: str = "", **filters: object) -> list[str]:
    return [match.id for match in engine.search(Query.model_validate({"words": words, "size": 1000, **filters})).matches]


def test_without_words_the_newest_come_first_and_undated_posts_last(engine: Engine, document: Make) -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    engine.write([document("b", posted=day), document("a", posted=day), document("new", posted=day + timedelta(milliseconds=1))])
    engine.write([document("z"), document("y"), document("old", posted=day - timedelta(days=40_000))])
    assert ids(engine) == ids(engine, sort="newest") == ["new", "a", "b", "old", "y", "z"]
    assert ids(engine, sort="oldest") == ["old", "a", "b", "new", "y", "z"]


def test_equal_scores_are_in_order_of_id(engine: Engine, document: Make) -> None:
    for part in (("d", "b"), ("c", "a"), ("e",)):  # in several commits, and so in several segments
        engine.write(document(id, "kirpputori") for id in part)
    assert ids(engine, "kirpputori") == ["a", "b", "c", "d", "e"]


def test_very_many_equal_answers_come_each_once_and_in_order_of_id(engine: Engine, document: Make) -> None:
    kept = [f"{'same' * 4}{number:04}" for number in range(700)] + [f"other{number:04}" for number in range(700)]
    for part in (kept[::2], kept[1::2]):  # in several segments; those of the first half begin alike
        engine.write(document(id, "kirpputori") for id in part)
    for query in (Query(words="kirpputori", size=300), Query(size=300), Query(sort="oldest", size=300)):
        assert [id for id, _ in pages(engine, query)] == sorted(kept)
    assert list(engine.ids(Query())) == sorted(kept)


WORDS = ("kirpputori", "torilla", "kahvi", "joulukahvila", "pyörän", "korjaus", "muraali")
texts = some.lists(some.sampled_from(WORDS), max_size=6).map(" ".join)
moments = some.none() | some.integers(0, 5).map(lambda days: datetime(2026, 3, 30, 22, tzinfo=UTC) + timedelta(days=days))


def documents(make: Make) -> "some.SearchStrategy[list[Document]]":
    return some.lists(
        some.builds(
            make,
            id=some.uuids().map(lambda id: id.hex),
            text=texts,
            title=texts,
            language=some.sampled_from(("fi", "en", "unknown")),
            movements=some.sampled_from(((), ("street-art",), ("street-art", "mutual-aid"))),
            places=some.sampled_from(((), ("Kallio",), ("Kallio", "Malmi"))),
            source=some.sampled_from(("forum", "calendar")),
            posted=moments,
        ),
        max_size=40,
        unique_by=lambda document: document.id,
    )


queries = some.builds(
    Query,
    words=some.lists(some.sampled_from((*WORDS, "+kahvi", "-tori", '"kahvi muraali"')), max_size=5).map(" ".join),
    movements=some.sampled_from(((), ("mutual-aid",), ("street-art", "food-sharing"))),
    places=some.sampled_from(((), (), ("Malmi",))),
    languages=some.sampled_from(((), (), ("en", "unknown"))),
    since=some.none() | some.just(date(2026, 4, 1)),
    sort=some.sampled_from(("relevance", "newest", "oldest")),
    size=some.integers(1, 7),
)


def pages(engine: Engine, query: Query) -> Iterator[tuple[str, float]]:
    while True:
        found = engine.search(query)
        yield from ((match.id, match.score) for match in found.matches)
        if found.cursor is None:
            return
        assert len(found.matches) == query.size
        query = query.model_copy(update={"cursor": found.cursor})


def by_hand(kept: list[Document], query: Query) -> list[Document]:
    """What answers the filters of a query."""
    return [
        document
        for document in kept
        if (not query.movements or set(query.movements) & set(document.movements))
        and (not query.places or set(query.places) & set(document.places))
        and (not query.languages or set(query.languages) & set(document.languages))
        and (query.since is None or (document.posted is not None and document.posted.date() >= query.since))
    ]


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(data=some.data())
def test_pages_ids_total_and_facets_agree(engine: Engine, document: Make, data: some.DataObject) -> None:
    kept = data.draw(documents(document))
    engine.rebuild(kept[:20])
    engine.write(kept[20:])
    for query in data.draw(some.lists(queries, min_size=1, max_size=6)):
        whole = engine.search(query.model_copy(update={"size": 1000, "facets": FACETS}))
        in_one = [(match.id, match.score) for match in whole.matches]
        assert list(pages(engine, query)) == in_one
        assert whole.total == len(in_one)
        assert list(engine.ids(query)) == sorted(id for id, _ in in_one)
        if query.words:
            assert {id for id, _ in in_one} <= {document.id for document in by_hand(kept, query)}
            continue
        assert sorted(id for id, _ in in_one) == sorted(document.id for document in by_hand(kept, query))
        others = by_hand(kept, query.model_copy(update={"movements": ()}))
        counts = Counter(movement for document in others for movement in document.movements)
        values = next(facet.values for facet in whole.facets if facet.name == "movements")
        assert [(value.value, value.count) for value in values] == sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def test_a_cursor_survives_what_comes_and_goes(engine: Engine, document: Make) -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    kept = [document(f"m{number}", f"lamppu {'kahvi ' * number}", posted=day + timedelta(days=number)) for number in range(9)]
    newest = day + timedelta(days=60)
    new = [document(id, text, posted=newest) for id, text in (("x", "lamppu lamppu"), ("y", "kahvi"), ("z", "pulla"))]
    for query in (Query(words="lamppu", size=3), Query(size=3), Query(sort="oldest", size=3)):
        engine.rebuild(kept)
        order = [match.id for match in engine.search(query.model_copy(update={"size": 9})).matches]
        first = engine.search(query)
        engine.write(new, gone=[(order[0], 1)])
        second = engine.search(query.model_copy(update={"cursor": first.cursor}))
        assert [match.id for match in (*first.matches, *second.matches)] == order[:6]


def test_a_page_goes_on_though_its_last_post_has_gone(engine: Engine, document: Make) -> None:
    engine.write(document(f"m{number}", f"lamppu {'kahvi ' * number}") for number in range(6))
    first = engine.search(Query(words="lamppu", size=3))
    engine.write([], gone=[(first.matches[-1].id, 1)])
    second = engine.search(Query(words="lamppu", size=3, cursor=first.cursor))
    assert [match.id for match in second.matches] == ["m3", "m4", "m5"]


def test_a_cursor_belongs_to_its_query(engine: Engine, document: Make) -> None:
    engine.write(document(f"m{number}", "muraali") for number in range(6))
    first = engine.search(Query(words="muraali", size=2))
    assert first.cursor is not None
    assert len(engine.search(Query(words="muraali", size=4, facets=FACETS, cursor=first.cursor)).matches) == 4
    for other in ({"words": "muraalit"}, {"words": "muraali", "sort": "newest"}, {"words": "muraali", "kinds": ("event",)}):
        with pytest.raises(QueryError, match="another query"):
            engine.search(Query.model_validate({**other, "cursor": first.cursor}))


@pytest.mark.parametrize("cursor", ["", "x", "ä", "W10", "bnVsbA", "A" * 5000])
def test_what_is_no_cursor_is_refused(engine: Engine, cursor: str) -> None:
    with pytest.raises(QueryError):
        engine.search(Query(cursor=cursor))


def test_a_forged_cursor_is_refused(engine: Engine) -> None:
    with pytest.raises(QueryError):
        engine.search(Query(cursor=make_cursor(Query(), "a TO b] OR id:[a")))
    with pytest.raises(QueryError):
        engine.search(Query(words="muraali", cursor=make_cursor(Query(words="muraali"), "a", "b", 1)))
    for number in ("NaN", "Infinity"):
        words = make_cursor(Query(words="muraali"), float(number), "a", 0)
        with pytest.raises(QueryError):
            engine.search(Query(words="muraali", cursor=words))
