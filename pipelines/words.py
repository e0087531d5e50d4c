"""Tells by its words alone what a post may be: the first tier, which reads every post."""

from collections.abc import Sequence

import numpy as np
from spacy.language import Language as Pipeline
from spacy.tokens import Doc

from pipelines import blend
from pipelines.batches import Batched
from pipelines.linear import LinearModel
from pipelines.movements import INITIATIVE, SELF_ORGANISED, load_model
from pipelines.registers import REGISTERS, columns, shares
from pipelines.texttable import TextTable
from tinymovements.taxonomy import load_taxonomy


@Pipeline.factory("words", requires=["doc._.language"], assigns=["doc._.by_words", "doc._.worth_reading"])
def make_words(nlp: Pipeline, name: str) -> "WordsComponent":
    """The component, with the model in force."""
    return WordsComponent(load_model(), blend.load().worth_reading)


class WordsComponent(Batched):
    """Sets the log-odds of every movement, of initiative and self_organised, those of them by the expert, and those of registers;
    and whether a post is worth reading for more.

    What the model does not know has the log-odds of what never is.
    """

    NEVER = -20.0

    def __init__(self, model: LinearModel, worth_reading: float) -> None:
        self.model = model
        labels = (*load_taxonomy().ids, INITIATIVE, SELF_ORGANISED)
        of_posts = [model.labels.index(label) if label in model.labels else -1 for label in labels]
        told = np.array([*of_posts, *columns(model.labels, labels), *columns(model.labels, REGISTERS)])
        self._known, self._columns = told >= 0, told[told >= 0]
        self._labels = len(labels)
        self._worth = np.log(worth_reading / (1 - worth_reading))
        self._table = TextTable(model.vocabulary)

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Set them."""
        odds = np.full((len(docs), len(self._known)), self.NEVER, dtype=np.float32)
        odds[:, self._known] = self.model.log_odds(self._table.matrix(docs))[:, self._columns]
        by_posts, by_expert, gates = np.split(odds, [self._labels, 2 * self._labels], axis=1)
        of_posts = shares(gates)[:, :1]
        # Self_organised, the last, says nothing where there is no initiative.
        worth = (of_posts * by_posts + (1 - of_posts) * by_expert >= self._worth)[:, :-1].any(axis=1)
        for doc, row, some in zip(docs, odds.tolist(), worth.tolist(), strict=True):
            told = doc._
            told.by_words, told.worth_reading = row, some
