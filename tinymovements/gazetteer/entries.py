"""What the gazetteer knows of one place."""

from collections.abc import Iterator
from typing import NamedTuple

from tinymovements.model import Language

CITY = "Helsinki"
"""The municipality whose districts ship as polygons."""

_DISTRICT_COUNTS_AS = 50_000
"""People: a district of Helsinki, or one that somebody added, goes before a town of its name with fewer, for people mean it."""

_FAR = frozenset({"NO", "SJ", "DK", "FO", "IS"})
"""Countries whose small places have names that are words and names here: Time, Hell, Tim, Berg."""
_THEIR_LETTERS = frozenset("æøðþáíóúý")
_UNMISTAKABLE = 5
"""Letters of a name of theirs that is no other word, if a letter is only theirs, or if some thousand people live there."""
_SETTLED, _KNOWN_AFAR = 4_000, 15_000
"""People of such a place, and of one that is known whatever its name. Of the 213 of the first kind 14 are Swedish or English words,
which a text's grammar must then tell apart."""


class Entry(NamedTuple):
    """One place. A named tuple: 13,000 of them are made at every start, in a third of the time that a frozen dataclass takes."""

    name: str
    names: dict[Language, str]
    """Its own name in each language that has one."""
    kind: str
    """`district` (of a city), `municipality` (of Finland), `place`, `venue`, or `country`."""
    lat: float | None
    lon: float | None
    district: str | None
    """The district it lies in: in Helsinki the peruspiiri; a district of another city itself."""
    municipality: str | None
    country: str
    """Two letters, as ISO 3166 has them."""
    population: int = 0
    """0 where it is not known."""
    aliases: tuple[str, ...] = ()
    """What else it is called, in whatever language."""
    added: str = ""
    """The name of the set that somebody added it with; empty for what ships with the program."""

    @property
    def every_name(self) -> Iterator[str]:
        """All of its names, each once."""
        yield from dict.fromkeys((self.name, *self.names.values(), *self.aliases))

    @property
    def weight(self) -> int:
        """How likely it is meant where several places have the name."""
        ours = self.kind == "district" and (self.municipality == CITY or self.added)
        return max(self.population, _DISTRICT_COUNTS_AS) if ours else self.population

    @property
    def far(self) -> bool:
        """Whether only a text that speaks of its country means it."""
        if self.country not in _FAR or self.added or self.kind == "country" or self.population >= _KNOWN_AFAR:
            return False
        theirs = not _THEIR_LETTERS.isdisjoint(self.name.lower())
        return len(self.name) < _UNMISTAKABLE or not (theirs or self.population >= _SETTLED)


class Area(NamedTuple):
    """A district as polygons have it."""

    district: str
    municipality: str | None


def key(name: str) -> str:
    """What a name is found by: in lower case, with or without its hyphens."""
    return name.lower().replace("-", " ")
