"""The forms of a name are one name, which is told in its base form where posts have that."""

import pytest

from pipelines.initiatives.forms import folded, usual_form


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("fi", ("Pyöräkeittiö", "Pyöräkeittiön", "pyöräkeittiössä")),
        ("fi", ("Sanasoppa", "Sanasopan", "sanasopasta")),
        ("fi", ("Malmin korjauskahvila", "Malmin korjauskahvilassa")),
        ("en", ("Rattle Bag", "Rattle Bag's", "Rattle Bag’s")),
        ("sv", ("Påsklubb", "Påsklubben", "Påsklubbens")),
        ("sv", ("Spiksoppa", "Spiksoppan")),
    ],
)
def test_the_forms_of_a_name_are_one(language: str, forms: tuple[str, ...]) -> None:
    assert len({folded(form, language) for form in forms}) == 1


def test_names_that_begin_otherwise_are_two() -> None:
    assert folded("Malmin korjauskahvila", "fi") != folded("Malmin kirjakahvila", "fi")


@pytest.mark.parametrize(
    ("language", "forms", "told"),
    [
        ("fi", ("Pyöräkeittiön", "pyöräkeittiössä"), "Pyöräkeittiö"),
        ("fi", ("Sanasopan", "Sanasopasta", "Sanasoppa"), "Sanasoppa"),
        ("fi", ("Soppaa", "sopassa"), "Soppa"),
        ("fi", ("Sanasopan",), "Sanasopan"),  # its base form does not stand there
        ("fi", ("Rantarosvot",), "Rantarosvot"),
        ("fi", ("Kylmiksessä", "Kylmis"), "Kylmis"),  # in no dictionary
        ("en", ("Rattle Bag's",), "Rattle Bag"),
        ("sv", ("Påsklubbens", "Påsklubben"), "Påsklubben"),
    ],
)
def test_it_is_told_in_the_base_form_and_letter_by_letter(language: str, forms: tuple[str, ...], told: str) -> None:
    assert usual_form(forms, language) == told
    assert any(form.startswith(told) for form in forms)
