"""Measures the pipeline against what people said of the same texts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sklearn.metrics import average_precision_score

from pipelines.assemble import annotation, build, make_doc
from pipelines.examples import Example
from tinymovements.model import Annotation, Span


@dataclass(frozen=True, slots=True)
class Score:
    """One measure: its value between 0 and 1, and of how many cases."""

    measure: str
    value: float
    cases: int


@dataclass(slots=True)
class Tally:
    """Found and right, found but wrong, missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def add(self, found: set[str] | frozenset[str], required: frozenset[str], allowed: frozenset[str]) -> None:
        """Count one text: a required id that is missing is missed, one that is not allowed is wrong."""
        self.right += len(found & required)
        self.wrong += len(found - allowed)
        self.missed += len(required - found)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where there was nothing to find."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 0.0


def evaluate(examples: Sequence[Example], advance: Callable[[int], None]) -> list[Score]:
    """Micro-F1 of movements, average precision of initiative and self-organised, F1 of needs, offers and asks, share of languages.

    The rule for borderline movements is that of `pipelines.examples.Example`. A need is found where its clause and the one found
    overlap by half or more.
    """
    nlp = build()
    told: list[Annotation] = []
    for example in examples:
        told.append(annotation(nlp(make_doc(nlp, example.title, example.text))))
        advance(1)
    pairs = list(zip(examples, told, strict=True))
    scores = [_movements("movements", pairs)]
    for language in sorted({example.language for example in examples}):
        scores.append(_movements(f"movements, {language}", [pair for pair in pairs if pair[0].language == language]))
    right = [example.language == said.language for example, said in pairs]
    scores.append(Score("language", sum(right) / len(right), len(right)))
    for name in ("initiative", "self_organised"):
        scores += _probability(name, [(getattr(example, name), getattr(said, name)) for example, said in pairs])
    for name in ("needs", "offers", "asks"):
        marked = [(getattr(example, name), getattr(said, name)) for example, said in pairs if getattr(example, name) is not None]
        scores += [_spans(name, marked)] if marked else []
    return scores


def _movements(measure: str, pairs: Sequence[tuple[Example, Annotation]]) -> Score:
    tally = Tally()
    for example, said in pairs:
        tally.add({movement.id for movement in said.movements}, example.required, example.allowed)
    return Score(f"{measure} (micro-F1)", tally.f1, len(pairs))


def _probability(name: str, pairs: Iterable[tuple[bool | None, float]]) -> list[Score]:
    known = [(truth, score) for truth, score in pairs if truth is not None]
    truths, scores = [truth for truth, _ in known], [score for _, score in known]
    if len(set(truths)) < 2:
        return []
    return [Score(f"{name} (average precision)", float(average_precision_score(truths, scores)), len(known))]


def _spans(name: str, pairs: Sequence[tuple[Sequence[str], Sequence[Span]]]) -> Score:
    tally = Tally()
    for wanted, found in pairs:
        met = {clause for clause in wanted if any(_overlap(clause, span.text) for span in found)}
        tally.right += len(met)
        tally.missed += len(set(wanted) - met)
        tally.wrong += sum(not any(_overlap(clause, span.text) for clause in wanted) for span in found)
    return Score(f"{name} (F1 of clauses)", tally.f1, len(pairs))


def _overlap(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return short in long and 2 * len(short) >= len(long)
