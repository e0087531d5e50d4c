"""Learns from invented worlds, whose posts and initiatives are labelled, what `model.npz` holds.

Everything that looks at what an earlier step says of posts looks at what a model said of them that had not seen their world.
"""

import json
import math
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from pipelines.examples import read_corpus
from pipelines.initiatives import kinship, learnt, names, pairs, worth
from pipelines.initiatives.edges import Edges
from pipelines.initiatives.evidence import Evidence
from pipelines.initiatives.learnt import Floats, Learnt
from pipelines.initiatives.signals import Signal, read_signal
from pipelines.initiatives.telling import mark
from pipelines.terms import WORD, terms_of
from tinymovements.gazetteer import load_gazetteer

STORIES = Path(__file__).with_name("stories")
"""Invented worlds: WORLD_initiatives.jsonl and WORLD_posts.jsonl, one writer each."""

_NETS, _HIDDEN, _ROUNDS = 4, 24, 150
_FOLD = 3
"""Worlds that are judged at a time by a model of the others."""

_Kind = TypeVar("_Kind")

_RARE_IN_CORPUS = 2
"""Posts that a term must be in, of the corpus, to have a weight of its own."""

Pairs = NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """Posts of one writer, and of which initiatives each is."""

    name: str
    evidence: tuple[Evidence, ...]
    initiatives: tuple[tuple[str, ...], ...]
    """Of each post: keys, the main one first; none where it is about none."""
    names: dict[str, tuple[str, ...]]
    """What each initiative is called, by its key."""


def world_names() -> list[str]:
    """The worlds that ship."""
    return sorted(path.stem.removesuffix("_posts") for path in STORIES.glob("*_posts.jsonl"))


def read_world(name: str, evidence: Iterable[tuple[str, Evidence]]) -> World:
    """A world with what the pipeline says of its posts, which are given with their ids in the file."""
    gold = {row["id"]: tuple(row["gold"]["initiatives"]) for row in _rows(STORIES / f"{name}_posts.jsonl")}
    called = {row["key"]: tuple(row["names"]) for row in _rows(STORIES / f"{name}_initiatives.jsonl")}
    given = sorted(evidence, key=lambda item: item[0])
    return World(name, tuple(post for _, post in given), tuple(gold[id] for id, _ in given), called)


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def term_weights() -> tuple[NDArray[np.uint32], Floats, float]:
    """How seldom terms are in the example posts: their marks, their weights, and that of a term that is not there."""
    count: Counter[int] = Counter()
    corpus = read_corpus()
    for example in corpus:
        count.update({mark(term) for said in terms_of(example.whole, example.language) for term in said})
    marks = sorted(found for found, posts in count.items() if posts >= _RARE_IN_CORPUS)
    weights = [math.log(len(corpus) / count[found]) for found in marks]
    return np.array(marks, np.uint32), np.array(weights, np.float32), math.log(len(corpus) / (_RARE_IN_CORPUS - 0.5))


def learn_names(worlds: Sequence[World]) -> Floats:
    """What features of words say for their being part of an initiative's name, and the bias."""
    rows, labels = zip(*(labelled for world in worlds for labelled in _labelled_words(world)), strict=True)
    starts = np.cumsum([0, *map(len, rows)])
    table = sparse.csr_matrix((np.ones(starts[-1], np.float32), np.concatenate(rows), starts), shape=(len(rows), names.COLUMNS))
    model = LogisticRegression(C=0.15, max_iter=2000).fit(table, labels)
    return np.concatenate([model.coef_[0], model.intercept_]).astype(np.float32)


def _labelled_words(world: World) -> Iterable[tuple[list[int], bool]]:
    for post, keys in zip(world.evidence, world.initiatives, strict=True):
        called = {word for key in keys for name in world.names[key] for word in _telling(name)}
        language = post.annotation.language
        for word in names.words(post):
            features = sorted({names.column(feature) for feature in names.features(word, language)})
            yield features, any(_same(word.text.lower(), name) for name in called)


