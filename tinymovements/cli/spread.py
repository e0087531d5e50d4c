"""`spread`: how an idea travelled."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from tinymovements.cli.console import SHORT, amount, day, json_option, movement_name, out, print_json, progress
from tinymovements.cli.export import print_summary
from tinymovements.cli.status import say_to_do

if TYPE_CHECKING:
    from tinymovements.exports.spread import Step
    from tinymovements.workflow.areas import By
    from tinymovements.workflow.spread import Speech, Spread

_VERBS = {"mention": "speaks of", "link": "links to"}
_NAMELESS = "(no name)"


@click.command()
@click.argument("what", nargs=-1, required=True)
@click.option(
    "--by", type=click.Choice(["district", "municipality"]), default="district", show_default=True, help="How fine a place is."
)
@click.option("--out", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the places to FILE: .geojson, .csv …")
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
@json_option
def spread(what: tuple[str, ...], by: "By", file: Path | None, force: bool, as_json: bool) -> None:
    """Say how an idea travelled: the places that it reached, by the first sign of it there, and who speaks of whom.

    WHAT is the id of a movement; the id of an initiative, for it and those of its name elsewhere; or words. Where a district is not
    known, a place is the municipality.

    Example: tinymovements spread repair-and-reuse --by municipality
    """
    from tinymovements.settings import load
    from tinymovements.workflow.export_spread import export_spread
    from tinymovements.workflow.spread import count_looked_at, find_spread

    settings, asked = load(), " ".join(what)
    if force and not file:
        raise click.UsageError("--force replaces a file: give --out with it.")
    with progress("Reading", count_looked_at(settings)) as advance:
        if file:
            print_summary(export_spread(settings, asked, by, file, advance, force), as_json)
            return
        told = find_spread(settings, asked, by, advance)
    if not told.initiatives:
        say_to_do(settings)
    if as_json:
        print_json(_as_json(told))
    else:
        _print(out(), told)


def _as_json(told: "Spread") -> dict[str, Any]:
    from pydantic import TypeAdapter

    from tinymovements.exports.spread import NO_CAUSE
    from tinymovements.workflow.spread import Spread

    said = TypeAdapter(Spread).dump_python(told, mode="json")
    steps = [{"place": step.place, **fields} for step, fields in zip(told.steps, said["steps"], strict=True)]
    return {**said, "steps": steps, "caveat": NO_CAUSE}


def _print(console: Console, told: "Spread") -> None:
    from tinymovements.exports.spread import NO_CAUSE

    name = movement_name(told.of) if told.kind == "movement" else told.of
    if not told.initiatives:
        click.echo(f"No initiative shows {name}. Try other words, or `tinymovements status` to see what is in here.")
        return
    places = amount(len(told.steps), "place", "places")
    since = f", first seen {day(told.steps[0].first)}" if told.steps else ""
    console.print(Text.assemble((name, "bold"), f": {amount(told.initiatives, 'initiative', 'initiatives')} in {places}{since}."))
    for step in told.steps:
        _print_step(console, step)
    _print_speeches(console, told.speeches)
    for count, lack in ((told.nowhere, "where it is"), (told.undated, "when")):
        if count:
            console.print(f"\nOf {amount(count, 'more initiative', 'more initiatives')} no post tells {lack}.")
    console.print(f"\n{NO_CAUSE}")


def _print_step(console: Console, step: "Step") -> None:
    count = amount(len(step.initiatives), "initiative", "initiatives")
    console.print()
    console.print(Text.assemble(f"{step.order:3}  {day(step.first):10}  ", (step.place, "bold"), f"  {count}"))
    said = "" if not step.quote else f": “{' '.join(step.quote.split())}”"
    when = f", of {day(step.quote_posted)}" if said and step.quote_post != step.post else ""
    console.print(Text(f"     {step.name or _NAMELESS}{said} ({step.initiatives[0][:SHORT]}{when})"))
    earlier = ", so there may have been earlier ones" if step.may_be_earlier else ""
    sources = ", ".join(step.sources)
    console.print(Text(f"     Observed since {day(step.observed_since)} ({sources}){earlier}.", "dim"))


def _print_speeches(console: Console, speeches: Sequence["Speech"]) -> None:
    if not speeches:
        return
    console.print("\nWho speaks of whom, where posts show it:")
    for speech in speeches:
        one, other = (
            f"{name or _NAMELESS}{(place and f' ({place})') or ''}"
            for name, place in ((speech.speaker_name, speech.speaker_place), (speech.of_name, speech.of_place))
        )
        posts = ", ".join(post[:SHORT] for post in speech.posts)
        console.print(Text(f"  {day(speech.first) or 'undated':10}  {one} {_VERBS[speech.kind]} {other}: {posts}"))
