"""A linear model with calibrated probabilities, kept as one small file."""

import io
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipelines.features import Vocabulary
from tinymovements.errors import PipelineError


@dataclass(frozen=True)
class LinearModel:
    """One logistic regression per label over a shared vocabulary.

    `coefficients` is features x labels (float16: a third of the file, and no probability moved by more than 0.001);
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
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
                about = json.loads(arrays["about"].tobytes())
                names = arrays["names"].tobytes().decode().split("\n")
                given = {name: arrays[name] for name in ("coefficients", "intercepts", "slopes", "offsets")}
                vocabulary = Vocabulary(names, arrays["weights"])
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            message = f"The model {path.name} cannot be read: {error}."
            raise PipelineError(message, "Install the program again, or run `tinymovements train`.") from None
        return cls(tuple(about["labels"]), vocabulary, thresholds=about["thresholds"], **given)
