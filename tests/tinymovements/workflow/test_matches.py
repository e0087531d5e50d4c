"""Whose need meets whose offer."""

from datetime import timedelta
from typing import Any

import pytest

from tests.tinymovements.workflow.meeting import ALPPILA, DAY, KALLIO, PEER_SUPPORT, POSTED, TAMPERE, One, put
from tinymovements.errors import UnknownInitiative
from tinymovements.settings import Settings
from tinymovements.workflow.matches import find_matches

NEEDS = One("Pyöräpaja", needs=["Tarvitsemme pakettiauton lauantaiksi"])
OFFERS = One("Ruokakaappi", offers=["Meillä on pakettiauto lainaan"], sites=[ALPPILA])


def test_a_need_and_an_offer_of_the_same_meet_with_both_quotes(settings: Settings) -> None:
    ids = put(settings, NEEDS, OFFERS)
    found = find_matches(settings, DAY)
    [match] = found.matches
    assert found.total == 1
    assert (match.need.initiative, match.offer.initiative) == (ids["Pyöräpaja"], ids["Ruokakaappi"])
    assert (match.need.quote.text, match.offer.quote.text) == (NEEDS.needs[0], OFFERS.offers[0])
    assert match.reason == "Ruokakaappi, 800 m away, offers what Pyöräpaja needs: both name car."
    assert match.km == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize(
    "other",
    [
        One("Bykök", offers=["Vi lånar gärna ut vår skåpbil"], language="sv"),
        One("Larder", offers=["You can borrow our van"], language="en"),
    ],
)
def test_across_languages(settings: Settings, other: One) -> None:
    put(settings, NEEDS, other)
    [match] = find_matches(settings, DAY).matches
    assert match.offer.quote.text == other.offers[0]
    assert match.shared == ("car",)


@pytest.mark.parametrize(
    "other",
    [
        One("Ompelimo", offers=["Meillä on ompelukone lainaan"]),
        One("Kaukana", offers=["Meillä on pakettiauto lainaan"], sites=[TAMPERE]),
        One("Missä", offers=["Meillä on pakettiauto lainaan"], sites=[]),
        One("Ennen", offers=["Meillä on pakettiauto lainaan"], until=DAY.replace(day=1, month=5)),
        One("Annettu", offers=["Meillä on pakettiauto lainaan"], met=True),
        One("Sekin", needs=["Mekin etsimme pakettiautoa"]),
        One("Pyytää", asks=["Kaupungin pitäisi antaa pakettiauto"]),
    ],
)
def test_nothing_meets_that_is_other_far_nowhere_over_or_no_offer(settings: Settings, other: One) -> None:
    put(settings, NEEDS, other)
    assert find_matches(settings, DAY).matches == ()


BEFORE, AFTER = POSTED - timedelta(days=30), POSTED + timedelta(days=30)


@pytest.mark.parametrize(
    ("given", "meet"),
    [
        ({"needs": NEEDS.needs, "staged": AFTER}, 0),
        ({"needs": NEEDS.needs}, 0),
        ({"needs": NEEDS.needs, "staged": BEFORE}, 1),
        ({"offers": OFFERS.offers, "staged": AFTER}, 0),
        ({"offers": OFFERS.offers}, 1),
        ({"offers": OFFERS.offers, "staged": BEFORE}, 1),
    ],
)
def test_of_one_that_is_over_stands_what_it_says_later_or_gives_away_at_its_end(
    settings: Settings, given: dict[str, Any], meet: int
) -> None:
    put(settings, One("Vanha", stage="ended", **given), OFFERS if "needs" in given else NEEDS)
    assert find_matches(settings, DAY).total == meet


def test_never_within_one_initiative(settings: Settings) -> None:
    put(settings, One("Yksi", needs=["Tarvitsemme pakettiauton"], offers=["Meillä on pakettiauto lainaan"]))
    assert find_matches(settings, DAY).total == 0


