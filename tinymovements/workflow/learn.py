"""Trains the classifier and measures it."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pipelines
from pipelines import blend, movements, needs
from pipelines.evaluate import cross_validate, evaluate
from pipelines.evaluation.picture import picture
from pipelines.evaluation.report import Figure, Report
from pipelines.examples import Example, read_chatter, read_corpus, read_other_registers, read_posts, read_rows
from pipelines.own_examples import read_own_examples
from pipelines.train import train
from pipelines.train_own import train_own
from pipelines.vectors import load_encoder
from tinymovements.errors import FileError, FormatError
from tinymovements.privacy import Gate, load_key
from tinymovements.settings import Settings
from tinymovements.taxonomy import Taxonomy, load_taxonomy
from tinymovements.workflow.correction_examples import corrected_examples
from tinymovements.workflow.encoder import ready

__all__ = ["MODELS", "Figure", "Report", "draw", "measure", "measure_in_folds", "train_models"]

MODELS = Path(pipelines.__file__).parent
"""Where the models that ship lie."""

_CHATTER = ".txt"

_LOSS = "Made without labelled rows (--rows), they tell proposals and charities worse than the models that ship."
_WAY_BACK = f"To go back to those, delete {movements.MODEL.name}, {needs.MODEL.name} and {blend.FILE.name} in {{folder}}."


def train_models(
    settings: Settings,
    rows: Sequence[tuple[Path, Path]],
    chatter: Sequence[Path],
    into: Path | None,
    tell: Callable[[str], None],
) -> Path:
    """Train on our corpus, the posts that the user labelled, labelled rows (texts, labels) and chatter; where the models are then.

    Where the user has movements of their own, gives neither rows nor chatter nor a folder, and has said nothing of the movements
    that ship, only their own are learnt: in a small model of their own, beside the others. What is learnt from anything of the
    user's, labelled rows and chatter too, goes into the home folder, unless another is given. Raises `FileError` where our corpus
    alone is learnt and the folder of the models that ship is not ours to write.
    """
    taxonomy = load_taxonomy()
    labelled, corrected = list(_labelled(settings, taxonomy)), list(corrected_examples(settings))
    added = [*labelled, *corrected]
    folder = into or (settings.models_folder if taxonomy.own or added or rows or chatter else MODELS)
    if folder == MODELS and not os.access(MODELS, os.W_OK):
        raise FileError(f"The folder of the models that ship, {MODELS}, cannot be written.", "Name another one: --into FOLDER.")
    made = ready(settings)
    encoder = load_encoder(made, settings.processes) if made else None
    posts = [*read_corpus(), *added]
    says_more = any(example.required - set(taxonomy.own) for example in labelled) or any(
        _says_more(of, taxonomy) for of in corrected
    )
    if rows or chatter or into or not taxonomy.own or says_more:
        train([*posts, *read_other_registers(), *_read_rows(rows), *_read_chatter(chatter)], folder, tell, encoder)
        if not rows:
            tell(f"{_LOSS} {_WAY_BACK.format(folder=folder)}" if folder == settings.models_folder else _LOSS)
    if taxonomy.own:
        train_own(posts, taxonomy, folder, tell, encoder)
    return folder


def _says_more(corrected: Example, taxonomy: Taxonomy) -> bool:
    """Whether people said of a post more than that it is of a movement of the user's own, or is not."""
    shipped = set(taxonomy.ids) - set(taxonomy.own)
    qualities = (corrected.initiative, corrected.self_organised)
    return bool(corrected.required & shipped or shipped - corrected.allowed) or qualities != (None, None)


def _labelled(settings: Settings, taxonomy: Taxonomy) -> Iterator[Example]:
    """The posts that the user labelled in files, scrubbed as all texts are."""
    labelled = read_own_examples(settings.examples_folder, taxonomy)
    gate = Gate(load_key(settings.key_file)) if labelled else None
    for example in labelled:
        assert gate is not None  # noqa: S101 -- narrows the type
        title, clauses = example.title and gate.scrub(example.title), (example.needs, example.offers, example.asks)
        needs, offers, asks = (said and tuple(map(gate.scrub, said)) for said in clauses)
        yield replace(example, text=gate.scrub(example.text), title=title, needs=needs, offers=offers, asks=asks)


def measure(settings: Settings, path: Path, labels: Path | None, advance: Callable[[int], None]) -> Report:
    """How well the pipeline says what people said: of labelled posts (JSON Lines), of the rows of a CSV file with its labels, or of
    messages about no initiative (`.txt`).
    """
    read = read_chatter if path.suffix == _CHATTER else read_posts
    examples: list[Example] = list(read_rows(path, labels) if labels else read(path))
    if not examples:
        raise FormatError(f"{path} holds no labelled text.", "See docs/classifier.md for the fields.")
    return evaluate(examples, advance, ready(settings))


def measure_in_folds(folds: int, rows: Sequence[tuple[Path, Path]], chatter: Sequence[Path], tell: Callable[[str], None]) -> Report:
    """How well it says it of what it has not learned from: of the corpus by voices, or of rows, the corpus being learned from."""
    corpus, others, labelled = read_corpus(), [*read_other_registers(), *_read_chatter(chatter)], _read_rows(rows)
    if labelled:
        return cross_validate(labelled, [*corpus, *others], folds, tell)
    return cross_validate(corpus, others, folds, tell)


def draw(report: Report, path: Path) -> None:
    """Write a picture of the measures, a page of HTML; a killed writing leaves what was there."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(picture(report), "utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise FileError(f"{path} cannot be written: {error}.", "Check the folder and the disk.") from None


def _read_rows(rows: Sequence[tuple[Path, Path]]) -> list[Example]:
    return [example for texts, labels in rows for example in read_rows(texts, labels)]


def _read_chatter(paths: Sequence[Path]) -> list[Example]:
    return [example for path in paths for example in read_chatter(path)]
