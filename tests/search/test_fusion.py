"""Words and nearness in one order, on each engine in turn."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from search.engine import Document, Engine
from search.fusion import DEPTH, K, fuse, search_both_ways
from search.query import Matches, Query
from tinymovements.errors import QueryError

Make = Callable[..., Document]

EAST, NORTH = (1.0, 0.0), (0.0, 1.0)

rankings = some.lists(some.sampled_from("abcdefgh"), unique=True)


@given(rankings, rankings)
def test_each_list_gives_by_rank(words: list[str], nearest: list[str]) -> None:
    def worth(id: str) -> Fraction:
        return sum((Fraction(1, K + 1 + ranked.index(id)) for ranked in (words, nearest) if id in ranked), Fraction())

    fused = fuse(words, nearest)
    assert [id for id, _ in fused] == sorted({*words, *nearest}, key=lambda id: (-worth(id), id))
    assert [score for _, score in fused] == pytest.approx([float(worth(id)) for id, _ in fused])


def ids(found: Matches) -> list[str]:
    return [match.id for match in found.matches]


@pytest.fixture
def filled(engine: Engine, document: Make) -> Engine:
    """Three posts that hold a word, the last of them near; three without it, two of them near."""
    engine.write(
        [
            document("w1", "kahvi kahvi", vector=NORTH),
            document("w2", "kahvi pulla"),
            document("w3", "kahvi tee munkki", vector=EAST),
        ]
    )
    engine.write(
        [document("n1", "tee", vector=(1.0, 0.1)), document("n2", "tee", vector=(1.0, 0.2), kind="event"), document("x", "tee")]
    )
    return engine


def test_what_has_the_words_and_is_near_comes_first(filled: Engine) -> None:
    found = search_both_ways(filled, Query(words="kahvi", facets=("kinds",)), EAST)
    assert ids(found) == ["w3", "w1", "n1", "w2", "n2"]  # 3rd and 1st; 1st and 4th; 2nd; 2nd; 3rd
    assert found.total == 5
    assert found.cursor is None
    assert [(value.value, value.count) for value in found.facets[0].values] == [("message", 3)]
    assert found.matches[0].score == pytest.approx(1 / 63 + 1 / 61)


def test_filters_hold_for_both(filled: Engine) -> None:
    assert ids(search_both_ways(filled, Query(words="kahvi", kinds=("event",)), EAST)) == ["n2"]
    assert ids(search_both_ways(filled, Query(words="kahvi -tee"), EAST)) == ["w1", "w2"]


@pytest.mark.parametrize(
    "asked", [{"words": "kahvi", "sort": "newest"}, {"words": "kahvi", "kinds": ("page",)}, {}, {"words": "-tee"}]
)
def test_what_is_not_ranked_or_has_nothing_near_is_left_to_the_engine(filled: Engine, asked: dict[str, object]) -> None:
    query = Query.model_validate({**asked, "size": 2})
    found = search_both_ways(filled, query, EAST)
    assert found == filled.search(query)
    if found.cursor:
        second = query.model_copy(update={"cursor": found.cursor})
        assert search_both_ways(filled, second, EAST) == filled.search(second)


def test_without_vectors_the_engine_answers(engine: Engine, document: Make) -> None:
    engine.write(document(f"d{number}", "kahvi") for number in range(5))
    query = Query(words="kahvi", size=2)
    assert search_both_ways(engine, query, EAST) == search_both_ways(engine, query, None) == engine.search(query)


def test_pages_end_with_the_first_of_each_kind(engine: Engine, document: Make) -> None:
    engine.write(document(f"w{number:03}", f"kahvi {'pulla ' * (number % 5)}") for number in range(DEPTH + 50))
    engine.write(document(f"n{number:03}", "tee", vector=(1.0, number / 100)) for number in range(DEPTH + 50))
    query = Query(words="kahvi", size=150)
    pages = [search_both_ways(engine, query, EAST)]
    while cursor := pages[-1].cursor:
        pages.append(search_both_ways(engine, query.model_copy(update={"cursor": cursor}), EAST))
    whole = search_both_ways(engine, Query(words="kahvi", size=1000), EAST)
    assert [len(page.matches) for page in pages] == [150, 150, 100]
    assert [match for page in pages for match in page.matches] == list(whole.matches)
    assert len(set(ids(whole))) == 2 * DEPTH
    assert {page.total for page in pages} == {2 * DEPTH}


def test_a_page_goes_on_after_its_last_post_though_others_come(filled: Engine, document: Make) -> None:
    query = Query(words="kahvi", size=2)
    first = search_both_ways(filled, query, EAST)
    filled.write([document("new", "kahvi kahvi kahvi", vector=EAST)], gone=[("w3", 1)])
    second = search_both_ways(filled, query.model_copy(update={"cursor": first.cursor}), EAST)
    assert (ids(first), ids(second)) == (["w3", "w1"], ["n1", "n2"])
    filled.write([], gone=[("n2", 1)])
    third = search_both_ways(filled, query.model_copy(update={"cursor": second.cursor}), EAST)
    assert ids(third) == ["w2"]
    assert third.cursor is None


def test_a_cursor_belongs_to_its_query(filled: Engine) -> None:
    query = Query(words="kahvi", size=2)
    cursor = search_both_ways(filled, query, EAST).cursor
    other = filled.search(query).cursor
    for asked in (Query(words="kahvit", cursor=cursor), Query(words="kahvi", cursor=other), Query(words="kahvi", cursor="x")):
        with pytest.raises(QueryError):
            search_both_ways(filled, asked, EAST)
    with pytest.raises(QueryError):
        filled.search(Query(words="kahvi", cursor=cursor))
