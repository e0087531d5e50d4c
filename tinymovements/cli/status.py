"""`status`: what is in here, and is it well?"""

from dataclasses import asdict

import click

from tinymovements.cli.console import amount, json_option, number, print_json


@click.command()
@json_option
def status(as_json: bool) -> None:
    """Tell what is in the archive, how far it is annotated and indexed, and what is unfinished.

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
    for source, count in told.posts.items():
        run = told.runs.get(source)
        last = f", last {run.step} {run.started:%Y-%m-%d %H:%M} UTC: {run.outcome or 'not ended'}" if run else ""
        click.echo(f"  {source:<28} {number(count):>9}{last}")
    click.echo(f"Annotated {number(told.annotated)}, {number(told.outdated)} out of date (pipeline {told.pipeline})")
    behind = f"{amount(told.behind, 'post', 'posts')} behind" if told.behind else "up to date"
    click.echo(f"Index     {behind}")
    if told.next:
        click.echo("Next:")
        for command in told.next:
            click.echo(f"  {command}")
