"""Reads districts out of the files that cities publish: GeoJSON, or a table with points."""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from tinymovements.errors import FileError, FormatError
from tinymovements.gazetteer import Entry, Gazetteer
from tinymovements.gazetteer.added import District
from tinymovements.gazetteer.entries import key
from tinymovements.model import LANGUAGES, Language

MOST = 20_000
"""Districts of one file: more are addresses or houses, and no districts."""
LONGEST_NAME = 100
_TOLERANCE = 0.00004
"""Degrees, some four metres: a city's polygons become a sixth of their size, and hardly a point changes its district."""
_SHAPES = {"Point", "Polygon", "MultiPolygon"}

_HEADINGS: dict[str, tuple[str, ...]] = {
    "name": ("name", "nimi", "namn", "navn"),
    "fi": ("name_fi", "nimi_fi", "fi"),
    "sv": ("name_sv", "nimi_sv", "nimi_se", "namn_sv", "sv"),
    "en": ("name_en", "nimi_en", "en"),
    "lat": ("lat", "latitude"),
    "lon": ("lon", "lng", "long", "longitude"),
    "language": ("language", "lang"),
    "alias": ("alias", "aliases"),
    "municipality": ("municipality",),
}
"""What columns and properties are called, whatever their case."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read, where it does not say so itself."""

    column: str | None = None
    """The column or property that has the name."""
    municipality: str | None = None
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    where: str
    """As a person finds it: "row 3", "feature 3"."""
    cells: Mapping[str, str]
    """By the words of `_HEADINGS`."""
    found: Sequence[str]
    """What the columns are called in the file."""
    geometry: BaseGeometry | None


def read_districts(path: Path, order: Reading, gazetteer: Gazetteer) -> list[District]:
    """The districts of a file. Raises `FormatError` that names the first row that is wrong, and says how many are."""
    rows = list(_features(path, order) if _is_json(path) else _lines(path, order))
    if not rows:
        raise FormatError(f"{path} has no districts.", "Give a CSV table with name, lat and lon, or a GeoJSON FeatureCollection.")
    if len(rows) > MOST:
        raise FormatError(f"{path} has {len(rows):,} rows: so many districts has no city.", f"Give {MOST:,} at most.")
    read: list[District] = []
    faults: list[FormatError] = []
    first: dict[tuple[str, str], str] = {}
    for row in rows:
        try:
            district = _district(path, row, order, gazetteer)
            same = (key(district.entry.name), district.entry.municipality or "")
            if (earlier := first.setdefault(same, row.where)) != row.where:
                raise _fault(path, row, f"{district.entry.name} is named in {earlier} already", "Keep one of them.")
            read.append(district)
        except FormatError as fault:
            faults.append(fault)
    if faults:
        more = f" {len(faults) - 1} more of {len(rows)} rows are wrong." if len(faults) > 1 else ""
        raise FormatError(faults[0].message + more, faults[0].hint)
    return _in_small_letters(read)


def _is_json(path: Path) -> bool:
    return path.suffix.lower() in {".json", ".geojson"}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise FormatError(f"{path} is not in UTF-8.", "Save it in that encoding.") from None
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.", "Check the name and the rights.") from None


