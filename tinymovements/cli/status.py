"""`status`: what is in here, and is it well?"""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tinymovements.cli.console import amount, amounts, json_option, number, print_json

if TYPE_CHECKING:
    from tinymovements.settings import Settings
    from tinymovements.workflow.status import LastRun, Status


@click.command()
@json_option
def status(as_json: bool) -> None:
    """Tell what is in the archive, how far it is annotated, resolved and indexed, who is at work, and what is unfinished.

    Example: tinymovements status
    """
    from tinymovements.settings import load
    from tinymovements.workflow.status import status as state

    told = state(load())
    if as_json:
        print_json(asdict(told))
        return
    total = sum(told.posts.values())
    click.echo(f"Home      {told.home}")
    click.echo(f"Archive   {told.archive}")
    click.echo(f"Posts     {number(total)}, of them {number(told.near_duplicates)} say what an earlier one said")
    for source in sorted(told.posts | told.runs):
        last = f", last {_told(told.runs[source])}" if source in told.runs else ""
        click.echo(f"  {source:<28} {number(told.posts.get(source, 0)):>9}{last}")
    click.echo(f"Annotated {number(told.annotated)}, {number(told.outdated)} out of date (pipeline {told.pipeline})")
    click.echo(
        f"Resolved  {amount(told.initiatives, 'initiative', 'initiatives')}, {amount(told.unresolved, 'post', 'posts')} out of date"
    )
    behind = amounts(told.behind or 0, told.initiatives_behind or 0)
    click.echo(f"Index     {told.engine}: {f'{behind} behind' if behind else told.index or 'up to date'}")
    for lock in told.locks:
        click.echo(f"At work   {lock.name}: {lock}")
    for leftover in told.leftovers:
        click.echo(f"Left over {leftover.path}   (of a killed run; {leftover.command} takes it away)")
    _print_to_do(told)


def say_to_do(settings: "Settings") -> None:
    """Say on standard error what is left to do before anything can be found: asked for when a command found nothing."""
    from tinymovements.workflow.status import status as state

    _print_to_do(state(settings), err=True)


def _print_to_do(told: "Status", err: bool = False) -> None:
    for left in told.unfinished:
        click.echo(f"To do     {left.what}: {left.command}", err=err)
    if not told.posts and not told.unfinished:
        click.echo("To begin  tinymovements demo, tinymovements collect, or tinymovements import csv FILE", err=err)


def _told(last: "LastRun") -> str:
    by = f" by {last.by}" if last.by else ""
    return f"{last.run.step} {last.run.started:%Y-%m-%d %H:%M} UTC: {last.state}{by}"
