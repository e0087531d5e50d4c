"""Tells the movements of a post, whether it is about an initiative, and whether residents run that themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language as Pipeline
from spacy.tokens import Doc

from pipelines import blend
from pipelines.adapter import load as load_adapter
from pipelines.batches import Batched
from pipelines.blend import Blend, Weighing
from pipelines.linear import LinearModel, load_linear
from pipelines.registers import REGISTERS, columns, expert, shares
from pipelines.vectors import log_odds_of_sentences, most_asking, unpack
from tinymovements.taxonomy import load_taxonomy, shipped_taxonomy

MODEL = Path(__file__).with_name("movements.npz")
INITIATIVE, SELF_ORGANISED = "initiative", "self_organised"
"""Labels of the model beside the ids of the taxonomy."""


def load_model() -> LinearModel:
    """The model in force."""
    return load_linear(MODEL, shipped_taxonomy().ids)


@Pipeline.factory(
    "movements",
    requires=["doc._.by_words", "doc._.meaning"],
    assigns=["doc._.scores", "doc._.log_odds", "doc._.accepted", "doc._.initiative", "doc._.self_organised"],
)
def make_movements(nlp: Pipeline, name: str) -> "MovementsComponent":
    """The component that scores movements, with the models in force."""
    return MovementsComponent(load_model(), blend.load())


UNLIKELY = 0.1
"""Below this probability of being about an initiative at all a post has no movement, whatever its words: "For sale: bike". Of 120
posts about none 23 have a movement instead of 37, of 905 messages of forum chatter 7 instead of 10; proposals lose 1 %."""

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class _Teller:
    """How a register is told: how words and vectors are weighed, and the thresholds of movements where words tell alone."""

    weighings: Mapping[str, Weighing]
    by_words: Floats
    by_vector: Sequence[int]
    """Where the adapter has what its vectors say of each label, in a text of this register."""


class MovementsComponent(Batched):
    """Sets the scores of all movements, the accepted ones best first, and the two probabilities.

    By words, and of posts that have a vector by both, weighed; by the weights of posts and those of other registers, as the post's
    own words say of which it is.
    """

    def __init__(self, model: LinearModel, weighed: Blend) -> None:
        self.labels = (*load_taxonomy().ids, INITIATIVE, SELF_ORGANISED)
        self.ids = self.labels[:-2]
        # What the model does not know is never given.
        of_posts = {id: model.thresholds.get(id, 2.0) for id in self.ids}
        by_words = np.array(list(of_posts.values()), dtype=np.float32)
        by_expert = np.array([model.thresholds.get(expert(id), of_posts[id]) for id in self.ids], dtype=np.float32)
        known = load_adapter().texts.labels
        at = [known.index(label) if label in known else -1 for label in self.labels]
        expert_at = columns(known, self.labels)
        self._tellers = [
            _Teller(weighed.labels, by_words, at),
            *(_Teller(weighed.registers.get(register, {}), by_expert, expert_at) for register in REGISTERS),
        ]

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Set them."""
        said = np.array([doc._.by_words for doc in docs], dtype=np.float32)
        by_posts, by_expert, gates = np.split(said, [len(self.labels), 2 * len(self.labels)], axis=1)
        read = np.flatnonzero([doc._.meaning is not None for doc in docs])
        by_vector, asks = self._by_vector([docs[row] for row in read.tolist()])
        odds, thresholds = np.zeros_like(by_posts), np.zeros((len(docs), len(self.ids)), dtype=np.float32)
        words = [by_posts, *(by_expert for _ in REGISTERS)]
        for teller, told, share in zip(self._tellers, words, shares(gates).T, strict=True):
            each, given = self._weigh(teller, told, read, by_vector, asks)
            odds += share[:, None] * each
            thresholds += share[:, None] * given
        # What residents run is an initiative, so a post cannot be surer to tell of the one than of the other.
        odds[:, -1] = odds[:, -2:].min(axis=1)
        probabilities = LinearModel.probabilities(odds)
        accepted = (probabilities[:, :-2] >= np.round(thresholds, 4)) & (probabilities[:, -2:-1] >= UNLIKELY)
        for doc, row, exact, some in zip(docs, probabilities.tolist(), odds.tolist(), accepted, strict=True):
            told_of = doc._
            told_of.log_odds = dict(zip(self.labels, exact, strict=True))
            told_of.scores = dict(zip(self.ids, row, strict=False))
            told_of.accepted = self._best(told_of.scores, np.flatnonzero(some).tolist()) if some.any() else ()
            told_of.initiative, told_of.self_organised = row[-2:]

    def _by_vector(self, docs: Sequence[Doc]) -> tuple[Floats, Floats]:
        """The log-odds of the adapter's labels by the vectors of posts, and how surely a sentence of each asks of the city."""
        if not docs:
            return np.zeros((0, 0), np.float32), np.zeros(0, np.float32)
        adapter = load_adapter()
        said = adapter.texts.log_odds(np.array([unpack(doc._.meaning.vector) for doc in docs]))
        asks = [most_asking(log_odds_of_sentences(doc._.meaning, adapter.sentences), adapter.sentences) for doc in docs]
        return said, np.array(asks)

    def _weigh(self, teller: _Teller, words: Floats, read: Rows, by_vector: Floats, asks: Floats) -> tuple[Floats, Floats]:
        """Log-odds, and thresholds of the movements, as posts of the register would have them."""
        odds, thresholds = words.copy(), np.tile(teller.by_words, (len(words), 1))
        for column, label in enumerate(self.labels if read.size else ()):
            if weighing := teller.weighings.get(label):
                odds[read, column] = weighing.log_odds(words[read, column], by_vector[:, teller.by_vector[column]], asks)
                if column < len(self.ids):
                    thresholds[read, column] = weighing.threshold
        return odds, thresholds

    def _best(self, scores: dict[str, float], columns: Sequence[int]) -> tuple[tuple[str, float], ...]:
        accepted = [(self.ids[column], scores[self.ids[column]]) for column in columns]
        return tuple(sorted(accepted, key=lambda item: (-item[1], item[0])))
