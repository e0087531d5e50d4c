"""Who does the like, and why."""

import random

import pytest

from tests.tinymovements.workflow.meeting import ALPPILA, DAY, KALLIO, PEER_SUPPORT, TAMPERE, One, put
from tinymovements.archive import initiatives
from tinymovements.archive.database import open_archive, writing
from tinymovements.errors import UnknownInitiative
from tinymovements.settings import Settings
from tinymovements.workflow.allies import FEWEST, Allies, Ally, find_allies

OWN = One("Pyöräpaja", needs=["Tarvitsemme pakettiauton"])


def sentences(ally: Ally) -> dict[str, str]:
    return {reason.why: reason.sentence for reason in ally.reasons}


def find(settings: Settings, *others: One, own: One = OWN, within: float | None = None) -> Allies:
    ids = put(settings, own, *others)
    return find_allies(settings, ids[own.name], DAY, within)


def names(found: Allies) -> list[str]:
    return [ally.initiative.name for ally in found.allies]


def test_of_the_same_movement_in_the_next_district(settings: Settings) -> None:
    [ally] = find(settings, One("Korjauskahvila", sites=[ALPPILA])).allies
    assert sentences(ally) == {
        "movement": "Of the same movement: Repair and reuse.",
        "place": "In the next district: 800 m away.",
        "language": "It writes in Finnish, too.",
    }


def test_never_itself_nor_what_has_become_of_it(settings: Settings) -> None:
    ids = put(settings, OWN, One("Muu"))
    with writing(open_archive(settings.archive_url)) as connection:
        initiatives.put(connection, "1", [], {"iformer": ids["Pyöräpaja"]})
    found = find_allies(settings, "iformer", DAY)
    assert found.of.name == "Pyöräpaja"
    assert names(found) == ["Muu"]


def test_who_only_lies_near_is_no_ally(settings: Settings) -> None:
    assert find(settings, One("Naapuri", movements=["street-art"])).allies == ()


def test_who_has_what_it_needs_is_one_with_both_quotes(settings: Settings) -> None:
    [ally] = find(settings, One("Larder", offers=["You can borrow our van"], language="en", movements=["food-sharing"])).allies
    told = sentences(ally)
    assert told["has_what_you_need"] == "Larder, 50 m away, offers what Pyöräpaja needs: both name car."
    assert told["language"] == "It writes in English, and Pyöräpaja in Finnish."
    [quotes] = [reason.quotes for reason in ally.reasons if reason.why == "has_what_you_need"]
    assert [quote.text for quote in quotes] == ["You can borrow our van", "Tarvitsemme pakettiauton"]


def test_who_needs_what_it_has_is_one(settings: Settings) -> None:
    own = One("Pyöräpaja", offers=["Lainaamme telttaa"])
    [ally] = find(settings, One("Kesäjuhla", needs=["Etsimme telttaa"], movements=["street-art"]), own=own).allies
    assert "needs_what_you_have" in sentences(ally)


def test_what_has_expired_is_no_reason(settings: Settings) -> None:
    gone = DAY.replace(month=5)
    other = One("Larder", offers=["You can borrow our van"], language="en", movements=["food-sharing"], until=gone)
    assert find(settings, other).allies == ()


def test_posts_that_speak_of_the_same_make_allies_whatever_the_language(settings: Settings) -> None:
    chance = random.Random(1)
    crowd = [
        One(f"Muu {number}", movements=[], points=[chance.gauss(0, 1) for _ in range(16)], sites=[TAMPERE])
        for number in range(FEWEST)
    ]
    points = [chance.gauss(0, 1) for _ in range(16)]
    own = One("Pyöräpaja", movements=[], points=points)
    near = One("Cykelköket", language="sv", movements=[], points=[value + 0.1 for value in points])
    found = find(settings, near, *crowd, own=own)
    assert names(found)[0] == "Cykelköket"
    assert sentences(found.allies[0])["meaning"].startswith("Their posts speak of much the same (0.9")


def test_few_vectors_tell_nothing(settings: Settings) -> None:
    ones = [One(name, movements=[], points=[1.0, 0.0]) for name in ("Pyöräpaja", "Toinen")]
    assert find(settings, ones[1], own=ones[0]).allies == ()


def test_the_nearer_comes_first_and_nothing_beyond_the_distance(settings: Settings) -> None:
    found = find(settings, One("Kaukana", sites=[TAMPERE]), One("Lähellä"), One("Missä", sites=[]))
    assert names(found)[0] == "Lähellä"
    assert found.total == 3
    ids = {ally.initiative.name: ally.initiative.id for ally in found.allies}
    assert names(find_allies(settings, found.of.id, DAY, within=5)) == ["Lähellä"]
    assert "place" not in {reason.why for ally in found.allies if ally.initiative.id == ids["Missä"] for reason in ally.reasons}


def test_one_that_is_over_comes_as_an_elder(settings: Settings) -> None:
    found = find(settings, One("Vanha", stage="ended", rule="over"), One("Uusi"))
    assert names(found) == ["Uusi", "Vanha"]
    elder = found.allies[1]
    assert elder.is_elder
    assert sentences(elder)["elder"] == "It is over: it can tell how it was."
    assert elder.reasons[0].quotes[0].text == "kertoo"


def test_one_that_is_over_needs_nothing_any_more(settings: Settings) -> None:
    over = One("Vanha", needs=["Tarvitsemme pakettiauton"], stage="ended", rule="over")
    has = One("Ruokakaappi", offers=["Meillä on pakettiauto lainaan"])
    found = find(settings, over, own=has)
    assert set(sentences(found.allies[0])) == {"elder", "movement", "place", "language"}
    [other] = find_allies(settings, found.allies[0].initiative.id, DAY).allies
    assert "has_what_you_need" not in sentences(other)


@pytest.mark.parametrize(("rule", "alike"), [("asks-who", True), ("by-words", False)])
def test_both_began_alike_where_a_rule_tells_how(settings: Settings, rule: str, alike: bool) -> None:
    own = One("Pyöräpaja", stage="spark", rule=rule)
    [ally] = find(settings, One("Toinen", stage="spark", rule=rule), own=own).allies
    assert ("began_alike" in sentences(ally)) == alike


def test_who_is_sensitive_is_placed_no_finer_than_a_district(settings: Settings) -> None:
    quiet = One("Toipujat Vaasanaukio", movements=[PEER_SUPPORT], hidden=["Vaasanaukio"], sites=[KALLIO])
    other = One("Vertaiset", movements=[PEER_SUPPORT], sites=[KALLIO])
    [ally] = find(settings, quiet, own=other).allies
    assert ally.initiative.name == "Toipujat [place]"
    assert sentences(ally)["place"] == "In Kallio, Helsinki, too."
    assert ally.km == 0


def test_an_unknown_id(settings: Settings) -> None:
    put(settings, OWN)
    with pytest.raises(UnknownInitiative):
        find_allies(settings, "ixyz", DAY)
