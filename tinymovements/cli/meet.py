"""`allies`, `matches` and `asks`: who does the like, who has what one needs, and what the city is asked for."""

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from tinymovements.cli.console import SHORT, Day, amount, day, json_option, number, out, print_json, today
from tinymovements.cli.filters import Distance, MovementId, say_unknown
from tinymovements.cli.status import say_to_do
from tinymovements.initiative import KINDS_OF_WISHES, Quote

if TYPE_CHECKING:
    from tinymovements.workflow.allies import Ally
    from tinymovements.workflow.asks import Ask, District
    from tinymovements.workflow.matches import Match, Side

_JUDGED_BY_PROGRAM = "A program finds these, and some are none: read the posts (`tinymovements show ID`) before you go by them."

_within = click.option("--within", type=Distance(), metavar="DISTANCE", help="No farther away than this: 5km, 500m.")
_kinds = click.option("--kind", "kinds", type=click.Choice(KINDS_OF_WISHES), multiple=True, help="Of this kind. [repeatable]")


@click.command()
@click.argument("id")
@_within
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many.")
@json_option
def allies(id: str, within: float | None, limit: int, as_json: bool) -> None:
    """Find who does the like: initiatives of the same movements, or that speak of the same, or that have what it needs.

    Each comes with its reasons, in whatever language it writes. Those that are over come as elders. The first characters of the
    id are enough.

    Example: tinymovements allies i1k7q2m5 --within 5km
    """
    from tinymovements.settings import load
    from tinymovements.workflow.allies import find_allies

    settings = load()
    found = find_allies(settings, id, today(), within, limit)
    if not found.total:
        say_to_do(settings)
    if as_json:
        print_json({"of": found.of.id, "total": found.total, "allies": list(map(_ally_as_json, found.allies))})
        return
    console = out()
    console.print(Text.assemble((found.of.name, "bold"), f": {amount(found.total, 'ally', 'allies')}."))
    for ally in found.allies:
        console.print()
        _print_ally(console, ally)
    if not found.total and within is not None:
        click.echo("Try it without --within.")


def _print_ally(console: Console, ally: "Ally") -> None:
    one = ally.initiative
    elder = " (an elder)" if ally.is_elder else ""
    console.print(Text.assemble((one.name, "bold"), elder, (f" · {one.id[:SHORT]}", "dim")))
    for reason in ally.reasons:
        said = "".join(f"\n    {_said(quote)}" for quote in reason.quotes)
        console.print(Text(f"  {reason.sentence}{said}"))


def _ally_as_json(ally: "Ally") -> dict[str, Any]:
    one = ally.initiative
    return {
        "initiative": one.id,
        "name": one.name,
        "stage": one.stage.stage if one.stage else None,
        "movements": [movement.id for movement in one.movements],
        "languages": one.languages,
        "score": ally.score,
        "km": ally.km,
        "is_elder": ally.is_elder,
        "reasons": [
            {"why": reason.why, "sentence": reason.sentence, "quotes": [quote.model_dump(mode="json") for quote in reason.quotes]}
            for reason in ally.reasons
        ],
    }


@click.command()
@click.argument("id", required=False)
@_within
@_kinds
@click.option("--place", "places", multiple=True, metavar="NAME", help="Either is in this district or town. [repeatable]")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many.")
@json_option
def matches(
    id: str | None,
    within: float | None,
    kinds: tuple[str, ...],
    places: tuple[str, ...],
    limit: int,
    as_json: bool,
) -> None:
    """Find whose open need meets whose open offer, by what both name, how near they are, and how lately it was said.

    With the ID of an initiative, its needs and its offers; without, those of all. Nothing farther than 20 km away unless
    --within says so.

    Example: tinymovements matches --kind space --place Helsinki
    """
    from tinymovements.settings import load
    from tinymovements.workflow.matches import WITHIN, find_matches

    settings = load()
    found = find_matches(settings, today(), id, within or WITHIN, kinds, places, limit)
    if not found.total:
        say_to_do(settings)
    if as_json:
        said = [asdict(match) | {"need": _side_as_json(match.need), "offer": _side_as_json(match.offer)} for match in found.matches]
        print_json({"total": found.total, "nowhere": found.nowhere, "matches": said})
        return
    console = out()
    console.print(f"{amount(found.total, 'match', 'matches')}.")
    for match in found.matches:
        console.print()
        _print_match(console, match)
    if found.total:
        console.print(f"\n{_JUDGED_BY_PROGRAM}")
    else:
        say_unknown(places)
    if found.nowhere:
        console.print(f"\nOf {amount(found.nowhere, 'need or offer', 'needs and offers')} nobody knows where: they match nothing.")