def test_what_is_far_away_meets_where_it_is_let(settings: Settings) -> None:
    put(settings, NEEDS, One("Kaukana", offers=["Meillä on pakettiauto lainaan"], sites=[TAMPERE]))
    assert find_matches(settings, DAY, within=200).total == 1


def test_the_nearer_comes_first(settings: Settings) -> None:
    far = KALLIO.model_copy(update={"lat": KALLIO.lat and KALLIO.lat + 0.1})
    put(settings, NEEDS, One("Kauempana", offers=["Meillä on pakettiauto lainaan"], sites=[far]), OFFERS)
    found = find_matches(settings, DAY)
    assert [match.offer.name for match in found.matches] == ["Ruokakaappi", "Kauempana"]
    assert [match.offer.name for match in find_matches(settings, DAY, limit=1).matches] == ["Ruokakaappi"]
    assert find_matches(settings, DAY, limit=1).total == 2


def test_of_one_initiative_its_needs_and_its_offers(settings: Settings) -> None:
    both = One("Molemmat", needs=["Etsimme ompelijaa"], offers=["Meillä on pakettiauto lainaan"])
    ids = put(
        settings,
        NEEDS,
        both,
        One("Ompelimo", offers=["Ompelija auttaa teitä"]),
        One("Muut", needs=["Tarvitaan hylly"]),
        One("Hyllyt", offers=["Annamme hyllyn"]),
    )
    assert find_matches(settings, DAY).total == 3
    found = find_matches(settings, DAY, id=ids["Molemmat"][:20])
    assert {(match.need.name, match.offer.name) for match in found.matches} == {("Pyöräpaja", "Molemmat"), ("Molemmat", "Ompelimo")}


def test_of_a_kind_and_of_a_place(settings: Settings) -> None:
    put(settings, NEEDS, OFFERS)
    assert find_matches(settings, DAY, kinds=["transport"]).total == 1
    assert find_matches(settings, DAY, kinds=["food"]).total == 0
    assert find_matches(settings, DAY, places=["Alppiharju"]).total == 1
    assert find_matches(settings, DAY, places=["Helsingfors"]).total == 1
    assert find_matches(settings, DAY, places=["Turku"]).total == 0


def test_who_is_sensitive_is_placed_no_finer_than_a_district_and_says_nothing_hidden(settings: Settings) -> None:
    quiet = One(
        "Toipujat",
        needs=["Tarvitsemme pakettiauton Vaasanaukiolle"],
        movements=[PEER_SUPPORT],
        hidden=["Vaasanaukio", "Vaasanaukiolle"],
    )
    put(settings, quiet, OFFERS)
    [match] = find_matches(settings, DAY).matches
    assert match.need.quote.text == "Tarvitsemme pakettiauton [place]"
    assert match.km is not None
    assert match.km == round(match.km)
    assert "some" in match.reason
    assert " m away" not in match.reason


def test_words_that_both_say_are_told_unless_one_hides_some(settings: Settings) -> None:
    needs = One("Yksi", needs=["Etsimme hurdigurdia"])
    put(
        settings,
        needs,
        One("Kolmas", offers=["Annamme hurdigurdia"]),
        One("Neljäs", offers=["Meiltä hurdigurdia"], hidden=["hurdigurdia"]),
    )
    reasons = {match.offer.name: (match.shared, match.reason) for match in find_matches(settings, DAY).matches}
    assert reasons["Kolmas"][0] == ("hurdigurdia",)
    assert reasons["Neljäs"][0] == ()
    assert "hurdigurdi" not in reasons["Neljäs"][1]


def test_an_unknown_id(settings: Settings) -> None:
    put(settings, NEEDS)
    with pytest.raises(UnknownInitiative):
        find_matches(settings, DAY, id="ixyz")


def test_an_empty_archive(settings: Settings) -> None:
    found = find_matches(settings, DAY)
    assert (found.matches, found.total, found.nowhere) == ((), 0, 0)
