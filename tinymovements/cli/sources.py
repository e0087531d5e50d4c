"""`sources`: where posts come from."""

from dataclasses import asdict
from typing import Any

import click

from tinymovements.cli.console import amount, json_option, print_json


@click.group()
def sources() -> None:
    """The sources that posts come from: list them, show one, check them, make a new one.

    Example: tinymovements sources list
    """


@sources.command("list")
@json_option
def list_sources(as_json: bool) -> None:
    """List all sources.

    Example: tinymovements sources list
    """
    from tinymovements.settings import load
    from tinymovements.workflow.sources import FILE, all_sources

    found = all_sources(load())
    if as_json:
        print_json([source.model_dump(mode="json") for source in found])
        return
    width = max(len(source.id) for source in found)
    for source in found:
        how = "import" if source.platform == FILE else "collect" if source.enabled else "when named"
        click.echo(f"{source.id:<{width}}  {source.platform:<13}  {how:<10}  {'/'.join(source.languages):<8}  {source.title}")


@sources.command()
@click.argument("id")
@json_option
def show(id: str, as_json: bool) -> None:
    """Show the facts of a source: what is collected, by what right, and in which file they stand.

    Example: tinymovements sources show helsinki-linked-events
    """
    from tinymovements.settings import load
    from tinymovements.workflow.sources import show as find

    source, path = find(load(), id)
    if as_json:
        print_json(source.model_dump(mode="json") | {"file": str(path)})
        return
    for name, value in (source.model_dump(mode="json") | {"file": str(path)}).items():
        click.echo(f"{name:<17} {_shown(value)}")


def _shown(value: Any) -> str:
    """A fact as people read it."""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_shown(item)}" for name, item in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)


@sources.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--live", is_flag=True, help="Also read robots.txt and one page of each; nothing is kept.")
@json_option
@click.pass_context
def check(ctx: click.Context, ids: tuple[str, ...], live: bool, as_json: bool) -> None:
    """Check the facts of the named sources, or of all.

    Example: tinymovements sources check helsinki-linked-events --live
    """
    from tinymovements.settings import load
    from tinymovements.workflow.sources import check as look

    found = look(load(), ids, live)
    broken = [state for state in found if state.fault]
    if as_json:
        print_json([asdict(state) for state in found])
    else:
        for state in found:
            if state.note:
                click.echo(f"{state.id}: {state.note}")
        for state in broken:
            click.echo(f"{state.id}: {state.fault}", err=True)
        click.echo(f"{amount(len(found) - len(broken), 'source is', 'sources are')} well, {len(broken)} broken.")
    if broken:
        ctx.exit(1)


@sources.command()
@click.argument("id")
@click.option("--platform", required=True, metavar="PLATFORM", help="What it runs on: linked-events, mastodon, rss, or file.")
@click.option("--url", help="The address to crawl.")
@click.option("--title", required=True, help="What people call it.")
def new(id: str, platform: str, url: str | None, title: str) -> None:
    """Make the file of a new source of your own from a template.

    Example: tinymovements sources new malmi-seura --platform rss --url https://example.org/feed/ --title "Malmi-seura"
    """
    from tinymovements.settings import load
    from tinymovements.workflow.sources import new as make

    path = make(load(), id, platform, url, title)
    click.echo(f"{path}")
    click.echo("Now write into it what begins with EDIT: description, publisher and legal basis; then languages and the rest.")
    click.echo(f"Then try it: tinymovements sources check {id} --live")
