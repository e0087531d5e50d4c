"""The vectors of our corpus, made once: reading it again takes a minute, learning a movement from fifteen posts some seconds."""

import io
from collections.abc import Mapping, Sequence

import numpy as np

from pipelines.adapter import load as load_adapter
from pipelines.encoder import Encoder
from pipelines.encoder import name as name_of_encoder
from pipelines.examples import CORPUS
from pipelines.held_out import key
from pipelines.models import UNREADABLE
from pipelines.vectors import Floats, meanings, unpack

FILE = CORPUS / "vectors.npz"


def vectors_of(encoder: Encoder, texts: Sequence[str]) -> Floats:
    """The vector of each text; those of the corpus need not be read again, unless another encoder has made them."""
    known = load()
    new = [text for text in dict.fromkeys(texts) if key(text) not in known]
    read = {key(text): meaning.vector for text, meaning in zip(new, meanings(encoder, load_adapter(), new), strict=True)}
    return np.array([unpack((known if key(text) in known else read)[key(text)]) for text in texts])


def load() -> Mapping[int, bytes]:
    """By the key of a text its vector, as `pipelines.vectors` packs it; nothing where another encoder has made them."""
    try:
        with np.load(FILE, allow_pickle=False) as arrays:
            if arrays["encoder"].tobytes().decode() != name_of_encoder():
                return {}
            return dict(zip(arrays["keys"].tolist(), map(bytes, arrays["vectors"]), strict=True))
    except (OSError, *UNREADABLE):
        return {}


def to_bytes(vectors: Mapping[int, bytes]) -> bytes:
    """The file's content: the same vectors give the same bytes."""
    keys = sorted(vectors)
    buffer = io.BytesIO()
    np.savez(
        buffer,
        encoder=np.frombuffer(name_of_encoder().encode(), np.uint8),
        keys=np.array(keys, dtype=np.uint64),
        vectors=np.array([np.frombuffer(vectors[key], np.uint8) for key in keys]),
    )
    return buffer.getvalue()
