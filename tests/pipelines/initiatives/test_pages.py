"""The name of an initiative's own page tells what it is; that of a forum tells where people write."""

import pytest

from pipelines.initiatives.pages import group_places, is_forum, page_terms


@pytest.mark.parametrize(
    "group",
    [
        "Kallion puskaradio",
        "Käpyläläiset",
        "Naantalin naapurit",
        "Kirsebergsbor",
        "Grannar i Aspudden",
        "Vanda svenska församling, månadsbrev",
        "Peckham Community Noticeboard",
        "Leeds City Council Bulletin",
        "Expats in Vantaa",
    ],
)
def test_everybody_writes_there(group: str) -> None:
    assert is_forum(group)
    assert page_terms(group) == ()


@pytest.mark.parametrize(
    "group", ["Korjauskahvila Tuulikki (Facebook)", "Folkbastun", "The Cold Shelf", "Männistön pyöräkeittiö (sivu)"]
)
def test_a_page_of_its_own_has_a_name(group: str) -> None:
    assert not is_forum(group)
    assert page_terms(group)


def test_places_and_asides_are_no_part_of_a_pages_name() -> None:
    terms = {term for word in page_terms("Korjauskahvila Tuulikki, Kallio (Facebook)") for term in word}
    assert "tuulikki" in terms
    assert not terms & {"kallio", "facebook"}
    assert group_places("Grannar i Aspudden") == ("Aspudden",)
