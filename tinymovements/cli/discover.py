"""`search` and `show`: finding initiatives and posts, and reading them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, get_args

import click
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from search.query import FACETS, FACETS_OF, UNITS, Facet, FacetName, Hit, InitiativePage, Page, Query, Sort, Unit
from tinymovements.cli import told
from tinymovements.cli.console import SHORT, MinusWords, amount, day, json_option, movement_name, number, out, print_json
from tinymovements.cli.filters import make_query, query_options, say_unknown, stage_option
from tinymovements.cli.label import as_labels, in_words
from tinymovements.cli.status import say_to_do
from tinymovements.cli.told import marked
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
    "stages": "--stage",
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


@click.command(cls=MinusWords)
@click.argument("words", nargs=-1)
@click.option("--unit", type=click.Choice(UNITS), help="What to look for. [default: initiatives, once there are any]")
@query_options
@stage_option
@click.option("--sort", type=click.Choice(get_args(Sort)), default="relevance", show_default=True, help="What comes first.")
@click.option("--size", type=click.IntRange(1, 1000), default=10, show_default=True, help="Hits on a page.")
@click.option("--page", type=click.IntRange(min=1), default=1, metavar="NUMBER", help="Which page; the first is 1.")
@click.option("--cursor", metavar="CURSOR", help="Go on where a page ended, as its JSON says.")
@click.option("--facet", "facets", type=click.Choice(FACETS), multiple=True, help="Count the hits by this. [repeatable; all]")
@click.option("--no-facets", is_flag=True, help="Count the hits by nothing.")
@json_option
def search(
    words: tuple[str, ...],
    unit: Unit | None,
    page: int,
    as_json: bool,
    facets: tuple[FacetName, ...],
    no_facets: bool,
    **filters: Any,
) -> None:
    """Find initiatives or posts, the most relevant first; without words, the newest first.

    Plain words rank. "A phrase" and +word must be there, -word must not. Words are found in all their forms, as parts of
    compounds too, in Finnish, Swedish and English. An initiative is found by its names and by the words of its posts, and it is as
    new as the last of them.

    Example: tinymovements search kirpputori +Kallio -lapset --since 1.3.2026
    """
    from tinymovements.settings import load
    from tinymovements.workflow.search_initiatives import usual_unit

    if mistyped := next((word for word in words if word.startswith("--")), None):
        raise click.NoSuchOption(mistyped, ctx=click.get_current_context())
    settings, about_stages = load(), bool(filters["stages"]) or "stages" in facets
    unit = unit or ("initiatives" if about_stages else usual_unit(settings))
    if unit == "posts" and about_stages:
        raise click.UsageError("Posts have no stage: give --unit initiatives, or no --stage.")
    query = make_query(words, unit=unit, facets=() if no_facets else facets or FACETS_OF[unit], **filters)
    if query.cursor and page > 1:
        raise click.UsageError("--page and --cursor both say where to begin: give one of them.")
    for _ in range(page - 1):
        cursor = _ask(settings, query.model_copy(update={"facets": ()})).cursor
        if cursor is None:
            raise click.UsageError(f"There is no page {page}.")
        query = query.model_copy(update={"cursor": cursor})
    found = _ask(settings, query)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print_page(found, page)
        if not found.total:
            _print_ways_out(settings, query)
    if not found.total:
        say_to_do(settings)


def _ask(settings: "Settings", query: Query) -> Page | InitiativePage:
    from tinymovements.workflow.search import search
    from tinymovements.workflow.search_initiatives import search_initiatives

    return search(settings, query) if query.unit == "posts" else search_initiatives(settings, query)


@click.command()
@click.argument("id")
@click.option("--why", "with_why", is_flag=True, help="Of a post: which words carried its labels, and which speak against them.")
@click.option("--all", "every", is_flag=True, help="Of an initiative: all of its posts, and not only the newest.")
@json_option
def show(id: str, with_why: bool, every: bool, as_json: bool) -> None:
    """Print an initiative or a post with all that is known of it. The first characters of its id are enough.

    Example: tinymovements show 4k7q2m5x
    """
    from tinymovements.settings import load
    from tinymovements.workflow.show_initiative import NEWEST, show_initiative, unit_of

    settings = load()
    if unit_of(settings, id) == "posts":
        if every:
            raise click.UsageError("--all is for initiatives, and this is a post.")
        _show_post(settings, id, with_why, as_json)
        return
    if with_why:
        raise click.UsageError("--why is for posts, and this is an initiative.")
    shown = show_initiative(settings, id, None if every else NEWEST)
    if as_json:
        print_json(told.as_json(shown))
    else:
        told.print_initiative(out(), shown)


def _show_post(settings: "Settings", id: str, with_why: bool, as_json: bool) -> None:
    from tinymovements.workflow.search import show

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
        "initiatives": [asdict(part) for part in shown.initiatives],
        "corrections": as_labels(verdicts(shown.corrections), shown.post.content_hash),
    }
    if with_why:
        said["why"] = explanation and explanation.model_dump(mode="json")
    print_json(said)


def _why(settings: "Settings", id: str) -> Explanation | None:
    from tinymovements.workflow.explain import why  # it loads the pipeline

    return why(settings, id)


def _amount(unit: Unit, total: int) -> str:
    return amount(total, unit.removesuffix("s"), unit)


def _print_page(page: Page | InitiativePage, number_of_page: int) -> None:
    console = out()
    console.print(f"{_amount(page.unit, page.total)}.")
    for hit in page.hits:
        console.print()
        _print_hit(console, hit) if isinstance(hit, Hit) else told.print_hit(console, hit)
    if page.total and page.facets:
        console.print()
        _print_facets(console, page.facets)
    if page.cursor:
        left = page.total - number_of_page * len(page.hits)
        console.print(f"\nThe same with --page {number_of_page + 1} shows the next {min(left, len(page.hits))}.")


def _print_hit(console: Console, hit: Hit) -> None:
    if hit.title:
        console.print(marked(hit.title, "bold"))
    console.print(marked(hit.snippet, ""))
    labels = ", ".join(movement_name(id) for id in hit.movements)
    facts = (labels, ", ".join(hit.places), day(hit.posted), hit.source, hit.id[:SHORT])
    console.print(Text(" · ".join(fact for fact in facts if fact), "dim"))


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
    from tinymovements.workflow.search import unknown_sources, without_each

    say_unknown(query.places)
    for source in unknown_sources(settings, query):
        click.echo(f"There is no post of a source called {source}: `tinymovements status` tells of which there are.")
    ways = without_each(settings, query)
    for name, total in sorted(ways.items(), key=lambda way: -way[1]):
        click.echo(f"Without {_OPTIONS[name]}: {_amount(query.unit, total)}.")
    if query.unit == "initiatives" and not query.stages:
        among = query.model_copy(update={"unit": "posts", "facets": (), "size": 1, "cursor": None})
        if total := _ask(settings, among).total:
            click.echo(f"With --unit posts: {_amount('posts', total)}.")
            return
    if not ways:
        click.echo("Try other words, fewer filters, or `tinymovements status` to see what is in here.")


def _print_shown(shown: "Shown", explanation: Explanation | None) -> None:
    console, post, annotation = out(), shown.post, shown.annotation
    title, text = Text(post.title or "", "bold"), Text(post.text)
    if explanation:
        mark_words(title, "title", explanation)
        mark_words(text, "text", explanation)
    if post.title:
        console.print(title)
    console.print(text)
    console.print()
    counts = ", ".join(f"{number(n)} {name}" for name, n in post.counts.model_dump().items() if n is not None)
    when = "" if post.starts is None else f"{day(post.starts)} to {day(post.ends)}" if post.ends else day(post.starts)
    facts: list[tuple[str, str | None]] = [
        ("Id", post.id),
        ("Source", f"{post.source}, {post.native_id}"),
        ("Kind", post.kind),
        ("In", post.group),
        ("Author", post.author),
        ("Posted", day(post.posted)),
        ("Takes place", when),
        ("Where", post.place),
        ("Address", post.url),
        ("Counts", counts),
    ]
    facts += _told(annotation) if annotation else [("Annotated", "not yet: `tinymovements annotate`")]
    facts += [("Corrected", in_words(verdict, post.content_hash)) for verdict in verdicts(shown.corrections)]
    facts.append(("History", ", ".join(f"{content[:_HISTORY_HASH]} since {day(seen)}" for content, seen in shown.history)))
    facts.append(("Same as", ", ".join(id[:SHORT] for id in shown.same)))
    for part in shown.initiatives:
        stage = f", which it shows as {part.stage}" if part.stage else ""
        facts.append(("Part of", f"{part.name}, {part.id[:SHORT]}{stage}"))
    for name, value in facts:
        if value:
            console.print(Text.assemble((f"{name:15}", "bold"), value))
    if explanation:
        print_why(console, explanation, {verdict.label: verdict.says for verdict in verdicts(shown.corrections)})


def _told(annotation: Annotation) -> list[tuple[str, str | None]]:
    districts = {place.name: place.district for place in annotation.places}
    places = (f"{name} ({district})" if district not in (None, name) else name for name, district in districts.items())
    return [
        ("Language", annotation.language),
        ("Movements", ", ".join(f"{movement_name(movement.id)} {movement.score:.2f}" for movement in annotation.movements)),
        ("Initiative", f"{annotation.initiative:.2f}"),
        ("Self-organised", f"{annotation.self_organised:.2f}"),
        ("Places", ", ".join(places)),
        ("Needs", _spans(annotation.needs)),
        ("Offers", _spans(annotation.offers)),
        ("Asks", _spans(annotation.asks)),
    ]


def _spans(spans: Sequence[Span]) -> str:
    return "; ".join(f"{span.kind}: {' '.join(span.text.split())}" for span in spans)
