"""Posts of one initiative come together, those of others and of none do not, whatever their order and whatever people decide."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from pipelines.initiatives import clusters
from pipelines.initiatives.clusters import Cluster, Said, candidates, find_clusters
from pipelines.initiatives.edges import Edges
from pipelines.initiatives.evidence import Evidence
from pipelines.initiatives.pairs import weigh
from pipelines.initiatives.signals import Signal, from_bytes, read_signal

NOTHING = Said({}, frozenset())


def _partition(found: Sequence[Cluster]) -> set[frozenset[int]]:
    return {frozenset(cluster.main) for cluster in found}


@pytest.fixture(scope="module")
def signals(neighbourhoods: list[Evidence]) -> list[Signal]:
    return [read_signal(post) for post in neighbourhoods]


def test_posts_of_one_initiative_are_one_and_others_are_none(
    signals: list[Signal], initiatives_of: dict[str, frozenset[int]]
) -> None:
    assert _partition(find_clusters(signals)) == {posts for key, posts in initiatives_of.items() if key}


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_posts_changes_nothing(signals: list[Signal], seed: int) -> None:
    shuffled = random.Random(seed).sample(signals, len(signals))
    assert _partition(find_clusters(shuffled)) == _partition(find_clusters(signals))


def test_a_pair_is_as_like_alone_as_among_others(signals: list[Signal]) -> None:
    pairs = np.stack(np.triu_indices(len(signals), 1), axis=1)
    alone = [weigh(signals, pairs[row : row + 1])[0] for row in range(len(pairs))]
    assert weigh(signals, pairs).tolist() == alone


def test_keys_lead_posts_to_each_other(signals: list[Signal], monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = {(signals[a].number, signals[b].number) for a, b in candidates(signals)}
    assert (1, 2) in pairs
    assert (1, 6) not in pairs  # nothing in common: not the city, not the language, not a word
    monkeypatch.setattr(clusters, "ALL_PAIRS", 0)
    assert frozenset({1, 2, 3}) in _partition(find_clusters(signals))


def test_people_decide_that_posts_belong_together_or_apart(signals: list[Signal]) -> None:
    together = _partition(find_clusters(signals, together=[(1, 6)]))
    assert frozenset({1, 2, 3, 6, 7}) in together
    apart = _partition(find_clusters(signals, apart=[(3, 1), (3, 2)]))
    assert frozenset({1, 2}) in apart
    assert not any({3} < group for group in apart)


def test_what_people_parted_stays_apart_at_the_very_same_odds() -> None:
    edges = Edges(np.array([(0, 1), (0, 2), (1, 2)], np.int32), np.array([5, 1.25, 1.25], np.float32))
    assert clusters._joined(np.arange(3), edges, [NOTHING] * 3, [], [(1, 2)]) == [[0, 1], [2]]


@pytest.mark.parametrize(
    ("like", "joined", "parted", "groups"),
    [
        ([(1, 2), (1, 3), (2, 3)], [(0, 1)], [(0, 2)], [[0, 1, 3], [2]]),  # 3 came later
        ([(0, 2), (1, 3)], [(0, 1)], [(2, 3)], [[0, 1, 2], [3]]),
        ([(0, 1), (1, 3)], [(0, 1), (0, 2)], [(0, 1)], [[0, 2], [1, 3]]),  # a proposal that repeats another one
    ],
)
def test_what_people_put_together_is_one_and_apart_from_all_that_a_part_was_split_from(
    like: list[tuple[int, int]], joined: list[tuple[int, int]], parted: list[tuple[int, int]], groups: list[list[int]]
) -> None:
    edges = Edges(np.array(like, np.int32), np.full(len(like), 5, np.float32))
    assert clusters._joined(np.arange(4), edges, [NOTHING] * 4, joined, parted) == groups


def test_groups_that_surely_have_other_names_are_less_probably_one() -> None:
    edges = Edges(np.array([(0, 1), (0, 2), (1, 2)], np.int32), np.array([3, -1, -1], np.float32))
    tuulikki, kaappi = (replace(NOTHING, names=frozenset({mark})) for mark in (7, 8))
    both = replace(NOTHING, names=tuulikki.names | kaappi.names)
    for last, groups in ((kaappi, [[0, 1], [2]]), (tuulikki, [[0, 1, 2]]), (both, [[0, 1, 2]]), (NOTHING, [[0, 1, 2]])):
        assert clusters._joined(np.arange(3), edges, [tuulikki, NOTHING, last], [], []) == groups


def test_a_post_that_nobody_takes_for_an_initiative_is_one_where_people_say_so(signals: list[Signal]) -> None:
    assert any({4, 5, 9} <= group for group in _partition(find_clusters(signals, together=[(4, 9)])))


def test_namesakes_in_different_towns_are_two(evidence_of: Callable[..., list[Evidence]]) -> None:
    posts = evidence_of(
        ("Turun puskaradio", "Soppakerho keittää Turussa joka torstai klo 16 kaikille ilmaista soppaa, me naapurit kokkaamme."),
        ("Turun puskaradio", "Turun Soppakerho kaipaa kattilaa, torstain soppa riitti sadalle, kiitos kokeille!"),
        ("Oulun puskaradio", "Soppakerho keittää Oulussa joka torstai klo 16 kaikille ilmaista soppaa, me naapurit kokkaamme."),
        ("Oulun puskaradio", "Oulun Soppakerho kaipaa kattilaa, torstain soppa riitti sadalle, kiitos kokeille!"),
    )
    assert _partition(find_clusters([read_signal(post) for post in posts])) == {frozenset({1, 2}), frozenset({3, 4})}


def test_what_is_kept_of_a_signal_is_the_signal(signals: list[Signal]) -> None:
    for signal in signals:
        again = from_bytes(signal.to_bytes())
        assert again.to_bytes() == signal.to_bytes()
        assert (again.id, again.day, again.keys, again.forum) == (signal.id, signal.day, signal.keys, signal.forum)


def test_no_signals_are_no_initiatives() -> None:
    assert find_clusters([]) == []
    assert len(candidates([])) == 0
