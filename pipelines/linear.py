"""A linear model with calibrated probabilities, kept as one small file."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

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

    def probabilities(self, counts: Mapping[str, int]) -> dict[str, float]:
        """How probable each label is, in the order of the labels, to four decimals."""
        probabilities = 1 / (1 + np.exp(-self._log_odds(counts)))
        return {label: round(float(p), 4) for label, p in zip(self.labels, probabilities, strict=True)}

    def log_odds(self, counts: Mapping[str, int]) -> dict[str, float]:
        """The logarithm of each label's odds, which tells sure things apart where probabilities are all but one."""
        return {label: float(odds) for label, odds in zip(self.labels, self._log_odds(counts), strict=True)}

    def _log_odds(self, counts: Mapping[str, int]) -> NDArray[np.float32]:
        columns, values = self.vocabulary.row(counts)
        margins = values @ self.coefficients[columns].astype(np.float32) + self.intercepts
        return np.asarray(self.slopes * margins + self.offsets)

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
