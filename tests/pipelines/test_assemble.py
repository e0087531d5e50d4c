"""The pipeline says the same of the same, and its version follows from what decides it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.assemble import COMPONENTS, annotate, annotation, build, make_doc, read
from pipelines.encoder import make
from pipelines.processes import annotate_batch
from pipelines.version import version
from tinymovements.archive.annotations import Outdated
from tinymovements.model import Annotation, Post
from tinymovements.privacy import Gate
from tinymovements.taxonomy import load_taxonomy

NLP = build()
TOKENIZER = NLP.tokenizer
GATE = Gate(b"k" * 32)

TEXTS = [
    "Kirppis Karhupuistossa lauantaina, tule myymään omat romppeet!",
    "Nån som har en släpvagn att låna ut till städtalkot i Kottby?",
    "Our repair café needs someone who can mend a kettle. Govanhill, Tuesday.",
    "Kissa kadonnut Malmilla.",
    "",
    "Приглашаем всех на субботник",
    "Dear city, please give us a permit for the mural on the underpass wall.",
] * 3


def _posts(*more: str) -> list[Post]:
    return [
        Post(id=f"{number:026}", source="forum", native_id=str(number), text=text, content_hash="0")
        for number, text in enumerate([*TEXTS, *more])
    ]


def _bytes(annotations: list[Annotation]) -> list[str]:
    return [told.model_dump_json() for told in annotations]


def test_components_stand_in_order() -> None:
    assert build().pipe_names == [name for name in COMPONENTS if name != "vectors"]


def test_with_an_encoder_posts_worth_it_are_read_for_their_meaning_and_what_was_read_is_used_again(encoder_home: Path) -> None:
    folder = make(encoder_home, print)
    assert tuple(build(folder).pipe_names) == COMPONENTS
    said, meanings = zip(*annotate_batch(_posts("Myydään talvirenkaat, 50 euroa, nouto."), folder), strict=True)
    assert any(meanings)
    assert None in meanings, "what is surely chatter is not read"
    both = zip(_posts("Myydään talvirenkaat, 50 euroa, nouto."), meanings, strict=True)
    again = [Outdated(1, "", None, post.text, None, None, None, None, *(kept or ())) for post, kept in both]
    with_no_encoder = [annotation(doc) for doc in read(build(), again)]
    changed = {"version"}
    assert [told.model_dump(exclude=changed) for told in with_no_encoder] == [
        Annotation.model_validate_json(told).model_dump(exclude=changed) for told in said
    ]
    assert {told.version for told in with_no_encoder} == {version()} != {Annotation.model_validate_json(said[0]).version}


def test_the_same_input_gives_the_same_bytes() -> None:
    alone = _bytes(list(annotate(build(), _posts())))
    assert alone == _bytes(list(annotate(build(), _posts())))
    assert alone == [said for said, meaning in annotate_batch(_posts()) if meaning is None]
    assert alone[:7] == alone[7:14], "what was read before has no influence"


def test_what_is_forgotten_is_learnt_again(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = _bytes(list(annotate(build(), _posts())))
    monkeypatch.setattr("pipelines.wordtable.REMEMBERED", 5)
    monkeypatch.setattr("pipelines.assemble._WORDS", 5)
    nlp = build()
    for _ in range(2):
        assert _bytes([annotation(nlp(make_doc(nlp, post.title, post.text))) for post in _posts()]) == expected


def test_another_process_says_the_same() -> None:
    code = (
        "from pipelines.assemble import annotation, build, make_doc\nnlp = build()\n"
        f"print(annotation(nlp(make_doc(nlp, 'Otsikko', {TEXTS[0]!r}))).model_dump_json())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    nlp = build()
    assert told == {annotation(nlp(make_doc(nlp, "Otsikko", TEXTS[0]))).model_dump_json() + "\n"}


def test_every_movement_has_a_score_and_the_accepted_come_best_first() -> None:
    for told in annotate(build(), _posts()):
        assert set(told.scores) == set(load_taxonomy().ids)
        assert [movement.score for movement in told.movements] == sorted((m.score for m in told.movements), reverse=True)
        assert told.version == version()


@given(text=st.text(max_size=100))
def test_a_document_holds_exactly_its_text(text: str) -> None:
    assert TOKENIZER(text).text == text


@pytest.mark.parametrize("sign", ["[", "a", "1", "1-", "a.", "A. ", "@", "a@", "http://a", ".", "\n", "(", "é", "🙂"])
def test_twice_as_long_takes_about_twice_the_work(sign: str) -> None:
    def steps(length: int) -> int:
        count = 0

        def counted(*_: object) -> None:
            nonlocal count
            count += 1

        sys.setprofile(counted)
        try:
            annotation(NLP(make_doc(NLP, None, GATE.scrub(sign * length))))
        finally:
            sys.setprofile(None)
        return count

    steps(500)
    assert steps(4000) < 6 * steps(1000)


def test_the_version_names_the_program_and_a_hash() -> None:
    number, _, digest = version().partition("-")
    assert number.count(".") == 2
    assert len(digest) == 8
