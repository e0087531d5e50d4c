"""Whose word counts, where people disagree, and what a post is then taken for."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinymovements.corrections import INITIATIVE, QUALITIES, SELF_ORGANISED, Correction, corrected, in_force, person, verdicts
from tinymovements.model import Annotation, MovementScore
from tinymovements.taxonomy import load_taxonomy

DAY = datetime(2026, 3, 1, tzinfo=UTC)
LABELS = ("street-art", "mutual-aid", "peer-support", *QUALITIES)
PEOPLE = ("library", "resident", "gardener", "city")

Heard = tuple[str, str, bool | None]
"""Who said what of which label."""


def _said(*heard: Heard) -> tuple[Correction, ...]:
    return tuple(Correction(label, says, by, DAY + timedelta(hours=hour), "a" * 64) for hour, (by, label, says) in enumerate(heard))


def _counts(*heard: Heard) -> dict[str, tuple[bool, bool]]:
    return {verdict.label: (verdict.says, verdict.disputed) for verdict in verdicts(_said(*heard))}


def test_the_latest_word_of_a_person_counts() -> None:
    heard: list[Heard] = [("library", "street-art", True), ("library", "street-art", False)]
    assert _counts(*heard) == {"street-art": (False, False)}


def test_where_people_disagree_the_majority_counts_and_else_who_spoke_last() -> None:
    yes: Heard = ("library", "street-art", True)
    no: Heard = ("resident", "street-art", False)
    assert _counts(yes, no) == {"street-art": (False, True)}
    assert _counts(no, yes) == {"street-art": (True, True)}
    assert _counts(yes, ("gardener", "street-art", True), no) == {"street-art": (True, True)}
    # Who says the same once more speaks last, too.
    assert _counts(yes, no, yes) == {"street-art": (True, True)}


def test_what_is_taken_back_counts_no_more_and_the_others_word_does() -> None:
    yes: Heard = ("library", "street-art", True)
    assert _counts(yes, ("library", "street-art", None)) == {}
    assert _counts(yes, ("resident", "street-art", False), ("resident", "street-art", None)) == {"street-art": (True, False)}


def test_of_a_movement_whose_people_may_be_harmed_one_yes_is_enough() -> None:
    """Else two who are careless would show everybody where its people meet."""
    heard: list[Heard] = [("library", "peer-support", True), ("resident", "peer-support", False), ("city", "peer-support", False)]
    assert _counts(*heard) == {"peer-support": (True, True)}
    assert _counts(*heard[1:]) == {"peer-support": (False, False)}


def _plainly(heard: Sequence[Heard], label: str) -> bool | None:
    """What counts of a label, by a plain reading of the rules; None where nobody's word stands."""
    standing: list[tuple[int, bool]] = []
    for one in PEOPLE:
        spoken = [(at, says) for at, (by, of, says) in enumerate(heard) if (by, of) == (one, label)]
        if spoken and (last := spoken[-1])[1] is not None:
            standing.append((last[0], last[1]))
    if not standing:
        return None
    yes, no = (sum(says is wanted for _, says in standing) for wanted in (True, False))
    if label in load_taxonomy().sensitive:
        return yes > 0
    return max(standing)[1] if yes == no else yes > no


HEARD = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(LABELS), st.sampled_from([True, False, None])), max_size=30)


@given(heard=HEARD)
def test_what_counts_is_what_a_plain_reading_says(heard: list[Heard]) -> None:
    found = {verdict.label: verdict for verdict in verdicts(_said(*heard))}
    assert {label: found[label].says if label in found else None for label in LABELS} == {
        label: _plainly(heard, label) for label in LABELS
    }
    for verdict in found.values():
        assert len({vote.by for vote in verdict.votes}) == len(verdict.votes) > 0
        assert verdict.disputed == ({vote.says for vote in verdict.votes} == {True, False})
        assert [vote.at for vote in verdict.votes] == sorted(vote.at for vote in verdict.votes)


@given(heard=HEARD, told=st.sets(st.sampled_from(LABELS[:3])), initiative=st.floats(0, 1), organised=st.floats(0, 1))
def test_the_annotation_follows_what_counts_and_else_the_model(
    heard: list[Heard], told: set[str], initiative: float, organised: float
) -> None:
    model = Annotation(
        version="1",
        language="fi",
        movements=tuple(MovementScore(id=id, score=0.75) for id in sorted(told)),
        scores={"street-art": 0.75, "mutual-aid": 0.125},
        initiative=initiative,
        self_organised=organised,
    )
    said = {label: counts for label in LABELS if (counts := _plainly(heard, label)) is not None}
    found = corrected(model, _said(*heard))
    assert Annotation.model_validate_json(found.model_dump_json()) == found
    rest = {"movements", "initiative", "self_organised"}
    assert found.model_dump(exclude=rest) == model.model_dump(exclude=rest)
    ids = [movement.id for movement in found.movements]
    none = said.get(INITIATIVE) is False
    assert len(ids) == len(set(ids))
    for label in LABELS[:3]:
        assert (label in ids) == said.get(label, label in told and not none)
    scores = [movement.score for movement in found.movements]
    assert scores == sorted(scores, reverse=True)
    assert {movement.id for movement in found.movements if movement.score == 1.0} == {id for id in ids if id in said}
    assert found.initiative == float(said.get(INITIATIVE, initiative))
    assert found.self_organised == float(said.get(SELF_ORGANISED, 0.0 if none else organised))
    assert corrected(found, _said(*heard)) == found


def test_what_was_said_of_a_movement_that_is_gone_counts_where_it_is_there_again(
    make_annotation: Callable[..., Annotation], pets: Path
) -> None:
    said, told = _said(("library", "shared-pets", True), ("library", "mutual-aid", True)), make_annotation("street-art")
    ids = {movement.id for movement in corrected(told, said).movements}
    assert ids == {"shared-pets", "mutual-aid", "street-art"}
    (pets / "movements.toml").unlink()
    assert {movement.id for movement in corrected(told, said).movements} == ids - {"shared-pets"}
    assert [verdict.label for verdict in in_force(said)] == ["mutual-aid"]


def test_without_corrections_it_is_the_same_annotation(make_annotation: Callable[..., Annotation]) -> None:
    told = make_annotation("street-art")
    assert corrected(told, ()) is told


@pytest.mark.parametrize(
    "text", ["", "   ", "=SUM(A1)", "+358", "@somebody", "-library", "a\nb", "a\0b", "x" * 101, "\u202eabc", "a | b"]
)
def test_a_name_is_somebodys_and_harms_no_spreadsheet(text: str) -> None:
    with pytest.raises(ValueError, match=r"whom|begin with a letter"):
        person(text)


def test_a_name_is_kept_as_it_was_typed() -> None:
    assert person(" Kallion kirjasto (2. kerros) ") == "Kallion kirjasto (2. kerros)"
    assert person("Åsa") == "Åsa"
    assert person("x" * 100) == "x" * 100
