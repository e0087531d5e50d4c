"""Texts and queries meet in their terms."""

import pytest

from pipelines.terms import analyse, is_stop_word


def _terms(text: str, language: str | None) -> set[str]:
    return {term for token in analyse(text, language) for term in token.terms}


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("kirppis", "kirpputorilla", "fi"),
        ("kirpputori", "kirpputoreilta", "fi"),
        ("kirppiksellä", "kirpputori", "fi"),
        ("siivous", "siivouspäivä", "fi"),
        ("taide", "katutaidetta", "fi"),
        ("loppis", "loppmarknaden", "sv"),
        ("konst", "gatukonst", "sv"),
        ("cykel", "cyklar", "sv"),
        ("gardens", "garden", "en"),
        ("neighbours'", "neighbour", "en"),
        ("kids", "children", "en"),
    ],
)
def test_forms_compounds_and_spoken_words_meet(one: str, other: str, language: str) -> None:
    assert _terms(one, language) & _terms(other, language)
    assert _terms(one, None) & _terms(other, language), "a query's language is not known"


def test_words_that_have_nothing_in_common_do_not_meet() -> None:
    assert not _terms("kirpputori", "fi") & _terms("kirjasto", "fi")


def test_tokens_stand_where_the_words_stand() -> None:
    text = "Siivouspäivä, Kalliossa\t– klo 12!"
    assert [text[token.start : token.end] for token in analyse(text, "fi")] == ["Siivouspäivä", "Kalliossa", "klo", "12"]


def test_stop_words_fall_out_of_a_query_unless_it_is_all_there_is() -> None:
    assert [token.terms[0] for token in analyse("missä on kirpputori", None)][-1].startswith("kirpp")
    assert len(analyse("missä on kirpputori", None)) == 1
    assert _terms("the who", None) == {"the", "who"}
    assert is_stop_word("och", "sv")


def test_an_unknown_language_keeps_its_words() -> None:
    assert _terms("Субботник во дворе", "unknown") == {"субботник", "во", "дворе"}


def test_an_empty_text_has_no_terms() -> None:
    assert analyse(" \n🙂 …", "fi") == []
