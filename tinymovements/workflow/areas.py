"""Where an initiative counts: in one district and municipality, which most of its posts name."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from tinymovements.gazetteer import Entry, load_gazetteer
from tinymovements.initiative import Site

By = Literal["district", "municipality"]


class Area(NamedTuple):
    """A district, or a municipality as a whole."""

    district: str | None
    municipality: str | None

    @property
    def name(self) -> str:
        """What it is called."""
        return ", ".join(name for name in self if name)

    @property
    def point(self) -> tuple[float, float] | None:
        """Its middle, as the gazetteer has it."""
        gazetteer = load_gazetteer()
        found = [entry for entry in gazetteer.find(self.district or self.municipality or "") if self._is(entry)]
        return next((centre for entry in found if (centre := gazetteer.centre(entry))), None)

    def _is(self, entry: Entry) -> bool:
        if self.district:
            return entry.district == self.district and self.municipality in (None, entry.municipality)
        return entry.kind in _TOWNS


_TOWNS = ("municipality", "place")


def area_of(sites: Sequence[Site], by: By) -> Area | None:
    """The area that most posts name, of several the one named first; None where they tell none.

    One alone: that a post names a second place does not say that the initiative is there, too.
    """
    towns: Counter[str | None] = Counter()
    districts: dict[str | None, Counter[str]] = {}
    for site in sites:
        town = site.municipality or (site.name if not site.district and _is_town(site.name) else None)
        if town or site.district:
            towns[town] += site.posts
            if site.district:
                districts.setdefault(town, Counter())[site.district] += site.posts
    if not towns:
        return None
    town, _ = towns.most_common(1)[0]
    if by == "municipality":
        return Area(None, town) if town else None
    of_town = districts.get(town)
    return Area(of_town.most_common(1)[0][0] if of_town else None, town)


def _is_town(name: str) -> bool:
    found = load_gazetteer().likely(name)
    return bool(found) and found[0].kind in _TOWNS
