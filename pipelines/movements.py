"""Tells the movements of a post, whether it is about an initiative, and whether residents run that themselves."""

from collections.abc import Mapping, Sequence
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
from pipelines.vectors import unpack
from tinymovements.taxonomy import load_taxonomy, shipped_taxonomy

MODEL = Path(__file__).with_name("movements.npz")
INITIATIVE, SELF_ORGANISED = "initiative", "self_organised"
"""Labels of the model beside the ids of the taxonomy."""

PROPOSAL = "proposal"
"""One more, which is told to nobody: whether a text reads like a proposal to a city, of which labels are told by other weights."""


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


class MovementsComponent(Batched):
    """Sets the scores of all movements, the accepted ones best first, and the two probabilities.

    By words, and of posts that have a vector by both, weighed.
    """

    def __init__(self, model: LinearModel, weighed: Blend) -> None:
        self.labels = (*load_taxonomy().ids, INITIATIVE, SELF_ORGANISED)
        self.ids = self.labels[:-2]
        self.blend = weighed
        # What the model does not know is never given.
        self._by_words = np.array([model.thresholds.get(id, 2.0) for id in self.ids])

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Set them."""
        odds = np.array([doc._.by_words for doc in docs], dtype=np.float32)
        odds, proposal = odds[:, :-1], odds[:, -1] > 0
        thresholds = np.tile(self._by_words, (len(docs), 1))
        read = np.array([doc._.meaning is not None for doc in docs])
        of_proposals = self.blend.labels | self.blend.of_proposals
        for marked, weighings in ((read & ~proposal, self.blend.labels), (read & proposal, of_proposals)):
            rows = np.flatnonzero(marked)
            if rows.size:
                vectors = np.array([unpack(docs[row]._.meaning.vector) for row in rows.tolist()])
                odds[rows] = self._weigh(odds[rows], vectors, weighings)
                own = zip(self.ids, self._by_words.tolist(), strict=True)
                thresholds[rows] = [weighings[id].threshold if id in weighings else by_words for id, by_words in own]
        probabilities = LinearModel.probabilities(odds)
        accepted = (probabilities[:, :-2] >= thresholds) & (probabilities[:, -2:-1] >= UNLIKELY)
        for doc, row, exact, given in zip(docs, probabilities.tolist(), odds.tolist(), accepted, strict=True):
            told = doc._
            told.log_odds = dict(zip(self.labels, exact, strict=True))
            told.scores = dict(zip(self.ids, row, strict=False))
            told.accepted = self._best(told.scores, np.flatnonzero(given).tolist()) if given.any() else ()
            told.initiative, told.self_organised = row[-2:]

    def _weigh(self, words: Floats, vectors: Floats, weighings: Mapping[str, Weighing]) -> Floats:
        head = load_adapter().texts
        said = head.log_odds(vectors)
        odds = words.copy()
        for column, label in enumerate(self.labels):
            if label in weighings:
                odds[:, column] = weighings[label].log_odds(words[:, column], said[:, head.labels.index(label)])
        return odds

    def _best(self, scores: dict[str, float], columns: Sequence[int]) -> tuple[tuple[str, float], ...]:
        accepted = [(self.ids[column], scores[self.ids[column]]) for column in columns]
        return tuple(sorted(accepted, key=lambda item: (-item[1], item[0])))