def _print_match(console: Console, match: "Match") -> None:
    console.print(Text(match.reason, "bold"))
    for name, side in (("needs", match.need), ("offers", match.offer)):
        console.print(Text(f"  {name:6} {_said(side.quote)}"))
    console.print(Text(f"  {match.kind} · {match.need.initiative[:SHORT]} · {match.offer.initiative[:SHORT]}", "dim"))


def _side_as_json(side: "Side") -> dict[str, Any]:
    return {
        "initiative": side.initiative,
        "name": side.name,
        "quote": side.quote.model_dump(mode="json"),
        "until": side.until,
    }


@click.command()
@click.option("--place", "places", multiple=True, metavar="NAME", help="In this district or town. [repeatable]")
@_kinds
@click.option("--movement", "movements", type=MovementId(), multiple=True, metavar="ID", help="Of this movement. [repeatable]")
@click.option("--since", type=Day(), metavar="DAY", help="Asked on this day or later: 2026-03-01 or 1.3.2026.")
@click.option("--districts", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many districts.")
@click.option("--limit", type=click.IntRange(1, 1000), default=5, show_default=True, help="Of each, how many asks.")
@json_option
def asks(
    places: tuple[str, ...],
    kinds: tuple[str, ...],
    movements: tuple[str, ...],
    since: date | None,
    districts: int,
    limit: int,
    as_json: bool,
) -> None:
    """Tell what the city is asked for: where most ask first, and of each district what most ask for.

    Initiatives ask, and posts and proposals of none. The same ask of several counts together. What was asked more than two
    years ago is left out, and what an initiative is said to have got. A proposal, or a post of none, stands for two years, whatever
    came of it.

    Example: tinymovements asks --place Kallio --since 1.1.2026
    """
    from tinymovements.settings import load
    from tinymovements.workflow.asks import Filter, find_asks

    settings = load()
    found = find_asks(settings, Filter(places, kinds, movements, since), today(), districts, limit)
    if not found.askers:
        say_to_do(settings)
    if as_json:
        print_json({"askers": found.askers, "areas": found.areas, "districts": list(map(_district_as_json, found.districts))})
        return
    console = out()
    console.print(
        f"{amount(found.askers, 'voice asks', 'voices ask')} the city for something, in {amount(found.areas, 'area', 'areas')}."
    )
    for district in found.districts:
        console.print()
        _print_district(console, district)
    if found.askers:
        console.print(f"\n{_JUDGED_BY_PROGRAM}")
    else:
        say_unknown(places)
    if (left := found.areas - len(found.districts)) > 0:
        console.print(f"\n--districts {found.areas} shows the other {number(left)}.")


def _print_district(console: Console, district: "District") -> None:
    name = ", ".join(filter(None, (district.district, district.municipality))) or "No place named"
    kinds = ", ".join(f"{kind} {number(count)}" for kind, count in district.kinds)
    counts = f"{amount(district.askers, 'voice', 'voices')}, {amount(district.asks, 'different ask', 'different asks')}"
    console.print(Text.assemble((name, "bold"), f" · {counts} · {kinds}"))
    for ask in district.biggest:
        console.print(Text(f"  {number(ask.askers):>3} × {ask.kind}{_when(ask)}"))
        for voice in ask.voices:
            who = f"{voice.name}: " if voice.name else ""
            console.print(Text(f"      {who}{_said(voice.quote)}"))


def _when(ask: "Ask") -> str:
    """First and last day, as far as known."""
    if ask.first is None or ask.last is None:
        return ""
    days = [f"{when.day}.{when.month}.{when.year}" for when in (ask.first, ask.last)]
    return f", {days[0]}" if days[0] == days[1] else f", {days[0]}–{days[1]}"


def _district_as_json(district: "District") -> dict[str, Any]:
    biggest = [
        asdict(ask) | {"voices": [asdict(voice) | {"quote": voice.quote.model_dump(mode="json")} for voice in ask.voices]}
        for ask in district.biggest
    ]
    return asdict(district) | {"kinds": dict(district.kinds), "biggest": biggest}


def _said(quote: Quote) -> str:
    """A quote in one line, with its day and its post."""
    facts = ", ".join(filter(None, (day(quote.posted), quote.post[:SHORT])))
    return f"“{' '.join(quote.text.split())}” ({facts})"
