"""Finds what a post needs, offers and asks of the city: the clause that says it, and its kind."""

import tomllib
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language as Pipeline
from spacy.tokens import Doc

from pipelines import blend
from pipelines.adapter import load as load_adapter
from pipelines.asked import Sentence, SentenceTable, Words, asks
from pipelines.batches import Batched, text_of
from pipelines.blend import Blend, others_saying
from pipelines.linear import LinearModel, load_linear
from pipelines.sentences import Part, parts, sentences, trimmed
from pipelines.terms import WORD, terms
from pipelines.vectors import ASK, Meaning, log_odds_of_sentences
from tinymovements.model import LANGUAGES

MODEL = Path(__file__).with_name("needs.npz")
NEED, OFFER = "need", "offer"
SURER = 0.75
"""Log-odds. On voices kept back 70 % of the marked clauses are half covered or more, against 64 % where sentences stay whole; half
and twice as much gave 69 and 66 %. Asks stay whole: the part is often the wrong one there, and F1 0.76 instead of 0.79."""

_PARTS = 50
"""Of one sentence: each is read together with the sentences beside it, which may be long as well."""

OTHER = "other"
"""The kind of a clause with no word that tells it."""


def load_model() -> LinearModel:
    """The model in force."""
    return load_linear(MODEL, (NEED, OFFER, ASK))


@cache
def _kinds() -> dict[str, dict[str, str]]:
    """Per language: base form to kind."""
    table = tomllib.loads(Path(__file__).with_name("kinds.toml").read_text("utf-8"))
    return {language: {word: kind for kind, words in table.items() for word in words[language]} for language in LANGUAGES}


def kind(clause: str, language: str) -> str:
    """What sort of thing a clause is about: space, hands, things, money, skills, information, permission …, or other."""
    known = _kinds().get(language, {})
    met = [known[term] for word in WORD.findall(clause) for term in terms(word.lower(), language) if term in known]
    return Counter(met).most_common(1)[0][0] if met else OTHER


@Pipeline.factory("needs", requires=["doc._.language", "doc._.meaning"], assigns=["doc._.needs", "doc._.offers", "doc._.asks"])
def make_needs(nlp: Pipeline, name: str) -> "NeedsComponent":
    """The component that finds needs, offers and asks, with the models that ship."""
    return NeedsComponent(load_model(), blend.load())


class _Text:
    """A text in sentences, whose words are added to those of the batch, and what is found in it."""

    def __init__(self, doc: Doc, words: Words) -> None:
        self.text = text_of(doc)
        told = doc._
        self.meaning: Meaning | None = told.meaning
        self.language: str = told.language
        self.title_length: int = told.title_length
        self.spans = list(sentences(self.text))
        self._words = words
        self._numbers = [0, *(words.add(self.text[start:end], self.language) for start, end in self.spans), 0]
        self.found: dict[str, list[dict[str, Any]]] = {NEED: [], OFFER: [], ASK: []}

    def sentences(self) -> list[Sentence]:
        """All of them."""
        return [self._sentence(at, end, self._numbers[at + 1]) for at, (_, end) in enumerate(self.spans)]

    def parts(self, at: int) -> list[Part]:
        """The parts of a sentence that may say it alone; none where it is not cut, or is a list without end."""
        found = list(islice(parts(self.text, *self.spans[at]), _PARTS + 1))
        return found if 1 < len(found) <= _PARTS else []

    def with_part(self, at: int, part: Part) -> Sentence:
        """The part in its sentence's place."""
        start, end = part
        return self._sentence(at, end, self._words.add(self.text[start:end], self.language))

    def _sentence(self, at: int, end: int, number: int) -> Sentence:
        return Sentence(number, self._numbers[at], self._numbers[at + 2], asks(self.text, end), at)

    def find(self, label: str, part: Part) -> None:
        """Keep what a part says; plain, so that spaCy can serialise the document."""
        cut = self.title_length
        # After a title that ends in "klo 12." the text may go on with its sentence: a span is of one field, and that is the text.
        start, end = next(trimmed(self.text, cut + 1, part[1]), part) if part[0] < cut < part[1] else part
        clause, in_title = self.text[start:end], start < cut
        shift = cut + 1 if cut and not in_title else 0
        field = "title" if in_title else "text"
        told = {"text": clause, "start": start - shift, "end": end - shift, "kind": kind(clause, self.language), "field": field}
        self.found[label].append(told)


