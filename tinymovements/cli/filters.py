"""The filters of `search` and `export`: the same options, made into the same `Query`."""

import difflib
import re
import shlex
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from search.query import Box, Near, Query
from tinymovements.cli.console import Day, did_you_mean
from tinymovements.initiative import STAGES
from tinymovements.model import KINDS, LANGUAGES

_Command = TypeVar("_Command", bound=Callable[..., Any])

WITHIN = 2.0
"""Kilometres around a point, where none are given: a walk of half an hour."""

FARTHEST = 20_000
"""Kilometres: half way round the world."""

_TELLING = 4
"""Letters from which on a part of a movement's name tells which is meant."""


class MovementId(click.ParamType[str]):
    """An id of the taxonomy, also by the movement's name in any language."""

    name = "movement"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The id, or a sentence that names those like it, and all there are."""
        names = _names_of_movements()
        said = " ".join(re.split(r"[\s_]+", str(value).strip().lower()))
        if id := names.get(said.replace(" ", "-")) or names.get(said):
            return id
        close = difflib.get_close_matches(said, names, n=3, cutoff=0.75)
        near = [name for name in names if len(said) >= _TELLING and said in name] or close
        hint = did_you_mean(list(dict.fromkeys(names[name] for name in near)))
        self.fail(f"{value!r} is no movement.{hint} There are: {', '.join(_movements())}.", param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The ids that begin so."""
        return [CompletionItem(id) for id in _movements() if id.startswith(incomplete)]


class Point(click.ParamType[tuple[float, float]]):
    """A latitude and a longitude, also by the name of a place."""

    name = "point"
    _PAIR = re.compile(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*[,;]\s*(-?\d{1,3}(?:\.\d+)?)\s*")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        """The point, or a sentence that says how to give one."""
        if isinstance(value, tuple):
            return value
        if pair := self._PAIR.fullmatch(value):
            lat, lon = float(pair[1]), float(pair[2])
            if abs(lat) <= 90 and abs(lon) <= 180:
                return lat, lon
            self.fail(f"{value!r} is no point on Earth: give the latitude first, as in 60.19,24.96.", param, ctx)
        from tinymovements.workflow.own_places import known, where

        found = known(value)
        for entry in found.places:
            if entry.lat is not None and entry.lon is not None:
                if len(found.places) > 1:
                    others = f"`tinymovements places find {shlex.quote(value)}` names the others that are called so"
                    click.echo(f"Around {entry.name} ({where(entry)}); {others}.", err=True)
                return entry.lat, entry.lon
        name, _, town = value.partition(",")
        hint = did_you_mean(found.like)
        if town and known(name).places:
            hint = f" `tinymovements places find {shlex.quote(name)}` tells what we know of {name}."
        self.fail(f"We know no point of {value!r}: give its latitude and longitude, as in 60.19,24.96.{hint}", param, ctx)


class Area(click.ParamType[Box]):
    """Two corners of a map: south-west and north-east."""

    name = "area"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Box:
        """The box, or a sentence that says how to give one."""
        if isinstance(value, Box):
            return value
        try:
            south, west, north, east = map(float, re.split(r"[,;]", value))
            return Box(south=south, west=west, north=north, east=east)
        except ValueError:
            self.fail(f"{value!r} is no box: give its south, west, north and east, as in 60.15,24.90,60.20,25.00.", param, ctx)


class Distance(click.ParamType[float]):
    """A distance as people write it: 5km, 500m, or kilometres without a unit."""

    name = "distance"
    _FORM = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(km|m|)\s*", re.IGNORECASE)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The kilometres, or a sentence that says how to write them."""
        if isinstance(value, float):
            return value
        if match := self._FORM.fullmatch(str(value)):
            km = float(match[1].replace(",", ".")) / (1000 if match[2].lower() == "m" else 1)
            if 0 < km <= FARTHEST:
                return km
        self.fail(f"{value!r} is no distance: write 5km or 500m.", param, ctx)


_OPTIONS = (
    click.option("--movement", "movements", type=MovementId(), multiple=True, metavar="ID", help="Of this movement. [repeatable]"),
    click.option("--place", "places", multiple=True, metavar="NAME", help="Names this place or district. [repeatable]"),
    click.option("--near", type=Point(), metavar="PLACE", help="Around a place: LAT,LON or a name."),
    click.option("--within", type=Distance(), metavar="DISTANCE", help=f"How far around it: 5km, 500m. [default: {WITHIN:g}km]"),
    click.option("--box", type=Area(), metavar="S,W,N,E", help="On this part of the map: two latitudes and two longitudes."),
    click.option(
        "--language", "languages", type=click.Choice([*LANGUAGES, "unknown"]), multiple=True, help="In this language. [repeatable]"
    ),
    click.option("--source", "sources", multiple=True, metavar="ID", help="From this source. [repeatable]"),
    click.option("--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="Of this kind. [repeatable]"),
    click.option("--since", type=Day(), metavar="DAY", help="Posted on this day or later: 2026-03-01 or 1.3.2026."),
    click.option("--until", type=Day(), metavar="DAY", help="Posted on this day or earlier."),
)


stage_option = click.option(
    "--stage", "stages", type=click.Choice(STAGES), multiple=True, help="Initiatives that have come so far. [repeatable]"
)
"""For commands that look for initiatives. They hand it to `make_query`, too."""


def say_unknown(places: Sequence[str]) -> None:
    """Say which of these names are of no place: asked for when nothing was found there."""
    from tinymovements.workflow.own_places import known
    from tinymovements.workflow.places import unknown

    for place in unknown(places):
        hint = did_you_mean(known(place).like)
        click.echo(f"No place called {place} is known: `tinymovements places find NAME` tells which are.{hint}")


def query_options(command: _Command) -> _Command:
    """The options that choose posts or initiatives. The command takes them as `**filters` and hands them to `make_query`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def make_query(
    words: Sequence[str],
    *,
    movements: tuple[str, ...],
    places: tuple[str, ...],
    near: tuple[float, float] | None,
    within: float | None,
    box: Box | None,
    languages: tuple[Any, ...],
    sources: tuple[str, ...],
    kinds: tuple[Any, ...],
    since: date | None,
    until: date | None,
    **paging: Any,
) -> Query:
    """The query of a command line's words and filters; `paging` is what only a search has (unit, stages, sort, size, cursor)."""
    for word in words:
        if word.startswith("--"):  # where -word leaves out, click takes a mistyped option for a word
            raise click.UsageError(f"There is no option {word}.")
    if within is not None and near is None:
        raise click.UsageError("--within needs --near: around which place?")
    if since and until and since > until:
        raise click.UsageError(f"No day is both since {since} and until {until}.")
    for id in sources:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id) or len(id) > 60:
            raise click.UsageError(f"{id!r} is no id of a source. `tinymovements sources list` prints them.")
    around = None if near is None else Near(lat=near[0], lon=near[1], km=within or WITHIN)
    return Query(
        words=" ".join(words),
        movements=movements,
        places=places,
        near=around,
        box=box,
        languages=languages,
        sources=sources,
        kinds=kinds,
        since=since,
        until=until,
        **paging,
    )


def _names_of_movements() -> dict[str, str]:
    """The ids of the movements by themselves and by their names in every language, in small letters."""
    from tinymovements.taxonomy import load_taxonomy

    movements = load_taxonomy().movements
    labels = {label.lower(): id for id, movement in movements.items() for label in movement.labels.values()}
    return labels | {id: id for id in movements}


def _movements() -> tuple[str, ...]:
    from tinymovements.taxonomy import load_taxonomy  # 20 ms that a command without the option need not pay

    return load_taxonomy().ids
