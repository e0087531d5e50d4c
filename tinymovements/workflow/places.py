"""The names that places are counted and asked for by."""

from collections.abc import Iterable, Iterator

from search.query import Query
from tinymovements.gazetteer import load_gazetteer
from tinymovements.initiative import Site
from tinymovements.model import LANGUAGES, Place


def main_name(place: str) -> str:
    """The name a place is counted under, whatever language or form it was written in."""
    entries = load_gazetteer().find(place)
    return entries[0].name if entries else place


def asked_for(place: str) -> str:
    """The main name of a place that people ask for in any form: Berghäll, kallio and Kalliossa are Kallio."""
    return next(map(main_name, _known_forms(place)), place)


def unknown(places: Iterable[str]) -> list[str]:
    """Those that no list of places has, in any form."""
    return [place for place in places if not any(_known_forms(place))]


def by_main_names(query: Query) -> Query:
    """The query with its places by the names that the index has."""
    return query.model_copy(update={"places": tuple(map(asked_for, query.places))})


def _known_forms(place: str) -> Iterator[str]:
    find = load_gazetteer().find
    if find(place):
        yield place
        return
    from pipelines.terms import analyse  # its dictionaries take a second, which a name as the list has it need not pay

    bases = (" ".join(token.terms[0] for token in analyse(place, language)) for language in LANGUAGES)
    yield from filter(find, bases)


def names_within(places: Iterable[Place | Site]) -> tuple[str, ...]:
    """Every main name that asks for one of the places: its own, and those of the district and the municipality it lies in."""
    said = (name for place in places for name in (place.name, place.district, place.municipality) if name)
    return tuple(sorted(set(map(main_name, said))))
