"""Gives a post the vector of its meaning, and says of each sentence by its vector whether it needs, offers or asks something.

Only of posts that the words tier does not rule out: for the encoder reads 80 texts a second, and words alone thousands.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language as Pipeline
from spacy.tokens import Doc

from pipelines.adapter import Adapter, Head
from pipelines.adapter import load as load_adapter
from pipelines.batches import Batched, text_of
from pipelines.encoder import Encoder
from pipelines.sentences import sentences

Floats = NDArray[np.float32]

_SCALE = np.dtype("<f2")
_LARGEST = 127
_SAYS = np.dtype("<f2")

ASK = "ask"
"""The label of sentences that ask something of the city."""

_LEAST = -19.0
"""Log-odds of a text without a sentence: the least that one of the corpus has."""


class Meaning(NamedTuple):
    """What is kept of a post's meaning, plain bytes, from which all else is worked out: so it is the same at every rebuild.

    `vector` is the text's, less the mean of all texts: its largest number (float16) and then each as a part of it (int8, of 127).
    `says` are the log-odds of need, offer and ask of each sentence (float16, sentences x 3).
    """

    vector: bytes
    says: bytes


def parts(text: str) -> list[str]:
    """A text cut where its sentences begin; one part where there is none."""
    begins = [start for start, _ in sentences(text)][1:]
    return [text[start:end] for start, end in zip([0, *begins], [*begins, len(text)], strict=True)]


def pack(vector: Floats) -> bytes:
    """A vector as `Meaning` keeps it."""
    largest = np.abs(vector).max().astype(_SCALE)
    if not largest:
        return bytes(_SCALE.itemsize + vector.size)
    numbers = np.round(vector / np.float32(largest) * _LARGEST).clip(-_LARGEST, _LARGEST)
    return bytes(largest.tobytes() + numbers.astype(np.int8).tobytes())


def unpack(kept: bytes) -> Floats:
    """The vector that was kept."""
    largest = np.frombuffer(kept, _SCALE, 1).astype(np.float32)
    return np.asarray(np.frombuffer(kept, np.int8, offset=_SCALE.itemsize).astype(np.float32) * (largest / _LARGEST))


def log_odds_of_sentences(meaning: Meaning, head: Head) -> Floats:
    """What the vectors of a text's sentences say, sentences x labels."""
    return np.frombuffer(meaning.says, _SAYS).astype(np.float32).reshape(-1, len(head.labels))


def most_asking(said: Floats, head: Head) -> float:
    """The log-odds of the sentence, of those of a text (sentences x labels), that most surely asks something of the city."""
    return float(said[:, head.labels.index(ASK)].max(initial=_LEAST))


def meanings(encoder: Encoder, adapter: Adapter, texts: Sequence[str]) -> list[Meaning]:
    """What texts mean."""
    found = []
    for text, encoded in zip(texts, encoder.encode([parts(text) for text in texts]), strict=True):
        whole = encoded.whole - adapter.mean
        of_sentences = encoded.parts if any(sentences(text)) else encoded.parts[:0]
        each = np.concatenate([of_sentences - adapter.mean, np.broadcast_to(whole, of_sentences.shape)], axis=1)
        found.append(Meaning(pack(whole), adapter.sentences.log_odds(each).astype(_SAYS).tobytes()))
    return found


@cache
def load_encoder(folder: Path, threads: int) -> Encoder:
    """The encoder in a folder: one for a process, for it takes 200 MB."""
    return Encoder(folder, threads)


@Pipeline.factory("vectors", requires=["doc._.worth_reading"], assigns=["doc._.meaning"])
def make_vectors(nlp: Pipeline, name: str, folder: str, threads: int) -> "VectorsComponent":
    """The component that reads texts with the encoder in a folder."""
    return VectorsComponent(load_encoder(Path(folder), threads), load_adapter())


class VectorsComponent(Batched):
    """Sets `meaning` of documents that have none and are `worth_reading`."""

    def __init__(self, encoder: Encoder, adapter: Adapter) -> None:
        self.encoder, self.adapter = encoder, adapter

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Set it."""
        lacking = [doc for doc in docs if doc._.meaning is None and doc._.worth_reading]
        for doc, meaning in zip(lacking, meanings(self.encoder, self.adapter, [text_of(doc) for doc in lacking]), strict=True):
            doc._.meaning = meaning
