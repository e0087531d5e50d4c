"""Districts that somebody adds: read from the files of cities, kept in the home folder, and known from then on."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.tokens import Doc

from pipelines.assemble import _EXTENSIONS
from pipelines.places import PlacesComponent
from pipelines.version import version
from search.query import Query
from tinymovements.errors import FileError, FormatError
from tinymovements.gazetteer import load_gazetteer
from tinymovements.gazetteer.district_files import Reading
from tinymovements.model import Place
from tinymovements.settings import Settings
from tinymovements.workflow.own_places import add, added, known, remove
from tinymovements.workflow.places import by_main_names, names_within

PLAIN = Reading()


def square(lat: float, lon: float, half: float = 0.01) -> dict[str, Any]:
    corners = ((-half, -half), (half, -half), (half, half), (-half, half), (-half, -half))
    return {"type": "Polygon", "coordinates": [[[lon + east, lat + north] for east, north in corners]]}


def geojson(path: Path, *features: tuple[dict[str, Any], dict[str, Any] | None]) -> Path:
    told = [{"type": "Feature", "properties": properties, "geometry": geometry} for properties, geometry in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": told}), "utf-8")
    return path


def table(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), "utf-8-sig")
    return path


def annotated(component: PlacesComponent, text: str, language: str, pin: Any = (None, None, None)) -> list[dict[str, Any]]:
    for name, default in _EXTENSIONS.items():
        Doc.set_extension(name, default=default, force=True)
    doc = spacy.blank("xx").make_doc(text)
    doc._.language, doc._.pin = language, pin
    found: list[dict[str, Any]] = component(doc)._.places
    return found


@pytest.fixture
def stad(tmp_path: Path, settings: Settings) -> Settings:
    """A home with two polygons near Lund, of which one bears the name of nothing, and a point."""
    file = geojson(
        tmp_path / "Påhittade stadsdelar.geojson",
        ({"name": "Vätteby", "name_fi": "Vättilä", "alias": ["Vättan"]}, square(55.70, 13.10)),
        ({"name": "Klostergården"}, square(55.69, 13.19)),
        ({"namn": "Krypinshagen"}, {"type": "Point", "coordinates": [13.25, 55.71]}),
    )
    add(settings, file, None, Reading(municipality="Lund", language="sv"), replace=False)
    return settings


def test_polygons_are_known_by_name_and_by_point(stad: Settings) -> None:
    gazetteer = load_gazetteer()
    (entry,) = gazetteer.find("vättan")
    assert (entry.name, entry.names, entry.kind, entry.added) == (
        "Vätteby",
        {"fi": "Vättilä", "sv": "Vätteby"},
        "district",
        "pahittade-stadsdelar",
    )
    assert (entry.lat, entry.lon, entry.district, entry.municipality, entry.country) == (55.7, 13.1, "Vätteby", "Lund", "SE")
    assert gazetteer.area(55.701, 13.101) == ("Vätteby", "Lund")
    assert gazetteer.area(55.5, 13.1) is None
    assert gazetteer.area(60.2472, 25.0257) == ("Malmi", "Helsinki")


def test_what_ships_and_was_added_again_is_one_place(stad: Settings) -> None:
    assert [entry.added for entry in load_gazetteer().find("Klostergården")] == ["pahittade-stadsdelar"]


def test_a_place_that_ships_knows_the_polygon_it_lies_in(settings: Settings, tmp_path: Path) -> None:
    before = load_gazetteer().find("Vollsjö")[0]
    assert before.district is None
    assert before.lat is not None
    assert before.lon is not None
    file = geojson(tmp_path / "x.json", ({"name": "Runtomkring"}, square(before.lat, before.lon)))
    add(settings, file, None, PLAIN, replace=False)
    assert load_gazetteer().find("Vollsjö")[0].district == "Runtomkring"


def test_texts_find_it_inflected_and_with_its_district(stad: Settings) -> None:
    component = PlacesComponent()
    (place,) = annotated(component, "Talkoot Vättilässä lauantaina", "fi")
    assert (place["name"], place["district"], place["municipality"], place["lat"]) == ("Vättilä", "Vätteby", "Lund", 55.7)
    assert [found["name"] for found in annotated(component, "Vättebyborna bjuder på fika i Krypinshagen", "sv")] == [
        "Vätteby",
        "Krypinshagen",
    ]
    (pinned,) = annotated(component, "Fika", "sv", (None, 55.7, 13.1))
    assert (pinned["name"], pinned["district"], pinned["municipality"]) == ("Vätteby", "Vätteby", "Lund")
    remove(stad, "pahittade-stadsdelar")
    assert "lat" not in annotated(component, "Fika i Krypinshagen", "sv")[0]


def test_search_asks_for_it_by_any_name_and_by_the_district(stad: Settings) -> None:
    assert by_main_names(Query(places=("vättan", "VÄTTILÄ", "Lund"))).places == ("Vätteby", "Vätteby", "Lund")
    assert names_within([Place(name="Vättilä", district="Vätteby", municipality="Lund")]) == ("Lund", "Vätteby")


def test_the_version_of_the_pipeline_changes_with_what_was_added_and_back(settings: Settings, tmp_path: Path) -> None:
    plain = version()
    file = table(tmp_path / "a.csv", "name,lat,lon", "Vätteby,55.7,13.1")
    add(settings, file, None, PLAIN, replace=False)
    first = version()
    table(file, "name,lat,lon", "Vätteby,55.8,13.1")
    add(settings, file, None, PLAIN, replace=True)
    assert len({plain, first, version()}) == 3
    remove(settings, "a")
    assert version() == plain


@pytest.mark.parametrize(
    "lines",
    [
        ("name,lat,lon,language,alias,municipality", "Vätteby,55.7,13.1,sv,Vättan|Vättis,Lund"),
        ("NAME;LAT;LON;LANGUAGE;ALIAS;MUNICIPALITY", 'Vätteby;55,7;13,1;sv;"Vättan;Vättis";Lund'),
        ("name_sv\tlatitude\tlongitude\talias\tmunicipality\tid", "Vätteby\t55.7\t13.1\tVättan|Vättis\tLund\t7", ""),
    ],
)
def test_tables_as_people_make_them(settings: Settings, tmp_path: Path, lines: tuple[str, ...]) -> None:
    made = add(settings, table(tmp_path / "t.csv", *lines), "own", PLAIN, replace=False)
    assert (made.districts, made.polygons, made.municipalities) == (1, 0, ("Lund",))
    (entry,) = load_gazetteer().find("Vätteby")
    assert (entry.names, entry.aliases, entry.lat, entry.lon) == ({"sv": "Vätteby"}, ("Vättan", "Vättis"), 55.7, 13.1)


def test_names_in_capitals_are_written_as_in_a_text(settings: Settings, tmp_path: Path) -> None:
    add(settings, table(tmp_path / "t.csv", "nimi,lat,lon", "ITÄ-VÄTTILÄ,61,24", "VÄTTILÄ,61,24"), None, PLAIN, replace=False)
    assert load_gazetteer().find("itä-vättilä")[0].name == "Itä-Vättilä"


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (("name,lat,lon", "Aaby,55,13", "Beby,abc,13"), "row 3: lat is 'abc', which is no latitude."),
        (("name,lat,lon", "Aaby,155,13"), "row 2: lat is 155, which is no latitude."),
        (("name,lat,lon", "Aaby,nan,13"), "row 2: lat is nan, which is no latitude."),
        (("name,lat,lon", "Aaby,55,"), "row 2: it has no lon."),
        (("name,lat,lon", ",55,13"), "row 2: it has no name (there are the columns name, lat, lon)."),
        (("name,lat,lon", "1234,55,13"), "row 2: '1234' is no name."),
        (("name,lat,lon,language", "Aaby,55,13,de"), "row 2: 'de' is none of our languages."),
        (("name,lat,lon", "Aaby,55,13", "aaby,55,13"), "row 3: aaby is named in row 2 already."),
        (("name,lat,lon", "Aaby,55,13,5"), "row 2: it has 4 cells, and the first row 3."),
        (("name,lat,lon", "A,x,1", "B,x,1"), "2 rows are wrong."),
        (("name,lat,lon",), "has no districts."),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_kept(
    settings: Settings, tmp_path: Path, lines: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(FormatError) as raised:
        add(settings, table(tmp_path / "t.csv", *lines), None, PLAIN, replace=False)
    assert sentence in raised.value.message
    assert raised.value.hint
    assert not settings.places_folder.exists()


@pytest.mark.parametrize(
    ("properties", "geometry", "sentence"),
    [
        ({"name": "Aaby"}, None, "feature 1: its geometry is missing."),
        ({"name": "Aaby"}, {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}, "feature 1: its geometry is LineString."),
        ({"name": "Aaby"}, {"type": "Polygon", "coordinates": [[[1, 2]]]}, "feature 1: its coordinates are broken."),
        ({"name": "Aaby"}, {"type": "Polygon", "coordinates": []}, "feature 1: its Polygon is empty."),
        ({"name": "Aaby"}, {"type": "Point", "coordinates": [25497000, 6673000]}, "feature 1: 25497000, 6673000 is no longitude"),
        ({"TUNNUS": 7}, {"type": "Point", "coordinates": [13, 55]}, "feature 1: it has no name (there are the columns TUNNUS)."),
    ],
)
def test_a_wrong_feature_is_named(
    settings: Settings, tmp_path: Path, properties: dict[str, Any], geometry: dict[str, Any] | None, sentence: str
) -> None:
    with pytest.raises(FormatError) as raised:
        add(settings, geojson(tmp_path / "t.geojson", (properties, geometry)), None, PLAIN, replace=False)
    assert sentence in raised.value.message


@pytest.mark.parametrize("text", ["", "{", "[]", '{"type": "Feature"}', '{"features": [1]}', "[" * 5000, "\udcff"])
def test_what_is_no_geojson_is_one_sentence(settings: Settings, tmp_path: Path, text: str) -> None:
    file = tmp_path / "t.geojson"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(FormatError):
        add(settings, file, None, PLAIN, replace=False)


def test_a_property_of_another_name_is_chosen(settings: Settings, tmp_path: Path) -> None:
    file = geojson(tmp_path / "t.geojson", ({"STADSDEL": "Vätteby", "name": "7"}, square(55.7, 13.1)))
    add(settings, file, None, Reading(column="stadsdel"), replace=False)
    assert load_gazetteer().find("Vätteby")


def test_a_set_is_replaced_only_when_that_is_said(stad: Settings, tmp_path: Path) -> None:
    file = table(tmp_path / "t.csv", "name,lat,lon", "Annanby,55.7,13.1")
    with pytest.raises(FileError, match="already"):
        add(stad, file, "pahittade-stadsdelar", PLAIN, replace=False)
    assert load_gazetteer().find("Vätteby")
    add(stad, file, "pahittade-stadsdelar", PLAIN, replace=True)
    assert not load_gazetteer().find("Vätteby")
    assert load_gazetteer().find("Annanby")


def test_what_was_half_written_when_it_was_killed_is_not_seen(stad: Settings) -> None:
    (stad.places_folder / ".other.77.new").write_text('{"features": [', "utf-8")
    assert [each.name for each in added(stad)] == ["pahittade-stadsdelar"]
    assert load_gazetteer().find("Vätteby")


def test_a_broken_file_is_told_and_can_be_removed(stad: Settings) -> None:
    path = stad.places_folder / "pahittade-stadsdelar.geojson"
    path.write_text('{"features": [{"properties": {}}]}', "utf-8")
    (each,) = added(stad)
    assert each.fault
    with pytest.raises(FileError, match=r"places remove pahittade-stadsdelar"):
        load_gazetteer()
    remove(stad, "pahittade-stadsdelar")
    assert load_gazetteer().find("Malmi")
    with pytest.raises(FileError, match="None were added"):
        remove(stad, "pahittade-stadsdelar")


def test_a_full_disk_leaves_the_set_as_it_was(stad: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    file = table(tmp_path / "t.csv", "name,lat,lon", "Annanby,55.7,13.1")
    with pytest.raises(FileError, match="No space left"):
        add(stad, file, "pahittade-stadsdelar", PLAIN, replace=True)
    assert load_gazetteer().find("Vätteby")
    assert [path.name for path in stad.places_folder.iterdir()] == ["pahittade-stadsdelar.geojson"]


def test_an_unknown_name_has_others_like_it() -> None:
    assert "Hakaniemi" in known("Hakanieemi").like
    assert known("Haga").places[0].municipality == "Helsinki"
