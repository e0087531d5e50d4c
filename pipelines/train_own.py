"""Makes the small model of the movements that the user added, on top of the others: from a few posts of each, in seconds.

What is no post of theirs in our corpus has not been judged for them, but hardly any would be one: it is taken for none.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from pipelines.adapter import Head
from pipelines.blend import Weighing
from pipelines.corpus_vectors import vectors_of
from pipelines.encoder import Encoder
from pipelines.encoder import name as name_of_encoder
from pipelines.examples import Example
from pipelines.features import Vocabulary, features
from pipelines.fit import FOLDS, SEED, Floats, as_matrix
from pipelines.linear import LinearModel
from pipelines.models import OWN
from pipelines.own import OwnModel
from pipelines.train import write
from tinymovements.errors import FormatError
from tinymovements.model import LANGUAGES
from tinymovements.taxonomy import Taxonomy

FEWEST = 6
"""Posts of a movement: one for each fold. With fifteen it is found well enough to begin with."""

POST, DEFINITION = 20.0, 6.0
"""What a post of the movement counts, and its label with its definition in one language, against a post that is none.

Tried on the shipped movements, each as if it were new, with 15 posts by six writers and average precision on others': 0.487 where a
post counts one, 0.491 where it counts twenty; with the definitions 0.521 by words, 0.640 instead of 0.630 by words and vector.
"""

PREFERRED = 3.0
"""What a post that is found counts against a false alarm, for there are fewer of them than in life. With 1, 3 and 9: 0.39, 0.44 and
0.41 F1 by words, 0.52, 0.55 and 0.51 with the vector; of 100 posts of something else 0.5, 1.1 and 3 were then given it."""

_WORDS, _VECTORS = 16.0, 1.0
"""Strength of the fit (inverse of the penalty). That of words is the one of the shipped movements; average precision of words and
vectors together is 0.633 with 1 for the vectors, 0.619 with 4."""

_AT_LEAST = 2


def train_own(
    examples: Sequence[Example], taxonomy: Taxonomy, folder: Path, tell: Callable[[str], None], encoder: Encoder | None
) -> None:
    """Write the model of the movements that the taxonomy has beside the shipped ones into a folder.

    The examples are our corpus and what the user labelled: posts, and proposals of the archive, which count the same here.
    Raises `FormatError` where there are too few posts of all of them.
    """
    counts = {id: sum(id in example.required for example in examples) for id in taxonomy.own}
    for id, count in counts.items():
        lacking = "" if count >= FEWEST else f", too few to learn from: {FEWEST} at the least, better 15"
        tell(f"{id}: {count} posts{lacking}")
    ids = [id for id, count in counts.items() if count >= FEWEST]
    if not ids:
        raise FormatError("There are too few posts of your own movements to learn from.", "See docs/new-movement.md.")
    write(folder / OWN, fit_own(ids, [*examples, *definitions(ids, taxonomy)], encoder).to_bytes())


def definitions(ids: Sequence[str], taxonomy: Taxonomy) -> list[Example]:
    """What movements are called and what belongs to them, as texts to learn from: one a language."""
    return [
        Example(
            id=f"{id} {language}",
            text=taxonomy.movements[id].definitions[language],
            language=language,
            required=frozenset((id,)),
            allowed=frozenset(ids),
            initiative=None,
            self_organised=None,
            group="",
            register="definition",
            title=taxonomy.movements[id].labels[language],
        )
        for id in ids
        for language in LANGUAGES
    ]


def fit_own(ids: Sequence[str], examples: Sequence[Example], encoder: Encoder | None) -> OwnModel:
    """A model of movements by words, and with an encoder by the vector and by both."""
    documents = [features(example.whole, example.language) for example in examples]
    vocabulary = Vocabulary.of(documents, _AT_LEAST)
    words = [_Label(id, examples, as_matrix(vocabulary, documents), _WORDS) for id in ids]
    by_words = [label.calibrated(label.held_out) for label in words]
    model = LinearModel(
        labels=tuple(ids),
        vocabulary=vocabulary,
        coefficients=np.stack([label.coefficients for label in words], axis=1).astype(np.float16),
        intercepts=np.array([label.intercept for label in words], dtype=np.float32),
        slopes=np.array([told.slopes[0] for told in by_words], dtype=np.float32),
        offsets=np.array([told.offset for told in by_words], dtype=np.float32),
        thresholds={id: told.threshold for id, told in zip(ids, by_words, strict=True)},
    )
    if encoder is None:
        return OwnModel(model, Head((), np.zeros((0, 0), np.float32), np.zeros(0, np.float32)), {}, "")
    matrix = csr_array(vectors_of(encoder, [example.whole for example in examples]))
    vectors = [_Label(id, examples, matrix, _VECTORS) for id in ids]
    both = {}
    for id, word, told, vector in zip(ids, words, by_words, vectors, strict=True):
        odds = word.held_out * told.slopes[0] + told.offset
        weighed = word.calibrated(np.concatenate([odds, vector.held_out], axis=1))
        by_word, by_vector = weighed.slopes
        both[id] = Weighing(by_word, by_vector, weighed.offset, weighed.threshold)
    weights = np.stack([label.coefficients for label in vectors], axis=1).astype(np.float32)
    bias = np.array([label.intercept for label in vectors], dtype=np.float32)
    return OwnModel(model, Head(tuple(ids), weights, bias), both, name_of_encoder())


class _Told:
    """How scores become a probability, and from which one on a movement is given."""

    def __init__(self, scores: Floats, truth: Floats) -> None:
        counts = np.where(truth > 0, PREFERRED, 1.0)
        # With the usual penalty: where all found are surer than the others, none would be sure enough without one.
        model = LogisticRegression().fit(scores, truth, sample_weight=counts)
        self.slopes: list[float] = model.coef_[0].round(4).tolist()
        self.offset = round(float(model.intercept_[0]), 4)
        probabilities = 1 / (1 + np.exp(-(scores @ np.array(self.slopes) + self.offset)))

        def f1(threshold: float) -> float:
            found = probabilities >= threshold
            return 2 * float(counts[found & (truth > 0)].sum()) / float(counts[found].sum() + counts[truth > 0].sum())

        self.threshold = max((round(0.05 + 0.01 * step, 2) for step in range(91)), key=f1)


class _Label:
    """A movement told by the features of examples: a logistic regression, and the margins of what it had not seen (rows x 1)."""

    def __init__(self, id: str, examples: Sequence[Example], matrix: csr_array, strength: float) -> None:
        self._truth = np.array([_is(id, example) for example in examples])
        definition = np.array([example.register == "definition" for example in examples])
        weights = np.where(self._truth > 0, np.where(definition, DEFINITION, POST), 1.0)
        known = ~np.isnan(self._truth)
        self._posts = known & ~definition
        # Wide and sparse, or narrow and full: each form of the same problem is quick where the other one is slow.
        model = LogisticRegression(
            C=strength,
            solver="liblinear",
            dual=matrix.shape[1] > matrix.shape[0],
            max_iter=1000,
            random_state=SEED,
            intercept_scaling=4.0,
        )
        self.held_out = np.full((len(examples), 1), np.nan)
        folds = _folds(self._truth, examples)
        for fold in range(FOLDS):
            out, rest = np.flatnonzero(self._posts & (folds == fold)), np.flatnonzero(known & (folds != fold))
            model.fit(matrix[rest], self._truth[rest], sample_weight=weights[rest])
            self.held_out[out, 0] = model.decision_function(matrix[out])
        model.fit(matrix[known], self._truth[known], sample_weight=weights[known])
        self.coefficients: Floats = model.coef_[0]
        self.intercept = float(model.intercept_[0])

    def calibrated(self, scores: Floats) -> _Told:
        """How scores (rows x kinds of them) tell the movement."""
        return _Told(scores[self._posts], self._truth[self._posts])


def _is(id: str, example: Example) -> float:
    """Whether an example is of a movement: NaN where that may be, or nobody said."""
    if id in example.required:
        return 1.0
    return np.nan if id in example.allowed else 0.0


def _folds(truth: Floats, examples: Sequence[Example]) -> NDArray[np.int64]:
    """In which fold each row is held out: posts of the movement in turn, for often one person wrote them all, others by writer.

    Definitions in none.
    """
    writers = {group: number for number, group in enumerate(sorted({example.group for example in examples}))}
    folds = np.array([writers[example.group] % FOLDS for example in examples])
    definition = np.array([example.register == "definition" for example in examples])
    folds[definition] = -1
    found = (truth > 0) & ~definition
    folds[found] = np.arange(found.sum()) % FOLDS
    return folds
