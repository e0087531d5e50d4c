"""The names that places are counted and asked for by."""

from collections.abc import Iterable

from tinymovements.gazetteer import load_gazetteer
from tinymovements.initiative import Site
from tinymovements.model import Place


def main_name(place: str) -> str:
    """The name a place is counted under, whatever language or form it was written in."""
    entries = load_gazetteer().find(place)
    return entries[0].name if entries else place


def names_within(places: Iterable[Place | Site]) -> tuple[str, ...]:
    """Every main name that asks for one of the places: its own, and those of the district and the municipality it lies in."""
    said = (name for place in places for name in (place.name, place.district, place.municipality) if name)
    return tuple(sorted(set(map(main_name, said))))
