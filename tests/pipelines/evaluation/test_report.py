"""A report says all of it: in the whole and in parts, with bounds that hold, and only where there is something to say."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
import pytest

from pipelines.evaluation.measures import BINS
from pipelines.evaluation.report import Confusion, Figure, report
from pipelines.evaluation.table import Table, compare
from pipelines.examples import Example
from tinymovements.model import Annotation
from tools.docs import DOCS

Labelled = Callable[..., Example]
Said = Callable[..., Annotation]


def test_a_figure_lies_between_its_bounds_and_the_same_texts_give_the_same(drawn: Table) -> None:
    told = report(drawn)
    assert told == report(drawn)
    assert (told.texts, told.writers, told.folds) == (80, 10, None)
    micro = told.measures["movements_micro_f1"]
    assert micro.low < micro.value < micro.high
    assert micro.cases == drawn.truths["movements"].sum()


def test_bounds_are_as_wide_as_chance_would_have_them(drawn: Table) -> None:
    """A share of 80 texts drawn one by one: the middle 95 % of a binomial distribution."""
    right = np.arange(80) < 60
    shares = {**drawn.shares, "language": np.stack((right, np.ones(80)), axis=1).astype(np.float64)}
    alone = replace(drawn, writers=tuple(map(str, range(80))), shares=shares)
    figure = report(alone).measures["language"]
    assert figure.value == 0.75
    assert figure.high - figure.low == pytest.approx(2 * 1.96 * np.sqrt(0.75 * 0.25 / 80), rel=0.1)
    together = report(replace(alone, writers=tuple(str(number // 20) for number in range(80)))).measures["language"]
    assert together.high - together.low > 2 * (figure.high - figure.low)


def test_parts_are_measured_as_if_they_were_alone(drawn: Table) -> None:
    told = report(drawn)
    assert list(told.languages) == ["fi", "sv"]
    assert list(told.registers) == ["post"]
    assert told.registers["post"] == told.measures
    swedish = report(drawn.part(np.array(drawn.languages) == "sv")).measures
    assert {name: figure.value for name, figure in told.languages["sv"].items()} == {
        name: figure.value for name, figure in swedish.items()
    }


def test_what_cannot_be_measured_is_left_out(labelled: Labelled, said: Said) -> None:
    told = report(compare([labelled()], [said(["street-art"])]))
    assert set(told.measures) == {"movements_precision", "movement_where_none", "language"}
    assert told.measures["movement_where_none"] == Figure(1, 1, 1, 1)
    assert not any(told.reliability.values())


def test_a_movement_is_measured_by_itself(labelled: Labelled, said: Said) -> None:
    examples = [labelled(["street-art"]), labelled(["street-art"]), labelled()]
    told = report(compare(examples, [said(["street-art"]), said(), said(["street-art"])]))
    street_art = told.movements["street-art"]
    assert {name: figure.value for name, figure in street_art.items() if name != "average_precision"} == {
        "f1": 0.5,
        "precision": 0.5,
        "recall": 0.5,
    }
    assert street_art["f1"].cases == 2
    assert told.movements["pop-up-food"] == {}


def test_confusions_say_what_was_given_in_the_place_of_what(labelled: Labelled, said: Said) -> None:
    examples = [labelled(["street-art"]), labelled(["street-art"]), labelled(["mutual-aid"]), labelled(), labelled(["pop-up-food"])]
    told = [said(["diy-urbanism"]), said(["diy-urbanism"]), said(), said(["mutual-aid"]), said(["pop-up-food"])]
    assert report(compare(examples, told)).confusions == (
        Confusion("street-art", "diy-urbanism", 2),
        Confusion(None, "mutual-aid", 1),
        Confusion("mutual-aid", None, 1),
    )


def test_reliability_counts_every_probability_once(drawn: Table) -> None:
    told = report(drawn)
    assert set(told.reliability) == {"movements", "initiative", "self_organised"}
    movements = told.reliability["movements"]
    assert len(movements) <= BINS
    assert sum(one.cases for one in movements) == drawn.truths["movements"].size
    error = sum(abs(one.predicted - one.true) * one.cases for one in movements) / drawn.truths["movements"].size
    assert told.measures["movements_ece"].value == pytest.approx(error, abs=1e-3)


def test_the_page_names_every_field_of_the_json_and_every_measure(drawn: Table) -> None:
    page = (DOCS / "evaluate.md").read_text("utf-8")
    told = json.loads(json.dumps(asdict(report(drawn))))
    named = set(re.findall(r"`([a-z_0-9.]+)`", page))
    assert set(told) <= named
    assert set(told["measures"]) <= named
    assert {*told["measures"]["language"], *told["confusions"][0], *told["reliability"]["movements"][0]} <= named
    assert set(told["movements"]["street-art"]) <= named
