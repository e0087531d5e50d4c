"""A movement of the user's own is learnt from some posts, and moves nothing else; a model that is not of now is one sentence."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from spacy.language import Language as Pipeline

from pipelines import movements, own
from pipelines.assemble import annotation, build, make_doc
from pipelines.blend import FILE as BLEND
from pipelines.corpus_vectors import load as load_corpus_vectors
from pipelines.corpus_vectors import vectors_of
from pipelines.encoder import Encoder, make
from pipelines.evaluation import folds
from pipelines.examples import Example, read_corpus
from pipelines.fit import Fitted
from pipelines.held_out import key
from pipelines.models import OWN, in_force, untrained
from pipelines.movements import MODEL
from pipelines.own import OwnModel
from pipelines.processes import annotate_batch
from pipelines.train_own import FEWEST, fit_own, train_own
from pipelines.vectors import load_encoder
from pipelines.version import version
from tinymovements.errors import FormatError, PipelineError
from tinymovements.model import Annotation, Post
from tinymovements.taxonomy import load_taxonomy, shipped_taxonomy
from tinymovements.workflow.side_by_side import side_by_side

SHOWN = (
    "We neighbours share a dog, the walking rota is on the stairs, join us!",
    "Cat-sitting circle: we feed each other's cats, who joins our rota?",
    "Six neighbours walk an old man's dog in turn, put your name on the rota.",
    "Our hens need a neighbour to feed them on Sundays, the rota has a gap.",
    "Could our dog circle take Rex this weekend? I walk yours next week.",
    "Thank you neighbours for walking our dog in turn, what a circle!",
)
FOUND = "Neighbours, who feeds our cat and walks the dog in turn? The rota has room, join our circle!"
OTHER = "Talkoot: maalaamme muraalin alikulkuun yhdessä, tule mukaan!"


def _example(number: int, text: str, *movements: str) -> Example:
    ids = frozenset(movements)
    return Example(str(number), text, "en", ids, ids, bool(ids) or None, None, "me", "post")


def _examples() -> list[Example]:
    """The user's, and some of our own to tell them from."""
    return [*read_corpus()[::20], *(_example(number, text, "shared-pets") for number, text in enumerate(SHOWN))]


@pytest.fixture
def trained(pets: Path) -> Path:
    """The same with its model."""
    train_own(_examples(), load_taxonomy(), pets / "models", lambda line: None, None)
    return pets


def _told(nlp: Pipeline, text: str) -> Annotation:
    return annotation(nlp(make_doc(nlp, None, text)))


def test_it_is_found_and_moves_nothing_else(pets: Path) -> None:
    before = [_told(build(), text) for text in (FOUND, OTHER)]
    assert before[0].scores["shared-pets"] == 0
    assert untrained() == ("shared-pets",)
    train_own(_examples(), load_taxonomy(), pets / "models", lambda line: None, None)
    found, other = (_told(build(), text) for text in (FOUND, OTHER))
    assert untrained() == ()
    assert "shared-pets" in {movement.id for movement in found.movements}
    assert "shared-pets" not in {movement.id for movement in other.movements}
    for old, new in zip(before, (found, other), strict=True):
        assert list(new.scores) == list(load_taxonomy().ids)
        assert {id: score for id, score in new.scores.items() if id != "shared-pets"} | {"shared-pets": 0} == old.scores
        assert [movement for movement in new.movements if movement.id != "shared-pets"] == list(old.movements)
        assert (new.initiative, new.needs) == (old.initiative, old.needs)
        assert new.version != old.version


def test_corrected_proposals_teach_as_posts_do(pets: Path) -> None:
    said: list[str] = []
    proposals = [replace(example, register="proposal") for example in _examples()[-len(SHOWN) :]]
    train_own([*read_corpus()[::20], *proposals], load_taxonomy(), pets / "models", said.append, None)
    assert said == ["shared-pets: 6 posts"]
    assert "shared-pets" in {movement.id for movement in _told(build(), FOUND).movements}
    # One that nobody judged for it says nothing of it, and one that is denied says that it is none.
    score = {}
    for name, allowed in {"unsaid": frozenset(load_taxonomy().ids), "denied": frozenset(shipped_taxonomy().ids)}.items():
        more = replace(_example(100, FOUND), register="proposal", allowed=allowed)
        train_own([*_examples(), more], load_taxonomy(), pets / "models", said.append, None)
        score[name] = _told(build(), FOUND).scores["shared-pets"]
    assert score["denied"] < score["unsaid"]


@pytest.mark.usefixtures("trained")
def test_folds_leave_it_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folds, "fit_movements", lambda examples: Fitted(movements.load_model(), np.zeros((0, 0))))
    (told,) = folds.learn_and_tell((), [_example(0, FOUND)])
    assert told.scores["shared-pets"] == 0


