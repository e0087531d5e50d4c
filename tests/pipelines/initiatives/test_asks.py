"""Near-same asks are one, within one area."""

from pipelines.initiatives.asks import same
from pipelines.initiatives.compared import words_of
from pipelines.needs import _kinds
from tinymovements.initiative import KINDS_OF_WISHES

ASKS = ["Uimalaituri rantaan", "Uusi uimalaituri", "Uimalaituria lisää", "Koirapuisto kentälle", "Koirapuistoa lisää"]
OTHERS = [
    f"{how} {what}"
    for what in ("valoja polulle", "penkkejä torille", "roskiksia rantaan", "saunoja", "puita kentälle", "hidasteita kadulle")
    for how in ("Lisää", "Uusia")
]


def test_the_same_in_other_words_is_one() -> None:
    groups = same([*ASKS, *OTHERS], [0] * (len(ASKS) + len(OTHERS)))
    asked = [sorted(group) for group in groups if min(group) < len(ASKS)]
    assert sorted(asked) == [[0, 1, 2], [3, 4]]
    assert all(group[1] == group[0] + 1 for group in map(sorted, groups) if min(group) >= len(ASKS)), "lights are no benches"


def test_what_is_asked_elsewhere_is_another_ask() -> None:
    assert sorted(map(sorted, same(ASKS[:2], [0, 1]))) == [[0], [1]]


def test_everything_is_in_one_group_whatever_it_says() -> None:
    odd = ["", "!!!", "7", "Koirapuisto", "Koirapuisto"]
    assert sorted(place for group in same(odd, [0] * 5) for place in group) == [0, 1, 2, 3, 4]
    assert same([], []) == []


def test_kinds_that_can_be_asked_for_are_those_that_are_given() -> None:
    assert set(KINDS_OF_WISHES) == {*_kinds()["fi"].values(), "other"}


def test_concepts_are_the_same_in_three_languages() -> None:
    said = [words_of(text, language) for text, language in (("jääkaappeja", "fi"), ("ett kylskåp", "sv"), ("two fridges", "en"))]
    assert all("=fridge" in words for words in said)
