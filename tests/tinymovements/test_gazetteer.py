"""The gazetteer that ships: names in three languages, the right namesake first, districts by point."""

import json
from pathlib import Path
from typing import Any

import pytest

from tinymovements.gazetteer import POLYGONS, Area, Gazetteer, load_gazetteer, until_changed


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
    assert gazetteer.area(lat, lon) == (expected and Area(expected, "Helsinki"))


def test_all_34_districts_have_a_polygon_and_their_own_places_lie_inside(gazetteer: Gazetteer) -> None:
    names = {feature["properties"]["name"] for feature in json.loads(POLYGONS.read_text("utf-8"))["features"]}
    assert len(names) == 34
    for entry in gazetteer.entries:
        if entry.municipality == "Helsinki" and entry.district and entry.lat is not None and entry.lon is not None:
            # The file's points have four decimals: eleven metres, so that a border may lie between.
            steps = ((north, east) for north in (-2e-4, 0, 2e-4) for east in (-4e-4, 0, 4e-4))
            areas = (gazetteer.area(entry.lat + north, entry.lon + east) for north, east in steps)
            nearby = {area.district for area in areas if area}
            assert entry.district in names & nearby, entry.name


def test_the_nearest_place_of_a_point(gazetteer: Gazetteer) -> None:
    assert gazetteer.nearest(60.4515, 22.2687).municipality == "Turku"


@pytest.mark.parametrize(
    ("name", "country", "municipality"),
    [
        ("Tromsø", "NO", None),
        ("Tromsö", "NO", None),
        ("Voss", "NO", None),
        ("Hillerød", "DK", None),
        ("Aarhus", "DK", None),
        ("Isafjordur", "IS", None),
        ("Torshavn", "FO", None),
        ("Harehills", "GB", "Leeds"),
        ("Toxteth", "GB", "Liverpool"),
        ("Stoneybatter", "IE", "Dublin"),
        ("Hagsätra", "SE", "Stockholm"),
        ("Kortepohja", "FI", "Jyväskylä"),
        ("Grünerløkka", "NO", "Oslo"),
    ],
)
def test_places_and_districts_of_the_neighbours(gazetteer: Gazetteer, name: str, country: str, municipality: str | None) -> None:
    assert (country, municipality) in {(entry.country, entry.municipality) for entry in gazetteer.find(name)}


def test_a_district_without_a_point_lies_in_its_town(gazetteer: Gazetteer) -> None:
    (harehills,) = gazetteer.find("Harehills")
    (leeds, *_) = gazetteer.find("Leeds")
    assert harehills.lat is None
    assert gazetteer.centre(harehills) == (leeds.lat, leeds.lon)


def test_names_that_are_words_here_are_likely_only_where_they_are_known(gazetteer: Gazetteer) -> None:
    for name in ("Tim", "Hell", "Give", "Berg", "Them"):
        assert any(entry.country in {"NO", "DK"} for entry in gazetteer.find(name))
        assert not any(entry.country in {"NO", "DK"} for entry in gazetteer.likely(name))
    assert gazetteer.likely("Drøbak")
    assert not gazetteer.knows_word("hell")


def test_what_was_made_of_it_is_forgotten_with_it(home: Path) -> None:
    made = []

    @until_changed()
    def count() -> int:
        made.append(len(load_gazetteer().entries))
        return made[-1]

    assert count() == count()
    feature: dict[str, Any] = {"name": "Vätteby", "aliases": [], "municipality": None, "country": "SE", "lat": 55.7, "lon": 13.1}
    folder = home / "places"
    folder.mkdir(parents=True)
    told = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": feature, "geometry": None}]}
    (folder / "own.geojson").write_text(json.dumps(told), "utf-8")
    load_gazetteer()
    assert count() == made[0] + 1


def test_districts_that_touch_are_neighbours(gazetteer: Gazetteer) -> None:
    assert gazetteer.are_neighbours("Kallio", "Alppiharju", "Helsinki")
    assert gazetteer.are_neighbours("Alppiharju", "Kallio", "Helsinki")
    assert not gazetteer.are_neighbours("Kallio", "Vuosaari", "Helsinki")
    assert not gazetteer.are_neighbours("Kallio", "Alppiharju", "Tampere"), "there it has no polygons"
