"""All measures of a table, in the whole and in parts, each with its interval. docs/evaluate.md promises the fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.evaluation.measures import Measured, by_movement, in_bins, measures, resamples
from pipelines.evaluation.table import JUDGED, MOVEMENTS, Floats, Table

_INTERVAL = (2.5, 97.5)
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Figure:
    """A value between 0 and 1, the bounds of the middle 95 % of resamples, and of how many cases it is."""

    value: float
    low: float
    high: float
    cases: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Probabilities that lie close together: their mean, the share of them that is true, and how many they are."""

    predicted: float
    true: float
    cases: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """In how many texts `wanted` was missed where `given` was wrong. None: nothing was missed, nothing wrong was given."""

    wanted: str | None
    given: str | None
    texts: int


Figures = dict[str, Figure]


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured; a measure for which there was no case is left out."""

    pipeline: str
    texts: int
    writers: int
    folds: int | None
    """None where the model that is in use was measured."""
    measures: Figures
    languages: dict[str, Figures]
    registers: dict[str, Figures]
    movements: dict[str, Figures]
    confusions: tuple[Confusion, ...]
    """The most frequent first."""
    reliability: dict[str, tuple[Bin, ...]]


def report(table: Table, folds: int | None = None) -> Report:
    """The measures of a table: in the whole, by language, by register and by movement."""
    everything = np.ones(len(table), dtype=np.bool_)
    parts = {("", ""): everything}
    for name in ("languages", "registers"):
        values = np.array(getattr(table, name))
        parts |= {(name, value): values == value for value in sorted(set(values.tolist()))}
    tables = {key: table if rows.all() else table.part(rows) for key, rows in parts.items()}
    measured: dict[tuple[str, str], list[dict[str, Measured]]] = {key: [] for key in parts}
    of_movements = []
    for weights in resamples(table.writers):
        whole = measures(table, weights)
        for key, rows in parts.items():
            measured[key].append(whole if rows.all() else measures(tables[key], weights.T[rows].T))
        of_movements.append(by_movement(table, weights))
    figures = {key: _figures(blocks) for key, blocks in measured.items()}
    return Report(
        pipeline=table.pipeline,
        texts=len(table),
        writers=len(set(table.writers)),
        folds=folds,
        measures=figures["", ""],
        languages={value: found for (name, value), found in figures.items() if name == "languages"},
        registers={value: found for (name, value), found in figures.items() if name == "registers"},
        movements={id: _figures(of_movements, label) for label, id in enumerate(table.ids)},
        confusions=_confusions(table),
        reliability={name: _reliability(table, name) for name in (MOVEMENTS, *JUDGED)},
    )


def _figures(blocks: Sequence[Mapping[str, Measured]], label: int | None = None) -> Figures:
    """A figure of each measure, or of each measure of one label."""
    made = {}
    for name in blocks[0]:
        values, cases = (np.concatenate([block[name][part] for block in blocks]) for part in (0, 1))
        if label is not None:
            values, cases = values[:, label], cases[:, label]
        if not np.isnan(values[0]):
            drawn = values[1:][~np.isnan(values[1:])]
            low, high = np.percentile(drawn if len(drawn) else values[:1], _INTERVAL).tolist()
            value, low, high = (round(float(bound), _DIGITS) for bound in (values[0], low, high))
            made[name] = Figure(value, low, high, round(cases[0]))
    return made


def _confusions(table: Table) -> tuple[Confusion, ...]:
    wrong, missed = table.counts[MOVEMENTS][..., 1], table.counts[MOVEMENTS][..., 2]
    instead: Floats = missed.T @ wrong
    for_nothing, for_none = (one[~other.any(axis=1)].sum(axis=0) for one, other in ((missed, wrong), (wrong, missed)))
    found = [Confusion(table.ids[a], table.ids[b], int(instead[a, b])) for a, b in zip(*np.nonzero(instead), strict=True)]
    found += [Confusion(id, None, int(count)) for id, count in zip(table.ids, for_nothing, strict=True) if count]
    found += [Confusion(None, id, int(count)) for id, count in zip(table.ids, for_none, strict=True) if count]
    return tuple(sorted(found, key=lambda one: (-one.texts, one.wanted or "", one.given or "")))


def _reliability(table: Table, name: str) -> tuple[Bin, ...]:
    bins = in_bins(table, name).sum(axis=0).tolist()
    return tuple(Bin(round(said / count, _DIGITS), round(true / count, _DIGITS), int(count)) for count, said, true in bins if count)
