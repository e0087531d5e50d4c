"""Knows places: their names in three languages, where they lie, and districts of cities as polygons."""

import csv
import json
from collections.abc import Callable, Iterable
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from shapely import STRtree, prepare
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from tinymovements.gazetteer.added import added_places, places_folder
from tinymovements.gazetteer.entries import CITY, Area, Entry, key
from tinymovements.model import LANGUAGES
from tinymovements.settings import Stamp, stamp

__all__ = ["CITY", "PLACES", "POLYGONS", "Area", "Entry", "Gazetteer", "key", "load_gazetteer", "until_changed"]

PLACES = Path(__file__).with_name("places.csv")
POLYGONS = Path(__file__).with_name("peruspiirit.geojson")

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


class Gazetteer:
    """Places by name, and districts by point."""

    def __init__(self, entries: list[Entry], areas: Iterable[tuple[Area, BaseGeometry]] = ()) -> None:
        self.entries = entries
        self._own_areas = tuple(areas)
        names: dict[str, list[Entry]] = {}
        for entry in entries:
            for name in entry.every_name:
                if entry not in (same := names.setdefault(key(name), [])):
                    same.append(entry)
        self._by_name = {name: tuple(sorted(same, key=lambda entry: (entry.far, -entry.weight))) for name, same in names.items()}

    def find(self, name: str) -> tuple[Entry, ...]:
        """The places of that name in any language, whatever its case, the likeliest first."""
        return self._by_name.get(key(name), ())

    def likely(self, name: str) -> tuple[Entry, ...]:
        """Those of them that a text may mean without another sign of their country."""
        found = self.find(name)
        return tuple(entry for entry in found if not entry.far) if any(entry.far for entry in found) else found

    def knows_word(self, word: str) -> bool:
        """Whether a lower-case word in its base form is a likely place's name, or one word of it."""
        return word in self._words

    def area(self, lat: float, lon: float) -> Area | None:
        """The district that a point lies in, where we have polygons: those that somebody added go before those of Helsinki."""
        areas, tree = self._polygons
        found = tree.query(Point(lon, lat), predicate="within")
        return areas[int(found.min())] if len(found) else None

    def are_neighbours(self, district: str, other: str, municipality: str | None) -> bool:
        """Whether two districts of a municipality touch, where we have their polygons."""
        areas, tree = self._polygons
        places = [areas.index(Area(name, municipality)) for name in (district, other) if Area(name, municipality) in areas]
        return len(places) == 2 and bool(tree.geometries[places[0]].intersects(tree.geometries[places[1]]))

    def nearest(self, lat: float, lon: float) -> Entry:
        """The place whose centre is nearest to a point."""
        entries, tree = self._centres
        return entries[int(tree.nearest(Point(lon, lat)))]

    def centre(self, entry: Entry) -> tuple[float, float] | None:
        """Where a place lies; that of its town where we do not know it more exactly."""
        if entry.lat is not None and entry.lon is not None:
            return entry.lat, entry.lon
        towns = self.find(entry.municipality) if entry.municipality and entry.municipality != entry.name else ()
        return next((self.centre(town) for town in towns if town.country == entry.country), None)

    @cached_property
    def _centres(self) -> tuple[list[Entry], STRtree]:
        entries = [entry for entry in self.entries if entry.lat is not None and entry.lon is not None]
        return entries, STRtree([Point(entry.lon, entry.lat) for entry in entries])

    @cached_property
    def _words(self) -> frozenset[str]:
        names = {name.lower() for entry in self.entries if not entry.far for name in entry.every_name}
        return frozenset(word for name in names for word in (name, *key(name).split()))

    @cached_property
    def _polygons(self) -> tuple[list[Area], STRtree]:
        features = json.loads(POLYGONS.read_text("utf-8"))["features"]
        ours = [(Area(feature["properties"]["name"], CITY), shape(feature["geometry"])) for feature in features]
        areas = [*self._own_areas, *ours]
        for _, polygon in areas:
            prepare(polygon)
        return [area for area, _ in areas], STRtree([polygon for _, polygon in areas])


def load_gazetteer() -> Gazetteer:
    """The gazetteer that ships with the program, and what was added in the home folder: read again where that has changed."""
    folder = places_folder()
    state = stamp(folder)
    return _loaded(folder if state else None, state)


@lru_cache(maxsize=1)
def _loaded(folder: str | None, state: Stamp) -> Gazetteer:
    for forget in _made_of_it:
        forget()
    if folder is None:
        return _shipped()
    return Gazetteer(*added_places(_shipped().entries, folder))


@cache
def _shipped() -> Gazetteer:
    with PLACES.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        next(lines)
        return Gazetteer([_entry(line) for line in lines])


_made_of_it: list[Callable[[], None]] = []


def until_changed(most: int | None = None) -> Callable[[Callable[_Given, _Made]], Callable[_Given, _Made]]:
    """Makes a function remember what it made of the gazetteer (of the last `most` arguments) until another one is loaded."""

    def remembering(make: Callable[_Given, _Made]) -> Callable[_Given, _Made]:
        cached = lru_cache(most)(make)
        _made_of_it.append(cached.cache_clear)
        return cast(Callable[_Given, _Made], cached)

    return remembering


def _entry(line: list[str]) -> Entry:
    """A line of places.csv, whose columns are in this order. By position: of 13,000 lines that takes half of the time."""
    name, fi, sv, en, aliases, kind, lat, lon, district, municipality, country, population = line
    return Entry(
        name,
        {language: own for language, own in zip(LANGUAGES, (fi, sv, en), strict=True) if own},
        kind,
        float(lat) if lat else None,
        float(lon) if lon else None,
        district or None,
        municipality or None,
        country,
        int(population) if population else 0,
        tuple(aliases.split("|")) if aliases else (),
    )
