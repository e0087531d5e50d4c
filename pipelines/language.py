"""Tells the language of a text: Finnish, Swedish, English, or that it is none of these."""

import re
from collections.abc import Sequence
from functools import cache
from typing import cast
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from scipy.sparse import csr_array
from spacy.language import Language as Pipeline
from spacy.tokens import Doc

from pipelines.batches import Batched, text_of
from pipelines.features import Numbers
from tinymovements.model import LANGUAGES, Language

VERSION = "1"

# Taken for ours in short texts: the identifier hears Estonian in spoken Finnish, Norwegian and Danish in Swedish.
_SIBLINGS = {"et", "no", "nb", "nn", "da", "is", "fo"}
_SURE = 0.95
_LONG = 60
"""Letters from which on a sibling is believed, too."""
_SHORT = 12
"""Letters below which another language is never believed: "ok, kiva" is Slovak to the identifier."""

_LINK = re.compile(r"https?://\S+|\[[a-z]+\]|[@#]\S+")
_LATIN = re.compile(r"[a-zåäöéüšž]+")
_LETTERS = re.compile(r"[^\W\d_]+")


_ENOUGH = 600
"""Characters: more of a text changes nothing and costs time."""


class Identifier:
    """py3langid's model, asked about many texts at once: what it does for one text is mostly the cost of calling numpy."""

    def __init__(self) -> None:
        model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._next, self._output = np.asarray(model.tk_nextmove), np.asarray(model.tk_output)
        self._rows = np.asarray(model.tk_row, dtype=np.int64) << 8
        self._table = np.asarray(model.nb_ptc)
        self._priors = np.asarray(model.nb_pc)
        self._classes: list[str] = list(model.nb_classes)
        # Languages in two scripts stand there twice, and count together.
        firsts = [(self._classes.index(name), number) for number, name in enumerate(self._classes)]
        self._again = [(first, number) for first, number in firsts if first != number]
        self._ours = {self._classes.index(language): language for language in sorted(LANGUAGES)}

    def rank(self, texts: Sequence[str]) -> list[tuple[str, float, Language]]:
        """For each text its likeliest language, how probable that is, and the likeliest of ours."""
        data = [normalize("NFC", text).encode("utf-8", "surrogatepass") for text in texts]
        # The temperature keeps the probabilities of long texts from all being one.
        scores = self._scores(data) / np.sqrt([max(1, len(text)) for text in data])[:, None]
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities = odds / odds.sum(axis=1, keepdims=True)
        for first, number in self._again:
            probabilities[:, first] += probabilities[:, number]
            probabilities[:, number] = 0
        best, ours = probabilities.argmax(axis=1), probabilities[:, list(self._ours)].argmax(axis=1)
        said = probabilities[np.arange(len(texts)), best].tolist()
        names = list(self._ours.values())
        return [(self._classes[b], p, names[o]) for b, p, o in zip(best.tolist(), said, ours.tolist(), strict=True)]

    def _scores(self, data: Sequence[bytes]) -> NDArray[np.float32]:
        row, feature = self._met(data)
        met, counts = np.unique(row * len(self._table) + feature, return_counts=True)
        row, feature = np.divmod(met, len(self._table))
        used = np.zeros(len(self._table), dtype=np.bool_)
        used[feature] = True
        columns = (np.cumsum(used) - 1)[feature]
        lengths = np.bincount(row, minlength=len(data))
        values = np.log1p(counts.astype(np.float32))
        texts = csr_array((values, columns, np.append(0, np.cumsum(lengths))), (len(data), np.count_nonzero(used)))
        # Nothing met says nothing: then all are as likely.
        return np.asarray(texts @ self._table[used].astype(np.float32) + self._priors * (lengths > 0)[:, None])

    def _met(self, data: Sequence[bytes]) -> tuple[Numbers, Numbers]:
        """The features of all texts, each with the text it stands in: the automaton reads the same byte of all at once."""
        order = sorted(range(len(data)), key=lambda at: -len(data[at]))
        lengths = np.array([len(data[at]) for at in order])
        longest = int(lengths[0])
        signs = np.zeros((len(data), longest), dtype=np.uint8)
        signs[np.arange(longest) < lengths[:, None]] = np.frombuffer(b"".join(data[at] for at in order), np.uint8)
        signs = np.ascontiguousarray(signs.T)
        still = np.searchsorted(-lengths, -np.arange(longest), side="left").tolist()
        states = np.zeros(signs.shape, dtype=self._next.dtype)
        before = np.zeros(len(data), dtype=np.int64)
        for at, count in enumerate(still):
            states[at, :count] = before = self._next[self._rows[before[:count]] + signs[at, :count]]
        features = self._output[states]
        features[np.arange(longest)[:, None] >= lengths] = -1
        _, column = met = np.nonzero(features >= 0)
        return np.array(order)[column], features[met].astype(np.int64)


@cache
def _identifier() -> Identifier:
    return Identifier()


def identify(text: str, declared: Language | None = None) -> Language | None:
    """The language of a text, None where it is none of ours; `declared` (by its source) decides what is too short to tell."""
    return identify_all((text,), (declared,))[0]


def identify_all(texts: Sequence[str], declared: Sequence[Language | None]) -> list[Language | None]:
    """The languages of several texts."""
    # In lower case, for ALL CAPS are heard as another language.
    plain = [_LINK.sub(" ", text[:_ENOUGH]).lower() for text in texts]
    letters = [sum(map(len, _LETTERS.findall(text))) for text in plain]
    told = [_untold(*each) for each in zip(plain, letters, declared, strict=True)]
    asked = [at for at, language in enumerate(told) if language == _ASK]
    ranked = _identifier().rank([plain[at] for at in asked]) if asked else []
    for at, (first, probability, ours) in zip(asked, ranked, strict=True):
        foreign = first not in LANGUAGES and probability >= _SURE and not (first in _SIBLINGS and letters[at] < _LONG)
        told[at] = None if foreign and letters[at] >= _SHORT else ours
    return cast(list[Language | None], told)


_ASK = "ask"


def _untold(plain: str, letters: int, declared: Language | None) -> str | None:
    """What is known of a text before it is read."""
    if letters == 0:
        return declared
    if sum(map(len, _LATIN.findall(plain))) < letters / 2:
        return None
    return declared if letters < _SHORT and declared else _ASK


@Pipeline.factory("language", assigns=["doc._.language"])
def make_language(nlp: Pipeline, name: str) -> "LanguageComponent":
    """The component that sets `doc._.language`."""
    return LanguageComponent()


class LanguageComponent(Batched):
    """Sets `doc._.language` to fi, sv, en or unknown, from the text and what the source declared."""

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Set it."""
        found = identify_all([text_of(doc) for doc in docs], [doc._.declared_language for doc in docs])
        for doc, language in zip(docs, found, strict=True):
            doc._.language = language or "unknown"
