"""Makes `given.txt` and `family.txt` of the gate: names of many countries, lower case, one a line.

Run where the packages `faker` (MIT) and `names` (MIT; its lists are the public ones of the United States census) are installed;
neither is needed at run time.
"""

import importlib
import re
import sys
from pathlib import Path

import faker.providers.person as persons
import names

OUT = Path(__file__).parent.parent / "tinymovements" / "privacy"
LATIN = re.compile(r"[a-zà-öø-ſ]+(?:['’-][a-zà-öø-ſ]+)*")
# The census list goes down to names that a hundred people bear, and there nearly every English noun is one.
CENSUS_FAMILY = 12_000


def _of_faker(kind: str) -> set[str]:
    found: set[str] = set()
    for folder in sorted(Path(persons.__file__).parent.iterdir()):
        if not (folder / "__init__.py").exists():
            continue
        provider = importlib.import_module(f"faker.providers.person.{folder.name}").Provider
        for name in dir(provider):
            if kind in name and isinstance(getattr(provider, name), list | tuple | dict):
                for entry in getattr(provider, name):
                    found |= {part for part in re.split(r"[\s{}]+", str(entry).lower()) if len(part) > 1 and LATIN.fullmatch(part)}
    return found


def _of_census(file: str, most: int) -> set[str]:
    lines = (Path(names.__file__).parent / file).read_text("ascii").splitlines()[:most]
    return {line.split()[0].lower() for line in lines}


def main() -> int:
    """Write both lists."""
    given = _of_faker("first_name") | _of_census("dist.female.first", 5_000) | _of_census("dist.male.first", 2_000)
    family = _of_faker("last_name") | _of_census("dist.all.last", CENSUS_FAMILY)
    for file, listed in (("given.txt", given), ("family.txt", family)):
        (OUT / file).write_text("".join(f"{name}\n" for name in sorted(listed)), "utf-8")
        print(file, len(listed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
