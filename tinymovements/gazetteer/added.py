"""Keeps the districts that somebody added in the home folder, one file for each set, and puts them among the places that ship."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import shapely
from shapely import STRtree
from shapely.geometry import Point, mapping, shape
from shapely.geometry.base import BaseGeometry

from tinymovements.errors import FileError
from tinymovements.gazetteer.entries import Area, Entry, key
from tinymovements.model import LANGUAGES
from tinymovements.settings import home_folder

_SUFFIX = ".geojson"
_NEAR = (0.05, 0.1)
"""Degrees of latitude and longitude: some five kilometres, within which a place of the same name is the same."""


class District(NamedTuple):
    """A district that somebody added, and its polygon where it has one."""

    entry: Entry
    polygon: BaseGeometry | None


def places_folder() -> str:
    """Where the sets lie, by the home folder in force."""
    return f"{home_folder()}/places"


def set_files(folder: Path) -> dict[str, Path]:
    """The file of each set, in the order of their names."""
    return {path.stem: path for path in sorted(folder.glob(f"*{_SUFFIX}")) if not path.name.startswith(".")}


def read_set(path: Path) -> list[District]:
    """The districts of a set. Raises `FileError` where its file is not as `write_set` makes it."""
    try:
        features = json.loads(path.read_text("utf-8"))["features"]
        return [_district(feature, path.stem) for feature in features]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, shapely.errors.ShapelyError):
        hint = f"Remove it (`tinymovements places remove {path.stem}`), and add the districts again."
        raise FileError(f"{path}, districts that were added, cannot be read.", hint) from None


def write_set(path: Path, districts: Iterable[District]) -> None:
    """Keep a set: the whole file is there, or what was there before."""
    lines = [json.dumps(_feature(district), ensure_ascii=False, separators=(",", ":")) for district in districts]
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    draft = path.with_name(f".{path.stem}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror}.", "Check the folder and the room on the disk.") from None
    finally:
        draft.unlink(missing_ok=True)


def set_file(folder: Path, name: str) -> Path:
    """The file that holds the set of a name."""
    return folder / f"{name}{_SUFFIX}"


def _feature(district: District) -> dict[str, Any]:
    entry, polygon = district
    told: dict[str, Any] = {
        "name": entry.name,
        **{str(language): name for language, name in entry.names.items()},
        "aliases": list(entry.aliases),
        "municipality": entry.municipality,
        "country": entry.country,
        "lat": entry.lat,
        "lon": entry.lon,
    }
    return {"type": "Feature", "properties": told, "geometry": None if polygon is None else mapping(polygon)}


def _district(feature: dict[str, Any], name: str) -> District:
    told = feature["properties"]
    entry = Entry(
        told["name"],
        {language: told[language] for language in LANGUAGES if language in told},
        "district",
        float(told["lat"]),
        float(told["lon"]),
        told["name"],
        told["municipality"],
        told["country"],
        aliases=tuple(told["aliases"]),
        added=name,
    )
    return District(entry, None if feature["geometry"] is None else shape(feature["geometry"]))


def added_places(shipped: Sequence[Entry], folder: str) -> tuple[list[Entry], list[tuple[Area, BaseGeometry]]]:
    """All places, those that were added first, and the polygons among them.

    A place that ships and is one of the added ones leaves it its other names and its people; others know the district they lie in.
    """
    districts = [district for path in set_files(Path(folder)).values() for district in read_set(path)]
    areas = [(Area(entry.name, entry.municipality), polygon) for entry, polygon in districts if polygon is not None]
    rest = list(_with_districts(shipped, areas))
    twins: dict[str, list[Entry]] = {}
    wanted = {key(name) for entry, _ in districts for name in entry.every_name}
    for other in rest:
        if other.kind in {"place", "district"}:
            for name in other.every_name:
                if key(name) in wanted:
                    twins.setdefault(key(name), []).append(other)
    own: list[Entry] = []
    gone: set[int] = set()
    for entry, _ in districts:
        named = (other for name in entry.every_name for other in twins.get(key(name), ()))
        same = next((other for other in named if _is_same(entry, other)), None)
        own.append(_merged(entry, same) if same else entry)
        gone.add(id(same))
    return [*own, *(other for other in rest if id(other) not in gone)], areas


def _is_same(entry: Entry, other: Entry) -> bool:
    """Whether a place that ships is the one that was added, which has its name: by where it lies, or by its town."""
    if other.lat is None or other.lon is None or entry.lat is None or entry.lon is None:
        return other.municipality is not None and other.municipality == entry.municipality
    return other.district == entry.name or (abs(other.lat - entry.lat) < _NEAR[0] and abs(other.lon - entry.lon) < _NEAR[1])


def _merged(entry: Entry, same: Entry) -> Entry:
    names = {**same.names, **entry.names}
    others = (*same.every_name, *entry.aliases)
    kept = tuple(name for name in dict.fromkeys(others) if name not in {entry.name, *names.values()})
    return entry._replace(
        names=names, aliases=kept, population=same.population, municipality=entry.municipality or same.municipality
    )


def _with_districts(shipped: Sequence[Entry], areas: Sequence[tuple[Area, BaseGeometry]]) -> Iterator[Entry]:
    """The places that ship, those within a polygon with its district."""
    if not areas:
        yield from shipped
        return
    polygons = [polygon for _, polygon in areas]
    west, south, east, north = shapely.total_bounds(polygons)
    within = [
        at
        for at, entry in enumerate(shipped)
        if entry.lat is not None and entry.lon is not None and south <= entry.lat <= north and west <= entry.lon <= east
    ]
    if not within:
        yield from shipped
        return
    points = [Point(shipped[at].lon, shipped[at].lat) for at in within]
    inside = {within[point]: areas[area][0] for point, area in reversed(STRtree(polygons).query(points, "within").T.tolist())}
    for at, entry in enumerate(shipped):
        area = inside.get(at)
        if area is None or entry.kind not in {"place", "district", "venue"}:
            yield entry
        else:
            yield entry._replace(district=area.district, municipality=area.municipality or entry.municipality)