def _telling(name: str) -> list[str]:
    """The words of a name without those of places, if there are others."""
    said = [word.lower() for word in WORD.findall(name) if len(word) > 2]
    gazetteer = load_gazetteer()
    return [word for word in said if not gazetteer.find(word) and not gazetteer.find(word.rstrip("n"))] or said


def _same(word: str, name: str) -> bool:
    """Whether a word is a form of another: they begin alike, and not much of either is left."""
    word, name = word.replace("-", ""), name.replace("-", "")
    common = next((i for i, (one, other) in enumerate(zip(word, name, strict=False)) if one != other), min(len(word), len(name)))
    return word == name or (common >= 4 and common >= 0.7 * min(len(word), len(name)) and common >= 0.5 * max(len(word), len(name)))


@dataclass
class _Compared:
    """A world whose posts have been compared with each other."""

    world: World
    signals: list[Signal]
    pairs: Pairs
    told: Floats
    same: NDArray[np.bool_]
    clear: NDArray[np.bool_]
    """Whether the answer is clear: neither post names the other's initiative beside its own."""
    both: NDArray[np.bool_]
    """Whether both posts are about an initiative, and the answer is clear."""

    @property
    def about(self) -> NDArray[np.bool_]:
        """Of each post whether it is about an initiative."""
        return np.array([bool(keys) for keys in self.world.initiatives])


def _compare(world: World) -> _Compared:
    signals = [read_signal(post) for post in world.evidence]
    found = np.array(list(combinations(range(len(signals)), 2)), np.int64)
    keys = world.initiatives
    same = np.array([bool(keys[a]) and keys[a][:1] == keys[b][:1] for a, b in found])
    clear = np.array([keys[a][:1] == keys[b][:1] or not {*keys[a]} & {*keys[b]} for a, b in found])
    both = clear & np.array([bool(keys[a]) and bool(keys[b]) for a, b in found])
    return _Compared(world, signals, found, pairs.features(pairs.Table(pairs.columns(signals)), found), same, clear, both)


def learn(worlds: Sequence[World]) -> Learnt:
    """All that resolution needs to know. The same worlds give the same numbers."""
    marks, weights, unseen = term_weights()
    empty = np.zeros(0, np.float32)
    base = Learnt(marks, weights, np.array(unseen, np.float32), learn_names(worlds), *([empty] * 6))
    # Words of a world are named by a model of the others: one that had seen its names would make them too sure.
    compared = list[_Compared]()
    for fold in _folds(worlds):
        learnt.use(replace(base, names=learn_names([other for other in worlds if other not in fold])))
        compared += map(_compare, fold)
    judged = [said for fold in _folds(compared) for said in _judged_by_others(base, compared, fold)]
    kin, (sure, meaning) = _learn_second_look(compared, judged)
    final = replace(_with_pairs(base, compared), kin=kin, worth=sure, meaning=meaning)
    learnt.use(final)
    return final


