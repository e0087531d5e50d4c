"""Measures the pipeline against what people said of the same texts, as it is or learning anew for each fold."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipelines.assemble import annotation, build, make_doc
from pipelines.evaluation.folds import deal, learn_and_tell
from pipelines.evaluation.report import Report, report
from pipelines.evaluation.table import compare
from pipelines.examples import Example
from tinymovements.model import Annotation
from tinymovements.privacy import Gate


def evaluate(examples: Sequence[Example], advance: Callable[[int], None], encoder: Path | None = None) -> Report:
    """How well the pipeline as it is, with the encoder in a folder or by words alone, says what people said of these texts."""
    nlp = build(encoder, threads=os.cpu_count() or 1)
    told: list[Annotation] = []
    for doc in nlp.pipe(make_doc(nlp, text.title, text.text) for text in map(_kept, examples)):
        told.append(annotation(doc))
        advance(1)
    return report(compare(examples, told))


def cross_validate(examples: Sequence[Example], also: Sequence[Example], folds: int, tell: Callable[[str], None]) -> Report:
    """How well it would say it had it learned from the other folds of these examples, and from what is `also` there."""
    told: dict[int, Annotation] = {}
    for number, held in enumerate(deal(examples, folds), 1):
        rest = [*also, *(examples[row] for row in np.setdiff1d(np.arange(len(examples)), held))]
        tell(f"fold {number} of {folds}: learning from {len(rest):,} texts, {len(held):,} held out")
        texts = [_kept(examples[row]) for row in held]
        told |= dict(zip(held.tolist(), learn_and_tell(rest, texts), strict=True))
    return report(compare(examples, [told[row] for row in range(len(examples))]), folds)


def _kept(example: Example) -> Example:
    """The text as the pipeline meets it: behind the gate. People labelled what stood before it."""
    gate = Gate(bytes(32))  # names no author, so any key will do
    return replace(example, title=example.title and gate.scrub(example.title), text=gate.scrub(example.text))
