"""Cross-validation: each text is judged by models that have seen no text of its writer."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.assemble import annotation, build, make_doc
from pipelines.batches import Batched
from pipelines.blend import Blend
from pipelines.examples import Example
from pipelines.movements import MovementsComponent
from pipelines.needs import NeedsComponent
from pipelines.train import fit_movements, fit_needs
from pipelines.words import WordsComponent
from tinymovements.errors import FormatError
from tinymovements.model import Annotation

_NEVER = 0.9999
"""No post is worth reading with the encoder, which the folds do without."""


def learn_and_tell(examples: Sequence[Example], texts: Sequence[Example]) -> list[Annotation]:
    """What the pipeline says of the texts by words, had it learned from the examples alone.

    The one place that knows how models are made and put into the pipeline. Movements of the user's own are not told.
    """
    model = fit_movements(examples).model
    by_words = Blend({}, {}, {}, _NEVER)
    learned: list[Batched] = [WordsComponent(model, _NEVER), MovementsComponent(model, by_words)]
    marked = [example for example in examples if example.needs is not None]
    if marked and any(text.needs is not None for text in texts):
        clauses = fit_needs(marked).model
        learned.append(NeedsComponent(clauses, by_words))
    nlp = build()
    nlp.select_pipes(disable=["words", "movements", "own", "needs"])
    docs = nlp.pipe(make_doc(nlp, text.title, text.text) for text in texts)
    for component in learned:
        docs = component.pipe(docs)
    return [annotation(doc) for doc in docs]


def deal(examples: Sequence[Example], folds: int) -> Iterator[NDArray[np.int64]]:
    """The rows of each fold: whole writers, as many of each language, and of those that wrote much, in each.

    Raises `FormatError` where there are fewer writers than folds.
    """
    size: dict[tuple[str, str], int] = {}
    for example in examples:
        writer = (example.language, example.group)
        size[writer] = size.get(writer, 0) + 1
    languages = {group: language for language, group in sorted(size, key=lambda writer: size[writer])}
    order = sorted(languages, key=lambda group: (languages[group], -size[languages[group], group], group))
    if len(order) < folds:
        raise FormatError(f"{folds} folds need texts of as many writers, and there are {len(order)}.", "Give fewer --folds.")
    fold = {group: number % folds for number, group in enumerate(order)}
    of = np.array([fold[example.group] for example in examples])
    return (np.flatnonzero(of == number) for number in range(folds))
