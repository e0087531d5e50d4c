"""GeoJSON as maps read it."""

import json
from dataclasses import replace
from pathlib import Path

from shapely.geometry import shape

from tinymovements.exports.geojson import GeoJson
from tinymovements.exports.rows import Row
from tinymovements.exports.unit import Unit


def test_a_row_is_a_feature_whose_longitude_comes_first(tmp_path: Path, unit: Unit[Row], rows: list[Row]) -> None:
    writer = GeoJson(tmp_path / "a.geojson", unit)
    writer.write(GeoJson.prepare(unit, rows[:2]))
    writer.write(GeoJson.prepare(unit, rows[3:]))
    writer.finish({})
    read = json.loads((tmp_path / "a.geojson").read_text("utf-8"))
    assert read["type"] == "FeatureCollection"
    whole, bare, sensitive = read["features"]
    point = shape(whole["geometry"])
    assert (point.x, point.y) == (-0.5, 60.1841)  # that of the source, not that of a place in the text
    assert (bare["geometry"], sensitive["geometry"]) == (None, None)
    assert whole["properties"]["places"] == "Kallio; Malmi"
    assert whole["properties"]["posted"] == "2026-03-01T17:30:00Z"


def test_a_post_whose_source_gives_no_point_is_where_its_first_place_is(tmp_path: Path, unit: Unit[Row], rows: list[Row]) -> None:
    row = replace(rows[0], post=rows[0].post.model_copy(update={"lat": None}))
    feature = json.loads(GeoJson.prepare(unit, [row]))
    assert feature["geometry"]["coordinates"] == [24.95, 60.1819]