def _with_pairs(base: Learnt, compared: Sequence[_Compared]) -> Learnt:
    """The model with the networks that weigh pairs."""
    # Pairs with posts that are about none are learnt from as well: without them any two posts of a group were alike (initiatives
    # joined over languages 0.80 in place of 0.85).
    told = np.concatenate([one.told[one.clear] for one in compared])
    same = np.concatenate([one.same[one.clear] for one in compared])
    scale = np.stack([told.mean(axis=0), np.maximum(told.std(axis=0), 1e-3)])
    scaled = (told - scale[0]) / scale[1]
    hidden, out = [], []
    for seed in range(_NETS):
        # Always so many rounds: where it stops by itself depends on the last digits, and so on the machine.
        net = MLPClassifier(
            (_HIDDEN,), alpha=0.3, max_iter=_ROUNDS, learning_rate_init=0.003, random_state=seed, tol=0, n_iter_no_change=_ROUNDS
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            net.fit(scaled, same)
        hidden.append(np.vstack([net.coefs_[0], net.intercepts_[0]]))
        out.append(np.append(net.coefs_[1][:, 0], net.intercepts_[1]))
    scale, first, last = (array.astype(np.float32) for array in (scale, np.stack(hidden), np.stack(out)))
    return replace(base, pair_scale=scale, pair_hidden=first, pair_out=last)


def _folds(worlds: Sequence[_Kind]) -> list[Sequence[_Kind]]:
    """The worlds, some at a time: a model of the others judges them."""
    return [worlds[start : start + _FOLD] for start in range(0, len(worlds), _FOLD)]


def _judged_by_others(base: Learnt, compared: Sequence[_Compared], fold: Sequence[_Compared]) -> Iterator[Edges]:
    """The edges of some worlds by a model of the other worlds."""
    learnt.use(_with_pairs(base, [other for other in compared if all(other is not one for one in fold)]))
    for one in fold:
        yield Edges.among(one.pairs, pairs.log_odds(one.told))


def _learn_second_look(compared: Sequence[_Compared], judged: Sequence[Edges]) -> tuple[Floats, tuple[Floats, Floats]]:
    """What neighbours say of pairs; and of posts what makes them worth it, with what their vectors say."""
    told = [worth.features(worth.alone(one.signals), edges) for one, edges in zip(compared, judged, strict=True)]
    posts = [_Posts(features, _vectors(one), one.about) for one, features in zip(compared, told, strict=True)]
    rows, same = [], []
    for one, edges, mine in zip(compared, judged, posts, strict=True):
        # By a model of the others, for 384 numbers fit the posts that they were learnt from far too well.
        probable = _probable(mine, _learn_worth([other for other in posts if other is not mine]))
        learnable = {(int(a), int(b)): bool(yes) for (a, b), yes, both in zip(one.pairs, one.same, one.both, strict=True) if both}
        kept = [(int(a), int(b)) in learnable for a, b in edges.pairs]
        rows.append(kinship.features(edges, probable)[kept])
        same += [learnable[int(a), int(b)] for (a, b), keep in zip(edges.pairs, kept, strict=True) if keep]
    return _logistic(np.concatenate(rows), np.array(same), 0.3), _learn_worth(posts)


@dataclass(frozen=True, slots=True)
class _Posts:
    """A world's posts: `worth.FEATURES`, without what is meant; vectors, not a number where there is none; about an initiative?"""

    told: Floats
    vectors: Floats
    about: NDArray[np.bool_]


def _vectors(one: _Compared) -> Floats:
    found = [worth.direction(signal) for signal in one.signals]
    size = max(vector.size for vector in found if vector is not None)
    return np.array([np.full(size, np.nan) if vector is None else vector for vector in found], np.float32)


def _learn_worth(posts: Sequence[_Posts]) -> tuple[Floats, Floats]:
    """`Learnt.worth` and `Learnt.meaning`, learnt as one: a post without a vector counts as one of the mean of all."""
    told, vectors, about = (np.concatenate([getattr(one, name) for one in posts]) for name in _Posts.__slots__)
    mean, deviation = np.nanmean(vectors, axis=0), np.nanstd(vectors)
    learnt = _logistic(np.concatenate([told, np.nan_to_num((vectors - mean) / deviation)], axis=1), about, 0.03)
    of_features, of_vectors = learnt[: told.shape[1]], learnt[told.shape[1] : -1] / deviation
    of_features[worth.MEANING] = 1.0
    return np.append(of_features, learnt[-1]), np.append(of_vectors, -of_vectors @ mean).astype(np.float32)


def _probable(posts: _Posts, learnt: tuple[Floats, Floats]) -> Floats:
    of_features, of_vectors = learnt
    told = posts.told.copy()
    told[:, worth.MEANING] = np.nan_to_num(posts.vectors @ of_vectors[:-1] + of_vectors[-1])
    return np.asarray(1 / (1 + np.exp(-(told @ of_features[:-1] + of_features[-1]))), np.float32)


def _logistic(told: Floats, labels: NDArray[np.bool_], strength: float) -> Floats:
    """Coefficients for features as they are, and the bias; `strength` is the penalty's inverse."""
    mean, deviation = told.mean(axis=0), np.maximum(told.std(axis=0), 1e-3)
    model = LogisticRegression(C=strength, max_iter=2000).fit((told - mean) / deviation, labels)
    weights = model.coef_[0] / deviation
    return np.append(weights, model.intercept_[0] - weights @ mean).astype(np.float32)
