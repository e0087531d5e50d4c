"""Knows places: their names in three languages, where they lie, and the districts of Helsinki as polygons."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from shapely import STRtree, prepare
from shapely.geometry import Point, shape

from tinymovements.model import LANGUAGES, Language

PLACES = Path(__file__).with_name("places.csv")
POLYGONS = Path(__file__).with_name("peruspiirit.geojson")

CITY = "Helsinki"
"""The municipality whose districts are known as polygons."""

_DISTRICT_COUNTS_AS = 50_000
"""People: a district of Helsinki goes before a town of its name with fewer, since that is what people here mean."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One place."""

    name: str
    names: dict[Language, str]
    """Its own name in each language that has one."""
    kind: str
    """`district` (of Helsinki), `municipality` (of Finland), `place`, or `country`."""
    lat: float | None
    lon: float | None
    district: str | None
    """The peruspiiri it lies in, where it lies in Helsinki."""
    municipality: str | None
    country: str
    """Two letters, as ISO 3166 has them."""
    population: int = 0
    """0 where it is not known."""
    aliases: tuple[str, ...] = field(default=())
    """What else it is called, in whatever language."""

    @property
    def every_name(self) -> Iterator[str]:
        """All of its names, each once."""
        yield from dict.fromkeys((self.name, *self.names.values(), *self.aliases))

    @property
    def weight(self) -> int:
        """How likely it is meant where several places have the name."""
        return max(self.population, _DISTRICT_COUNTS_AS) if self.kind == "district" else self.population


def key(name: str) -> str:
    """What a name is found by: in lower case, with or without its hyphens."""
    return name.lower().replace("-", " ")


class Gazetteer:
    """Places by name, and the districts of Helsinki by point."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        names: dict[str, list[Entry]] = {}
        for entry in entries:
            for name in entry.every_name:
                if entry not in (same := names.setdefault(key(name), [])):
                    same.append(entry)
        self._by_name = {name: tuple(sorted(same, key=lambda entry: -entry.weight)) for name, same in names.items()}

    def find(self, name: str) -> tuple[Entry, ...]:
        """The places of that name in any language, whatever its case, the likeliest first."""
        return self._by_name.get(key(name), ())

    def knows_word(self, word: str) -> bool:
        """Whether a lower-case word in its base form is a place's name, or one word of it."""
        return word in self._words

    def district(self, lat: float, lon: float) -> str | None:
        """The district (peruspiiri) of Helsinki that a point lies in."""
        names, tree = self._polygons
        point = Point(lon, lat)
        found = tree.query(point, predicate="within")
        return names[int(found.min())] if len(found) else None

    def nearest(self, lat: float, lon: float) -> Entry:
        """The place whose centre is nearest to a point."""
        entries, tree = self._centres
        return entries[int(tree.nearest(Point(lon, lat)))]

    @cached_property
    def _centres(self) -> tuple[list[Entry], STRtree]:
        entries = [entry for entry in self.entries if entry.lat is not None and entry.lon is not None]
        return entries, STRtree([Point(entry.lon, entry.lat) for entry in entries])

    @cached_property
    def _words(self) -> frozenset[str]:
        names = {name.lower() for entry in self.entries for name in entry.every_name}
        return frozenset(word for name in names for word in (name, *key(name).split()))

    @cached_property
    def _polygons(self) -> tuple[list[str], STRtree]:
        features = json.loads(POLYGONS.read_text("utf-8"))["features"]
        shapes = [shape(feature["geometry"]) for feature in features]
        for area in shapes:
            prepare(area)
        return [feature["properties"]["name"] for feature in features], STRtree(shapes)


@cache
def load_gazetteer() -> Gazetteer:
    """The gazetteer that ships with the program, read at first use."""
    with PLACES.open(encoding="utf-8", newline="") as file:
        return Gazetteer([_entry(row) for row in csv.DictReader(file)])


def _entry(row: dict[str, str]) -> Entry:
    return Entry(
        name=row["name"],
        names={language: row[language] for language in LANGUAGES if row[language]},
        kind=row["kind"],
        lat=float(row["lat"]) if row["lat"] else None,
        lon=float(row["lon"]) if row["lon"] else None,
        district=row["district"] or None,
        municipality=row["municipality"] or None,
        country=row["country"],
        population=int(row["population"] or 0),
        aliases=tuple(row["aliases"].split("|")) if row["aliases"] else (),
    )
