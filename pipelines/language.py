"""Tells the language of a text: Finnish, Swedish, English, or that it is none of these."""

import re
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier
from spacy.language import Language as Pipeline
from spacy.tokens import Doc

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
_LATIN = re.compile(r"[a-zåäöéüšž]", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")


_ENOUGH = 600
"""Characters: more of a text changes nothing and costs time."""


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def identify(text: str, declared: Language | None = None) -> Language | None:
    """The language of a text, None where it is none of ours; `declared` (by its source) decides what is too short to tell."""
    plain = _LINK.sub(" ", text[:_ENOUGH])
    letters = len(_LETTER.findall(plain))
    latin = len(_LATIN.findall(plain))
    if letters == 0:
        return declared
    if latin < letters / 2:
        return None
    if letters < _SHORT and declared:
        return declared
    ranked: list[tuple[str, float]] = _identifier().rank(plain.lower())  # lower: ALL CAPS are heard as another language
    first, probability = ranked[0]
    if letters >= _SHORT and first not in LANGUAGES and probability >= _SURE and not (first in _SIBLINGS and letters < _LONG):
        return None
    return next(language for found, _ in ranked for language in LANGUAGES if found == language)


@Pipeline.factory("language", assigns=["doc._.language"])
def make_language(nlp: Pipeline, name: str) -> "LanguageComponent":
    """The component that sets `doc._.language`."""
    return LanguageComponent()


class LanguageComponent:
    """Sets `doc._.language` to fi, sv, en or unknown, from the text and what the source declared."""

    def __call__(self, doc: Doc) -> Doc:
        """The document with its language."""
        doc._.language = identify(doc.text, doc._.declared_language) or "unknown"
        return doc