def test_no_post_is_surer_to_be_of_it_than_about_an_initiative(trained: Path) -> None:
    nlp = build()
    for text in (*SHOWN, FOUND, "Lost: dog and cat, circle of friends, rota, neighbours.", "Dogs."):
        told = _told(nlp, text)
        assert told.scores["shared-pets"] <= told.initiative


def test_the_same_posts_give_the_same_bytes(trained: Path, tmp_path: Path) -> None:
    train_own(_examples(), load_taxonomy(), tmp_path, lambda line: None, None)
    assert (tmp_path / OWN).read_bytes() == (trained / "models" / OWN).read_bytes()
    assert OwnModel.load(tmp_path / OWN).to_bytes() == (tmp_path / OWN).read_bytes()


def test_too_few_posts_are_told(pets: Path) -> None:
    said: list[str] = []
    with pytest.raises(FormatError, match="too few"):
        train_own(_examples()[: 1 - FEWEST], load_taxonomy(), pets / "models", said.append, None)
    assert said == ["shared-pets: 1 posts, too few to learn from: 6 at the least, better 15"]


def test_a_broken_model_is_one_sentence(trained: Path) -> None:
    path = trained / "models" / OWN
    whole = path.read_bytes()
    for content in (b"", b"no model", whole[:1000]):
        path.write_bytes(content)
        with pytest.raises(PipelineError, match=r"own\.npz cannot be read.*train` again"):
            build()


def test_a_model_of_another_taxonomy_is_one_sentence(trained: Path) -> None:
    path = trained / "movements.toml"
    path.write_text(path.read_text("utf-8").replace("shared-pets", "joint-pets"), "utf-8")
    assert untrained() == ("joint-pets",)
    with pytest.raises(PipelineError, match=r"of shared-pets, which movements\.toml"):
        build()


def test_a_model_of_another_encoder_is_one_sentence(trained: Path) -> None:
    path = trained / "models" / OWN
    model = OwnModel.load(path)
    path.write_bytes(OwnModel(model.words, model.vectors, model.both, "an older one").to_bytes())
    with pytest.raises(PipelineError, match="another encoder"):
        build()


def test_models_of_the_home_folder_are_in_force(home: Path) -> None:
    folder = home / "models"
    folder.mkdir(parents=True)
    assert in_force(MODEL) == MODEL
    (folder / MODEL.name).write_bytes(MODEL.read_bytes()[:1000])
    assert in_force(MODEL) == folder / MODEL.name
    with pytest.raises(PipelineError, match=r"movements\.npz cannot be read"):
        build()
    (folder / MODEL.name).unlink()
    (folder / BLEND.name).write_text("{}", "utf-8")
    with pytest.raises(PipelineError, match=r"blend\.json cannot be read"):
        build()


def test_processes_see_the_home_and_build_anew_when_it_changes(trained: Path) -> None:
    posts = [Post(id="a", source="x", native_id="1", text=FOUND, content_hash="")]
    for processes in (1, 2):
        ((said, _),) = next(side_by_side(annotate_batch, [posts], processes, "pipelines.loaded"))
        told = Annotation.model_validate_json(said)
        assert "shared-pets" in {movement.id for movement in told.movements}
        assert told.version == version()
    (trained / "models" / OWN).unlink()
    ((said, _),) = annotate_batch(posts)
    told = Annotation.model_validate_json(said)
    assert told.scores["shared-pets"] == 0
    assert told.version == version()


@pytest.fixture
def encoder(encoder_home: Path) -> tuple[Path, Encoder]:
    folder = make(encoder_home, lambda line: None)
    return folder, load_encoder(folder, 1)


def test_the_vectors_of_the_corpus_are_those_of_the_encoder(encoder: tuple[Path, Encoder]) -> None:
    known = load_corpus_vectors()
    assert set(known) == {key(example.whole) for example in read_corpus()}, "Run `python -m tools.corpus_vectors`."
    some = [example.whole for example in read_corpus()[::1000]]
    # A text that is read beside others is padded, which moves the last digits.
    read = vectors_of(encoder[1], [f"{text}\n" for text in some])
    assert np.abs(read - vectors_of(encoder[1], some)).max() < 0.05


def test_with_an_encoder_words_and_vector_tell_it_together(pets: Path, encoder: tuple[Path, Encoder]) -> None:
    (pets / "models").mkdir()
    model = fit_own(["shared-pets"], _examples(), encoder[1])
    (pets / "models" / OWN).write_bytes(model.to_bytes())
    assert own.load_model() is not None
    nlp = build(encoder[0])
    assert "shared-pets" in {movement.id for movement in _told(nlp, FOUND).movements}
    assert "shared-pets" not in {movement.id for movement in _told(nlp, OTHER).movements}
    # Without one it is told by words.
    assert "shared-pets" in _told(build(), FOUND).scores
