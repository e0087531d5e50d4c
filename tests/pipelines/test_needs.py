"""Needs, offers and asks are clauses of the text, each with a kind."""

import pytest

from pipelines.assemble import annotation, build, make_doc
from pipelines.needs import OTHER, kind


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
