"""`annotate`, `index` and `update`: what is derived from the archive."""

import click

from tinymovements.cli.console import amount, progress


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
@click.option("--anew", is_flag=True, help="Build the whole index again; searches see the old one until it is complete.")
def index(anew: bool) -> None:
    """Bring the search index up to date with the archive.

    Example: tinymovements index
    """
    from tinymovements.settings import load
    from tinymovements.workflow.index import count_behind, index_posts

    settings = load()
    with progress("Indexing", None if anew else count_behind(settings)) as advance:
        done = index_posts(settings, advance, anew)
    click.echo(f"{amount(done, 'post', 'posts')} indexed." if done else "Nothing to index: the index is up to date.")


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.pass_context
def update(ctx: click.Context, sources: tuple[str, ...]) -> None:
    """Collect, annotate and index in one go: all sources that are enabled, or those named.

    Example: tinymovements update helsinki-linked-events
    """
    from tinymovements.cli.collect import collect

    failed = 0
    try:
        ctx.invoke(collect, sources=sources, as_json=False)
    except click.exceptions.Exit as ended:  # a source that failed does not hold up what the others brought
        failed = ended.exit_code
    ctx.invoke(annotate)
    ctx.invoke(index, anew=False)
    ctx.exit(failed)
