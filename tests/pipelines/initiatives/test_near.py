"""Posts meet by keys that they share, and by a third post that both are like."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.initiatives import near as module
from pipelines.initiatives.near import EDGE, NEIGHBOURS, beyond, by_first, near

Edges = dict[tuple[int, int], float]


@given(st.lists(st.sets(st.integers(0, 6), max_size=4), min_size=1, max_size=80), st.data())
def test_each_fresh_post_meets_those_near_it_that_share_a_key(keys: list[set[int]], data: st.DataObject) -> None:
    fresh = np.array(data.draw(st.lists(st.booleans(), min_size=len(keys), max_size=len(keys))))
    numbers = np.array(data.draw(st.permutations(range(len(keys)))))
    flat = np.array([key for of in keys for key in sorted(of)], np.int64)
    parts = list(near(flat, np.array([len(of) for of in keys], np.int64), fresh, numbers))
    sharing = defaultdict(list)
    for post, of in enumerate(keys):
        for key in of:
            sharing[key].append(post)
    expected = {
        frozenset((one, other))
        for posts in sharing.values()
        for at, one in enumerate(posts)
        for other in posts[at + 1 : at + 1 + NEIGHBOURS]
        if fresh[one] or fresh[other]
    }
    found = [frozenset(pair) for _, pairs in parts for pair in pairs.tolist()]
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert sorted(post for posts, _ in parts for post in posts.tolist()) == np.flatnonzero(fresh).tolist()


def test_which_post_of_a_pair_stands_first_changes_nothing() -> None:
    chance = np.random.default_rng(1)
    pairs = np.stack(np.triu_indices(70, 1), axis=1)
    odds = chance.uniform(EDGE - 1, 3, len(pairs)).astype(np.float32)
    found = []
    for numbers in (chance.permutation(70), chance.permutation(70)):
        first = np.where(numbers[pairs[:, :1]] < numbers[pairs[:, 1:]], pairs, pairs[:, ::-1])
        each = by_first(np.arange(70), first[odds > EDGE], odds[odds > EDGE])
        kept = [(post, other, told) for post, others, of in each for other, told in zip(others, of, strict=True)]
        found.append({(frozenset((post, int(other))), float(told)) for post, other, told in kept})
    assert found[0] == found[1]
    assert len(found[0]) == (odds > EDGE).sum()


@st.composite
def _edges(draw: st.DrawFn) -> tuple[int, Edges]:
    size = draw(st.integers(2, 30))
    post = st.integers(0, size - 1)
    pairs = draw(st.sets(st.tuples(post, post).filter(lambda pair: pair[0] < pair[1]), max_size=60))
    return size, {pair: draw(st.sampled_from([-3.0, -2.0, -1.0, 0.0, 2.0])) for pair in pairs}


@pytest.mark.parametrize("at_once", [3, 20_000])
@given(made=_edges())
def test_a_third_post_leads_two_to_each_other_by_the_likest_of_each(at_once: int, made: tuple[int, Edges]) -> None:
    size, edges = made
    likest: dict[int, list[int]] = {}
    for post in range(size):
        told = {sum(pair) - post: odds for pair, odds in edges.items() if post in pair and odds >= -2.0}
        likest[post] = sorted(told, key=lambda other: (-told[other], other))[:8]
    expected = {
        (min(one, other), max(one, other))
        for one in range(size)
        for third in likest[one]
        for other in likest[third]
        if other != one
    } - edges.keys()
    pairs = np.array(sorted(edges), np.int32).reshape(-1, 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_POSTS", at_once)
        found = beyond(pairs, np.array([edges[pair] for pair in sorted(edges)], np.float32), size)
    assert set(map(tuple, found.tolist())) == expected
    assert len(found) == len(expected)
