"""How probably two posts are of one initiative, from what their signals have in common."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.initiatives.learnt import load
from pipelines.initiatives.signals import COLUMNS, FAMILIES, Signal

Floats = NDArray[np.float32]
Pairs = NDArray[np.int64]
"""Positions of two signals in each row."""

_SUREST = 12.0

UNDATED = 3.0
"""Log-odds that a pair has less where a post has no date: it meets those of all years, and the invented worlds, in which all posts
have one, say nothing of such pairs. Of 100 joined pairs of the proposals of one city, which have none, read twice: 11 of 11 with
log-odds of 4 and more were the same, 4 of 17 of those with 2 to 4, and 7 of 72 of the others."""

_PART = 5_000
"""Pairs that are compared at once: their rows take some 12 MB, and what is worked out from them several times that."""

FEATURES = (
    *("words_cosine", "words_shared", "words_rarest", "words_second", "words_third", "grams_cosine", "stems_longest"),
    *("spots_longest", "spots_differ", "days_shared", "days_differ", "hours_shared", "hours_differ", "time_shared", "titles"),
    *("name_shared", "name_in_words", "named_both", "names_differ", "page_in_words", "page_shared"),
    *("same_group", "same_page", "same_author", "links", "sites_shared", "sites_differ", "towns_shared", "towns_differ"),
    *("group_sites_shared", "group_towns_shared", "group_towns_differ", "site_in_group", "any_site_shared", "any_town_differ"),
    *("movements_shared", "movements_differ", "vector", "vector_unknown", "days", "days_unknown", "same_language"),
    *("initiative_least", "initiative_most", "length_least", "length_most", "forums"),
)
"""What two posts have in common and what tells them apart: the names of the columns."""


Columns = dict[str, NDArray[Any]]
"""Flat arrays: the marks of each family, their weights, and how many each signal has; figures; vectors, and how long each is."""

_FIGURES = 8


class Table:
    """The signals as matrices: a sparse one for each family of marks."""

    def __init__(self, columns: Columns) -> None:
        self.rows = {family: _matrix(columns, family) for family in FAMILIES}
        self.scalars = columns["figures"].reshape(-1, _FIGURES)
        self.vectors = _vectors(columns["vectors"], columns["vectors sizes"])
        self.lengths = np.maximum(np.array([np.linalg.norm(vector.astype(np.float32)) for vector in self.vectors]), 1e-6)
        self.norms = {family: np.maximum(np.sqrt(_total(_squared(self.rows[family]))), 1e-6) for family in ("words", "grams")}


def columns(signals: Sequence[Signal]) -> Columns:
    """What a table is made of: that of many signals is that of some of them, and then that of the others."""
    sizes = np.array([signal.sizes for signal in signals], np.int32).reshape(-1, len(FAMILIES))
    hashes = np.concatenate([np.zeros(0, np.uint32), *(signal.hashes for signal in signals)])
    weights = np.concatenate([np.zeros(0, np.float32), *(signal.weights for signal in signals)])
    marks = hashes.astype(np.int32)
    family = np.repeat(np.tile(np.arange(len(FAMILIES), dtype=np.int8), len(signals)), sizes.ravel())
    found: Columns = {}
    for at, name in enumerate(FAMILIES):
        of = family == at
        found |= {name: marks[of], f"{name} weights": weights[of], f"{name} sizes": sizes[:, at].copy()}
    told = [(s.day, s.initiative, s.length, s.forum, s.language, s.vector is not None, s.named, s.titled) for s in signals]
    vectors = [np.zeros(0, np.int8) if signal.vector is None else signal.vector for signal in signals]
    found["figures"] = np.array(told, np.float64).reshape(-1)
    found["vectors"] = np.concatenate([np.zeros(0, np.int8), *vectors])
    found["vectors sizes"] = np.array([vector.size for vector in vectors], np.int32)
    return found


def _matrix(columns: Columns, family: str) -> Any:
    sizes = columns[f"{family} sizes"]
    starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int32)
    return sparse.csr_matrix((columns[f"{family} weights"], columns[family], starts), shape=(len(sizes), COLUMNS))


def _squared(rows: Any) -> Any:
    return sparse.csr_matrix((rows.data**2, rows.indices, rows.indptr), rows.shape)


def _vectors(flat: NDArray[np.int8], sizes: NDArray[np.int32]) -> NDArray[np.int8]:
    size = int(sizes.max(initial=1))
    if (sizes == size).all():
        return flat.reshape(-1, size)
    vectors = np.zeros((len(sizes), size), np.int8)
    vectors[sizes > 0] = flat.reshape(-1, size)
    return vectors


def features(table: Table, pairs: Pairs) -> Floats:
    """What speaks for two posts and against, one row a pair, in the order of `FEATURES`."""
    parts = [_features(table, pairs[start : start + _PART]) for start in range(0, len(pairs), _PART)]
    return np.concatenate([*parts, np.zeros((0, len(FEATURES)), np.float32)])


def weigh(signals: Sequence[Signal], pairs: Pairs) -> Floats:
    """The log-odds that two posts are of one initiative, for each pair of positions."""
    return weigh_in(Table(columns(signals)), pairs)


def weigh_in(table: Table, pairs: Pairs) -> Floats:
    """The same of pairs of rows of a table."""
    parts = [log_odds(_features(table, pairs[start : start + _PART])) for start in range(0, len(pairs), _PART)]
    return np.concatenate([*parts, np.zeros(0, np.float32)])


def log_odds(told: Floats) -> Floats:
    """Of pairs with these features: the mean of several small neural networks, each with one hidden layer, less `UNDATED`."""
    learnt = load()
    # In double precision: in single a pair comes out otherwise among others than alone, by a millionth.
    scaled = (told.astype(np.float64) - learnt.pair_scale[0]) / learnt.pair_scale[1]
    total = np.zeros(len(told))
    for hidden, out in zip(learnt.pair_hidden.astype(np.float64), learnt.pair_out.astype(np.float64), strict=True):
        total += np.maximum(scaled @ hidden[:-1] + hidden[-1], 0) @ out[:-1] + out[-1]
    dateless = told[:, FEATURES.index("days_unknown")]
    return np.clip(total / len(learnt.pair_hidden) - UNDATED * dateless, -_SUREST, _SUREST).astype(np.float32)


def _features(table: Table, pairs: Pairs) -> Floats:
    a, b = pairs[:, 0], pairs[:, 1]
    at: dict[str, tuple[Any, Any]] = {family: (rows[a], rows[b]) for family, rows in table.rows.items()}
    words = _least(*at["words"])
    found = {
        "words_cosine": _total(at["words"][0].multiply(at["words"][1])) / (table.norms["words"][a] * table.norms["words"][b]),
        "words_shared": np.log1p(_total(words)),
        **dict(zip(("words_rarest", "words_second", "words_third"), _three_largest(words), strict=True)),
        "grams_cosine": _total(at["grams"][0].multiply(at["grams"][1])) / (table.norms["grams"][a] * table.norms["grams"][b]),
        "stems_longest": _largest(_least(*at["stems"])),
        "spots_longest": _largest(_least(*at["spots"])),
        "name_shared": _largest(_least(*at["names"])),
        "name_in_words": _crosswise(at, "names", "stems"),
        "page_shared": np.log1p(_total(_least(*at["page"]))),
        "same_group": _total(_least(*at["group"])),
        "same_author": _total(_least(*at["author"])),
        "links": _total(_least(*at["links"])),
        "movements_shared": _total(_least(*at["movements"])),
    }
    found["page_in_words"] = _crosswise(at, "page", "words")
    found |= _of_times(at)
    found |= _of_places(at)
    found |= _of_scalars(table, a, b)
    found["spots_differ"] = _both(at["spots"]) & (found["spots_longest"] == 0)
    found["names_differ"] = np.maximum(found["named_both"] - found["name_in_words"], 0)
    most = np.minimum(_largest(at["movements"][0]), _largest(at["movements"][1]))
    found["movements_differ"] = np.maximum(most - found["movements_shared"], 0)
    found["same_page"] = found["same_group"] * (1 - found["forums"] / 2)
    return np.stack([found[name] for name in FEATURES], axis=1).astype(np.float32)


def _of_times(at: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("days", "hours"):
        found[f"{name}_shared"] = _total(_least(*at[name]))
        found[f"{name}_differ"] = _both(at[name]) & (found[f"{name}_shared"] == 0)
    return found | {"time_shared": (found["days_shared"] > 0) & (found["hours_shared"] > 0)}


def _both(rows: tuple[Any, Any]) -> Any:
    """Whether both posts have any mark of a family."""
    return (np.diff(rows[0].indptr) > 0) & (np.diff(rows[1].indptr) > 0)


def _of_places(at: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    shared = {name: _total(_least(*at[name])) for name in ("sites", "towns", "group_sites", "group_towns")}
    found: dict[str, Any] = {}
    for name in ("sites", "towns", "group_towns"):
        found[f"{name}_differ"] = _both(at[name]) & (shared[name] == 0)
    found |= {f"{name}_shared": np.minimum(total, 2) for name, total in shared.items()}
    a_sites, b_sites = (at["sites"][side] + at["group_sites"][side] for side in (0, 1))
    a_towns, b_towns = (at["towns"][side] + at["group_towns"][side] for side in (0, 1))
    found["any_site_shared"] = np.minimum(_total(_least(a_sites, b_sites)), 2)
    town_shared = _total(_least(a_towns, b_towns))
    found["any_town_differ"] = (_total(a_towns) > 0) & (_total(b_towns) > 0) & (town_shared == 0)
    found["site_in_group"] = np.minimum(
        _total(_least(at["sites"][0], at["group_sites"][1])) + _total(_least(at["group_sites"][0], at["sites"][1])), 2
    )
    return found


def _of_scalars(table: Table, a: Any, b: Any) -> dict[str, Any]:
    day, initiative, length, forum, language, known, named, titled = table.scalars.T
    dated = (day[a] > 0) & (day[b] > 0)
    both = (known[a] > 0) & (known[b] > 0)
    cosine = np.einsum("ij,ij->i", table.vectors[a].astype(np.float32), table.vectors[b].astype(np.float32))
    return {
        "days": np.where(dated, np.log1p(np.abs(day[a] - day[b])), 5.0),
        "days_unknown": ~dated,
        "vector": np.where(both, cosine / (table.lengths[a] * table.lengths[b]), 0.0),
        "vector_unknown": ~both,
        "same_language": language[a] == language[b],
        "initiative_least": np.minimum(initiative[a], initiative[b]),
        "initiative_most": np.maximum(initiative[a], initiative[b]),
        "named_both": np.minimum(named[a], named[b]),
        "length_least": np.log1p(np.minimum(length[a], length[b])),
        "length_most": np.log1p(np.maximum(length[a], length[b])),
        "forums": forum[a] + forum[b],
        "titles": titled[a] + titled[b],
    }


def _crosswise(at: dict[str, tuple[Any, Any]], one: str, other: str) -> Any:
    """The most that a mark of one family tells that the other post has in another family."""
    forth, back = (_largest(_least(at[one][side], at[other][1 - side])) for side in (0, 1))
    return np.maximum(forth, back)


def _least(one: Any, other: Any) -> Any:
    return one.minimum(other)


def _total(rows: Any) -> Any:
    return _reduced(np.add, rows)


def _largest(rows: Any) -> Any:
    return _reduced(np.maximum, rows)


def _three_largest(rows: Any) -> tuple[Any, Any, Any]:
    """Of each row the largest, the second and the third, 0 where there are fewer."""
    counts = np.diff(rows.indptr)
    order = np.lexsort((-rows.data, np.repeat(np.arange(len(counts)), counts)))
    ranked = rows.data[order]
    found = np.zeros((3, len(counts)), np.float32)
    for place in range(3):
        there = np.flatnonzero(counts > place)
        found[place, there] = ranked[rows.indptr[there] + place]
    return found[0], found[1], found[2]


def _reduced(how: np.ufunc, rows: Any) -> Any:
    """The sum, or the largest, of each row: the matrices have a column for every hash, so that no product over columns would do."""
    found = np.zeros(rows.shape[0], np.float32)
    filled = np.flatnonzero(np.diff(rows.indptr))
    if len(filled):
        found[filled] = how.reduceat(rows.data, rows.indptr[filled])
    return found
