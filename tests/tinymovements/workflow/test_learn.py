"""Where models go: what is learnt from the user's posts is kept in the home folder, and the program stays as it is."""

import json
from pathlib import Path

import numpy as np
import pytest

from pipelines import blend, movements, needs
from pipelines.examples import CORPUS
from pipelines.models import OWN
from pipelines.own import OwnModel
from tinymovements.archive import posts
from tinymovements.archive.database import open_archive, writing
from tinymovements.errors import FileError, FormatError
from tinymovements.model import Post
from tinymovements.settings import Settings
from tinymovements.taxonomy import load_taxonomy
from tinymovements.workflow.corrections import say
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


@pytest.fixture
def learnt(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Path]]:
    """What is learnt, all or own, and into which folder: in the place of the training, which takes long."""
    made: list[tuple[str, Path]] = []
    monkeypatch.setattr("tinymovements.workflow.learn.train", lambda _examples, folder, *_: made.append(("all", folder)))
    monkeypatch.setattr(
        "tinymovements.workflow.learn.train_own", lambda _examples, _taxonomy, folder, *_: made.append(("own", folder))
    )
    return made


def _store(settings: Settings) -> str:
    """A post in the archive: its id."""
    post = Post(id="a" * 26, native_id="1", source="forum", text="A shared dog on a mural.", content_hash="1" * 64)
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "forum", [post])
    return post.id


@pytest.mark.usefixtures("pets")
@pytest.mark.parametrize("said", ["+street-art", "-street-art", "+initiative", "-self-organised"])
def test_beside_own_movements_corrections_of_all_others_are_learnt(
    settings: Settings, learnt: list[tuple[str, Path]], said: str
) -> None:
    id = _store(settings)
    say(settings, id, ["+shared-pets"], "library")
    train_models(settings, (), (), None, lambda line: None)
    say(settings, id, ["-shared-pets"], "library")
    train_models(settings, (), (), None, lambda line: None)
    assert [what for what, _ in learnt] == ["own", "own"]
    say(settings, id, [said], "library")
    train_models(settings, (), (), None, lambda line: None)
    assert learnt[2:] == [("all", settings.models_folder), ("own", settings.models_folder)]


@pytest.mark.usefixtures("pets")
def test_beside_own_movements_labelled_posts_of_others_are_learnt(settings: Settings, learnt: list[tuple[str, Path]]) -> None:
    _show(settings, "A mural for the tunnel", movement="street-art")
    train_models(settings, (), (), None, lambda line: None)
    assert [what for what, _ in learnt] == ["all", "own"]


def test_rows_of_the_user_are_learnt_into_the_home(settings: Settings, learnt: list[tuple[str, Path]], tmp_path: Path) -> None:
    texts, labels, said = tmp_path / "rows.csv", tmp_path / "labels.tsv", list[str]()
    texts.write_text("id,title,texts\n1,A mural,Paint the tunnel\n", "utf-8")
    labels.write_text("key\tmovements\tself_organised\n1\tstreet-art\ty\n", "utf-8")
    assert train_models(settings, [(texts, labels)], (), None, said.append) == settings.models_folder
    assert (learnt, said) == ([("all", settings.models_folder)], [])


@pytest.mark.usefixtures("learnt")
def test_without_rows_it_says_what_is_lost_and_how_to_go_back(settings: Settings, tmp_path: Path) -> None:
    said, elsewhere = list[str](), list[str]()
    say(settings, _store(settings), ["+street-art"], "library")
    train_models(settings, (), (), None, said.append)
    (line,) = said
    assert "proposals and charities worse" in line
    assert all(name in line for name in (*ALL, str(settings.models_folder)))
    train_models(settings, (), (), tmp_path / "made", elsewhere.append)
    assert "delete" not in elsewhere[0]


def test_models_that_ship_are_made_anew_only_where_they_can_be_written(
    settings: Settings, learnt: list[tuple[str, Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinymovements.workflow.learn.MODELS", tmp_path)
    assert train_models(settings, (), (), None, lambda line: None) == tmp_path
    monkeypatch.setattr("tinymovements.workflow.learn.MODELS", tmp_path / "none")
    with pytest.raises(FileError, match=r"cannot be written.*--into"):
        train_models(settings, (), (), None, lambda line: None)
    assert learnt == [("all", tmp_path)]


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
