"""Where a text is cut, and which of its words are marked."""

import pytest

from pipelines.terms import analyse
from search.query import Mark, Snippet
from search.snippets import LENGTH, cut, held, marked
from search.words import read


def marked_words(snippet: Snippet) -> list[str]:
    return [snippet.text[mark.start : mark.end] for mark in snippet.marks]


def show(text: str, words: str, language: str = "fi") -> Snippet:
    return cut(text, language, read(words, analyse), analyse)


def test_a_short_text_is_shown_whole_on_one_line_with_its_words_marked() -> None:
    found = show("Tule\n\n  kirpputorille,   meillä on torilla\tkirppiksiä!", "kirppis")
    assert found.text == "Tule kirpputorille, meillä on torilla kirppiksiä!"
    assert marked_words(found) == ["kirpputorille", "kirppiksiä"]


def test_words_of_compounds_and_of_other_languages_are_marked() -> None:
    assert marked_words(show("Joulukirpputori on auki", "kirpputori")) == ["Joulukirpputori"]
    assert marked_words(show("Vi byter växter på torget", "växt", "sv")) == ["växter"]
    assert marked_words(show("XYZZYT here", "xyzzyt", "unknown")) == ["XYZZYT"]


def test_phrases_and_musts_are_marked_and_what_is_left_out_is_not() -> None:
    found = show("Puutarha: yhteisen puutarhan talkoot Kalliossa, ei Malmilla", '"yhteinen puutarha" +kallio -malmi')
    assert marked_words(found) == ["yhteisen puutarhan", "Kalliossa"]


def test_marks_that_overlap_are_one() -> None:
    assert marked_words(show("yhteisen puutarhan talkoot", 'puutarha "yhteinen puutarha" yhteinen')) == ["yhteisen puutarhan"]


def test_a_long_text_is_cut_around_the_best_of_its_words() -> None:
    filler = "sanoja " * 100
    found = show(f"kahvi {filler}kahvin ja pullan ystävät {filler}pulla", "kahvi pulla")
    assert len(found.text) <= LENGTH + 2
    assert found.text.startswith("…sanoja ")
    assert found.text.endswith(" sanoja…")
    assert marked_words(found) == ["kahvin", "pullan"]


def test_a_text_without_the_words_is_shown_from_its_beginning() -> None:
    found = show("alku " * 100, "kahvi")
    assert found.text.startswith("alku alku")
    assert found.text.endswith("alku…")
    assert found.marks == ()


@pytest.mark.parametrize(
    "text", ["kahvi " * 300, "sana " * 300 + "kahvi", "x" * 1000, f"{'x' * 150} kahvi {'y' * 150}", "", "😀 kahvi " * 99]
)
def test_cuts_hold_for_every_text(text: str) -> None:
    found = show(text, "kahvi")
    assert len(found.text) <= LENGTH + 2
    assert found.text.strip("…") in " ".join(text.split())
    assert set(marked_words(found)) <= {"kahvi"}
    assert bool(found.marks) == ("kahvi" in text)


def test_a_title_is_never_cut() -> None:
    title = "kahvi " * 100
    found = marked(title, "fi", read("kahvi", analyse), analyse)
    assert found.text == title.strip()
    assert found.marks[0] == Mark(start=0, end=5)
    assert len(found.marks) == 100


def test_how_much_of_what_was_asked_for_a_text_holds() -> None:
    asked = read('kirpputori +kallio "yhteinen puutarha" -malmi', analyse)
    assert held("Kirppis Kalliossa, kirpputori Malmilla", "fi", asked, analyse) == 2
    assert held("Yhteisen puutarhan kirppis", "fi", asked, analyse) == 2
    assert held("Puutarha on yhteinen", "fi", asked, analyse) == 0
