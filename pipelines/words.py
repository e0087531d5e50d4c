"""Tells by its words alone what a post may be: the first tier, which reads every post."""

from collections.abc import Sequence

import numpy as np
from spacy.language import Language as Pipeline
from spacy.tokens import Doc

from pipelines import blend
from pipelines.batches import Batched
from pipelines.linear import LinearModel
from pipelines.movements import INITIATIVE, PROPOSAL, SELF_ORGANISED, load_model
from pipelines.texttable import TextTable
from tinymovements.taxonomy import load_taxonomy


@Pipeline.factory("words", requires=["doc._.language"], assigns=["doc._.by_words", "doc._.worth_reading"])
def make_words(nlp: Pipeline, name: str) -> "WordsComponent":
    """The component, with the model in force."""
    return WordsComponent(load_model(), blend.load().worth_reading)


class WordsComponent(Batched):
    """Sets the log-odds of every movement, of initiative, self_organised and proposal, and whether one is worth reading for more.

    A movement that the model does not know has the log-odds of what never is.
    """

    NEVER = -20.0

    def __init__(self, model: LinearModel, worth_reading: float) -> None:
        self.model = model
        labels = (*load_taxonomy().ids, INITIATIVE, SELF_ORGANISED, PROPOSAL)
        self._known = np.array([label in model.labels for label in labels])
        self._columns = np.array([model.labels.index(label) for label in labels if label in model.labels])
        self._worth = np.log(worth_reading / (1 - worth_reading))
        self._table = TextTable(model.vocabulary)

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Set them."""
        odds = np.full((len(docs), len(self._known)), self.NEVER, dtype=np.float32)
        odds[:, self._known] = self.model.log_odds(self._table.matrix(docs))[:, self._columns]
        # Self_organised says nothing where there is no initiative, and a proposal may be about anything.
        worth = (odds[:, :-2] >= self._worth).any(axis=1)
        for doc, row, some in zip(docs, odds.tolist(), worth.tolist(), strict=True):
            told = doc._
            told.by_words, told.worth_reading = row, some
