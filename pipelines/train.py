"""Makes the models that ship, movements.npz and needs.npz: the same bytes from the same inputs."""

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from pipelines import movements, needs
from pipelines.asked import sentence_features
from pipelines.examples import Example
from pipelines.features import features
from pipelines.fit import fit
from pipelines.linear import LinearModel
from pipelines.movements import INITIATIVE, SELF_ORGANISED
from pipelines.needs import ASK, NEED, OFFER
from pipelines.sentences import sentences
from tinymovements.errors import FileError, FormatError
from tinymovements.taxonomy import load_taxonomy

WEIGHTS = {"post": 1.0, "proposal": 0.15, "charity": 0.15, "chatter": 0.05}
"""How much a text of each register counts. Posts are what is to be understood; other rows, mixed in at full weight, harm them."""

_AT_LEAST = {"movements": 3, "needs": 2}
"""Texts that must have a feature for it to be kept: the coefficients of one that stands in a single text say nothing."""


def train(examples: Sequence[Example], folder: Path, tell: Callable[[str], None]) -> None:
    """Write both models into a folder. Raises `FormatError` where there are too few posts to learn from."""
    voices = {example.group for example in examples if example.register == "post"}
    if len(voices) < 2:
        raise FormatError("Posts of at least two voices are needed to train.", "See docs/classifier.md for the corpus.")
    tell(f"movements: {len(examples):,} texts, {len(voices)} voices")
    _write(folder / movements.MODEL.name, train_movements(examples))
    posts = [example for example in examples if example.needs is not None]
    tell(f"needs, offers, asks: {len(posts):,} posts")
    _write(folder / needs.MODEL.name, train_needs(posts))


def train_movements(examples: Sequence[Example]) -> LinearModel:
    """A model of the 20 movements, of initiative and of self_organised."""
    ids = load_taxonomy().ids
    targets = np.zeros((len(examples), len(ids) + 2))
    for row, example in enumerate(examples):
        for column, id in enumerate(ids):
            # What a careful reader may or may not give is no evidence either way.
            borderline = id in example.allowed and id not in example.required
            targets[row, column] = np.nan if borderline else id in example.required
        for column, value in enumerate((example.initiative, example.self_organised), len(ids)):
            targets[row, column] = np.nan if value is None else value
    return fit(
        [features(example.whole, example.language) for example in examples],
        (*ids, INITIATIVE, SELF_ORGANISED),
        targets,
        np.array([WEIGHTS[example.register] for example in examples]),
        [example.group for example in examples],
        np.array([example.register == "post" for example in examples]),
        _AT_LEAST["movements"],
        (ids, (INITIATIVE,), (SELF_ORGANISED,)),
    )


def train_needs(examples: Sequence[Example]) -> LinearModel:
    """A model of which sentences say a need, an offer or an ask."""
    documents, rows, groups = [], [], []
    for example in examples:
        spans = list(sentences(example.whole))
        for at, (start, end) in enumerate(spans):
            said = example.whole[start:end]
            documents.append(sentence_features(example.whole, spans, at, example.language))
            rows.append([_says(said, marked) for marked in (example.needs, example.offers, example.asks)])
            groups.append(example.group)
    everything = np.ones(len(rows), dtype=np.bool_)
    targets = np.array(rows, dtype=np.float64)
    labels = (NEED, OFFER, ASK)
    alone = [(label,) for label in labels]
    return fit(documents, labels, targets, np.ones(len(rows)), groups, everything, _AT_LEAST["needs"], alone)


def _says(sentence: str, marked: Sequence[str] | None) -> bool:
    """Whether a marked clause stands in the sentence, or the sentence in it."""
    return any(clause in sentence or sentence in clause for clause in marked or ())


def _write(path: Path, model: LinearModel) -> None:
    """Put the file in place whole: a killed training leaves the old model."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(model.to_bytes())
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error}.", "Check the folder and the disk.") from None
