"""Adds districts of any city to the places that are known, and tells what is known of a name."""

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from tinymovements.errors import FileError, FormatError
from tinymovements.gazetteer import Entry, load_gazetteer
from tinymovements.gazetteer.added import District, read_set, set_file, set_files, write_set
from tinymovements.gazetteer.district_files import Reading, read_districts
from tinymovements.model import Identifier
from tinymovements.settings import Settings


@dataclass(frozen=True, slots=True)
class Added:
    """A set of districts in the home folder. `fault` says why it cannot be read."""

    name: str
    file: Path
    districts: int
    polygons: int
    municipalities: tuple[str, ...]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """The places of a name, the likeliest first; where there are none, names that are like it."""

    places: tuple[Entry, ...]
    like: tuple[str, ...]


def add(settings: Settings, file: Path, name: str | None, order: Reading, replace: bool) -> Added:
    """Keep the districts of a file under a name, that of the file where none is given. Nothing is kept where a row is wrong."""
    name = _checked(name, file)
    path = set_file(settings.places_folder, name)
    if path.exists() and not replace:
        raise FileError(f"There are places named {name} already.", "Give another --name, or --replace.")
    write_set(path, read_districts(file, order, load_gazetteer()))
    return _told(path, read_set(path))


def _checked(name: str | None, file: Path) -> str:
    said = name or "-".join(re.findall(r"[a-z0-9]+", file.stem.lower().translate(str.maketrans("åäöæøé", "aaoaoe"))))
    try:
        return TypeAdapter[str](Identifier).validate_python(said)
    except ValidationError:
        raise FormatError(f"{said!r} is no name for places.", "Give one with --name: lower-case words joined by hyphens.") from None


def _told(path: Path, districts: list[District]) -> Added:
    towns = tuple(sorted({entry.municipality for entry, _ in districts if entry.municipality}))
    return Added(path.stem, path, len(districts), sum(polygon is not None for _, polygon in districts), towns)


def added(settings: Settings) -> list[Added]:
    """What was added, in the order of the names."""
    found = []
    for name, path in set_files(settings.places_folder).items():
        try:
            found.append(_told(path, read_set(path)))
        except FileError as error:
            found.append(Added(name, path, 0, 0, (), error.message))
    return found


def remove(settings: Settings, name: str) -> Path:
    """Forget the set of a name; where its file was."""
    files = set_files(settings.places_folder)
    if name not in files:
        there = f"There are: {', '.join(files)}." if files else "None were added yet."
        raise FileError(f"There are no places named {name}.", there)
    try:
        files[name].unlink()
    except OSError as error:
        raise FileError(f"{files[name]} cannot be removed: {error.strerror}.", "Check the rights.") from None
    return files[name]


def where(entry: Entry) -> str:
    """The town and the country that a place lies in."""
    return ", ".join(part for part in (entry.municipality, entry.country) if part and part != entry.name)


_LIKE = 3


def known(name: str) -> Known:
    """What is known of a name, in any language."""
    gazetteer = load_gazetteer()
    if found := gazetteer.find(name):
        return Known(found, ())
    names = {other.lower(): other for entry in gazetteer.entries for other in entry.every_name}
    close = difflib.get_close_matches(name.lower(), names, n=_LIKE, cutoff=0.75)
    return Known((), tuple(names[other] for other in close))
