"""Finds what a post needs, offers and asks of the city: the clause that says it, and its kind."""

import tomllib
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

from spacy.language import Language as Pipeline
from spacy.tokens import Doc

from pipelines.features import features
from pipelines.linear import LinearModel
from pipelines.sentences import Part, parts, sentences
from pipelines.terms import analyse
from tinymovements.model import LANGUAGES, Span

MODEL = Path(__file__).with_name("needs.npz")
NEED, OFFER, ASK = "need", "offer", "ask"
SURER = 0.75
"""Log-odds. On voices kept back 70 % of the marked clauses are half covered or more, against 64 % where sentences stay whole; half
and twice as much gave 69 and 66 %."""

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


def sentence_features(text: str, spans: Sequence[Part], at: int, language: str) -> Counter[str]:
    """A sentence's own features with its pairs of words, whether it asks, how long it is and where it stands.

    And its neighbours' terms (marked), which tell a sale from a gift. With pairs, question and place the best F1 on posts of other
    writers was 0.68, 0.39 and 0.64 for needs, offers and asks, against 0.65, 0.38 and 0.64.
    """
    start, end = spans[at]
    counts = features(text[start:end], language)
    words = ["^", *(token.terms[0] for token in analyse(text[start:end], language)), "$"]
    counts.update(f"{one}_{other}" for one, other in pairwise(words))
    asks = "?" if text[end : end + 2].strip().startswith("?") else "."
    counts.update((asks, f"#{min(len(words) // 4, 5)}", f"@{min(at, 3)}"))
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
        text = doc.text  # spaCy puts it together anew at every call
        spans = list(sentences(text))
        for at in range(len(spans)):
            probabilities = self.model.probabilities(sentence_features(text, spans, at, doc._.language))
            for label, threshold in self.model.thresholds.items():
                if probabilities[label] >= threshold:
                    start, end = self._narrowed(text, doc._.language, spans, at, label)
                    field: Literal["title", "text"] = "title" if start < cut else "text"
                    shift = cut + 1 if cut and field == "text" else 0
                    clause = text[start:end]
                    what = kind(clause, doc._.language)
                    found[label].append(Span(text=clause, start=start - shift, end=end - shift, kind=what, field=field))
        # Plain, so that spaCy can serialise the document.
        plain = {label: [span.model_dump() for span in spans] for label, spans in found.items()}
        doc._.needs, doc._.offers, doc._.asks = plain[NEED], plain[OFFER], plain[ASK]
        return doc

    def _narrowed(self, text: str, language: str, spans: Sequence[Part], at: int, label: str) -> Part:
        """The part of a sentence that says it, where that part alone says it more surely than the whole."""
        clauses = list(parts(text, *spans[at]))
        if len(clauses) < 2:
            return spans[at]

        def odds(part: Part) -> float:
            asked = [*spans[:at], part, *spans[at + 1 :]]
            return self.model.log_odds(sentence_features(text, asked, at, language))[label]

        best = max(clauses, key=odds)
        return best if odds(best) >= odds(spans[at]) + SURER else spans[at]
