"""The movements and their families: the 20 of movements.toml, and those that the user adds in a file of the same form."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tinymovements.errors import TaxonomyError
from tinymovements.model import LANGUAGES, Family, Movement
from tinymovements.settings import Stamp, home_folder, stamp

FILE = Path(__file__).with_name("movements.toml")

TAKEN = frozenset({"initiative", "self-organised"})
"""No ids of movements: these labels say something else of a post."""


@dataclass(frozen=True)
class Taxonomy:
    """Families and movements by id, in the order of the files: what ships, then what the user adds."""

    families: dict[str, Family]
    movements: dict[str, Movement]

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of all movements."""
        return tuple(self.movements)

    @cached_property
    def sensitive(self) -> frozenset[str]:
        """The movements whose people may be harmed by who knows where they meet."""
        return frozenset(movement.id for movement in self.movements.values() if movement.sensitive)

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The ids of the movements that the user added."""
        return tuple(id for id in self.movements if id not in shipped_taxonomy().movements)


_NOTHING = Taxonomy({}, {})


@cache
def shipped_taxonomy() -> Taxonomy:
    """What ships with the program. Raises `TaxonomyError` naming the line that is wrong."""
    return read_taxonomy(FILE)


def own_file() -> str:
    """Where the user's own movements stand, by the home folder in force."""
    return f"{home_folder()}/{FILE.name}"


def load_taxonomy() -> Taxonomy:
    """The taxonomy in force: what ships and what the user adds. Raises `TaxonomyError` naming the line that is wrong."""
    path = own_file()
    return _in_force(path, stamp(path))


@lru_cache(maxsize=2)
def _in_force(path: str, state: Stamp) -> Taxonomy:
    return read_taxonomy(Path(path), shipped_taxonomy()) if state else shipped_taxonomy()


def read_taxonomy(path: Path, ground: Taxonomy = _NOTHING) -> Taxonomy:
    """The taxonomy in a file, after the one that it adds to. Raises `TaxonomyError` naming the line that is wrong."""
    try:
        text = path.read_text("utf-8-sig")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        hint = "Correct or remove it." if ground.movements else "Install the program again."
        raise TaxonomyError(f"{path} cannot be read: {error}.", hint) from None
    except tomllib.TOMLDecodeError as error:
        raise TaxonomyError(f"{path} is no valid TOML: {error}.", "Correct that line.") from None
    if unknown := table.keys() - {"families", "movements"}:
        raise _wrong(path, text, (sorted(unknown)[0],), "no such table: write families or movements")
    for name in ("families", "movements"):
        if not isinstance(table.setdefault(name, {}), dict) or not (table[name] or ground.movements):
            raise TaxonomyError(f"{path} has no table `{name}`.", "Add one.")
        if taken := next((id for id in table[name] if id in getattr(ground, name) or id in TAKEN), None):
            raise _wrong(path, text, (name, taken), "this id is there already: choose another one")
    families = {id: _checked(path, text, "families", id, values, Family) for id, values in table["families"].items()}
    movements = {id: _checked(path, text, "movements", id, values, Movement) for id, values in table["movements"].items()}
    families = {**ground.families, **families}
    for movement in movements.values():
        if movement.family not in families:
            there = f"there are: {', '.join(families)}"
            raise _wrong(path, text, ("movements", movement.id, "family"), f"{movement.family!r} is no family; {there}")
    return Taxonomy(families, {**ground.movements, **movements})


def _checked(path: Path, text: str, table: str, id: str, values: Any, model: type[Any]) -> Any:
    if not isinstance(values, dict):
        raise _wrong(path, text, (table, id), "a table was expected here")
    if "id" in values:
        raise _wrong(path, text, (table, id, "id"), "the id is the name of the table, no field")
    try:
        made = model(id=id, **values)
    except ValidationError as error:
        # A misspelt field is both unknown and missing: the unknown one stands in the file.
        first = min(error.errors(include_input=False), key=lambda told: told["type"] != "extra_forbidden")
        raise _wrong(path, text, (table, id, *map(str, first["loc"])), first["msg"]) from None
    for field in ("labels", "definitions"):
        for language in LANGUAGES if hasattr(made, field) else ():
            if not getattr(made, field).get(language, "").strip():
                raise _wrong(path, text, (table, id, field, language), f"{field} lack the language {language}")
    return made


def _wrong(path: Path, text: str, keys: tuple[str, ...], message: str) -> TaxonomyError:
    """An error that names the line on which the innermost of the keys stands that is there at all."""
    header = re.compile(r"^\s*\[([^\[\]]+)\]")
    lines, table, at = text.splitlines(), "", 1
    found = 0
    for number, line in enumerate(lines, 1):
        if match := header.match(line):
            table = match.group(1).strip()
            here: tuple[str, ...] = tuple(table.split("."))
        else:
            here = (*table.split("."), *re.findall(r"([\w-]+)\s*=", line.partition("#")[0]))
        depth = next((n for n in range(len(keys), 0, -1) if set(keys[:n]) <= set(here) and here[:1] == keys[:1]), 0)
        if depth > found:
            found, at = depth, number
    return TaxonomyError(f"{path}, line {at}: {'.'.join(keys)}: {message}.", "Correct that line.")
