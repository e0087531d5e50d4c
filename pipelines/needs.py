"""Finds what a post needs, offers and asks of the city: the clause that says it, and its kind."""

import tomllib
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from spacy.language import Language as Pipeline
from spacy.tokens import Doc

from pipelines.features import features
from pipelines.linear import LinearModel
from pipelines.sentences import sentences
from pipelines.terms import analyse
from tinymovements.model import LANGUAGES, Span

MODEL = Path(__file__).with_name("needs.npz")
NEED, OFFER, ASK = "need", "offer", "ask"
OTHER = "other"
"""The kind of a clause with no word that tells it."""


@cache
def load_model() -> LinearModel:
    """The model that ships with the program."""
    return LinearModel.load(MODEL)


@cache
def _kinds() -> dict[str, dict[str, str]]:
    """Per language: base form to kind."""
    table = tomllib.loads(Path(__file__).with_name("kinds.toml").read_text("utf-8"))
    return {language: {word: kind for kind, words in table.items() for word in words[language]} for language in LANGUAGES}


def kind(clause: str, language: str) -> str:
    """What sort of thing a clause is about: space, hands, things, money, skills, information, permission …, or other."""
    known = _kinds().get(language, {})
    met = [known[term] for token in analyse(clause, language) for term in token.terms if term in known]
    return Counter(met).most_common(1)[0][0] if met else OTHER


def sentence_features(text: str, spans: Sequence[tuple[int, int]], at: int, language: str) -> Counter[str]:
    """A sentence's own features, and those of its neighbours' terms (marked), which tell a sale from a gift."""
    start, end = spans[at]
    counts = features(text[start:end], language)
    for neighbour, mark in ((at - 1, "<"), (at + 1, ">")):
        if 0 <= neighbour < len(spans):
            start, end = spans[neighbour]
            for token in analyse(text[start:end], language):
                counts.update(f"{mark}{term}" for term in token.terms)
    return counts


@Pipeline.factory("needs", requires=["doc._.language"], assigns=["doc._.needs", "doc._.offers", "doc._.asks"])
def make_needs(nlp: Pipeline, name: str) -> "NeedsComponent":
    """The component that finds needs, offers and asks, with the model that ships."""
    return NeedsComponent(load_model())


class NeedsComponent:
    """Sets needs, offers and asks as spans of the title or the text."""

    def __init__(self, model: LinearModel) -> None:
        self.model = model

    def __call__(self, doc: Doc) -> Doc:
        """The document with its spans."""
        found: dict[str, list[Span]] = {NEED: [], OFFER: [], ASK: []}
        cut = doc._.title_length
        spans = list(sentences(doc.text))
        for at, (start, end) in enumerate(spans):
            probabilities = self.model.probabilities(sentence_features(doc.text, spans, at, doc._.language))
            field: Literal["title", "text"] = "title" if start < cut else "text"
            shift = cut + 1 if cut and field == "text" else 0
            clause = doc.text[start:end]
            for label, threshold in self.model.thresholds.items():
                if probabilities[label] >= threshold:
                    what = kind(clause, doc._.language)
                    found[label].append(Span(text=clause, start=start - shift, end=end - shift, kind=what, field=field))
        # Plain, so that spaCy can serialise the document.
        plain = {label: [span.model_dump() for span in spans] for label, spans in found.items()}
        doc._.needs, doc._.offers, doc._.asks = plain[NEED], plain[OFFER], plain[ASK]
        return doc
