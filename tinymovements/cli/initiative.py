"""`initiative`: people decide which posts are of one initiative, and what it is called."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tinymovements.cli.console import SHORT, amount, day, json_option, print_json, progress

if TYPE_CHECKING:
    from tinymovements.workflow.initiatives import Decided, Decision

_by = click.option(
    "--by", metavar="WHO", required=True, help="Who says so: a role, such as library, better than a name. It is listed."
)


@click.group()
def initiative() -> None:
    """Decide what the program got wrong: what is one initiative, what is not, and what it is called.

    What people decide wins over the program, at once and for good: `resolve --anew` changes nothing of it. The first characters
    of an id are enough.

    Example: tinymovements initiative merge i1k7q2m5 i1c3d5xa --by library
    """


@initiative.command()
@click.argument("initiatives", nargs=-1, required=True, metavar="ID ID...")
@_by
@json_option
def merge(initiatives: tuple[str, ...], by: str, as_json: bool) -> None:
    """Say that initiatives are one.

    Example: tinymovements initiative merge i1k7q2m5 i1c3d5xa --by library
    """
    from tinymovements.settings import load
    from tinymovements.workflow.initiatives import merge as decide

    with progress("Resolving", None) as advance:
        decided = decide(load(), initiatives, by, advance)
    _print(decided, as_json)


@initiative.command()
@click.argument("id")
@click.argument("posts", nargs=-1, required=True, metavar="POST...")
@_by
@json_option
def split(id: str, posts: tuple[str, ...], by: str, as_json: bool) -> None:
    """Say that posts are not of an initiative.

    Example: tinymovements initiative split i1k7q2m5 7h2m4wq5 --by library
    """
    from tinymovements.settings import load
    from tinymovements.workflow.initiatives import split as decide

    with progress("Resolving", None) as advance:
        decided = decide(load(), id, posts, by, advance)
    _print(decided, as_json)


@initiative.command()
@click.argument("id")
@click.argument("name")
@_by
@json_option
def rename(id: str, name: str, by: str, as_json: bool) -> None:
    """Say what an initiative is called. The names that its posts use are kept beside.

    Example: tinymovements initiative rename i1k7q2m5 "Kyläpajan ilta" --by library
    """
    from tinymovements.settings import load
    from tinymovements.workflow.initiatives import rename as decide

    with progress("Resolving", None) as advance:
        decided = decide(load(), id, name, by, advance)
    _print(decided, as_json)


@initiative.command()
@click.argument("number", type=int)
@json_option
def undo(number: int, as_json: bool) -> None:
    """Take back a decision, by its number; it stays in the list.

    Example: tinymovements initiative undo 3
    """
    from tinymovements.settings import load
    from tinymovements.workflow.initiatives import undo as decide

    with progress("Resolving", None) as advance:
        decided = decide(load(), number, advance)
    _print(decided, as_json, "taken back")


@initiative.command()
@json_option
def decisions(as_json: bool) -> None:
    """List what people decided, oldest first.

    Example: tinymovements initiative decisions
    """
    from tinymovements.settings import load
    from tinymovements.workflow.initiatives import every

    found = every(load())
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        back = f", taken back {day(one.taken_back)}" if one.taken_back else ""
        click.echo(f"{one.number:>4}  {_in_words(one)} ({one.by}, {day(one.at)}{back})")
    if not found:
        click.echo("Nobody has decided anything yet: `tinymovements initiative --help`.")


def _in_words(one: "Decision") -> str:
    first = one.posts[0][:SHORT]
    match one.action:
        case "merge":
            return f"merge: {amount(len(one.posts), 'post', 'posts')} from {first} on are of one initiative"
        case "split":
            return f"split: {', '.join(post[:SHORT] for post in one.posts)} not with {one.others[0][:SHORT]}"
        case "rename":
            return f'rename: that of {first} is "{one.name}"'


def _print(decided: "Decided", as_json: bool, became: str = "kept") -> None:
    if as_json:
        found = [{"id": one.id, "name": one.name, "posts": len(one.members)} for one in decided.initiatives]
        print_json({"decision": decided.number, "taken_in": decided.taken_in, "initiatives": found})
        return
    click.echo(f"Decision {decided.number} {became}.")
    for one in decided.initiatives:
        click.echo(f"{one.id[:SHORT]}  {one.name}: {amount(len(one.members), 'post', 'posts')}")
    if not decided.taken_in:
        click.echo("What follows is there when `tinymovements resolve` has run: it is at work, or has posts to read.", err=True)
