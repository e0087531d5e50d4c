"""Sentences are cut where people end them, and stand exactly where they are said to stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sentences import parts, sentences


def _cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Kaivataan tiloja. Onko vinkkejä?", ["Kaivataan tiloja", "Onko vinkkejä"]),
        ("Tule la 12. toukokuuta klo 10. Kahvia on!", ["Tule la 12. toukokuuta klo 10", "Kahvia on"]),
        ("- ensimmäinen\n- toinen", ["ensimmäinen", "toinen"]),
        ("Vi behöver t.ex. stolar… Hör av er :)", ["Vi behöver t.ex. stolar", "Hör av er"]),
        ("Soita [phone].", ["Soita [phone]"]),
        ("", []),
        ("!!!", []),
    ],
)
def test_cuts(text: str, parts: list[str]) -> None:
    assert _cut(text) == parts


def test_the_parts_of_a_sentence_are_trimmed_and_keep_inner_hyphens() -> None:
    text = "Kaivataan tilaa, mielellään katutaso – myös pop-up käy (ilmaiseksi)"
    cut = [text[start:end] for start, end in parts(text, 0, len(text))]
    assert cut == ["Kaivataan tilaa", "mielellään katutaso", "myös pop-up käy", "ilmaiseksi"]


@given(st.text(alphabet="ab .!?\n1[]é🙂", max_size=80))
def test_sentences_stand_in_order_inside_the_text_without_blank_edges(text: str) -> None:
    last = 0
    for start, end in sentences(text):
        assert last <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        last = end


@pytest.mark.parametrize("text", ["a" + "." * 300_000, "." * 300_000 + "a", "\n" * 300_000, "a.b" * 100_000, "!\n?" * 100_000])
def test_long_runs_of_signs_take_no_time_by_their_square(text: str) -> None:
    assert len(_cut(text)) <= 1
