"""What encoders that had not seen a text made of it: by this one learns what the vector's word is worth.

The adapter that ships has seen all of our labelled texts, so of them it is surer than it will ever be of others. When it was made,
others were made that saw a part of the texts each, by voices; what those said of the rest is kept here (see
`tools/train_adapter.py`).
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinymovements.errors import PipelineError

FILE = Path(__file__).with_name("held_out.npz")

Floats = NDArray[np.float32]


def key(text: str) -> int:
    """A number for a text, which does not tell it."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


@dataclass(frozen=True)
class HeldOut:
    """By the key of a text its log-odds (labels of the adapter's `texts`), and those of its sentences (sentences x labels).

    `seen` are the keys of all texts that the adapter has seen; of some of them nothing is known here.
    """

    texts: Mapping[int, Floats]
    sentences: Mapping[int, Floats]
    seen: frozenset[int]

    def to_bytes(self) -> bytes:
        """The file's content: the same log-odds give the same bytes."""
        keys, said = sorted(self.texts), sorted(self.sentences)
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            keys=np.array(keys, dtype=np.uint64),
            texts=np.array([self.texts[key] for key in keys], dtype=np.float16),
            said=np.array(said, dtype=np.uint64),
            seen=np.array(sorted(self.seen), dtype=np.uint64),
            lengths=np.array([len(self.sentences[key]) for key in said], dtype=np.int32),
            sentences=np.concatenate([self.sentences[key] for key in said]).astype(np.float16),
        )
        return buffer.getvalue()


@cache
def load() -> HeldOut:
    """What ships with the program. Raises `PipelineError` where the file cannot be read."""
    try:
        with np.load(io.BytesIO(FILE.read_bytes()), allow_pickle=False) as arrays:
            texts = dict(zip(arrays["keys"].tolist(), arrays["texts"].astype(np.float32), strict=True))
            ends = np.cumsum(arrays["lengths"])[:-1]
            each = np.split(arrays["sentences"].astype(np.float32), ends)
            said = dict(zip(arrays["said"].tolist(), each, strict=True))
            return HeldOut(texts, said, frozenset(arrays["seen"].tolist()))
    except (OSError, ValueError, KeyError) as error:
        raise PipelineError(f"The model {FILE.name} cannot be read: {error}.", "Install the program again.") from None
