"""What components have in common: they take documents several at a time, for numpy works on many as fast as on one."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence

from spacy.tokens import Doc

DOCUMENTS = 500
_CHARACTERS = 500_000
"""Of all texts of a batch, some 100 MB of numbers while they are added up: what bounds memory where texts are long."""


def text_of(doc: Doc) -> str:
    """The document's text, put together once: spaCy would do so at every call."""
    text: str | None = doc.user_data.get("text")
    if text is None:
        text = doc.user_data["text"] = doc.text
    return text


class Batched(ABC):
    """A component that sets something on all documents of a batch."""

    @abstractmethod
    def annotate(self, docs: Sequence[Doc]) -> None:
        """Set it."""

    def __call__(self, doc: Doc) -> Doc:
        """The document with what the component sets."""
        self.annotate((doc,))
        return doc

    def pipe(self, stream: Iterable[Doc], batch_size: int = DOCUMENTS) -> Iterator[Doc]:
        """The documents with what the component sets, in their order."""
        batch: list[Doc] = []
        room = _CHARACTERS
        for doc in stream:
            batch.append(doc)
            room -= len(text_of(doc))
            if room < 0 or len(batch) >= batch_size:
                self.annotate(batch)
                yield from batch
                batch, room = [], _CHARACTERS
        if batch:
            self.annotate(batch)
            yield from batch
