"""`collect`: crawl the sources."""

from dataclasses import asdict

import click

from tinymovements.cli.console import amount, json_option, number, print_json, progress


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@json_option
@click.pass_context
def collect(ctx: click.Context, sources: tuple[str, ...], as_json: bool) -> None:
    """Crawl the named sources, or all that are enabled, and keep what is new there.

    Each goes on where its last run ended. Sites are asked politely: robots.txt is obeyed, one request at a time per host, and a
    contact must be set (TINYMOVEMENTS_CONTACT). Stopped with Ctrl-C, what was done is kept.

    Example: tinymovements collect helsinki-linked-events
    """
    from tinymovements.settings import load
    from tinymovements.workflow.collect import chosen
    from tinymovements.workflow.collect import collect as crawl

    settings = load()
    with progress("Collecting", None) as advance:
        outcomes = crawl(settings, chosen(settings, sources), advance)
    if as_json:
        print_json({id: asdict(outcome) for id, outcome in outcomes.items()})
    elif not outcomes:
        click.echo("No source is enabled. `tinymovements sources list` shows them.")
    for id, outcome in () if as_json else outcomes.items():
        if outcome.pages or not outcome.failed:
            counts = f"{number(outcome.new)} new, {number(outcome.updated)} updated, {number(outcome.unchanged)} unchanged"
            gone = f", {number(outcome.removed)} removed" if outcome.removed else ""
            click.echo(f"{id}: {counts}{gone} ({amount(outcome.pages, 'page', 'pages')})")
        if outcome.more:
            click.echo(f"{id}: there is more to read; run the same command again.")
        if outcome.warning:
            click.echo(f"Warning: {id}: {outcome.warning}", err=True)
        if outcome.failed:
            click.echo(f"Failed: {id}: {outcome.failed}", err=True)
    if any(outcome.failed for outcome in outcomes.values()):
        ctx.exit(1)