def _lines(path: Path, order: Reading) -> Iterator[_Row]:
    """The lines of a table whose cells stand between commas, semicolons or tabs."""
    text = _text(path)
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    try:
        lines = list(csv.reader(text.splitlines(), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise FormatError(f"{path} is no CSV table: {error}.", "Check the quotation marks.") from None
    names = [name.strip() for name in lines[0]] if lines else []
    for number, line in enumerate(lines[1:], 2):
        if any(cell.strip() for cell in line):
            if len(line) > len(names):
                raise FormatError(f"{path}, row {number}: it has {len(line)} cells, and the first row {len(names)}.", "Mend it.")
            yield _row(f"row {number}", dict(zip(names, line, strict=False)), None, order)


def _features(path: Path, order: Reading) -> Iterator[_Row]:
    """The features of a GeoJSON file."""
    try:
        told = json.loads(_text(path))
    except (ValueError, RecursionError):
        raise FormatError(f"{path} is no JSON.", "Give GeoJSON, or a table whose name ends with .csv.") from None
    features = told.get("features") if isinstance(told, dict) else None
    if not isinstance(features, list):
        raise FormatError(f"{path} is no GeoJSON FeatureCollection.", "Export the districts as GeoJSON, in WGS 84.")
    for number, feature in enumerate(features, 1):
        where = f"feature {number}"
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            raise FormatError(f"{path}, {where}: it has no properties, and so no name.", "Export the districts with their names.")
        yield _row(where, properties, _geometry(path, where, feature.get("geometry")), order)


def _geometry(path: Path, where: str, told: Any) -> BaseGeometry:
    kind = told.get("type") if isinstance(told, dict) else None
    if kind not in _SHAPES:
        hint = "A district is a Point, a Polygon or a MultiPolygon."
        raise FormatError(f"{path}, {where}: its geometry is {kind or 'missing'}.", hint)
    try:
        geometry = shapely.force_2d(shape(told))
        area = shapely.make_valid(geometry) if kind != "Point" else geometry
        if kind != "Point":
            simple = area.simplify(_TOLERANCE)
            polygons = [part for part in shapely.get_parts(simple) if part.geom_type in _SHAPES]
            area = shapely.union_all(polygons)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError):
        raise FormatError(f"{path}, {where}: its coordinates are broken.", "Export the file again.") from None
    if area.is_empty or not all(abs(bound) < float("inf") for bound in area.bounds):
        raise FormatError(f"{path}, {where}: its {kind} is empty.", "Export the file again, or leave it out.")
    west, south, east, north = area.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise FormatError(
            f"{path}, {where}: {west:.0f}, {south:.0f} is no longitude and latitude.",
            "Export the file in WGS 84 (EPSG:4326): other systems count metres.",
        )
    return area


def _row(where: str, told: Mapping[str, Any], geometry: BaseGeometry | None, order: Reading) -> _Row:
    by_name = {str(name).strip().lower(): value for name, value in told.items()}
    cells: dict[str, str] = {}
    for word, headings in _HEADINGS.items():
        wanted = (order.column.lower(),) if order.column and word == "name" else headings
        value = next((by_name[heading] for heading in wanted if by_name.get(heading) not in (None, "")), "")
        cells[word] = " ".join(("|".join(map(str, value)) if isinstance(value, list) else str(value)).split())
    return _Row(where, cells, [str(name) for name in told], geometry)


def _fault(path: Path, row: _Row, what: str, hint: str) -> FormatError:
    return FormatError(f"{path}, {row.where}: {what}.", hint)


def _district(path: Path, row: _Row, order: Reading, gazetteer: Gazetteer) -> District:
    cells = row.cells
    names: dict[Language, str] = {language: cells[language] for language in LANGUAGES if cells[language]}
    name = cells["name"] or next(iter(names.values()), "")
    if not name:
        columns = ", ".join(row.found[:12]) or "none"
        raise _fault(path, row, f"it has no name (there are the columns {columns})", "Say which has it: --column NAME.")
    language = cells["language"].lower() or order.language
    if language and language not in LANGUAGES:
        raise _fault(path, row, f"{language!r} is none of our languages", f"Write one of {', '.join(LANGUAGES)}, or nothing.")
    if language in LANGUAGES:
        names.setdefault(language, name)
    aliases = tuple(alias.strip() for alias in re.split(r"[|;]", cells["alias"]) if alias.strip())
    for said in (name, *names.values(), *aliases):
        if len(said) > LONGEST_NAME or not re.search(r"[^\W\d_]{2}", said) or not said.isprintable():
            raise _fault(path, row, f"{said[:LONGEST_NAME]!r} is no name", "Say which column has the names: --column NAME.")
    point = row.geometry if row.geometry is not None else _point(path, row)
    centre = point.representative_point()
    municipality = cells["municipality"] or order.municipality
    return District(
        Entry(
            name,
            names,
            "district",
            round(centre.y, 5),
            round(centre.x, 5),
            name,
            municipality,
            gazetteer.nearest(centre.y, centre.x).country,
            aliases=tuple(alias for alias in dict.fromkeys(aliases) if alias not in {name, *names.values()}),
        ),
        None if point.geom_type == "Point" else point,
    )


def _point(path: Path, row: _Row) -> Point:
    degrees = []
    for word, most, what in (("lat", 90, "latitude"), ("lon", 180, "longitude")):
        said = row.cells[word]
        try:
            value = float(said.replace(",", "."))
        except ValueError:
            hint = "Give columns lat and lon in degrees, as 60.25 and 25.01."
            raise _fault(path, row, f"{word} is {said!r}, which is no {what}" if said else f"it has no {word}", hint) from None
        if not abs(value) <= most:
            raise _fault(path, row, f"{word} is {said}, which is no {what}", "Give degrees of WGS 84, as 60.25 and 25.01.")
        degrees.append(value)
    return Point(degrees[1], degrees[0])


def _in_small_letters(districts: list[District]) -> list[District]:
    """The districts with names as they are written in a text, where the file has them all in capitals: KALLIO."""
    if not all(district.entry.name.isupper() for district in districts):
        return districts

    def written(name: str) -> str:
        return re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), name) if name.isupper() else name

    return [
        district._replace(
            entry=district.entry._replace(
                name=written(district.entry.name),
                names={language: written(name) for language, name in district.entry.names.items()},
                district=written(district.entry.name),
                aliases=tuple(map(written, district.entry.aliases)),
            )
        )
        for district in districts
    ]
