"""The 20 movements and their six families, read from movements.toml and checked."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tinymovements.errors import TaxonomyError
from tinymovements.model import LANGUAGES, Family, Movement

FILE = Path(__file__).with_name("movements.toml")


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Families and movements by id, in the order of the file."""

    families: dict[str, Family]
    movements: dict[str, Movement]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all movements."""
        return tuple(self.movements)


@cache
def load_taxonomy() -> Taxonomy:
    """The taxonomy that ships with the program. Raises `TaxonomyError` naming the line that is wrong."""
    return read_taxonomy(FILE)


def read_taxonomy(path: Path) -> Taxonomy:
    """The taxonomy in a file. Raises `TaxonomyError` naming the line that is wrong."""
    try:
        text = path.read_text("utf-8")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise TaxonomyError(f"{path.name} cannot be read: {error}.", "Install the program again.") from None
    except tomllib.TOMLDecodeError as error:
        raise TaxonomyError(f"{path.name} is no valid TOML: {error}.", "Correct that line.") from None
    if unknown := table.keys() - {"families", "movements"}:
        raise _wrong(path, text, (sorted(unknown)[0],), "no such table: write families or movements")
    for name in ("families", "movements"):
        if not isinstance(table.get(name), dict) or not table[name]:
            raise TaxonomyError(f"{path.name} has no table `{name}`.", "Add one.")
    families = {id: _checked(path, text, "families", id, values, Family) for id, values in table["families"].items()}
    movements = {id: _checked(path, text, "movements", id, values, Movement) for id, values in table["movements"].items()}
    for movement in movements.values():
        if movement.family not in families:
            raise _wrong(path, text, ("movements", movement.id, "family"), f"the family {movement.family!r} is not in this file")
    return Taxonomy(families, movements)


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
    return TaxonomyError(f"{path.name}, line {at}: {'.'.join(keys)}: {message}.", "Correct that line.")
