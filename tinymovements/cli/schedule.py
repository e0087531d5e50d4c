"""`schedule`: collect regularly."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from tinymovements.cli.console import json_option, print_json

if TYPE_CHECKING:
    from tinymovements.workflow.schedule_due import Item


@click.group()
def schedule() -> None:
    """Collect each source at its interval, annotate and index what came; see how that goes.

    Example: tinymovements schedule list
    """


@schedule.command()
@click.option("--once", is_flag=True, help="Do what is due now and leave: for cron and its like.")
@click.pass_context
def run(ctx: click.Context, once: bool) -> None:
    """Serve in the foreground: one line on standard error for all that happens.

    One scheduler serves an archive. A source that fails is left alone for longer and longer, a day at the most; what was missed
    while no scheduler ran is made up for by one run. Stopped (SIGTERM, Ctrl-C), it finishes what is in work; at the second time it
    leaves at once, and nothing is lost either.

    Example: tinymovements schedule run
    """
    from tinymovements.settings import load
    from tinymovements.workflow.schedule import run as serve

    if not serve(load(), _tell, once) and once:
        ctx.exit(1)


def _tell(line: str) -> None:
    click.echo(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}", err=True)


@schedule.command("list")
@json_option
def list_items(as_json: bool) -> None:
    """List the sources: when each was collected last, when it is due next, and whether it is well.

    Example: tinymovements schedule list
    """
    from tinymovements.settings import load
    from tinymovements.workflow.schedule import timetable

    told, now = timetable(load()), datetime.now(UTC)
    served = told.scheduler is not None
    if as_json:
        listed = [{"health": item.health(now, served), **asdict(item)} for item in told.items]
        print_json({"scheduler": told.scheduler and asdict(told.scheduler), "sources": listed, "left_out": told.left_out})
        return
    click.echo(f"A scheduler runs: {told.scheduler}." if served else "No scheduler runs. `tinymovements schedule run` starts one.")
    for item in told.items:
        click.echo(f"{item.source:<28} {item.health(now, served):<16} {_when(item, now)}")
        if item.failures and item.last:
            since = f"{item.failing_since:%Y-%m-%d %H:%M} UTC" if item.failing_since else "-"
            click.echo(f"{'':<28} failed {item.failures} times in a row since {since}: {item.last.message or 'it was killed'}")
    for id, why in told.left_out.items():
        click.echo(f"{id:<28} {'left out':<16} {why}")


def _when(item: "Item", now: datetime) -> str:
    last = f"last {item.last.started:%Y-%m-%d %H:%M} UTC ({item.last.outcome or 'not ended'}), " if item.last else ""
    if item.by:
        return f"by {item.by}"
    due = "due now" if item.due <= now else f"{'left alone until' if item.failures else 'next'} {item.due:%Y-%m-%d %H:%M} UTC"
    return f"{last}{due}, every {item.every}"
