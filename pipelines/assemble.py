"""Puts the components together: what is built here is "the pipeline"."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language as Pipeline
from spacy.tokens import Doc
from spacy.vocab import Vocab

import tinymovements
from pipelines import language, movements, needs, places  # noqa: F401 -- each registers its component
from pipelines.terms import WORD
from tinymovements.model import Annotation, Language, MovementScore, Post

COMPONENTS = ("language", "movements", "places", "needs")
"""In this order: each may read what those before it have set."""

_LONGEST = 100_000_000
"""Characters. spaCy's own limit of a million is for parsers, which need memory by the length of the text."""

_LEARNING = {"train.py", "fit.py", "examples.py", "evaluate.py"}
"""Files of this package that have no part in what the pipeline says."""

_LIBRARIES = ("py3langid", "pyvoikko", "simplemma", "spacy")
"""Whose words and models decide what ours say."""

_TOKEN = re.compile(rf"({WORD.pattern}|\s|[^\w\s])( ?)")

_EXTENSIONS: dict[str, Any] = {
    "declared_language": None,
    "title_length": 0,
    "pin": (None, None, None),
    "language": "unknown",
    "scores": {},
    "accepted": (),
    "initiative": 0.0,
    "self_organised": 0.0,
    "places": (),
    "needs": (),
    "offers": (),
    "asks": (),
}


def build() -> Pipeline:
    """The spaCy pipeline with its components; reads nothing but files of this package."""
    for name, default in _EXTENSIONS.items():
        Doc.set_extension(name, default=default, force=True)
    nlp = spacy.blank("xx")
    nlp.tokenizer = Tokenizer(nlp.vocab)
    nlp.max_length = _LONGEST
    for component in COMPONENTS:
        nlp.add_pipe(component)
    return nlp


class Tokenizer:
    """Cuts a text at our own words (`pipelines.terms.WORD`), single signs and spaces.

    Not spaCy's, whose time grows with the square of a run of signs ("[[[[…": 9 s for 12,000 of them).
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """The document, whose text is the text given."""
        found = _TOKEN.findall(text)
        return Doc(self.vocab, [word for word, _ in found], [bool(space) for _, space in found])


def annotate(nlp: Pipeline, posts: Iterable[Post]) -> Iterator[Annotation]:
    """What the pipeline says of each post, in their order."""
    docs = (make_doc(nlp, post.title, post.text, post.language, (post.place, post.lat, post.lon)) for post in posts)
    return map(annotation, nlp.pipe(docs))


def make_doc(
    nlp: Pipeline,
    title: str | None,
    text: str,
    declared: Language | None = None,
    pin: tuple[str | None, float | None, float | None] = (None, None, None),
) -> Doc:
    """Title and text as one document, with what the source itself said of language and place."""
    doc = nlp.make_doc(f"{title}\n{text}" if title else text)
    doc._.title_length = len(title) if title else 0
    doc._.declared_language = declared
    doc._.pin = pin
    return doc


def annotation(doc: Doc) -> Annotation:
    """What the components have set, as a model."""
    told = doc._
    return Annotation(
        version=version(),
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


@cache
def version() -> str:
    """A name for all that decides what the pipeline says: code, word lists, models, gazetteer, and the libraries' versions.

    The program's version and the first characters of a hash over the files, as "0.1.0-9f2c31aa".
    """
    digest = hashlib.sha256(" ".join(f"{name}={metadata.version(name)}" for name in _LIBRARIES).encode())
    folders = (Path(__file__).parent, Path(tinymovements.__file__).parent / "gazetteer")
    kinds = {".py", ".toml", ".csv", ".geojson", ".npz", ".json", ".txt"}
    for folder in folders:
        for path in sorted(path for path in folder.glob("*") if path.suffix in kinds and path.name not in _LEARNING):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{tinymovements.__version__}-{digest.hexdigest()[:8]}"
