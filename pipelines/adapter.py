"""What was learnt with the encoder: the change to its weights, and what its vectors say, as one small file."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from tinymovements.errors import PipelineError

FILE = Path(__file__).with_name("adapter.npz")

Floats = NDArray[np.float32]

_TALL, _WIDE = "tall", "wide"


@dataclass(frozen=True)
class Head:
    """Logistic regressions on vectors: `weights` is features x labels."""

    labels: tuple[str, ...]
    weights: Floats
    bias: Floats

    def log_odds(self, vectors: Floats) -> Floats:
        """Vectors x labels."""
        # No product of matrices: that may round a text otherwise among others than alone.
        return np.asarray(np.einsum("...i,ij->...j", vectors, self.weights) + self.bias, dtype=np.float32)


@dataclass(frozen=True)
class Adapter:
    """`changes` are low-rank (Hu et al. 2021, "LoRA"): to a tensor of the encoder the product of a tall and a wide matrix is added.

    `mean` is that of the vectors of texts, which all point much the same way before it is taken off. `texts` tells movements,
    initiative and self_organised by the vector of a text; `sentences` needs, offers and asks by that of a sentence and of its text.
    """

    changes: Mapping[str, tuple[NDArray[np.float16], NDArray[np.float16]]]
    mean: Floats
    texts: Head
    sentences: Head

    def adapted(self, tensors: Mapping[str, Floats]) -> dict[str, Floats]:
        """The weights of the encoder with the changes."""
        made = dict(tensors)
        for tensor, (tall, wide) in self.changes.items():
            made[tensor] = made[tensor] + (tall.astype(np.float32) @ wide.astype(np.float32)).reshape(-1)
        return made

    def to_bytes(self) -> bytes:
        """The file's content: the same adapter gives the same bytes."""
        about = {"texts": self.texts.labels, "sentences": self.sentences.labels}
        arrays: dict[str, NDArray[np.generic]] = {"about": np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8)}
        arrays["mean"] = self.mean
        for name, head in (("texts", self.texts), ("sentences", self.sentences)):
            arrays[f"{name}.weights"], arrays[f"{name}.bias"] = head.weights, head.bias
        for tensor, (tall, wide) in sorted(self.changes.items()):
            arrays[f"{tensor}.{_TALL}"], arrays[f"{tensor}.{_WIDE}"] = tall, wide
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
        return buffer.getvalue()


@cache
def load() -> Adapter:
    """The adapter that ships with the program. Raises `PipelineError` where its file cannot be read."""
    try:
        with np.load(io.BytesIO(FILE.read_bytes()), allow_pickle=False) as arrays:
            about = json.loads(arrays["about"].tobytes())
            heads = [Head(tuple(about[name]), arrays[f"{name}.weights"], arrays[f"{name}.bias"]) for name in ("texts", "sentences")]
            tensors = [name.removesuffix(f".{_TALL}") for name in arrays.files if name.endswith(f".{_TALL}")]
            changes = {tensor: (arrays[f"{tensor}.{_TALL}"], arrays[f"{tensor}.{_WIDE}"]) for tensor in tensors}
            return Adapter(changes, arrays["mean"], *heads)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise PipelineError(f"The model {FILE.name} cannot be read: {error}.", "Install the program again.") from None
