"""What these tests share: texts that people labelled and what was said of them, each with no more than a test is about."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from pipelines.evaluation.table import Table, compare
from pipelines.examples import Example
from tinymovements.model import Annotation, MovementScore, Place, Span
from tinymovements.taxonomy import load_taxonomy

Labelled = Callable[..., Example]
Said = Callable[..., Annotation]


@pytest.fixture
def labelled() -> Labelled:
    """Makes a labelled text."""

    def make(required: Iterable[str] = (), borderline: Iterable[str] = (), **given: Any) -> Example:
        required = frozenset(required)
        values = {
            "id": "1",
            "text": "",
            "language": "fi",
            "initiative": None,
            "self_organised": None,
            "group": "a",
            "register": "post",
        }
        return Example(required=required, allowed=required | frozenset(borderline), **values | given)

    return make


@pytest.fixture
def said() -> Said:
    """Makes what the pipeline said of a text: the movements given, probabilities, and clauses by their words alone."""

    def make(given: Iterable[str] = (), **told: Any) -> Annotation:
        values: dict[str, Any] = {"language": "fi", "initiative": 0.5, "self_organised": 0.5, **told}
        for name in ("needs", "offers", "asks"):
            values[name] = [Span(text=clause, start=0, end=len(clause), kind="other") for clause in values.get(name, ())]
        values["places"] = [Place(name=name) for name in values.get("places", ())]
        return Annotation(version="1", movements=tuple(MovementScore(id=id, score=0.9) for id in given), **values)

    return make


@pytest.fixture
def drawn(labelled: Labelled, said: Said) -> Table:
    """Eighty texts by ten writers in two languages, labelled and judged by chance; no text is borderline."""
    chance, ids = np.random.default_rng(7), load_taxonomy().ids
    examples, told = [], []
    for number in range(80):
        truth = chance.random(len(ids)) < 0.2
        scores = np.round(np.clip(0.5 * truth + 0.6 * chance.random(len(ids)), 0, 1), 2)  # with ties
        initiative = bool(truth.any())
        some = {
            "group": str(number % 10),
            "language": "fi" if number % 10 < 7 else "sv",
            "initiative": initiative,
            "self_organised": initiative and bool(number % 2),
        }
        examples.append(labelled([id for id, true in zip(ids, truth, strict=True) if true], **some))
        given = [id for id, score in zip(ids, scores, strict=True) if score >= 0.5]
        likely = float(np.round(np.clip(0.4 * initiative + 0.6 * chance.random(), 0, 1), 2))
        scored = dict(zip(ids, scores.tolist(), strict=True))
        told.append(said(given, scores=scored, initiative=likely, self_organised=likely))
    return compare(examples, told)
