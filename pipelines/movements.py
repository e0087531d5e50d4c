"""Tells the movements of a post, whether it is about an initiative, and whether residents run that themselves."""

from array import array
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from spacy.language import Language as Pipeline
from spacy.tokens import Doc

from pipelines.batches import Batched, text_of
from pipelines.features import of_word
from pipelines.linear import LinearModel
from pipelines.terms import WORD, terms
from pipelines.wordtable import WordTable
from tinymovements.taxonomy import load_taxonomy

MODEL = Path(__file__).with_name("movements.npz")
INITIATIVE, SELF_ORGANISED = "initiative", "self_organised"
"""Labels of the model beside the ids of the taxonomy."""


@cache
def load_model() -> LinearModel:
    """The model that ships with the program."""
    return LinearModel.load(MODEL)


@Pipeline.factory(
    "movements",
    requires=["doc._.language"],
    assigns=["doc._.scores", "doc._.accepted", "doc._.initiative", "doc._.self_organised"],
)
def make_movements(nlp: Pipeline, name: str) -> "MovementsComponent":
    """The component that scores movements, with the model that ships."""
    return MovementsComponent(load_model())


UNLIKELY = 0.1
"""Below this probability of being about an initiative at all a post has no movement, whatever its words: "For sale: bike". Of 120
posts about none 23 have a movement instead of 37, of 905 messages of forum chatter 7 instead of 10; proposals lose 1 %."""


class MovementsComponent(Batched):
    """Sets the scores of all movements, the accepted ones best first, and the two probabilities."""

    def __init__(self, model: LinearModel) -> None:
        self.model = model
        self.scores = dict.fromkeys(load_taxonomy().ids, 0.0)
        self.ids = [id for id in self.scores if id in model.labels]
        self._columns = [model.labels.index(label) for label in (*self.ids, INITIATIVE, SELF_ORGANISED)]
        self._thresholds = np.array([model.thresholds[id] for id in self.ids])
        self._words = WordTable(lambda word, language: (model.vocabulary.columns(of_word(word, terms(word, language))),))

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Set them."""
        self._words.tidy()
        numbers = array("q")
        ends = []
        for doc in docs:
            numbers.extend(self._words.numbers(WORD.findall(text_of(doc)), doc._.language))
            ends.append(len(numbers))
        word, columns = self._words.gather(np.frombuffer(numbers, np.int64))
        texts = self.model.vocabulary.matrix(np.searchsorted(ends, word, side="right"), columns, len(docs))
        probabilities = self.model.probabilities(self.model.log_odds(texts))[:, self._columns]
        accepted = np.any(probabilities[:, : len(self.ids)] >= self._thresholds, axis=1) & (probabilities[:, -2] >= UNLIKELY)
        for doc, row, some in zip(docs, probabilities.tolist(), accepted.tolist(), strict=True):
            told = doc._
            told.scores = self.scores | dict(zip(self.ids, row, strict=False))
            told.accepted = self._best(told.scores) if some else ()
            told.initiative, told.self_organised = row[-2:]

    def _best(self, scores: dict[str, float]) -> tuple[tuple[str, float], ...]:
        accepted = [(id, score) for id, score in scores.items() if score >= self.model.thresholds.get(id, 1.1)]
        return tuple(sorted(accepted, key=lambda item: (-item[1], item[0])))
