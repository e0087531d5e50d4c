"""Texts and what is said of them are compared as the rules say."""

from collections.abc import Callable

import numpy as np
import pytest

from pipelines.evaluation.table import Table, compare, meet
from pipelines.examples import Example
from tinymovements.errors import FormatError
from tinymovements.model import Annotation

Labelled = Callable[..., Example]
Said = Callable[..., Annotation]


def counted(table: Table, name: str, text: int = 0) -> list[float]:
    """Right, wrong and missed."""
    counts: list[float] = table.counts[name][text].sum(axis=0).tolist()
    return counts


def test_a_borderline_movement_is_neither_right_nor_wrong(labelled: Labelled, said: Said) -> None:
    example = labelled(["street-art", "mutual-aid"], ["pop-up-food"])
    table = compare([example], [said(["street-art", "pop-up-food", "food-sharing"])])
    assert counted(table, "movements") == [1, 1, 1]
    assert np.isnan(table.truths["movements"][0, table.ids.index("pop-up-food")])


def test_a_movement_that_nobody_knows_is_refused(labelled: Labelled, said: Said) -> None:
    with pytest.raises(FormatError, match="knitting, which is no movement"):
        compare([labelled(["knitting"])], [said()])


@pytest.mark.parametrize(
    ("one", "other", "meets"),
    [
        ("two vans on Saturday", "Two vans", True),
        ("a van and two ladders", "two strong people and a trolley", True),
        ("a van", "two ladders", False),
        ("a van with a hook", "van keys please today", False),
        ("🚲", "🚲", False),
    ],
)
def test_clauses_meet_by_half_the_words_of_the_shorter(one: str, other: str, meets: bool) -> None:
    assert meet(one, other) == meet(other, one) == meets


def test_each_clause_is_met_once(labelled: Labelled, said: Said) -> None:
    whole = "Wanted: a van on Saturday, a ladder, and paint"
    table = compare([labelled(needs=("a van on Saturday", "a ladder", "paint"))], [said(needs=[whole, "paint"])])
    assert counted(table, "needs") == [2, 0, 1]


def test_the_pairing_is_the_one_where_most_meet(labelled: Labelled, said: Said) -> None:
    table = compare([labelled(needs=("tables and chairs", "tables"))], [said(needs=["tables", "old chairs"])])
    assert counted(table, "needs") == [2, 0, 0]


def test_what_nobody_was_asked_does_not_count(labelled: Labelled, said: Said) -> None:
    table = compare([labelled(), labelled(needs=())], [said(needs=["a van"])] * 2)
    assert [counted(table, "needs", text) for text in (0, 1)] == [[0, 0, 0], [0, 1, 0]]


def test_places_are_named_in_any_case_and_once(labelled: Labelled, said: Said) -> None:
    table = compare([labelled(places=("Kallio", "Turku"))], [said(places=["kallio", "Kallio", "Espoo"])])
    assert counted(table, "places") == [1, 1, 1]


def test_people_are_gone_when_no_letter_of_them_is_left(labelled: Labelled, said: Said) -> None:
    text = "Terveisin Maija Virtanen, 040 555 0117. Kysy Puikulalta!"
    table = compare([labelled(text=text, people=("Maija Virtanen", "Puikulalta")), labelled(text=text)], [said()] * 2)
    assert table.shares["people_gone"].tolist() == [[1, 2], [0, 0]]


def test_a_text_without_movements_is_one_where_none_is_allowed(labelled: Labelled, said: Said) -> None:
    examples = [labelled(), labelled(), labelled(borderline=["street-art"])]
    table = compare(examples, [said(["street-art"]), said(), said(["street-art"])])
    assert table.shares["movement_where_none"].tolist() == [[1, 1], [0, 1], [0, 0]]


def test_a_part_has_the_marked_texts(drawn: Table) -> None:
    swedish = drawn.part(np.array(drawn.languages) == "sv")
    assert len(swedish) == 24
    assert set(swedish.languages) == {"sv"}
    assert {len(array) for some in (swedish.truths, swedish.scores, swedish.counts, swedish.shares) for array in some.values()} == {
        24
    }
