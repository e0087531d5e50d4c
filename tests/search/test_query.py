"""The words people type, and the query's own checks."""

import pytest
from pydantic import ValidationError

from pipelines.terms import analyse
from search.query import Near, Query
from search.words import LONGEST, Phrase, Word, read


def said(asked: Word | Phrase) -> str:
    """The first reading, as words: Finnish, base forms only."""
    return asked.readings[0][0] if isinstance(asked, Word) else f'"{" ".join(asked.readings[0])}"'


def parsed(words: str) -> tuple[list[str], list[str], list[str]]:
    asked = read(words, analyse)
    return [said(word) for word in asked.plain], [said(word) for word in asked.must], [said(word) for word in asked.never]


@pytest.mark.parametrize(
    ("words", "plain", "must", "never"),
    [
        ("", [], [], []),
        ("kirpputorilla soppaa", ["kirpputori", "soppa"], [], []),
        ("+Kalliossa kirppu -lapset", ["kirppu"], ["kallio"], ["lapsi"]),
        ('"yhteinen puutarha" seinä', ["seinä"], ['"yhteinen puutarha"'], []),
        ('-"yhteisen puutarhan" +"ja niin"', [], ['"ja niin"'], ['"yhteinen puutarha"']),
        ("”yhteinen puutarha” »seinä»", [], ['"yhteinen puutarha"', '"seinä"'], []),
        ('seinä"yhteinen puutarha', ["seinä"], ['"yhteinen puutarha"'], []),
        ('kahvi "" + - +- -+ ++ "', ["kahvi"], [], []),
        ("qux-zip - kahvi", ["qux-zip", "kahvi"], [], []),
        ("--kahvi ++seinä", [], ["seinä"], ["kahvi"]),
        ("kahvi/seinä +kirppu/lapsi", ["kahvi", "seinä"], ["kirppu", "lapsi"], []),
        ("kahvi kahvia kahvi", ["kahvi", "kahvi"], [], []),  # the forms differ for texts whose language is unknown
        ("ja kahvi", ["kahvi"], [], []),
        ("ja", ["ja"], [], []),
    ],
)
def test_grammar(words: str, plain: list[str], must: list[str], never: list[str]) -> None:
    assert parsed(words) == (plain, must, never)


def test_a_word_is_found_whole_or_by_all_its_parts() -> None:
    (word,) = read("kirpputoreilla", analyse).plain
    assert word.found_in({"kirpputori"})
    assert word.found_in({"kirppu", "tori"})
    assert not word.found_in({"tori"})
    assert not word.found_in({"kirppu"})
    assert not word.found_in(set())


def test_how_many_plain_words_must_be_there() -> None:
    words = "kahvi pulla seinä kirppu lapsi soppa tori lamppu".split()
    assert [read(" ".join(words[:count]), analyse).least for count in range(9)] == [0, 1, 1, 1, 2, 2, 2, 2, 3]
    assert read("kahvi +pulla", analyse).least == 0
    assert read("kahvi -pulla", analyse).least == 1


def test_what_is_pasted_is_cut() -> None:
    letters = [chr(ord("a") + number % 26) * (number // 26 + 3) for number in range(200)]
    for form in ("{}", "+{}", "-{}"):
        asked = read(" ".join(form.format(word) for word in letters), analyse)
        assert max(map(len, (asked.plain, asked.must, asked.never))) == LONGEST


def test_what_is_pasted_is_not_read_to_its_end() -> None:
    words = " ".join(f"qx{number}" for number in range(20_000))
    assert len(read(words, analyse).plain) == LONGEST
    assert read(f"{words} +kirpputori", analyse).must == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": 0},
        {"size": 1001},
        {"movements": ("Street Art",)},
        {"languages": ("de",)},
        {"kinds": ("rumour",)},
        {"near": {"lat": 91, "lon": 0, "km": 1}},
        {"near": {"lat": 0, "lon": 0, "km": 0}},
        {"sort": "best"},
        {"colour": "red"},
    ],
)
def test_a_query_that_means_nothing_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Query.model_validate(wrong)


def test_equal_queries_are_equal() -> None:
    assert Query(words="a", near=Near(lat=1, lon=2, km=3)) == Query(words="a", near=Near(lat=1, lon=2, km=3))
