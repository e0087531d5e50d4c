"""What an initiative is called and what is said of it are words of its posts."""

from collections.abc import Callable

import pytest

from pipelines.initiatives.clusters import Cluster
from pipelines.initiatives.describe import describe
from pipelines.initiatives.evidence import Evidence
from tinymovements.initiative import Initiative, Quote

Make = Callable[..., list[Evidence]]


def _describe(posts: list[Evidence], **given: str) -> Initiative:
    return describe(Cluster(tuple(post.number for post in posts)), {post.number: post for post in posts}, **given)


@pytest.fixture(scope="module")
def repair(evidence_of: Make) -> list[Evidence]:
    return evidence_of(
        ("Kallion puskaradio", "Olisiko ketään, joka perustaisi kanssani korjauskahvilan Kallioon? Minulla on juotin."),
        (
            "Kallion puskaradio",
            "Korjauskahvila Tuulikki",
            "Korjauskahvila Tuulikki aloittaa Kallion kirjastossa torstaisin klo 17.",
        ),
        ("Korjauskahvila Tuulikki (sivu)", "Tuulikki etsii ompelijaa torstaille, tule mukaan! Katso www.tuulikki.example/ajat?a=1"),
        ("Grannar i Berghäll", "Var på Tuulikki i torsdags, de lagade min radio gratis."),
    )


def test_it_is_called_by_the_name_that_its_posts_use_most(repair: list[Evidence]) -> None:
    found = _describe(repair)
    assert "Tuulikki" in found.name
    assert found.names[0].posts >= 2
    assert not found.named_by_person


def test_names_and_sentences_are_words_of_its_posts(repair: list[Evidence]) -> None:
    found = _describe(repair)
    texts = {post.id: f"{post.group}\n{post.title}\n{post.text}" for post in repair}
    assert all(any(name.text in text for text in texts.values()) for name in found.names)
    quotes = [found.description, *(sign.quote for sign in found.stages), *(want.quote for want in found.wants)]
    for quote in quotes:
        assert isinstance(quote, Quote)
        post = next(post for post in repair if post.id == quote.post)
        assert (post.title if quote.field == "title" else post.text or "")[quote.start : quote.end] == quote.text  # type: ignore[index]


def test_the_sentence_that_tells_what_it_is_says_where_and_when(repair: list[Evidence]) -> None:
    description = _describe(repair).description
    assert description is not None
    assert description.text.startswith("Korjauskahvila Tuulikki aloittaa Kallion kirjastossa torstaisin klo 17")


def test_what_a_person_said_that_it_is_called_wins(repair: list[Evidence]) -> None:
    found = _describe(repair, given_name="Tuulikin paja")
    assert (found.name, found.names[0].posts, found.named_by_person) == ("Tuulikin paja", 0, True)
    assert any("Tuulikki" in name.text for name in found.names[1:])


def test_the_id_is_that_of_the_post_that_came_first(repair: list[Evidence]) -> None:
    assert _describe(repair).id == "i101"
    assert _describe(repair[2:]).id == "i103"


def test_places_links_languages_and_posts_are_gathered(repair: list[Evidence]) -> None:
    found = _describe(repair)
    assert found.sites[0].district == "Kallio"
    assert found.links == ("www.tuulikki.example/ajat?a=1",)
    assert found.languages == ("fi", "sv")
    assert [member.post for member in found.members] == ["p001", "p002", "p003", "p004"]
    assert (found.first, found.last) == (repair[0].posted, repair[3].posted)


def test_an_address_is_kept_as_it_is_first_written(evidence_of: Make) -> None:
    found = _describe(
        evidence_of(
            ("Kylä", "Ilmoittaudu: https://Lomake.example/viewForm/1FAIpQ?usp=Sf_Link. Kartta (http://kartta.example/Piha/)!"),
            ("Kylä", "Vielä ehtii: HTTPS://www.lomake.example/viewform/1faipq, tai ”www.paja.example”"),
        )
    )
    assert found.links == ("https://Lomake.example/viewForm/1FAIpQ?usp=Sf_Link", "http://kartta.example/Piha/", "www.paja.example")


@pytest.mark.parametrize(
    ("said", "called", "is_name"),
    [
        ("Me naapurit korjaamme pyöriä pihalla, ja Syyskuussa on kahvia.", "Syyskuussa", False),
        ("Me naapurit korjaamme pyöriä pihalla, ja September on kahvia.", "September", False),
        ("Me naapurit korjaamme pyöriä pihalla, ja Ravintolapäivä on jo pian.", "Ravintolapäivä", True),
        ("Me naapurit korjaamme pyöriä pihalla, ja Kesäkuun kirppis on jo pian.", "Kesäkuun kirppis", True),
        ("Vi grannar lagar cyklar på gården, och Helgen är full av kaffe.", "Helgen", False),
        ("We neighbours mend bikes in the yard, and the Day is full of coffee.", "Day", False),
        ("We neighbours mend bikes in the yard, and Sunday Evening is full of coffee.", "Sunday Evening", False),
    ],
)
def test_what_only_says_when_is_no_name(
    evidence_of: Make, monkeypatch: pytest.MonkeyPatch, said: str, called: str, is_name: bool
) -> None:
    probability = "pipelines.initiatives.describe.probability"
    monkeypatch.setattr(probability, lambda word, language: 0.9 if word.text in called.split() else 0.0)
    found = _describe(evidence_of(("Kallion puskaradio", said)))
    assert (called in [name.text for name in found.names]) == is_name


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (
            "lähtiskö kukaan mun kaa keräämään roskii rannalta joskus lauantaina ihan vaan porukalla talkoilla",
            "lähtiskö kukaan mun kaa keräämään roskii rannalta joskus lauantaina…",
        ),
        ("kerätään yhdessä roskii rannalta. kuka tulee mukaan lauantaina?", "kerätään yhdessä roskii rannalta"),
        ("no niin! kerätään yhdessä roskii rannalta.", "no niin! kerätään yhdessä roskii rannalta"),
    ],
)
def test_what_nobody_has_named_goes_by_its_first_words(evidence_of: Make, said: str, name: str) -> None:
    assert _describe(evidence_of(("Kallion puskaradio", said))).name == name


def test_a_post_that_names_it_beside_its_own_is_evidence_and_says_no_stage(repair: list[Evidence]) -> None:
    of = {post.number: post for post in repair}
    found = describe(Cluster((1, 2, 3), (4,)), of)
    assert [(member.post, member.main) for member in found.members][-1] == ("p004", False)
    assert found.languages == ("fi", "sv")
    assert not any(name.text.startswith("Var på") for name in found.names)
