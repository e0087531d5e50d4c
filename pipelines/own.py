"""Tells the movements that the user added, with the small model that `train` makes of them, and leaves the others alone."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language as Pipeline
from spacy.tokens import Doc

from pipelines import encoder
from pipelines.adapter import Head
from pipelines.batches import Batched
from pipelines.blend import Weighing
from pipelines.linear import LinearModel
from pipelines.models import AGAIN, OWN, UNREADABLE, models_folder
from pipelines.movements import INITIATIVE, UNLIKELY
from pipelines.texttable import TextTable
from pipelines.vectors import unpack
from tinymovements.errors import PipelineError
from tinymovements.settings import Stamp, stamp
from tinymovements.taxonomy import load_taxonomy

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class OwnModel:
    """Movements by words, by the vector, and by both; the last two are empty where the model was made without an encoder."""

    words: LinearModel
    vectors: Head
    both: Mapping[str, Weighing]
    encoder: str
    """The name of the one that made the vectors."""

    def to_bytes(self) -> bytes:
        """The file's content: the same model gives the same bytes."""
        weighed = {id: asdict(weighing) for id, weighing in self.both.items()}
        told = {"movements": self.words.labels, "vectors": self.vectors.labels, "both": weighed, "encoder": self.encoder}
        about = json.dumps(told, sort_keys=True)
        buffer = io.BytesIO()
        np.savez(
            buffer,
            about=np.frombuffer(about.encode(), np.uint8),
            words=np.frombuffer(self.words.to_bytes(), np.uint8),
            weights=self.vectors.weights,
            bias=self.vectors.bias,
        )
        return buffer.getvalue()

    @classmethod
    def load(cls, path: Path) -> "OwnModel":
        """The model in a file. Raises `PipelineError` where it is broken, or of other movements or another encoder than now."""
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
                about = json.loads(arrays["about"].tobytes())
                head = Head(tuple(about["vectors"]), arrays["weights"], arrays["bias"])
                both = {id: Weighing(**row) for id, row in about["both"].items()}
                model = cls(LinearModel.of_bytes(arrays["words"].tobytes()), head, both, about["encoder"])
        except (OSError, TypeError, AttributeError, *UNREADABLE) as error:
            raise PipelineError(f"The model {path} cannot be read: {error}.", AGAIN) from None
        if strange := sorted(set(model.words.labels) - set(load_taxonomy().own)):
            message = f"The model {path} is of {', '.join(strange)}, which movements.toml beside it does not have."
            raise PipelineError(message, f"{AGAIN} Or remove that file.")
        if model.encoder and model.encoder != encoder.name():
            raise PipelineError(f"The model {path} was made with another encoder than the one in use.", AGAIN)
        return model


def load_model() -> OwnModel | None:
    """The model of the user's own movements; None where none was made."""
    path = models_folder() / OWN
    state = stamp(str(path))
    return _load(path, state, load_taxonomy().own) if state else None


@lru_cache(maxsize=1)
def _load(path: Path, state: Stamp, own: tuple[str, ...]) -> OwnModel:
    return OwnModel.load(path)


@Pipeline.factory(
    "own",
    requires=["doc._.language", "doc._.meaning", "doc._.scores", "doc._.initiative"],
    assigns=["doc._.scores", "doc._.log_odds", "doc._.accepted"],
)
def make_own(nlp: Pipeline, name: str) -> "OwnComponent":
    """The component, with the model in the home folder if there is one."""
    return OwnComponent(load_model())


class OwnComponent(Batched):
    """Adds the user's own movements to the scores and to the accepted ones."""

    def __init__(self, model: OwnModel | None) -> None:
        self.model = model
        if model is not None:
            self.ids = model.words.labels
            self._table = TextTable(model.words.vocabulary)
            by_words = model.words.thresholds
            self._by_words = np.array([by_words[id] for id in self.ids])
            self._by_both = np.array([model.both[id].threshold if id in model.both else by_words[id] for id in self.ids])

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Add them."""
        if self.model is None:
            return
        odds = self.model.words.log_odds(self._table.matrix(docs))
        read = np.array([doc._.meaning is not None for doc in docs])
        if self.model.both and read.any():
            vectors = np.array([unpack(doc._.meaning.vector) for doc in docs if doc._.meaning is not None])
            odds[read] = blended(self.model, odds[read], vectors)
        else:
            read[:] = False
        # A post of a movement is about an initiative, so it cannot be surer to be the one than the other.
        odds = np.minimum(odds, np.array([[doc._.log_odds[INITIATIVE]] for doc in docs], dtype=np.float32))
        scores = LinearModel.probabilities(odds)
        given = scores >= np.where(read[:, None], self._by_both, self._by_words)
        for doc, exact, row, some in zip(docs, odds.tolist(), scores.tolist(), given.tolist(), strict=True):
            told = doc._
            told.log_odds = told.log_odds | dict(zip(self.ids, exact, strict=True))
            told.scores = told.scores | dict(zip(self.ids, row, strict=True))
            if told.initiative >= UNLIKELY:
                more = [(id, told.scores[id]) for id, one in zip(self.ids, some, strict=True) if one]
                told.accepted = tuple(sorted((*told.accepted, *more), key=lambda item: (-item[1], item[0])))


def blended(model: OwnModel, words: Floats, vectors: Floats) -> Floats:
    """What words and vectors say together, posts x movements."""
    said = model.vectors.log_odds(vectors)
    return np.stack([model.both[id].log_odds(words[:, at], said[:, at]) for at, id in enumerate(model.words.labels)], axis=1)