class NeedsComponent(Batched):
    """Sets needs, offers and asks as spans of the title or the text."""

    def __init__(self, model: LinearModel, weighed: Blend) -> None:
        self.model = model
        self.blend = weighed
        self._table = SentenceTable(model.vocabulary)
        self._by_words = np.array([model.thresholds[label] for label in model.labels])

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Set them."""
        self._table.words.tidy()
        words = Words(self._table)
        texts = [_Text(doc, words) for doc in docs]
        odds = self._log_odds(words, [sentence for text in texts for sentence in text.sentences()])
        sentences_of = [(text, at) for text in texts for at in range(len(text.spans))]
        says = self._weigh(odds, texts)
        saying = np.flatnonzero(says.any(axis=1))
        self._narrow(words, [sentences_of[row] for row in saying.tolist()], says[saying], odds[saying])
        for doc, text in zip(docs, texts, strict=True):
            told = doc._
            told.needs, told.offers, told.asks = text.found.values()

    def _weigh(self, odds: NDArray[np.float32], texts: Sequence[_Text]) -> NDArray[np.bool_]:
        """Whether each sentence says a need, an offer, an ask: by words, and in texts that have a vector by both."""
        says = LinearModel.probabilities(odds) >= self._by_words
        read = np.repeat([text.meaning is not None for text in texts], [len(text.spans) for text in texts])
        if read.any():
            head = load_adapter().sentences
            said = np.concatenate([log_odds_of_sentences(text.meaning, head) for text in texts if text.meaning])
            vectors = (said[:, head.labels.index(label)] for label in self.model.labels)
            weighings = (self.blend.labels[label] for label in self.model.labels)
            alone = np.stack([one.log_odds(*of) for one, *of in zip(weighings, odds[read].T, vectors, strict=True)], axis=1)
            others = others_saying(alone, [len(text.spans) for text in texts if text.meaning])
            for column, label in enumerate(self.model.labels):
                weighing = self.blend.clauses[label]
                says[read, column] = LinearModel.probabilities(weighing.log_odds(alone, others)) >= weighing.threshold
        return says

    def _log_odds(self, words: Words, asked: Sequence[Sentence]) -> NDArray[np.float32]:
        found = [self.model.log_odds(self._table.matrix(words, some)) for some in words.handfuls(asked)]
        return np.concatenate(found or [np.zeros((0, len(self.model.labels)), dtype=np.float32)])

    def _narrow(
        self, words: Words, saying: Sequence[tuple[_Text, int]], says: NDArray[np.bool_], odds: NDArray[np.float32]
    ) -> None:
        """Find the sentences that say something, or of each the part that alone says it more surely than the whole."""
        cut = [text.parts(at) for text, at in saying]
        asked = [text.with_part(at, part) for (text, at), cuts in zip(saying, cut, strict=True) for part in cuts]
        alone = self._log_odds(words, asked)
        first = 0
        for row, ((text, at), cuts) in enumerate(zip(saying, cut, strict=True)):
            last = first + len(cuts)
            for column in np.flatnonzero(says[row]).tolist():
                part = text.spans[at]
                if cuts and self.model.labels[column] != ASK:
                    best = int(alone[first:last, column].argmax())
                    part = cuts[best] if alone[first + best, column] >= odds[row, column] + SURER else part
                text.find(self.model.labels[column], part)
            first = last
