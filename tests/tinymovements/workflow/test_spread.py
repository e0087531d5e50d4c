"""How an idea spread, as far as posts show it."""

import pytest

from tests.tinymovements.invented import KALLIO, MALMI, STREET, VARISSUO, fill, id_of, initiative_of
from tinymovements.archive import posts
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.showings import observed
from tinymovements.errors import UnknownInitiative
from tinymovements.initiative import Site
from tinymovements.model import Post
from tinymovements.settings import Settings
from tinymovements.workflow.areas import Area, By, area_of
from tinymovements.workflow.index import index_posts
from tinymovements.workflow.spread import Spread, find_spread


def _spread(settings: Settings, asked: str, by: By = "district") -> Spread:
    return find_spread(settings, asked, by, lambda steps: None)


def test_a_movement_is_first_here_then_there(settings: Settings) -> None:
    fill(settings)
    told = _spread(settings, "repair-and-reuse")
    assert (told.kind, told.of, told.initiatives, told.nowhere, told.undated) == ("movement", "repair-and-reuse", 4, 0, 0)
    assert [(step.order, step.place, str(step.first)[:10]) for step in told.steps] == [
        (1, "Kallio, Helsinki", "2025-02-01"),
        (2, "Malmi, Helsinki", "2025-06-01"),
        (3, "Varissuo, Turku", "2025-09-01"),
    ]
    kallio = told.steps[0]
    assert kallio.initiatives == (initiative_of("e"), initiative_of("a"))
    assert (kallio.name, kallio.quote, kallio.quote_post) == ("Salapaja", "Salapaja kokoontuu Kalliossa", id_of("e1"))
    assert kallio.point == pytest.approx((60.18, 24.95), abs=0.01)


def test_places_can_be_municipalities(settings: Settings) -> None:
    fill(settings)
    steps = _spread(settings, "repair and reuse", "municipality").steps
    assert [(step.place, len(step.initiatives)) for step in steps] == [("Helsinki", 3), ("Turku", 1)]


def test_each_place_says_since_when_it_is_observed(settings: Settings) -> None:
    fill(settings)
    told = {step.district: step for step in _spread(settings, "repair-and-reuse").steps}
    assert [(str(told[name].observed_since), told[name].may_be_earlier) for name in ("Kallio", "Malmi", "Varissuo")] == [
        ("2025-02-01", True),
        ("2025-03-01", False),
        ("2025-08-20", True),  # a post on another matter came there before the first sign
    ]
    assert told["Malmi"].sources == ("pihalista",)


def test_who_speaks_of_whom_is_shown_by_posts(settings: Settings) -> None:
    fill(settings)
    told = _spread(settings, "repair-and-reuse")
    assert [(speech.kind, speech.speaker_name, speech.of_name, speech.of_place, speech.posts) for speech in told.speeches] == [
        ("mention", "Malmin korjausilta", "Kyläpajan ilta", "Kallio, Helsinki", (id_of("b1"),)),
        ("link", "Malmin korjausilta", "Kyläpajan ilta", "Kallio, Helsinki", (id_of("b2"),)),
    ]
    assert [step.speaks_of for step in told.steps] == [(), ("Kallio, Helsinki",), ()]
    assert told.steps[1].speaking_posts == (id_of("b1"), id_of("b2"))


def test_an_initiative_goes_with_its_namesakes_and_with_whom_it_speaks_of(settings: Settings) -> None:
    fill(settings)
    told = _spread(settings, initiative_of("b")[:8])
    assert (told.kind, told.of) == ("initiative", "Malmin korjausilta")
    assert _spread(settings, initiative_of("b")) == told
    # That of Turku has the same name but for the place; that of Kallio it speaks of.
    assert [step.initiatives for step in told.steps] == [(initiative_of("a"),), (initiative_of("b"),), (initiative_of("c"),)]


def test_a_post_that_only_names_an_initiative_is_no_sign_of_it(settings: Settings) -> None:
    fill(settings)
    with writing(open_archive(settings.archive_url)) as connection:
        posts.remove(connection, [id_of("a1")])
    assert initiative_of("a") not in _spread(settings, "repair-and-reuse").steps[0].initiatives


