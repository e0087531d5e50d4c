"""Fits a linear model to the features of texts: margins of rows it has not seen give its calibration and its threshold.

And fits how what it says is weighed against what vectors say.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from pipelines.blend import ClauseWeighing, Weighing
from pipelines.features import Vocabulary
from pipelines.linear import LinearModel

FOLDS = 6
SEED = 20260

# Strength of the fit (inverse of the penalty). Flat between 8 and 64 on folds by voice.
_STRENGTH = 16.0

_STEPS = 64
"""To one: what coefficients are rounded to. Up to 32 a float16 holds such numbers exactly; the largest are 18."""

_SURE = 20.0
"""Log-odds of what always is."""

Floats = NDArray[np.float64]


class Fitted(NamedTuple):
    """A model, and the log-odds that it gives to rows it has not seen: rows x labels, NaN where a row was not held out."""

    model: LinearModel
    held_out: Floats


def fit(
    vocabulary: Vocabulary,
    matrix: csr_array,
    labels: Sequence[str],
    targets: Floats,
    weights: Floats,
    groups: Sequence[str],
    held: NDArray[np.bool_],
    judged: NDArray[np.bool_],
    sets: Sequence[Sequence[str]],
) -> Fitted:
    """A model of the labels, of texts that are the rows of `matrix` by the vocabulary.

    `targets` is rows x labels: 1, 0, or NaN where nobody judged. `weights` is how much each row counts. Rows that `held` marks
    are held out, whole groups at a time; on those of them that `judged` marks it is calibrated and thresholds are found. Labels
    of one of the `sets` share the slope of their calibration and the threshold, the one of the best F1 over the set: alone each
    has too few positives. A label of no set keeps its margins as they are.
    """
    margins = held_out_margins(matrix, targets, weights, groups, held)
    coefficients, intercepts = _regress(matrix, targets, weights)
    slopes, offsets = np.ones(len(labels)), np.zeros(len(labels))
    thresholds: dict[str, float] = {}
    for sharing in sets:
        columns = [labels.index(label) for label in sharing]
        seen, truth = margins[judged][:, columns], targets[judged][:, columns]
        slopes[columns], offsets[columns] = _calibrate(seen, truth)
        probabilities = 1 / (1 + np.exp(-(slopes[columns] * seen + offsets[columns])))
        thresholds |= dict.fromkeys(sharing, best_threshold(probabilities, truth))
    model = LinearModel(
        labels=tuple(labels),
        vocabulary=vocabulary,
        coefficients=rounded(coefficients),
        intercepts=intercepts.astype(np.float32),
        slopes=slopes.astype(np.float32),
        offsets=offsets.astype(np.float32),
        thresholds=thresholds,
    )
    return Fitted(model, slopes * margins + offsets)


def rounded(coefficients: Floats) -> NDArray[np.float16]:
    """The same to multiples of a 64th: the file takes less than half, for a text is a row of length one.

    Of 360 posts no probability moved by more than 0.008, and the mean one by 0.0001.
    """
    return (np.round(coefficients * _STEPS) / _STEPS).astype(np.float16)


def joined(one: Fitted, other: Fitted) -> Fitted:
    """Both as one model: they have other labels and the same vocabulary."""
    model = LinearModel(
        labels=(*one.model.labels, *other.model.labels),
        vocabulary=one.model.vocabulary,
        coefficients=np.hstack([one.model.coefficients, other.model.coefficients]),
        intercepts=np.append(one.model.intercepts, other.model.intercepts),
        slopes=np.append(one.model.slopes, other.model.slopes),
        offsets=np.append(one.model.offsets, other.model.offsets),
        thresholds=one.model.thresholds | other.model.thresholds,
    )
    return Fitted(model, np.hstack([one.held_out, other.held_out]))


def weigh(
    labels: Sequence[str],
    words: Floats,
    vectors: Floats,
    targets: Floats,
    sets: Sequence[Sequence[str]],
    asks: Floats | None = None,
) -> dict[str, Weighing]:
    """How the log-odds by words and those by vectors are weighed, rows x labels each, of rows that neither has seen.

    And with them, where it is given, how surely each row `asks` something of the city. Labels of one of the `sets` share the
    weights and the threshold; each has an offset of its own.
    """
    weighed: dict[str, Weighing] = {}
    for sharing in sets:
        columns = [labels.index(label) for label in sharing]
        truth = targets[:, columns]
        known = ~np.isnan(truth)
        said = [words[:, columns], vectors[:, columns]]
        if asks is not None:
            said.append(np.broadcast_to(asks[:, np.newaxis], truth.shape))
        together = np.stack(said, axis=-1)
        shared = LogisticRegression(C=1e6).fit(together[known], truth[known])
        weights = shared.coef_[0].round(4)
        scores = together @ weights
        offsets = np.array([_offset(scores[rows, at], truth[rows, at]) for at, rows in enumerate(known.T)])
        threshold = best_threshold(1 / (1 + np.exp(-(scores + offsets))), truth)
        by_words, by_vector, *by_asks = weights.tolist()
        weighed |= {
            label: Weighing(by_words, by_vector, round(offset, 4), threshold, *by_asks)
            for label, offset in zip(sharing, offsets.tolist(), strict=True)
        }
    return weighed


def weigh_clauses(labels: Sequence[str], own: Floats, others: Floats, targets: Floats) -> dict[str, ClauseWeighing]:
    """How each label of sentences is told by the log-odds of all (sentences x labels) and by how many others say each."""
    weighed = {}
    said = np.concatenate([own, others], axis=1)
    for column, label in enumerate(labels):
        model = LogisticRegression(C=1e6, max_iter=1000).fit(said, targets[:, column])
        weights, offset = model.coef_[0].round(4), round(float(model.intercept_[0]), 4)
        probabilities = 1 / (1 + np.exp(-(said @ weights + offset)))
        of_own, of_others = tuple(weights[: len(labels)].tolist()), tuple(weights[len(labels) :].tolist())
        threshold = settled_threshold(probabilities, targets[:, column])
        weighed[label] = ClauseWeighing(of_own, of_others, offset, threshold)
    return weighed


def as_matrix(vocabulary: Vocabulary, documents: Sequence[Sequence[str]]) -> csr_array:
    """Documents as rows."""
    known = [np.array(vocabulary.columns(names), dtype=np.int64) for names in documents]
    rows = np.repeat(np.arange(len(known)), [len(columns) for columns in known])
    return vocabulary.matrix(rows, np.concatenate(known), len(known))


def _regress(matrix: csr_array, targets: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Coefficients (features x labels) and intercepts, one logistic regression a label."""
    coefficients = np.zeros((matrix.shape[1], targets.shape[1]))
    intercepts = np.zeros(targets.shape[1])
    for label in range(targets.shape[1]):
        known = ~np.isnan(targets[:, label])
        if len(set(targets[known, label])) < 2:  # nothing to tell apart: no proposal, say, where one learns from posts alone
            intercepts[label] = _SURE if targets[known, label].any() else -_SURE
            continue
        # liblinear: its result does not hang on the number of threads. In the dual the same optimum takes an eighth of the time.
        model = LogisticRegression(
            C=_STRENGTH, solver="liblinear", dual=True, max_iter=1000, random_state=SEED, intercept_scaling=4.0
        )
        model.fit(matrix[known], targets[known, label], sample_weight=weights[known])
        coefficients[:, label], intercepts[label] = model.coef_[0], model.intercept_[0]
    return coefficients, intercepts


