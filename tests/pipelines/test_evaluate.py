"""What is measured is measured right."""

from pipelines.evaluate import Tally


def test_a_borderline_movement_is_neither_right_nor_wrong() -> None:
    tally = Tally()
    tally.add({"a", "b", "c"}, required=frozenset({"a", "d"}), allowed=frozenset({"a", "b", "d"}))
    assert (tally.right, tally.wrong, tally.missed) == (1, 1, 1)
    assert tally.f1 == 0.5


def test_nothing_to_find_and_nothing_found_is_no_success() -> None:
    assert Tally().f1 == 0.0
