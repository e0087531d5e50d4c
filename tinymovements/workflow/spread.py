"""Tells how an idea spread: first here, then there, as far as posts show it, and never why."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from tinymovements.archive import initiatives
from tinymovements.archive.database import open_archive, reading
from tinymovements.archive.showings import observed, saying
from tinymovements.exports.initiatives import InitiativeRow, make_initiative_row
from tinymovements.exports.spread import Step
from tinymovements.exports.ties import Tie
from tinymovements.initiative import Initiative, Member, Quote
from tinymovements.model import Source
from tinymovements.privacy.sensitive import shown_initiative
from tinymovements.settings import Settings
from tinymovements.workflow.areas import Area, By, area_of
from tinymovements.workflow.spread_of import find_idea
from tinymovements.workflow.ties import find_speech

SOON = timedelta(days=31)
"""So soon after its sources begin a first sign may well not be the first: what meets once a month shows within it."""


@dataclass(frozen=True, slots=True)
class Speech:
    """Posts of one initiative that speak of another one, or link to it."""

    kind: str
    """`mention` or `link`."""
    speaker: str
    speaker_name: str | None
    speaker_place: str | None
    of: str
    of_name: str | None
    of_place: str | None
    first: datetime | None
    posts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """How an idea spread."""

    kind: str
    """`movement`, `initiative` or `words`."""
    of: str
    """The movement's id, the initiative's name, or the words."""
    by: By
    initiatives: int
    """All that show it."""
    steps: tuple[Step, ...]
    speeches: tuple[Speech, ...]
    """The oldest first."""
    nowhere: int
    """Initiatives whose posts tell no place, which are in none of the steps."""
    undated: int
    """Initiatives whose posts tell a place and no day, which are in none of the steps."""


@dataclass(frozen=True, slots=True)
class _Carrier:
    """An initiative that shows the idea, where it is, and the first of its posts that do."""

    row: InitiativeRow
    area: Area | None
    first: Member | None

    @property
    def id(self) -> str:
        return self.row.initiative.id


@dataclass(slots=True)
class _Seen:
    """What was learnt of all initiatives on the way through them."""

    carriers: dict[str, _Carrier] = field(default_factory=dict)
    sources: dict[Area, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Of each place the sources that tell of initiatives there."""


def count_looked_at(settings: Settings) -> int:
    """How many initiatives `find_spread` looks at."""
    with reading(open_archive(settings.archive_url)) as connection:
        return initiatives.count(connection)


def find_spread(settings: Settings, asked: str, by: By, advance: Callable[[int], None]) -> Spread:
    """How what was asked for spread: a movement by its id, an initiative by its id, or what answers words (from the index)."""
    with reading(open_archive(settings.archive_url)) as connection:
        return trace(settings, connection, asked, by, advance)[0]


def trace(
    settings: Settings,
    connection: Connection,
    asked: str,
    by: By,
    advance: Callable[[int], None],
    sources: Mapping[str, Source] | None = None,
) -> tuple[Spread, list[InitiativeRow]]:
    """The same, and the initiatives that show it; without words that `sources`, where given, do not allow passing on."""
    ties = find_speech(connection)
    idea = find_idea(settings, connection, asked, ties)
    words, seen = partial(saying, connection), _Seen()
    for kept in initiatives.stream(connection):
        one = kept.initiative
        area = area_of(shown_initiative(one).sites, by)
        if area:
            seen.sources[area].update(one.sources)
        if signs := idea.signs(one):
            row = _row(one) if sources is None else make_initiative_row(one, sources, words)
            seen.carriers[one.id] = _Carrier(row, area, next((sign for sign in signs if sign.posted), None))
        advance(1)
    there = list(seen.carriers.values())
    told = Spread(
        kind=idea.kind,
        of=idea.name,
        by=by,
        initiatives=len(there),
        steps=tuple(_steps(connection, seen, ties)),
        speeches=tuple(_speeches(seen.carriers, ties)),
        nowhere=sum(carrier.area is None for carrier in there),
        undated=sum(carrier.area is not None and carrier.first is None for carrier in there),
    )
    return told, [carrier.row for carrier in there]


def _row(one: Initiative) -> InitiativeRow:
    """The row of an initiative for who looks at it here."""
    told = shown_initiative(one)
    return InitiativeRow(told, False, told is not one)


def _steps(connection: Connection, seen: _Seen, ties: Sequence[Tie]) -> Iterator[Step]:
    """The places in the order of their first signs."""
    reached: dict[Area, list[tuple[datetime, str, _Carrier]]] = defaultdict(list)
    for carrier in seen.carriers.values():
        if carrier.area and carrier.first and carrier.first.posted:
            reached[carrier.area].append((carrier.first.posted, carrier.id, carrier))
    begins = observed(connection, {source for area in reached for source in seen.sources[area]})
    for came in reached.values():
        came.sort(key=lambda one: one[:2])
    order = sorted(reached, key=lambda area: (reached[area][0][:2], area.name))
    spoken = _spoken_of(seen.carriers, ties)
    for number, area in enumerate(order, 1):
        first, _, carrier = reached[area][0]
        sources = sorted(seen.sources[area])
        since = min([first.date(), *(begins[source] for source in sources if source in begins)])
        quote = _quote(carrier)
        yield Step(
            order=number,
            district=area.district,
            municipality=area.municipality,
            point=area.point,
            first=first,
            post=carrier.first.post if carrier.first else "",
            initiatives=tuple(id for _, id, _ in reached[area]),
            name=carrier.row.name,
            quote=quote.text if quote else None,
            quote_post=quote.post if quote else None,
            quote_posted=quote.posted if quote else None,
            observed_since=since,
            sources=tuple(sources),
            may_be_earlier=first.date() - since <= SOON,
            speaks_of=tuple(sorted({other.name for other in spoken[area]})),
            speaking_posts=tuple(sorted({post for posts in spoken[area].values() for post in posts})),
        )


def _quote(carrier: _Carrier) -> Quote | None:
    """Words of the first post that say what is there; else those that tell best what it is; else what that post wants."""
    one, first = carrier.row.initiative, carrier.first
    post = first.post if first else None
    stages = [member.stage.quote for member in one.members if member.post == post and member.stage]
    telling = [one.description] if one.description else []
    said = [*(quote for quote in telling if quote.post == post), *stages, *telling]
    said += [want.quote for want in one.wants if want.quote.post == post]
    return next((quote for quote in said if quote.text), None)


def _spoken_of(carriers: Mapping[str, _Carrier], ties: Sequence[Tie]) -> dict[Area, dict[Area, set[str]]]:
    """By place: the other places that posts from there speak of, and which posts do."""
    found: dict[Area, dict[Area, set[str]]] = defaultdict(lambda: defaultdict(set))
    for tie in ties:
        if tie.source in carriers and tie.target in carriers:
            here, there = carriers[tie.source].area, carriers[tie.target].area
            if here and there and here != there:
                found[here][there].update(tie.posts)
    return found


def _speeches(carriers: Mapping[str, _Carrier], ties: Sequence[Tie]) -> Iterator[Speech]:
    for tie in ties:
        if tie.source in carriers and tie.target in carriers:
            speaker, of = carriers[tie.source], carriers[tie.target]
            yield Speech(
                *(tie.kind, speaker.id, speaker.row.name, speaker.area and speaker.area.name),
                *(of.id, of.row.name, of.area and of.area.name),
                *(tie.first, tie.posts),
            )
