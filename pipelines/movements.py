"""Tells the movements of a post, whether it is about an initiative, and whether residents run that themselves."""

from functools import cache
from pathlib import Path

from spacy.language import Language as Pipeline
from spacy.tokens import Doc

from pipelines.features import features
from pipelines.linear import LinearModel
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


class MovementsComponent:
    """Sets the scores of all movements, the accepted ones best first, and the two probabilities."""

    def __init__(self, model: LinearModel) -> None:
        self.model = model
        self.ids = tuple(load_taxonomy().ids)

    def __call__(self, doc: Doc) -> Doc:
        """The document with its scores."""
        probabilities = self.model.probabilities(features(doc.text, doc._.language))
        scores = {id: probabilities.get(id, 0.0) for id in self.ids}
        accepted = [(id, score) for id, score in scores.items() if score >= self.model.thresholds.get(id, 1.1)]
        doc._.scores = scores
        doc._.accepted = tuple(sorted(accepted, key=lambda item: (-item[1], item[0])))
        doc._.initiative = probabilities[INITIATIVE]
        doc._.self_organised = probabilities[SELF_ORGANISED]
        return doc
