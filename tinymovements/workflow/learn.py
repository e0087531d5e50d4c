"""Trains the classifier and measures it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pipelines
from pipelines.evaluate import Score, evaluate
from pipelines.examples import Example, read_chatter, read_corpus, read_posts, read_rows
from pipelines.train import train
from tinymovements.errors import FormatError

MODELS = Path(pipelines.__file__).parent
"""Where the models that ship lie."""


def train_models(
    rows: Sequence[tuple[Path, Path]], chatter: Sequence[Path], folder: Path, tell: Callable[[str], None]
) -> None:
    """Train on our corpus, on labelled rows (texts, labels) and on chatter, and write the models into a folder."""
    examples = read_corpus()
    for texts, labels in rows:
        examples += read_rows(texts, labels)
    for path in chatter:
        examples += read_chatter(path)
    train(examples, folder, tell)


def measure(path: Path, labels: Path | None, advance: Callable[[int], None]) -> list[Score]:
    """How well the pipeline says what people said: of labelled posts (JSON Lines), or of the rows of a CSV file with its labels."""
    examples: list[Example] = list(read_rows(path, labels) if labels else read_posts(path))
    if not examples:
        raise FormatError(f"{path} holds no labelled text.", "See docs/classifier.md for the fields.")
    return evaluate(examples, advance)
