"""Prints what is told of initiatives: a hit in a few lines, one with all that is known of it."""

from typing import TYPE_CHECKING, Any, get_args

from rich.console import Console
from rich.text import Text

from search.query import InitiativeHit, Snippet
from tinymovements.cli.console import SHORT, amount, day, movement_name, today
from tinymovements.initiative import Initiative, Quote, Site, StageSign, Want, Wish
from tinymovements.model import Post

if TYPE_CHECKING:
    from tinymovements.workflow.show_initiative import ShownInitiative

_BEGINNING = 120
"""Characters of a post that are shown in a list of posts."""

_WISHES: dict[Wish, str] = {"need": "Needs", "offer": "Offers", "ask": "Asks"}


def marked(snippet: Snippet, style: str) -> Text:
    """A snippet with its words marked."""
    text = Text(snippet.text, style)
    for mark in snippet.marks:
        text.stylize("bold underline", mark.start, mark.end)
    return text


def print_hit(console: Console, hit: InitiativeHit) -> None:
    """The names, what it says, and the facts in one line."""
    also = Text(f" (also {', '.join(hit.other_names)})" if hit.other_names else "")
    console.print(Text.assemble(marked(hit.name, "bold"), also))
    if hit.snippet:
        console.print(marked(hit.snippet, ""))
    stage = f"{hit.stage}, said {day(hit.stage_posted)}" if hit.stage and hit.stage_posted else hit.stage
    when = _period(day(hit.first), day(hit.last))
    posts = f"{amount(hit.posts, 'post', 'posts')}{when and f', {when}'}"
    facts = (stage, ", ".join(map(movement_name, hit.movements)), ", ".join(hit.places), posts, hit.id[:SHORT])
    console.print(Text(" · ".join(fact for fact in facts if fact), "dim"))


def print_initiative(console: Console, shown: "ShownInitiative") -> None:
    """All that is known of one, and the posts that show it."""
    one = shown.initiative
    if shown.moved_from:
        console.print(f"{shown.moved_from} has become a part of {one.id}.\n", markup=False)
    console.print(Text(one.name, "bold"))
    if one.description:
        console.print(Text(_line(one.description.text)))
    console.print()
    for name, value in _facts(one):
        if value:
            console.print(Text.assemble((f"{name:15}", "bold"), value))
    console.print()
    left = len(one.members) - len(shown.posts)
    more = f", the newest {len(shown.posts)} of them here; --all shows the others" if left > 0 else ""
    beside = {member.post for member in one.members if not member.main}
    others = f", {len(beside)} of them first of all about something else" if beside else ""
    console.print(Text(f"{amount(len(one.members), 'post', 'posts')}{others}{more}", "bold"))
    for post in shown.posts:
        console.print(f"{_in_a_line(post)}{' (names it beside)' if post.id in beside else ''}", markup=False)


def as_json(shown: "ShownInitiative") -> dict[str, Any]:
    """The same for programs."""
    return {
        "initiative": shown.initiative.model_dump(mode="json", exclude={"hidden"}),
        "moved_from": shown.moved_from,
        "posts": [post.model_dump(mode="json") for post in shown.posts],
    }


def _facts(one: Initiative) -> list[tuple[str, str]]:
    movements = ", ".join(f"{movement_name(movement.id)} {movement.score:.2f}" for movement in one.movements)
    facts = [
        ("Id", one.id),
        ("Called", "as somebody decided" if one.named_by_person else ""),
        ("Also", ", ".join(f"{name.text} ({name.language})" for name in one.names[1:])),
        ("Stage", _sign(one.stage) if one.stage else "no post tells"),
        *(("Before" if not place else "", _sign(sign)) for place, sign in enumerate(reversed(one.stages[:-1]))),
        ("Movements", movements),
        ("Self-organised", f"{one.self_organised:.2f}"),
        ("Where", "; ".join(map(_site, one.sites))),
        ("When", _period(day(one.first), day(one.last))),
        ("Languages", ", ".join(one.languages)),
        ("Sources", ", ".join(one.sources)),
    ]
    for wish in get_args(Wish):
        wants = [_want(want) for want in one.wants if want.wish == wish]
        facts += [(_WISHES[wish] if not place else "", want) for place, want in enumerate(wants)]
    facts.append(("Addresses", " ".join(one.links)))
    return facts


def _sign(sign: StageSign) -> str:
    return f"{sign.stage}: {_quote(sign.quote)} (rule {sign.rule}, {sign.score:.2f})"


def _want(want: Want) -> str:
    until = f", until {want.until.day}.{want.until.month}.{want.until.year}" if want.until else ""
    because = f": {_quote(want.because)}" if want.because else ""
    return f"{want.kind}: {_quote(want.quote)}: {want.status_on(today())}{until}{because}"


def _quote(quote: Quote) -> str:
    return f"“{_line(quote.text)}” ({', '.join(filter(None, (day(quote.posted), quote.post[:SHORT])))})"


def _site(site: Site) -> str:
    around = dict.fromkeys(name for name in (site.district, site.municipality) if name not in (None, site.name))
    within = f" ({', '.join(map(str, around))})" if around else ""
    return f"{site.name}{within}, {amount(site.posts, 'post', 'posts')}"


def _in_a_line(post: Post) -> str:
    text = _line(f"{post.title}: {post.text}" if post.title else post.text)
    cut = f"{text[:_BEGINNING].rpartition(' ')[0] or text[:_BEGINNING]}…" if len(text) > _BEGINNING else text
    return f"{day(post.posted) or 'undated':>10}  {post.id[:SHORT]}  {post.source}: {cut}"


def _period(first: str, last: str) -> str:
    return first if first == last else f"{first}–{last}"


def _line(text: str) -> str:
    return " ".join(text.split())
