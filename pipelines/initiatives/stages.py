"""Reads the stage of life that a post shows of its initiative, with the sentence that says so, and how stages follow each other."""

import math
import re
from collections.abc import Sequence

import numpy as np

from pipelines.initiatives.evidence import Evidence
from pipelines.initiatives.stage_model import Floats, StageModel, load
from pipelines.initiatives.ways import Sentence, read
from pipelines.vectors import unpack
from tinymovements.initiative import STAGES, Quote, Stage, StageSign

BY_WORDS = "by-words"
"""The rule of a sentence that says its stage in none of the listed ways: its words speak for it, more than those of the others."""

_SURE, _REVIVES = 0.5, 0.75
"""Probabilities of a sign that a stage changes by, where it speaks against the one before it, and where that one was the end."""
_FOLLOWS: dict[Stage, dict[Stage, float]] = {
    "spark": {"forming": 0, "active": 0, "institutional": _SURE, "dormant": _SURE, "ended": _SURE},
    "forming": {"active": 0, "institutional": _SURE, "dormant": _SURE, "ended": _SURE},
    "active": {"institutional": _SURE, "dormant": _SURE, "ended": _SURE},
    "institutional": {"dormant": _SURE, "ended": _SURE},
    "dormant": {"forming": _SURE, "active": _SURE, "institutional": _SURE, "ended": _SURE},
    "ended": {"forming": _REVIVES, "active": _REVIVES, "institutional": _REVIVES},
}
"""What may come after a stage. A wish or a plan in what runs leaves it running, and an association goes on meeting."""

_SHORTEST = 20
"""Characters of a sentence that is shown, where there is another."""

_SAYS_SOMETHING = re.compile(r"[^\W\d_]")
_PLACEHOLDER = re.compile(r"\[[a-z]+\]")


def read_stage(evidence: Evidence) -> StageSign | None:
    """The stage that a post shows; None where it says nothing."""
    told = read(evidence.title, evidence.text, evidence.annotation.language)
    saying = [at for at, sentence in enumerate(told.sentences) if _says_something(sentence.text)]
    if not saying:
        return None
    model = load()
    whole_says, brings = model.says(told, direction(evidence.vector))
    column = int(whole_says.argmax())
    stage = STAGES[column]
    at = max(saying, key=lambda at: (*_tells(told.sentences[at], stage), brings[at][column] - brings[at].mean(), -at))
    return StageSign(
        stage=stage,
        rule=_rule(model, told.sentences[at], stage),
        score=round(float(1 / np.exp(whole_says - whole_says[column]).sum()), 4),
        quote=_quote(evidence, told.sentences[at]),
    )


def direction(vector: bytes | None) -> Floats | None:
    """A kept vector at length one; None where there is none."""
    if vector is None:
        return None
    numbers = unpack(vector)
    return np.asarray(numbers / (np.linalg.norm(numbers) or 1.0), np.float32)


def _says_something(sentence: str) -> bool:
    return bool(_SAYS_SOMETHING.search(_PLACEHOLDER.sub("", sentence)))


def _tells(sentence: Sentence, stage: Stage) -> tuple[bool, bool]:
    """Whether it says the stage in a listed way, and is long enough to be understood alone."""
    return any(way.stage == stage for way in sentence.ways), len(sentence.text) >= _SHORTEST


def _rule(model: StageModel, sentence: Sentence, stage: Stage) -> str:
    """The way of the stage in which the sentence says it most surely."""
    column = STAGES.index(stage)
    met = [way.id for way in sentence.ways if way.stage == stage]
    return max(met, key=lambda id: model.weight(id, column), default=BY_WORDS)


def _quote(evidence: Evidence, sentence: Sentence) -> Quote:
    return Quote(
        post=evidence.id,
        text=sentence.text,
        start=sentence.start,
        end=sentence.start + len(sentence.text),
        field=sentence.field,
        posted=evidence.posted,
        language=evidence.annotation.language,
    )


def course(signs: Sequence[StageSign]) -> tuple[StageSign, ...]:
    """The changes of stage that signs tell of, oldest first as they are; the last one is how far the initiative is.

    Signs without a date count only where none has one. What speaks against the stage before it must be sure; nothing follows from
    there being no sign.
    """
    changes: list[StageSign] = []
    for sign in [sign for sign in signs if sign.quote.posted] or signs:
        if not changes or sign.score >= _FOLLOWS[changes[-1].stage].get(sign.stage, math.inf):
            changes.append(sign)
    return tuple(changes)
