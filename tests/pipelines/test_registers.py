"""Texts of another register than posts are told by an expert, which a gate asks; without such texts there is neither."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from spacy.tokens import Doc

from pipelines import adapter, train
from pipelines.assemble import build, make_doc
from pipelines.blend import FILE, Blend, Weighing, read
from pipelines.examples import Example
from pipelines.held_out import HeldOut, key
from pipelines.linear import LinearModel
from pipelines.movements import SELF_ORGANISED, MovementsComponent
from pipelines.registers import REGISTERS, columns, expert, shares
from pipelines.vectors import Meaning, pack
from pipelines.words import WordsComponent
from tinymovements.taxonomy import load_taxonomy

_IDS = load_taxonomy().ids
_NLP = build()
_SIGN = {"post": "hello neighbours", "proposal": "council ought to consider", "charity": "the objects of the trust"}


def _said(register: str, word: str) -> str:
    return f"{_SIGN[register]} {word} {word}"


def _examples() -> list[Example]:
    """In each register a word stands for a movement, but in proposals and charities for another one than in posts."""
    made = []
    for register in _SIGN:
        for number in range(20 * len(_IDS)):
            at = number % len(_IDS)
            found = frozenset({_IDS[at if register == "post" else (at + 1) % len(_IDS)]} if number % 3 else ())
            text = _said(register, f"{_IDS[at]}" if found else "lamp") + f" {number}"
            group = f"voice-{number // len(_IDS) % 5}" if register == "post" else f"{register}-{number}"
            ours = bool(found) and (register == "post" or number % 2 == 0)
            made.append(Example(group, text, "en", found, found, bool(found), ours, group, register))
    return made


@pytest.fixture(scope="module")
def model() -> LinearModel:
    return train.fit_movements(_examples()).model


def _told(model: LinearModel, weighed: Blend, text: str, vector: np.ndarray | None = None) -> Doc:
    doc = make_doc(_NLP, None, text)
    doc._.language = "en"
    if vector is not None:
        doc._.meaning = Meaning(pack(vector), b"")
    return MovementsComponent(model, weighed)(WordsComponent(model, 0.05)(doc))


def _best(doc: Doc) -> str:
    scores: dict[str, float] = doc._.scores
    return max(scores, key=scores.__getitem__)


def test_what_a_word_means_is_told_by_the_register_of_the_text(model: LinearModel) -> None:
    alone = Blend({}, {}, {}, 0.05)
    assert _best(_told(model, alone, _said("post", _IDS[3]))) == _IDS[3]
    for register in REGISTERS:
        assert _best(_told(model, alone, _said(register, _IDS[3]))) == _IDS[4]


def test_the_expert_is_the_same_bytes_from_the_same_texts(model: LinearModel) -> None:
    assert expert(SELF_ORGANISED) in model.labels
    assert train.fit_movements(_examples()).model.to_bytes() == model.to_bytes()


def test_a_register_has_weights_and_a_threshold_of_its_own_where_a_vector_is_known(model: LinearModel) -> None:
    def blend(threshold: float) -> Blend:
        of_posts = {id: Weighing(0, 0, -3, 0.5) for id in _IDS}
        return Blend(of_posts, {"proposal": of_posts | {_IDS[7]: Weighing(0, 0, 2, threshold)}}, {}, 0.05)

    vector = np.ones(len(adapter.load().mean), dtype=np.float32)
    proposal = _told(model, blend(0.5), _said("proposal", _IDS[3]), vector)
    assert [id for id, _ in proposal._.accepted] == [_IDS[7]]
    assert not _told(model, blend(0.95), _said("proposal", _IDS[3]), vector)._.accepted
    assert not _told(model, blend(0.5), _said("post", _IDS[3]), vector)._.accepted


@pytest.mark.parametrize(
    "unlike",
    [
        pytest.param(lambda row: row.register != "post", id="no other register"),
        pytest.param(lambda row: row.register != "post" and not row.id.endswith("0"), id="too few"),
        pytest.param(lambda row: row.register != "post" and row.self_organised, id="all of them alike"),
    ],
)
def test_where_rows_teach_nothing_there_is_no_expert_and_posts_are_told_all_the_same(
    unlike: Callable[[Example], bool],
) -> None:
    model = train.fit_movements([row for row in _examples() if not unlike(row)]).model
    assert expert(SELF_ORGANISED) not in model.labels
    assert _best(_told(model, Blend({}, {}, {}, 0.05), _said("post", _IDS[3]))) == _IDS[3]


def test_shares_are_one_together_and_those_of_posts_come_first() -> None:
    told = shares(np.array([[-20.0, -20.0], [20.0, -20.0], [20.0, 20.0], [0.0, -20.0]], dtype=np.float32))
    assert told.sum(axis=1) == pytest.approx(1)
    assert told == pytest.approx(np.array([[1, 0, 0], [0, 1, 0], [0, 0.5, 0.5], [0.5, 0.5, 0]]), abs=1e-6)


def test_where_there_is_no_expert_the_word_of_posts_counts() -> None:
    assert columns(("a", "b", expert("b")), ("a", "b", "c")) == [0, 2, -1]


def test_only_of_registers_with_enough_rows_that_no_encoder_had_seen_vectors_are_weighed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    examples = [replace(row, needs=(), offers=(), asks=()) if row.register == "post" else row for row in _examples()]
    examples[0] = replace(examples[0], needs=(examples[0].text,), offers=(examples[0].text,), asks=(examples[0].text,))
    labels = adapter.load().texts.labels
    texts, sentences = {}, {}
    for row in examples:
        if row.register != "charity" or row.id.endswith("0"):
            texts[key(row.whole)] = np.array([4.0 if label in row.required else -4.0 for label in labels], dtype=np.float32)
        if row.needs is not None:
            sentences[key(row.whole)] = np.full((1, 3), 4.0 if row.needs else -4.0, dtype=np.float32)
    kept = HeldOut(texts, sentences, frozenset(texts))
    monkeypatch.setattr(train, "load_held_out", lambda: kept)
    train.train(examples, tmp_path, lambda line: None)
    weighed = read(tmp_path / FILE.name).registers
    assert SELF_ORGANISED in weighed["proposal"]
    assert weighed["charity"] == {}