def held_out_margins(matrix: csr_array, targets: Floats, weights: Floats, groups: Sequence[str], held: NDArray[np.bool_]) -> Floats:
    """For each row held out the margins of a model that saw none of its group; NaN for the others."""
    margins = np.full(targets.shape, np.nan)
    rows = np.flatnonzero(held)
    names = np.array(groups)[rows]
    for _, test in GroupKFold(min(FOLDS, len(set(names)))).split(rows, groups=names):
        out = rows[test]
        rest = np.setdiff1d(np.arange(len(groups)), out)
        coefficients, intercepts = _regress(matrix[rest], targets[rest], weights[rest])
        margins[out] = matrix[out] @ coefficients + intercepts
    return margins


def _calibrate(margins: Floats, targets: Floats) -> tuple[float, Floats]:
    """One slope for all and an offset for each label (Platt 1999)."""
    known = ~np.isnan(targets)
    shared = LogisticRegression(C=1e6).fit(margins[known].reshape(-1, 1), targets[known])
    slope = float(shared.coef_[0, 0])
    offsets = np.zeros(targets.shape[1])
    for label in range(targets.shape[1]):
        rows = known[:, label]
        offsets[label] = _offset(slope * margins[rows, label], targets[rows, label])
    return slope, offsets


def _offset(scores: Floats, truth: Floats) -> float:
    """What to add to the scores so that their probabilities sum to the number of positives (with one half of each kind more)."""
    low, high, wanted = -20.0, 20.0, truth.sum() + 0.5
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if (1 / (1 + np.exp(-(scores + middle)))).sum() > wanted else (middle, high)
    return round(low, 6)


def best_threshold(probabilities: Floats, targets: Floats) -> float:
    """The threshold with the best F1 over all labels given, to two decimals, from 0.05 to 0.95."""
    return _THRESHOLDS[int(np.argmax(_f1_by_threshold(probabilities, targets)))]


def settled_threshold(probabilities: Floats, targets: Floats) -> float:
    """The middle one of the thresholds whose F1 is within a hundredth of the best: which of them is best is chance."""
    f1 = _f1_by_threshold(probabilities, targets)
    good = np.flatnonzero(f1 >= f1.max() - 0.01)
    return _THRESHOLDS[int(good[len(good) // 2])]


_THRESHOLDS = [round(0.05 + 0.01 * step, 2) for step in range(91)]


def _f1_by_threshold(probabilities: Floats, targets: Floats) -> Floats:
    known = ~np.isnan(targets)
    scores, truth = probabilities[known], targets[known] > 0.5
    found = (scores >= threshold for threshold in _THRESHOLDS)
    return np.array([2 * float((some & truth).sum()) / max(1, int(some.sum() + truth.sum())) for some in found])
