"""`emerging`: what is beginning, and what says so."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.text import Text

from tinymovements.cli.console import SHORT, Day, amount, json_option, movement_name, number, out, print_json
from tinymovements.cli.filters import MovementId, say_unknown
from tinymovements.cli.status import say_to_do

if TYPE_CHECKING:
    from tinymovements.workflow.emerging import Candidate, Emerging, Rise
    from tinymovements.workflow.emerging_why import Why

_POSTS = 10
_RAREST = 1e-6
"""A chance below this is as good as none."""

_BEGINNING = 120
"""Characters of a post."""


@click.command()
@click.option("--place", "places", multiple=True, metavar="NAME", help="In this district or municipality. [repeatable]")
@click.option("--movement", "movements", type=MovementId(), multiple=True, metavar="ID", help="Of this movement. [repeatable]")
@click.option("--since", type=Day(), metavar="DAY", help="Where the past begins. [default: three years before the end]")
@click.option("--until", type=Day(), metavar="DAY", help="Where the latest weeks end. [default: the day of the newest post]")
@click.option("--weeks", type=click.IntRange(2, 52), help="The latest weeks to look at. [default: 4, 8 and 16]")
@click.option("--rate", type=click.FloatRange(0, 1, min_open=True), default=0.1, help="False ones among those told. [default: 0.1]")
@click.option("--why", metavar="ID", help="Show the counts behind one rise, theme, or any MOVEMENT/PLACE.")
@json_option
def emerging(
    places: tuple[str, ...],
    movements: tuple[str, ...],
    since: date | None,
    until: date | None,
    weeks: int | None,
    rate: float,
    why: str | None,
    as_json: bool,
) -> None:
    """Tell which movements rise where, above their own past, and which themes rise that are of no movement yet.

    What counts are initiatives and people that tell of them, beside how much was read of each source. See docs/emerging.md.

    Example: tinymovements emerging --place Kallio
    """
    from tinymovements.settings import load
    from tinymovements.workflow.emerging import Asked
    from tinymovements.workflow.emerging import emerging as tell
    from tinymovements.workflow.emerging_why import why as explain

    if since and until and since > until:
        raise click.UsageError(f"No day is both since {since} and until {until}.")
    settings, asked = load(), Asked(places, movements, since, until, weeks, rate)
    if why:
        told = explain(settings, asked, why)
        if as_json:
            print_json(asdict(told) | {"posts": [post.model_dump(mode="json") for post in told.posts]})
        else:
            _print_why(out(), told)
        return
    found = tell(settings, asked)
    if not found.rises and not found.candidates:
        say_to_do(settings)
    if as_json:
        print_json(asdict(found))
        return
    _print(out(), found)
    if not found.rises:
        say_unknown(places)


def _print(console: Console, found: "Emerging") -> None:
    if found.until is not None and found.windows:
        told = f"{amount(len(found.rises), 'rise', 'rises')} and {amount(len(found.candidates), 'new theme', 'new themes')}"
        judged = f"{amount(found.tried, 'movement in a place', 'movements in places')} and {amount(found.words, 'word', 'words')}"
        console.print(f"{told} until {_day(found.until)}, of {judged}, by {amount(found.weeks, 'week', 'weeks')}.")
    for rise in found.rises:
        facts = [amount(rise.initiatives, "initiative", "initiatives")]
        facts += [f"{name} {signs}" for name, signs in rise.sources.items()] + [f"with it {id}" for id in rise.also]
        _print_rise(console, f"{movement_name(rise.movement)} in {rise.place}", rise, facts)
    for theme in found.candidates:
        _print_rise(console, f"A theme of no movement: {', '.join(theme.words)}", theme, [amount(theme.posts, "post", "posts")])
    if found.rises or found.candidates:
        console.print("\n--why ID shows the counts behind one.")
    for note in found.notes:
        console.print(note, markup=False)


def _print_rise(console: Console, name: str, rise: "Rise | Candidate", facts: Sequence[str]) -> None:
    console.print()
    console.print(Text(name, "bold"))
    signs = f"{amount(rise.signs, 'sign', 'signs')} of life in the {rise.weeks} weeks since {_day(rise.since)}"
    console.print(f"{signs}, {rise.expected:.1f} expected; {number(rise.past)} before.", markup=False)
    console.print(Text(" · ".join((*facts, rise.id)), "dim"))


def _print_why(console: Console, told: "Why") -> None:
    console.print(Text(f"{movement_name(told.movement)} in {told.place}" if told.movement else ", ".join(told.words), "bold"))
    verdict = "It rises" if told.rise else "It is not told to rise"
    chance = "no more than chance brings" if told.chance == 1 else "hardly ever by chance"
    if _RAREST < told.chance < 1:
        chance = f"by chance once in {number(round(1 / told.chance))} times"
    signs = f"{amount(told.signs, 'sign', 'signs')} of life in the last {told.weeks} weeks, {told.expected:.1f} expected"
    console.print(f"{verdict}: {signs}; {chance}.")
    console.print(Text(f"\n{'since':>10} {'signs':>6} {'expected':>9} {'posts read':>11}", "bold"))
    for piece in told.pieces:
        console.print(f"{_day(piece.since):>10} {piece.signs:>6} {piece.expected:>9.1f} {number(piece.posts):>11}")
    console.print(Text(f"\n{'source':28} {'signs':>6} {'before':>7} {'of posts':>9} {'before':>9}", "bold"))
    for source, read in told.sources.items():
        of = f"{number(read.posts):>9} {number(read.posts_before):>9}"
        console.print(f"{source:28} {read.signs:>6} {read.signs_before:>7} {of}", markup=False)
    console.print(Text(f"\n{amount(told.of_posts, 'post', 'posts')}, the latest first", "bold"))
    for post in told.posts[:_POSTS]:
        said = " ".join(f"{post.title or ''} {post.text}".split())[:_BEGINNING]
        console.print(f"{_day(post.posted) if post.posted else '':>10}  {post.id[:SHORT]}  {said}", markup=False)
    if told.entry:
        console.print(Text("\nA beginning for movements.toml (docs/new-movement.md), to be put into people's words", "bold"))
        console.print(told.entry, markup=False)


def _day(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"