def test_words_are_first_where_a_post_first_says_them(settings: Settings) -> None:
    fill(settings)
    index_posts(settings, lambda steps: None)
    told = _spread(settings, "korjausilta")
    assert (told.kind, told.initiatives) == ("words", 2)
    assert [step.post for step in told.steps] == [id_of("b1"), id_of("c1")]
    later = _spread(settings, "+korjausilta +taas")
    assert [step.post for step in later.steps] == [id_of("b2")]
    assert later.steps[0].quote is None  # no quote of that post, and no description


def test_what_has_neither_place_nor_day_is_counted(settings: Settings) -> None:
    fill(settings)
    told = _spread(settings, "food-sharing")
    assert (told.initiatives, told.nowhere, len(told.steps)) == (2, 1, 1)


def test_a_sensitive_one_is_told_by_its_district(settings: Settings) -> None:
    fill(settings)
    (step,) = _spread(settings, "peer-support").steps
    assert (step.place, step.name, step.quote) == ("Kallio, Helsinki", "Vertaisilta [place]", "Vertaisilta kokoontuu [place]")
    assert step.point == pytest.approx((60.18, 24.95), abs=0.01)


def test_what_looks_like_an_id_and_is_none_is_told(settings: Settings) -> None:
    fill(settings)
    with pytest.raises(UnknownInitiative):
        _spread(settings, initiative_of("q")[:8])


@pytest.mark.parametrize(
    ("sites", "district", "municipality"),
    [
        ((), None, None),
        ((KALLIO, MALMI), Area("Kallio", "Helsinki"), Area(None, "Helsinki")),
        ((KALLIO, MALMI.model_copy(update={"posts": 3})), Area("Malmi", "Helsinki"), Area(None, "Helsinki")),
        ((STREET, KALLIO, MALMI), Area("Kallio", "Helsinki"), Area(None, "Helsinki")),
        ((Site(name="Helsinki", municipality="Helsinki", posts=9), MALMI), Area("Malmi", "Helsinki"), Area(None, "Helsinki")),
        ((VARISSUO, KALLIO), Area("Kallio", "Helsinki"), Area(None, "Helsinki")),
        ((Site(name="Turku", municipality="Turku", posts=1),), Area(None, "Turku"), Area(None, "Turku")),
        ((Site(name="Glasgow", posts=1),), Area(None, "Glasgow"), Area(None, "Glasgow")),
        ((Site(name="Kylätalo", posts=1),), None, None),
        ((Site(name="Suomi", posts=1),), None, None),
    ],
)
def test_an_initiative_is_in_one_area(sites: tuple[Site, ...], district: Area | None, municipality: Area | None) -> None:
    assert area_of(sites, "district") == district
    assert area_of(sites, "municipality") == municipality


def test_an_area_has_a_middle_where_the_gazetteer_knows_it() -> None:
    assert Area("Nummi", "Turku").point == pytest.approx((60.46, 22.3), abs=0.05)
    assert Area(None, "Glasgow").point == pytest.approx((55.87, -4.25), abs=0.05)
    assert Area("Ei-tunnettu", "Turku").point is None


def test_a_source_begins_with_its_first_post_but_for_the_oldest_in_a_hundred(settings: Settings) -> None:
    def post(number: int, day: str) -> Post:
        facts = {"id": f"{number:026}", "native_id": str(number), "source": "lista", "content_hash": str(number), "text": "x"}
        return Post.model_validate(facts | {"posted": f"{day}T00:00:00Z"})

    days = ["2009-05-01", *(f"2025-01-{1 + number % 28:02}" for number in range(100))]
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "lista", [post(number, day) for number, day in enumerate(days)])
    with reading(open_archive(settings.archive_url)) as connection:
        assert {id: str(day) for id, day in observed(connection, ["lista", "nobody"]).items()} == {"lista": "2025-01-01"}
