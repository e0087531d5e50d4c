"""Puts the components together: what is built here is "the pipeline"."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import spacy
from spacy.language import Language as Pipeline
from spacy.tokens import Doc
from spacy.vocab import Vocab, create_vocab

from pipelines import language, movements, needs, own, places, vectors, words  # noqa: F401 -- each registers its component
from pipelines.batches import DOCUMENTS
from pipelines.terms import WORD
from pipelines.vectors import Meaning
from pipelines.version import version
from tinymovements.model import Annotation, Language, MovementScore

COMPONENTS = ("language", "words", "vectors", "movements", "own", "places", "needs")
"""In this order: each may read what those before it have set. Without an encoder there is no `vectors`."""

_LONGEST = 100_000_000
"""Characters. spaCy's own limit of a million is for parsers, which need memory by the length of the text."""

_NO_LANGUAGE = "xx"

_WORDS = 50_000
"""Of 0.5 KB each. spaCy forgets no word; beyond so many we begin anew, and documents made before keep what they were made with."""

_TOKEN = re.compile(rf"({WORD.pattern}|\s|[^\w\s])( ?)")

_EXTENSIONS: dict[str, Any] = {
    "declared_language": None,
    "title_length": 0,
    "pin": (None, None, None),
    "language": "unknown",
    "scores": {},
    "version": "",
    "by_words": (),
    "worth_reading": False,
    "meaning": None,
    "log_odds": {},
    "accepted": (),
    "initiative": 0.0,
    "self_organised": 0.0,
    "places": (),
    "needs": (),
    "offers": (),
    "asks": (),
}


def build(encoder: Path | None = None, threads: int = 1) -> Pipeline:
    """The spaCy pipeline with its components, with the encoder in a folder (see `pipelines.encoder.make`) or by words alone."""
    for name, default in _EXTENSIONS.items():
        Doc.set_extension(name, default=default, force=True)
    nlp = spacy.blank(_NO_LANGUAGE)
    nlp.tokenizer = Tokenizer(nlp.vocab)
    nlp.max_length = _LONGEST
    nlp.meta["version"] = version(with_encoder=encoder is not None)
    for component in COMPONENTS:
        if component != "vectors":
            nlp.add_pipe(component)
        elif encoder:
            nlp.add_pipe(component, config={"folder": str(encoder), "threads": threads})
    return nlp


class Tokenizer:
    """Cuts a text at our own words (`pipelines.terms.WORD`), single signs and spaces.

    Not spaCy's, whose time grows with the square of a run of signs ("[[[[…": 9 s for 12,000 of them).
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """The document, whose text is the text given."""
        if len(self.vocab) > _WORDS:
            self.vocab = create_vocab(_NO_LANGUAGE, Pipeline.Defaults)
        found = _TOKEN.findall(text)
        doc = Doc(self.vocab, [word for word, _ in found], [bool(space) for _, space in found])
        doc.user_data["text"] = text  # as `text_of` would put it together again
        return doc


class Readable(Protocol):
    """What the pipeline reads of a post, whatever else it is made of."""

    @property
    def title(self) -> str | None:
        """Above the text, if anything."""

    @property
    def text(self) -> str:
        """What it says."""

    @property
    def language(self) -> Language | None:
        """As the source declares it."""

    @property
    def place(self) -> str | None:
        """As the source names it."""

    @property
    def lat(self) -> float | None:
        """As the source has it."""

    @property
    def lon(self) -> float | None:
        """As the source has it."""


def annotate(nlp: Pipeline, posts: Iterable[Readable]) -> Iterator[Annotation]:
    """What the pipeline says of each post, in their order."""
    return map(annotation, read(nlp, posts))


def read(nlp: Pipeline, posts: Iterable[Readable]) -> Iterator[Doc]:
    """The documents of posts, on which the components have set what they say; what was read of a post before is used again."""
    return nlp.pipe((_as_doc(nlp, post) for post in posts), batch_size=DOCUMENTS)


def _as_doc(nlp: Pipeline, post: Readable) -> Doc:
    doc = make_doc(nlp, post.title, post.text, post.language, (post.place, post.lat, post.lon))
    vector, says = getattr(post, "vector", None), getattr(post, "says", None)
    if vector is not None and says is not None:
        doc._.meaning = Meaning(vector, says)
    return doc


def make_doc(
    nlp: Pipeline,
    title: str | None,
    text: str,
    declared: Language | None = None,
    pin: tuple[str | None, float | None, float | None] = (None, None, None),
) -> Doc:
    """Title and text as one document, with what the source itself said of language and place."""
    doc = nlp.make_doc(f"{title}\n{text}" if title else text)
    told = doc._
    told.title_length, told.declared_language, told.pin = len(title) if title else 0, declared, pin
    told.version = nlp.meta["version"]
    return doc


def annotation(doc: Doc) -> Annotation:
    """What the components have set, as a model."""
    told = doc._
    return Annotation(
        version=told.version,
        language=told.language,
        movements=tuple(MovementScore(id=id, score=score) for id, score in told.accepted),
        scores=told.scores,
        initiative=told.initiative,
        self_organised=told.self_organised,
        places=told.places,
        needs=told.needs,
        offers=told.offers,
        asks=told.asks,
    )
