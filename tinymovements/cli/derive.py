"""`annotate`, `resolve`, `index` and `update`: what is derived from the archive."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, get_args

import click

from tinymovements.cli.console import amount, amounts, json_option, number, print_json, progress
from tinymovements.settings import EngineName

if TYPE_CHECKING:
    from tinymovements.settings import Settings
    from tinymovements.workflow.index_check import Checked


@click.command()
def annotate() -> None:
    """Say of each post what it means: language, movements, places, needs, offers, asks.

    Only posts that are new, have changed, or were annotated by another version of the pipeline are done. Stopped with Ctrl-C, the
    next run goes on.

    Example: tinymovements annotate
    """
    from tinymovements.settings import load
    from tinymovements.workflow.annotate import annotate_posts, count_outdated

    settings = load()
    outdated = count_outdated(settings)
    with progress("Annotating", outdated) as advance:
        done = annotate_posts(settings, advance)
    nothing = "other processes are at it" if outdated else "every post is up to date"
    click.echo(f"{amount(done, 'post', 'posts')} annotated." if done else f"Nothing to annotate: {nothing}.")


@click.command()
@click.option("--anew", is_flag=True, help="Read every post again, and forget what was made of them; decisions stay.")
@json_option
def resolve(anew: bool, as_json: bool) -> None:
    """Find out which posts are of one initiative: people doing one thing somewhere.

    Only what is new or has changed is looked at, and what it touches is made anew. Stopped with Ctrl-C, the next run goes on. What
    people decided (`initiative --help`) is kept.

    Example: tinymovements resolve
    """
    from tinymovements.settings import load
    from tinymovements.workflow.resolve import STEPS, count_unresolved, resolve_posts

    settings = load()
    with progress("Resolving", None if anew else STEPS * count_unresolved(settings)) as advance:
        done = resolve_posts(settings, advance, anew)
    if as_json:
        print_json(asdict(done))
        return
    became = ((done.new, "new"), (done.joined, "joined to others"), (done.gone, "gone"))
    told = ", ".join(f"{number(count)} {what}" for count, what in became if count) or "none new"
    what = f"{amount(done.posts, 'post', 'posts')} read" if done.posts else "No post to read"
    click.echo(f"{what}; {amount(done.initiatives, 'initiative', 'initiatives')}: {told}.")


@click.command()
@click.option("--anew", is_flag=True, help="Build the whole index again; searches see the old one until it is complete.")
@click.option("--engine", type=click.Choice(get_args(EngineName)), help="What indexes, in the place of the setting `engine`.")
@click.option("--shards", type=click.IntRange(1, 1024), help="Elasticsearch: parts of an index; another number builds it again.")
@click.option("--replicas", type=click.IntRange(0, 10), help="Elasticsearch: further copies of each part; changed at once.")
@click.option("--by-year/--in-one", default=None, help="Elasticsearch: an index for the posts of each year, or one for all.")
@click.option("--verify", is_flag=True, help="Compare index and archive, one by one, and index nothing.")
@json_option
def index(anew: bool, engine: str | None, verify: bool, as_json: bool, **layout: Any) -> None:
    """Bring the search index up to date with the archive: that of posts, and that of initiatives.

    With archive and engine on servers several processes may do it at once, on several machines. What --verify finds is noted, and
    the next `index` mends it. How an index lies in Elasticsearch is kept until it is told otherwise.

    Example: tinymovements index
    """
    from search.layout import Layout
    from tinymovements.settings import load
    from tinymovements.workflow.index import INITIATIVES, count_behind, index_initiatives, index_posts

    settings = load(**({"engine": engine} if engine else {}))
    if verify:
        if anew or layout != dict.fromkeys(layout):
            raise click.UsageError("--verify changes nothing: give it alone, or with --engine.")
        _verify(settings, as_json)
        return
    behind = None if anew else count_behind(settings) + count_behind(settings, INITIATIVES)
    with progress("Indexing", behind) as advance:
        posts = index_posts(settings, advance, anew, Layout(**layout))
        initiatives = index_initiatives(settings, advance, anew, Layout(**layout))
    if as_json:
        print_json({"indexed": posts, "initiatives": initiatives})
        return
    done = amounts(posts, initiatives)
    nothing = "other processes are at it" if behind else "the index is up to date"
    click.echo(f"{done} indexed." if done else f"Nothing to index: {nothing}.")
    if not done and layout["replicas"] is not None:
        copies = amount(layout["replicas"], "further copy", "further copies")
        click.echo(f"Each part has {copies}, as soon as there are nodes for them.")


def _verify(settings: "Settings", as_json: bool) -> None:
    from tinymovements.workflow.index import INITIATIVES, has_initiatives
    from tinymovements.workflow.index_check import check_index

    with progress("Comparing", None) as advance:
        posts = check_index(settings, advance)
        initiatives = check_index(settings, advance, INITIATIVES) if has_initiatives(settings) else None
    if as_json:
        print_json(asdict(posts) | ({"initiatives": asdict(initiatives)} if initiatives else {}))
    else:
        _print_checked(posts, "post", "posts")
        if initiatives:
            _print_checked(initiatives, "initiative", "initiatives")
    if posts.differing or (initiatives and initiatives.differing):
        raise click.exceptions.Exit(1)


def _print_checked(checked: "Checked", singular: str, plural: str) -> None:
    compared = f"{amount(checked.compared, singular, plural)} compared"
    if not checked.differing:
        click.echo(f"{compared}: the index has each as the archive has it.")
        return
    click.echo(
        f"{compared}: {number(checked.missing)} missing in the index, "
        f"{number(checked.other)} in another state, {number(checked.surplus)} gone from the archive, "
        f"{number(checked.foreign)} never in this archive. "
        f"`tinymovements index{' --anew' if checked.foreign else ''}` mends them."
    )


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.pass_context
def update(ctx: click.Context, sources: tuple[str, ...]) -> None:
    """Collect, annotate, resolve and index in one go: all sources that are enabled, or those named.

    Example: tinymovements update helsinki-linked-events
    """
    from tinymovements.cli.collect import collect

    failed = 0
    try:
        ctx.invoke(collect, sources=sources, as_json=False)
    except click.exceptions.Exit as ended:  # a source that failed does not hold up what the others brought
        failed = ended.exit_code
    ctx.invoke(annotate)
    ctx.invoke(resolve)
    ctx.invoke(index, anew=False)
    ctx.exit(failed)
