"""A linear model with calibrated probabilities, kept as one small file."""

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipelines.features import Vocabulary
from pipelines.models import AGAIN, UNREADABLE, in_force
from tinymovements.errors import PipelineError
from tinymovements.settings import Stamp, stamp


@dataclass(frozen=True)
class LinearModel:
    """One logistic regression per label over a shared vocabulary.

    `coefficients` is features x labels (float16; those of the models that ship are multiples of a 64th, which pack well);
    `slopes` and `offsets` are Platt's, which turn a margin into a probability; a label is given from its threshold on.
    """

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    coefficients: NDArray[np.float16]
    intercepts: NDArray[np.float32]
    slopes: NDArray[np.float32]
    offsets: NDArray[np.float32]
    thresholds: dict[str, float]

    def log_odds(self, texts: csr_array) -> NDArray[np.float32]:
        """The logarithm of each label's odds, texts x labels; it tells sure things apart where probabilities are all but one."""
        return np.asarray(self.slopes * (texts @ self._exact + self.intercepts) + self.offsets)

    @cached_property
    def _exact(self) -> NDArray[np.float32]:
        return self.coefficients.astype(np.float32)

    @staticmethod
    def probabilities(log_odds: NDArray[np.float32]) -> NDArray[np.float64]:
        """What log-odds mean, to four decimals."""
        return np.round(1 / (1 + np.exp(-log_odds)).astype(np.float64), 4)

    def to_bytes(self) -> bytes:
        """The file's content: the same model gives the same bytes."""
        about = {"labels": self.labels, "thresholds": self.thresholds}
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            about=np.frombuffer(json.dumps(about, sort_keys=True).encode(), dtype=np.uint8),
            names=np.frombuffer("\n".join(self.vocabulary.names).encode(), dtype=np.uint8),
            weights=self.vocabulary.weights,
            coefficients=self.coefficients,
            intercepts=self.intercepts,
            slopes=self.slopes,
            offsets=self.offsets,
        )
        return buffer.getvalue()

    @classmethod
    def load(cls, path: Path) -> "LinearModel":
        """The model in a file. Raises `PipelineError` where there is none that can be used."""
        try:
            return cls.of_bytes(path.read_bytes())
        except (OSError, *UNREADABLE) as error:
            message = f"The model {path.name} cannot be read: {error}."
            raise PipelineError(message, "Install the program again, or run `tinymovements train`.") from None

    @classmethod
    def of_bytes(cls, content: bytes) -> "LinearModel":
        """The model whose bytes these are. Raises one of `UNREADABLE` where they are of none."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            about = json.loads(arrays["about"].tobytes())
            names = arrays["names"].tobytes().decode().split("\n")
            given = {name: arrays[name] for name in ("coefficients", "intercepts", "slopes", "offsets")}
            vocabulary = Vocabulary(names, arrays["weights"])
        return cls(tuple(about["labels"]), vocabulary, thresholds=about["thresholds"], **given)


def load_linear(shipped: Path, labels: Iterable[str]) -> LinearModel:
    """The model in force. Raises `PipelineError` where it is broken, or does not know one of the labels."""
    path = in_force(shipped)
    model = _load(path, stamp(str(path)))
    if lacking := sorted(set(labels) - set(model.labels)):
        raise PipelineError(f"The model {path} does not know {', '.join(lacking)}.", f"{AGAIN} Or remove that file.")
    return model


@lru_cache(maxsize=4)
def _load(path: Path, state: Stamp) -> LinearModel:
    return LinearModel.load(path)
