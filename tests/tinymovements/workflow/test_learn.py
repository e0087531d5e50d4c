"""Where models go: what is learnt from the user's posts is kept in the home folder, and the program stays as it is."""

import json
from pathlib import Path

import numpy as np
import pytest

from pipelines import blend, movements, needs
from pipelines.examples import CORPUS
from pipelines.models import OWN
from pipelines.own import OwnModel
from tinymovements.errors import FormatError
from tinymovements.settings import Settings
from tinymovements.taxonomy import load_taxonomy
from tinymovements.workflow.learn import train_models

ALL = [blend.FILE.name, movements.MODEL.name, needs.MODEL.name]


@pytest.fixture(autouse=True)
def small_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An eighth of the corpus."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for path in CORPUS.glob("*.jsonl"):
        (folder / path.name).write_text("\n".join(path.read_text("utf-8").splitlines()[::8]), "utf-8")
    monkeypatch.setattr("pipelines.examples.CORPUS", folder)


def _show(settings: Settings, *texts: str, movement: str = "shared-pets") -> None:
    settings.examples_folder.mkdir(parents=True, exist_ok=True)
    rows = ({"id": number, "text": text, "movements": [movement]} for number, text in enumerate(texts))
    (settings.examples_folder / "mine.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


def _shipped() -> list[bytes]:
    return [path.read_bytes() for path in (movements.MODEL, needs.MODEL, blend.FILE)]


@pytest.mark.usefixtures("pets")
def test_own_movements_are_learnt_alone_and_into_the_home(settings: Settings) -> None:
    before, said = _shipped(), list[str]()
    _show(settings, *(f"Neighbours share dog number {number}, join the rota" for number in range(8)))
    assert train_models(settings, (), (), None, said.append) == settings.models_folder
    assert [path.name for path in settings.models_folder.iterdir()] == [OWN]
    assert said == ["shared-pets: 8 posts"]
    assert _shipped() == before


def test_other_posts_of_the_user_make_all_models_in_the_home(settings: Settings) -> None:
    before = _shipped()
    _show(settings, "A mural for the tunnel", movement="street-art")
    assert train_models(settings, (), (), None, lambda line: None) == settings.models_folder
    assert sorted(path.name for path in settings.models_folder.iterdir()) == ALL
    assert movements.load_model().labels[:20] == load_taxonomy().ids
    assert _shipped() == before


@pytest.mark.usefixtures("pets")
def test_into_a_folder_all_models_are_made(settings: Settings, tmp_path: Path) -> None:
    _show(settings, *(f"Neighbours share dog number {number}, join the rota" for number in range(8)))
    assert train_models(settings, (), (), tmp_path / "made", lambda line: None) == tmp_path / "made"
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == sorted([*ALL, OWN])
    assert not settings.models_folder.exists()


@pytest.mark.usefixtures("pets")
def test_without_posts_of_it_nothing_is_made(settings: Settings) -> None:
    with pytest.raises(FormatError, match=r"too few posts.*new-movement\.md"):
        train_models(settings, (), (), None, lambda line: None)
    assert not settings.models_folder.exists()


@pytest.mark.usefixtures("pets")
def test_nothing_personal_is_learnt(settings: Settings) -> None:
    _show(settings, *(f"Shared dog {number}: write to reijo.example@example.org or call 040 123 4567" for number in range(8)))
    train_models(settings, (), (), None, lambda line: None)
    model = OwnModel.load(settings.models_folder / OWN)
    known = " ".join(model.words.vocabulary.names)
    assert "=share" in known
    assert not any(part in known for part in ("reijo", "123", "4567"))
    assert np.isfinite(model.words.coefficients).all()
