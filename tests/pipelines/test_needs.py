"""Needs, offers and asks are clauses of the text, each with a kind."""

import numpy as np
import pytest

from pipelines import blend
from pipelines.assemble import annotation, build, make_doc
from pipelines.blend import others_saying
from pipelines.needs import NEED, OTHER, kind


@pytest.mark.parametrize(
    ("clause", "language", "expected"),
    [
        ("Tarvitsemme pakettiauton lauantaiksi", "fi", "transport"),
        ("kerhohuonetta etsitään", "fi", "space"),
        ("Vi söker frivilliga", "sv", "hands"),
        ("lokal sökes", "sv", "space"),
        ("does anyone have a spare sewing machine", "en", "things"),
        ("we applied for a permit", "en", "permission"),
        ("ihan muuta", "fi", OTHER),
        ("что-то", "unknown", OTHER),
    ],
)
def test_the_kind_of_a_clause(clause: str, language: str, expected: str) -> None:
    assert kind(clause, language) == expected


@pytest.mark.parametrize(
    ("text", "field", "clause"),
    [
        ("Talo remontoidaan. Tarvitsemme lisää vapaaehtoisia maalaamaan.", "needs", "Tarvitsemme lisää vapaaehtoisia maalaamaan"),
        ("Hej alla! Vi behöver fler frivilliga till soppköket.", "needs", "Vi behöver fler frivilliga till soppköket"),
        ("The tool library opens Saturday. We need volunteers for the desk.", "needs", "We need volunteers for the desk"),
    ],
)
def test_plain_clauses_are_found(text: str, field: str, clause: str) -> None:
    nlp = build()
    assert clause in [span.text for span in getattr(annotation(nlp(make_doc(nlp, None, text))), field)]


def test_lists_without_end_beside_long_sentences_take_no_memory_by_their_product() -> None:
    nlp = build()
    text = "Tarvitsemme " + "pensseleitä, " * 10_000 + ". " + "Tarvitsemme apua " * 10_000
    told = annotation(nlp(make_doc(nlp, None, text)))
    assert all(span.text in text for span in told.needs)


def test_a_need_is_the_part_that_says_it_and_an_ask_its_whole_sentence() -> None:
    nlp = build()
    text = "Kaupunki, antakaa meille tyhjä kerhohuone talveksi. Talkoot ovat lauantaina, tarvitsemme lisää vapaaehtoisia."
    told = annotation(nlp(make_doc(nlp, None, text)))
    assert [span.text for span in told.asks] == ["Kaupunki, antakaa meille tyhjä kerhohuone talveksi"]
    assert [span.text for span in told.needs] == ["tarvitsemme lisää vapaaehtoisia"]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Pihatalkoot la 3.", "tarvitaan lisää vapaaehtoisia haravoimaan. Tervetuloa!"),
        ("Kirppis klo 12.", "tarvitsemme lisää vapaaehtoisia myymään"),
    ],
)
def test_a_clause_that_goes_on_from_the_title_is_what_the_text_has_of_it(title: str, text: str) -> None:
    nlp = build()
    told = annotation(nlp(make_doc(nlp, title, text)))
    assert told.needs
    fields = {"title": title, "text": text}
    assert [fields[span.field][span.start : span.end] for span in told.needs] == [span.text for span in told.needs]
    assert told.needs[-1].field == "text"


def test_where_others_surely_need_something_a_sentence_with_a_vector_says_it_less() -> None:
    alone, beside = np.array([[0.0, -5.0, -5.0]], np.float32), np.array([[0.0, -5.0, -5.0], [6.0, -5.0, -5.0]], np.float32)
    weighing = blend.load().clauses[NEED]
    one = weighing.log_odds(alone, others_saying(alone, [1]))
    two = weighing.log_odds(beside, others_saying(beside, [2]))
    assert two[0] < one[0]
    # Of several texts each is told by its own sentences.
    both = np.concatenate([beside, alone])
    assert weighing.log_odds(both, others_saying(both, [2, 1])).tolist() == [*two, *one]
