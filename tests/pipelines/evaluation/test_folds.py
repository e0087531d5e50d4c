"""No text is judged by a model that has seen one of its writer."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from pipelines.evaluate import cross_validate
from pipelines.evaluation.folds import deal
from pipelines.examples import Example
from tinymovements.errors import FormatError
from tinymovements.taxonomy import load_taxonomy

Labelled = Callable[..., Example]


def test_writers_are_whole_and_languages_in_every_fold(labelled: Labelled) -> None:
    examples = [labelled(group=f"{language}-{number % 4}", language=language) for language in ("fi", "sv") for number in range(20)]
    folds = list(deal(examples, 4))
    assert sorted(np.concatenate(folds).tolist()) == list(range(40))
    for rows in folds:
        assert {examples[row].group for row in rows} == {f"fi-{examples[rows[0]].group[-1]}", f"sv-{examples[rows[0]].group[-1]}"}


def test_those_who_wrote_much_are_apart(labelled: Labelled) -> None:
    examples = [labelled(group=group) for group, count in {"a": 9, "b": 1, "c": 9, "d": 1}.items() for _ in range(count)]
    assert [len(rows) for rows in deal(examples, 2)] == [10, 10]


def test_more_folds_than_writers_are_too_many(labelled: Labelled) -> None:
    with pytest.raises(FormatError, match="there are 1"):
        deal([labelled(), labelled()], 2)


def posts(labelled: Labelled, says: Callable[[str, str], str]) -> list[Example]:
    """Posts by four writers, one about each movement and one about none for each; what one says of a movement is told by `says`."""
    made = []
    for voice in "abcd":
        for id in load_taxonomy().ids:
            need = f"We need help with {says(voice, id)}"
            about = {"group": voice, "language": "en", "offers": (), "asks": ()}
            made.append(labelled([id], text=f"{need}.", initiative=True, self_organised=True, needs=(need,), **about))
            made.append(labelled(text="My cat is lost", initiative=False, self_organised=False, needs=(), **about))
        said = {"text": "Free tools. Mend the lamp!", "offers": ("Free tools",), "asks": ("Mend the lamp",)}
        made.append(replace(made[-1], **said))  # type: ignore[arg-type]
    return made


def test_what_other_writers_say_is_learned_and_what_only_one_says_is_not(labelled: Labelled) -> None:
    lines: list[str] = []
    shared = cross_validate(posts(labelled, lambda voice, id: f"{id} {id}"), [], 2, lines.append)
    assert lines == ["fold 1 of 2: learning from 82 texts, 82 held out", "fold 2 of 2: learning from 82 texts, 82 held out"]
    assert (shared.folds, shared.writers) == (2, 4)
    assert shared.measures["movements_mean_ap"].value > 0.8
    assert shared.measures["needs_f1"].value > 0.8

    def own(voice: str, id: str) -> str:
        return "".join(chr(ord("a") + (ord(letter) * 7 + ord(voice) * 5) % 26) for letter in f"{voice}{id}{id}")

    alone = cross_validate(posts(labelled, own), [], 2, lines.append)
    assert alone.measures["movements_mean_ap"].value < 0.5


def test_what_is_also_there_is_learned_from_and_not_measured(labelled: Labelled) -> None:
    corpus = posts(labelled, lambda voice, id: f"{id} {id}")
    asked = {"register": "proposal", "language": "en", "self_organised": False}
    rows = [labelled([id], text=f"They want {id}", group=f"row-{id}", **asked) for id in load_taxonomy().ids]
    told = cross_validate(rows, corpus, 2, lambda line: None)
    assert list(told.registers) == ["proposal"]
    assert told.texts == len(rows)
    assert told.measures["movements_mean_ap"].value > 0.8
    assert "needs_f1" not in told.measures
