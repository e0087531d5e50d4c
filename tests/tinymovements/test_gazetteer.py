"""The gazetteer that ships: names in three languages, the right namesake first, districts by point."""

import json

import pytest

from tinymovements.gazetteer import POLYGONS, Gazetteer, load_gazetteer


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


def test_it_is_read_once() -> None:
    assert load_gazetteer() is load_gazetteer()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Kallio", "Kallio"),
        ("berghäll", "Kallio"),
        ("ÅBO", "Turku"),
        ("Lontoo", "London"),
        ("Köpenhamn", "Copenhagen"),
        ("Göteborg", "Göteborg"),
        ("Gothenburg", "Göteborg"),
        ("Ekenäs", "Tammisaari"),
        ("Leppävaara", "Leppävaara"),
        ("Alberga", "Leppävaara"),
        ("Pikku Huopalahti", "Pikku-Huopalahti"),
        ("Hakaniemi", "Hakaniemi"),
        ("Itäkeskus", "Itäkeskus"),
        ("Hull", "Kingston upon Hull"),
    ],
)
def test_a_place_is_found_by_any_of_its_names(gazetteer: Gazetteer, name: str, expected: str) -> None:
    assert gazetteer.find(name)[0].name == expected


def test_an_unknown_name_finds_nothing(gazetteer: Gazetteer) -> None:
    assert gazetteer.find("Olematonkylä") == ()
    assert gazetteer.find("") == ()


def test_a_district_goes_before_a_small_namesake_and_a_city_before_a_village(gazetteer: Gazetteer) -> None:
    koskela = gazetteer.find("Koskela")
    assert koskela[0].kind == "district"
    assert len(koskela) > 1
    assert gazetteer.find("Boston")[0].country == "US"


def test_an_entry_tells_where_it_lies(gazetteer: Gazetteer) -> None:
    malmi = gazetteer.find("Malmi")[0]
    assert (malmi.kind, malmi.district, malmi.municipality, malmi.country) == ("district", "Malmi", "Helsinki", "FI")
    assert malmi.names == {"fi": "Malmi", "sv": "Malm"}
    assert malmi.lat == pytest.approx(60.247, abs=0.01)
    turku = gazetteer.find("Turku")[0]
    assert (turku.kind, turku.district, turku.municipality) == ("municipality", None, "Turku")
    assert turku.population > 150_000


def test_countries_are_known_as_countries(gazetteer: Gazetteer) -> None:
    assert {gazetteer.find(name)[0].kind for name in ("Syyria", "Syrien", "Syria")} == {"country"}


def test_every_municipality_of_finland_is_there_once(gazetteer: Gazetteer) -> None:
    names = [entry.name for entry in gazetteer.entries if entry.kind == "municipality"]
    assert len(names) == len(set(names)) == 309


def test_words_of_names_are_known_in_lower_case(gazetteer: Gazetteer) -> None:
    assert gazetteer.knows_word("kallio")
    assert gazetteer.knows_word("etu-töölö")
    assert gazetteer.knows_word("hebden")
    assert not gazetteer.knows_word("polkupyörä")


@pytest.mark.parametrize(
    ("lat", "lon", "expected"),
    [(60.2472, 25.0257, "Malmi"), (60.1840, 24.9500, "Kallio"), (60.2088, 25.1440, "Vuosaari"), (60.4515, 22.2687, None)],
)
def test_the_district_of_a_point(gazetteer: Gazetteer, lat: float, lon: float, expected: str | None) -> None:
    assert gazetteer.district(lat, lon) == expected


def test_all_34_districts_have_a_polygon_and_their_own_places_lie_inside(gazetteer: Gazetteer) -> None:
    names = {feature["properties"]["name"] for feature in json.loads(POLYGONS.read_text("utf-8"))["features"]}
    assert len(names) == 34
    for entry in gazetteer.entries:
        if entry.district is not None and entry.lat is not None and entry.lon is not None:
            # The file's points have four decimals: eleven metres, so that a border may lie between.
            steps = ((north, east) for north in (-2e-4, 0, 2e-4) for east in (-4e-4, 0, 4e-4))
            nearby = {gazetteer.district(entry.lat + north, entry.lon + east) for north, east in steps}
            assert entry.district in names & nearby, entry.name


def test_the_nearest_place_of_a_point(gazetteer: Gazetteer) -> None:
    assert gazetteer.nearest(60.4515, 22.2687).municipality == "Turku"
