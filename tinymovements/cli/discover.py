"""`search` and `show`: finding posts and reading them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args

import click
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from search.query import FACETS, Facet, FacetName, Hit, Page, Query, Snippet, Sort
from tinymovements.cli.console import SHORT, amount, json_option, movement_name, number, out, print_json
from tinymovements.cli.filters import make_query, query_options
from tinymovements.cli.label import as_labels, in_words
from tinymovements.cli.why import mark_words, print_why
from tinymovements.corrections import verdicts
from tinymovements.model import Annotation, Explanation, Span

if TYPE_CHECKING:
    from tinymovements.settings import Settings
    from tinymovements.workflow.search import Shown

_FACET_VALUES = 8
_HISTORY_HASH = 12

_OPTIONS = {
    "words": "the words",
    "movements": "--movement",
    "places": "--place",
    "near": "--near",
    "box": "--box",
    "languages": "--language",
    "sources": "--source",
    "kinds": "--kind",
    "since": "--since",
    "until": "--until",
}
"""Fields of a query, as they are said on the command line."""


# -taide is a word to leave out and no option, and -hoito no call for help.
@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("words", nargs=-1)
@query_options
@click.option("--sort", type=click.Choice(get_args(Sort)), default="relevance", show_default=True, help="What comes first.")
@click.option("--size", type=click.IntRange(1, 1000), default=10, show_default=True, help="Hits on a page.")
@click.option("--page", type=click.IntRange(min=1), default=1, metavar="NUMBER", help="Which page; the first is 1.")
@click.option("--cursor", metavar="CURSOR", help="Go on where a page ended, as its JSON says.")
@click.option(
    "--facet", "facets", type=click.Choice(FACETS), multiple=True, default=FACETS, help="Count the hits by this. [repeatable; all]"
)
@click.option("--no-facets", is_flag=True, help="Count the hits by nothing.")
@json_option
def search(
    words: tuple[str, ...], page: int, as_json: bool, facets: tuple[FacetName, ...], no_facets: bool, **filters: Any
) -> None:
    """Find posts, the most relevant first; without words, the newest first.

    Plain words rank. "A phrase" and +word must be there, -word must not. Words are found in all their forms, as parts of
    compounds too, in Finnish, Swedish and English.

    Example: tinymovements search kirpputori +Kallio -lapset --since 1.3.2026
    """
    from tinymovements.settings import load
    from tinymovements.workflow import search as workflow

    if mistyped := next((word for word in words if word.startswith("--")), None):
        raise click.NoSuchOption(mistyped, ctx=click.get_current_context())
    settings, query = load(), make_query(words, facets=() if no_facets else facets, **filters)
    if query.cursor and page > 1:
        raise click.UsageError("--page and --cursor both say where to begin: give one of them.")
    for _ in range(page - 1):
        cursor = workflow.search(settings, query.model_copy(update={"facets": ()})).cursor
        if cursor is None:
            raise click.UsageError(f"There is no page {page}.")
        query = query.model_copy(update={"cursor": cursor})
    found = workflow.search(settings, query)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    _print_page(found, page)
    if not found.total:
        _print_ways_out(settings, query)


@click.command()
@click.argument("id")
@click.option("--why", "with_why", is_flag=True, help="Say which words carried its labels, and which speak against them.")
@json_option
def show(id: str, with_why: bool, as_json: bool) -> None:
    """Print one post with all that is known of it. The first characters of its id are enough.

    Example: tinymovements show 4k7q2m5x
    """
    from tinymovements.settings import load
    from tinymovements.workflow.search import show

    settings = load()
    shown = show(settings, id)
    explanation = _why(settings, shown.post.id) if with_why else None
    if not as_json:
        _print_shown(shown, explanation)
        return
    said: dict[str, Any] = {
        "post": shown.post.model_dump(mode="json"),
        "annotation": shown.annotation and shown.annotation.model_dump(mode="json"),
        "history": [{"content_hash": content, "seen": seen.isoformat()} for content, seen in shown.history],
        "same": shown.same,
        "corrections": as_labels(verdicts(shown.corrections), shown.post.content_hash),
    }
    if with_why:
        said["why"] = explanation and explanation.model_dump(mode="json")
    print_json(said)


def _why(settings: "Settings", id: str) -> Explanation | None:
    from tinymovements.workflow.explain import why  # it loads the pipeline

    return why(settings, id)


def _print_page(page: Page, number_of_page: int) -> None:
    console = out()
    console.print(f"{amount(page.total, 'post', 'posts')}.")
    for hit in page.hits:
        console.print()
        _print_hit(console, hit)
    if page.total and page.facets:
        console.print()
        _print_facets(console, page.facets)
    if page.cursor:
        console.print(f"\nThe same with --page {number_of_page + 1} shows the next {len(page.hits)}.")


def _print_hit(console: Console, hit: Hit) -> None:
    if hit.title:
        console.print(_marked(hit.title, "bold"))
    console.print(_marked(hit.snippet, ""))
    labels = ", ".join(movement_name(id) for id in hit.movements)
    facts = (labels, ", ".join(hit.places), _day(hit.posted), hit.source, hit.id[:SHORT])
    console.print(Text(" · ".join(fact for fact in facts if fact), "dim"))


def _marked(snippet: Snippet, style: str) -> Text:
    text = Text(snippet.text, style)
    for mark in snippet.marks:
        text.stylize("bold underline", mark.start, mark.end)
    return text


def _print_facets(console: Console, facets: Sequence[Facet]) -> None:
    for facet in facets:
        if facet.values:
            said = (
                (movement_name(v.value) if facet.name == "movements" else v.value, v.count) for v in facet.values[:_FACET_VALUES]
            )
            more = " …" if len(facet.values) > _FACET_VALUES else ""
            values = " · ".join(f"{escape(value)} {number(count)}" for value, count in said)
            console.print(f"[bold]{facet.name.capitalize():10}[/] {values}{more}")


def _print_ways_out(settings: "Settings", query: Query) -> None:
    from tinymovements.workflow.search import without_each

    ways = without_each(settings, query)
    for name, total in sorted(ways.items(), key=lambda way: -way[1]):
        click.echo(f"Without {_OPTIONS[name]}: {amount(total, 'post', 'posts')}.")
    if not ways:
        click.echo("Try other words, fewer filters, or `tinymovements status` to see what is in here.")


def _print_shown(shown: "Shown", explanation: Explanation | None) -> None:
    console, post, told = out(), shown.post, shown.annotation
    title, text = Text(post.title or "", "bold"), Text(post.text)
    if explanation:
        mark_words(title, "title", explanation)
        mark_words(text, "text", explanation)
    if post.title:
        console.print(title)
    console.print(text)
    console.print()
    counts = ", ".join(f"{number(n)} {name}" for name, n in post.counts.model_dump().items() if n is not None)
    when = "" if post.starts is None else f"{_day(post.starts)} to {_day(post.ends)}" if post.ends else _day(post.starts)
    facts: list[tuple[str, str | None]] = [
        ("Id", post.id),
        ("Source", f"{post.source}, {post.native_id}"),
        ("Kind", post.kind),
        ("In", post.group),
        ("Author", post.author),
        ("Posted", _day(post.posted)),
        ("Takes place", when),
        ("Where", post.place),
        ("Address", post.url),
        ("Counts", counts),
    ]
    facts += _told(told) if told else [("Annotated", "not yet: `tinymovements annotate`")]
    facts += [("Corrected", in_words(verdict, post.content_hash)) for verdict in verdicts(shown.corrections)]
    facts.append(("History", ", ".join(f"{content[:_HISTORY_HASH]} since {_day(seen)}" for content, seen in shown.history)))
    facts.append(("Same as", ", ".join(id[:SHORT] for id in shown.same)))
    for name, value in facts:
        if value:
            console.print(Text.assemble((f"{name:15}", "bold"), value))
    if explanation:
        print_why(console, explanation, {verdict.label: verdict.says for verdict in verdicts(shown.corrections)})


def _told(told: Annotation) -> list[tuple[str, str | None]]:
    districts = {place.name: place.district for place in told.places}
    places = (f"{name} ({district})" if district not in (None, name) else name for name, district in districts.items())
    return [
        ("Language", told.language),
        ("Movements", ", ".join(f"{movement_name(movement.id)} {movement.score:.2f}" for movement in told.movements)),
        ("Initiative", f"{told.initiative:.2f}"),
        ("Self-organised", f"{told.self_organised:.2f}"),
        ("Places", ", ".join(places)),
        ("Needs", _spans(told.needs)),
        ("Offers", _spans(told.offers)),
        ("Asks", _spans(told.asks)),
    ]


def _spans(spans: Sequence[Span]) -> str:
    return "; ".join(f"{span.kind}: {' '.join(span.text.split())}" for span in spans)


def _day(moment: datetime | None) -> str:
    """A day as it is written here (1.3.2026), in UTC like the days of the filters."""
    return f"{moment.day}.{moment.month}.{moment.year}" if moment else ""
