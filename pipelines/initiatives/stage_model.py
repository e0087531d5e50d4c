"""The linear model that tells a post's stage of life, as `stages.npz` holds it; `tools/learn_stages.py` makes it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.features import Vocabulary
from pipelines.initiatives.ways import Told

MODEL = Path(__file__).with_name("stages.npz")

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class StageModel:
    """What terms, the other features of a post, and its vector say for each stage: features x stages."""

    terms: Vocabulary
    terms_say: Floats
    features: Vocabulary
    features_say: Floats
    vector_says: Floats
    """Of each number of a vector of length one."""
    bias: Floats

    def says(self, told: Told, vector: Floats | None) -> tuple[Floats, list[Floats]]:
        """For each stage its log-odds but for a constant, and what each sentence brings to it."""
        rows = [self.terms.columns(sentence.terms) for sentence in told.sentences]
        value = self._values(chain.from_iterable(rows))
        brings = [
            self._of_terms(row, value) + self._of_features(sentence.features)
            for row, sentence in zip(rows, told.sentences, strict=True)
        ]
        said = dict.fromkeys(chain(told.features, *(sentence.features for sentence in told.sentences)))
        whole = self.bias + self._of_terms(chain.from_iterable(rows), value) + self._of_features(said)
        return (whole if vector is None else whole + vector @ self.vector_says), brings

    def weight(self, feature: str, stage: int) -> float:
        """What a feature says for a stage."""
        column = self.features.column(feature)
        return float(self.features_say[column, stage]) if column >= 0 else 0.0

    def _values(self, columns: Iterable[int]) -> dict[int, float]:
        """What a term counts each time that it comes, in a text of length one."""
        count = Counter(columns)
        often = np.fromiter(count.values(), np.float32, len(count))
        values = (1 + np.log(often)) * self.terms.weights[list(count)]
        return dict(zip(count, (values / (np.sqrt(values @ values) or 1.0) / often).tolist(), strict=True))

    def _of_terms(self, columns: Iterable[int], value: dict[int, float]) -> Floats:
        known = list(columns)
        return np.asarray(np.array([value[column] for column in known], np.float32) @ self.terms_say[known])

    def _of_features(self, names: Iterable[str]) -> Floats:
        return np.asarray(self.features_say[self.features.columns(names)].sum(axis=0))

    def save(self, path: Path) -> None:
        """Write it, the same bytes for the same numbers."""
        np.savez_compressed(
            path,
            term_names=_as_bytes(self.terms.names),
            term_weights=self.terms.weights,
            terms_say=self.terms_say.astype(np.float16),
            feature_names=_as_bytes(self.features.names),
            features_say=self.features_say.astype(np.float16),
            vector_says=self.vector_says.astype(np.float16),
            bias=self.bias,
        )


def _as_bytes(names: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(names).encode(), np.uint8)


@cache
def load() -> StageModel:
    """The model that ships."""
    with np.load(MODEL) as kept:
        terms, features = (kept[name].tobytes().decode().split("\n") for name in ("term_names", "feature_names"))
        says = {name: kept[name].astype(np.float32) for name in ("terms_say", "features_say", "vector_says", "bias")}
        return StageModel(
            terms=Vocabulary(terms, kept["term_weights"]), features=Vocabulary(features, np.ones(len(features), np.float32)), **says
        )
