"""The measures, each for many resamples of the texts at once: a value and of how many, NaN where there was nothing to measure."""

from collections.abc import Iterator, Sequence

import numpy as np

from pipelines.evaluation.table import CLAUSES, JUDGED, MOVEMENTS, PLACES, Bools, Floats, Table

RESAMPLES = 1000
SEED = 20260
BINS = 10
"""Of equal width, in which probabilities are held against what is true."""

_AT_ONCE = 100
"""Resamples: what bounds memory, 80 MB for 100,000 texts."""

Measured = tuple[Floats, Floats]
"""The value, and of how many, in each resample (and of each label)."""


def resamples(writers: Sequence[str]) -> Iterator[Floats]:
    """Resamples x texts, how often each text counts: first every text once, then 1,000 draws with replacement, a hundred at a time.

    Writers are drawn with all their texts, for those are alike; texts of a single writer one by one.
    """
    names, of = np.unique(writers, return_inverse=True)
    if len(names) == 1:
        of = np.arange(len(writers))
    several = of.max() + 1
    yield np.ones((1, len(writers)))
    chance = np.random.default_rng(SEED)
    for _ in range(RESAMPLES // _AT_ONCE):
        # A text's numbers lie side by side: texts are picked out far more often than resamples.
        yield chance.multinomial(several, np.full(several, 1 / several), _AT_ONCE).T[of].astype(np.float64).T


def measures(table: Table, weights: Floats) -> dict[str, Measured]:
    """Every measure of these texts by its name."""
    movements = np.tensordot(weights, table.counts[MOVEMENTS], 1)
    said = {
        "movements_micro_f1": f1(movements.sum(axis=1)),
        "movements_macro_f1": mean(f1(movements)),
        "movements_precision": precision(movements.sum(axis=1)),
        "movements_recall": recall(movements.sum(axis=1)),
        "movements_mean_ap": mean(average_precisions(table, weights)),
    }
    said |= {f"{name}_ap": average_precision(*_column(table, name), weights) for name in JUDGED}
    said |= {f"{name}_f1": f1(np.tensordot(weights, table.counts[name], 1)[:, 0]) for name in (*CLAUSES, PLACES)}
    said |= {name: share(counted, weights) for name, counted in table.shares.items()}
    said |= {f"{name}_ece": calibration_error(np.tensordot(weights, in_bins(table, name), 1)) for name in (MOVEMENTS, *JUDGED)}
    return said | {"top_movement_ece": calibration_error(np.tensordot(weights, _top_in_bins(table), 1))}


def by_movement(table: Table, weights: Floats) -> dict[str, Measured]:
    """What there is to say of each movement by itself: resamples x movements."""
    counts = np.tensordot(weights, table.counts[MOVEMENTS], 1)
    return {
        "f1": f1(counts),
        "precision": precision(counts),
        "recall": recall(counts),
        "average_precision": average_precisions(table, weights),
    }


def f1(counts: Floats) -> Measured:
    """Harmonic mean of precision and recall, of all that was to be found."""
    right, wrong, missed = np.moveaxis(counts, -1, 0)
    wanted = right + missed
    return ratio(2 * right, np.where(wanted > 0, 2 * right + wrong + missed, 0)), wanted


def precision(counts: Floats) -> Measured:
    """How much of what was given is right."""
    right, wrong, _ = np.moveaxis(counts, -1, 0)
    return ratio(right, right + wrong), right + wrong


def recall(counts: Floats) -> Measured:
    """How much of what was to be found is given."""
    right, _, missed = np.moveaxis(counts, -1, 0)
    return ratio(right, right + missed), right + missed


def share(counted: Floats, weights: Floats) -> Measured:
    """How many of all."""
    some, several = (weights @ counted).T
    return ratio(some, several), several


def mean(of_labels: Measured) -> Measured:
    """Over the labels of which there is something to measure, each counting alike."""
    known = ~np.isnan(of_labels[0])
    count = known.sum(axis=1).astype(np.float64)
    return ratio(np.where(known, of_labels[0], 0).sum(axis=1), count), count


def ratio(some: Floats, several: Floats) -> Floats:
    """The quotient, NaN where there is nothing."""
    quotient = np.full(several.shape, np.nan)
    np.divide(some, several, out=quotient, where=several > 0)
    return quotient


def average_precisions(table: Table, weights: Floats) -> Measured:
    """Of each movement; a text for which it is borderline does not count."""
    truths, scores = table.truths[MOVEMENTS], table.scores[MOVEMENTS]
    made = [average_precision(truths[:, label], scores[:, label], weights) for label in range(len(table.ids))]
    values, cases = zip(*made, strict=True)
    return np.stack(values, axis=1), np.stack(cases, axis=1)


def average_precision(truth: Floats, scores: Floats, weights: Floats) -> Measured:
    """The precision at each text that is true, averaged, where texts are read from the highest score down."""
    known = np.flatnonzero(~np.isnan(truth))
    order = known[np.argsort(-scores[known], kind="stable")]
    if not _both(truth):
        return np.full(len(weights), np.nan), weights @ np.nan_to_num(truth)
    true = np.flatnonzero(truth[order])
    lasts = np.flatnonzero(np.diff(scores[order], append=np.inf))  # those of one score count together
    runs, first = np.unique(np.searchsorted(lasts, true), return_index=True)  # precision is read where something true is met
    ends = lasts[runs] + 1
    read = weights.T[order[: ends[-1]]]
    steps = np.add.reduceat(read[true], first)
    right, so_far = np.cumsum(steps, axis=0), np.cumsum(np.add.reduceat(read, np.append(0, ends[:-1])), axis=0)
    return ratio((steps * np.nan_to_num(ratio(right, so_far))).sum(axis=0), right[-1]), right[-1]


def in_bins(table: Table, name: str) -> Floats:
    """Texts x bins x (how many probabilities, their sum, how many of them are true)."""
    return _binned(table.truths[name], table.scores[name], ~np.isnan(table.truths[name]))


def _top_in_bins(table: Table) -> Floats:
    """The same of each text's likeliest movement alone."""
    truth, scores = table.truths[MOVEMENTS], table.scores[MOVEMENTS]
    likeliest = np.arange(scores.shape[1]) == scores.argmax(axis=1)[:, np.newaxis]
    return _binned(truth, scores, likeliest & ~np.isnan(truth))


def _binned(truth: Floats, scores: Floats, counted: Bools) -> Floats:
    made = np.zeros((len(truth), BINS, 3))
    if not _both(truth):
        return made
    row, column = np.nonzero(counted)
    scores, truth = scores[row, column], truth[row, column]
    bins = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    np.add.at(made, (row, bins), np.stack((np.ones(len(row)), scores, truth), axis=1))
    return made


def calibration_error(bins: Floats) -> Measured:
    """How far the mean probability of a bin and its share of true ones lie apart, on the average over all (Naeini et al. 2015)."""
    count, predicted, true = np.moveaxis(bins, -1, 0)
    return ratio(np.abs(predicted - true).sum(axis=1), count.sum(axis=1)), count.sum(axis=1)


def _both(truth: Floats) -> bool:
    """Whether some are true and some are not: people who were asked for one kind alone tell nothing of the other."""
    return bool((truth == 1).any() and (truth == 0).any())


def _column(table: Table, name: str) -> tuple[Floats, Floats]:
    return table.truths[name][:, 0], table.scores[name][:, 0]
