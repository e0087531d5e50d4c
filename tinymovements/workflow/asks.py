"""Tells what a city is asked for: by district and kind, the same asks of several counted together.

A proposal asks what its title says, once. Other posts, and initiatives, ask by the clauses that say so. Who asks the same twice
counts once: an initiative, and a post with those that repeat it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection

from pipelines.initiatives import asks as alike
from tinymovements.archive import corrections, posts
from tinymovements.archive.asking import PROPOSAL, Asking, asking
from tinymovements.archive.database import open_archive, reading
from tinymovements.corrections import corrected_fields
from tinymovements.initiative import ASKS_LAST, Quote, Site
from tinymovements.model import Annotation, Post
from tinymovements.privacy.sensitive import shown as shown_post
from tinymovements.settings import Settings
from tinymovements.workflow.areas import Area, area_of
from tinymovements.workflow.glances import glances, shown
from tinymovements.workflow.places import asked_for, main_name

OTHER = "other"

_SHORTEST = 4
"""Letters that tell a name of a place from other words."""

VOICES = 3
"""Of an ask, the latest: enough to see what is meant."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which of the asks that still stand are told of."""

    places: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    movements: tuple[str, ...] = ()
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Voice:
    """Who asked, an initiative or a post of none, and in which words."""

    initiative: str | None
    name: str | None
    quote: Quote


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for, and by how many."""

    kind: str
    askers: int
    first: date | None
    last: date | None
    voices: tuple[Voice, ...]
    """The latest first."""


@dataclass(frozen=True, slots=True)
class District:
    """What is asked for in a district; in a municipality where no district is said; anywhere, where no place is."""

    district: str | None
    municipality: str | None
    askers: int
    asks: int
    """Different ones."""
    kinds: tuple[tuple[str, int], ...]
    """By how many ask for such."""
    biggest: tuple[Ask, ...]
    """What most ask for first, and of those alike what was asked last."""


@dataclass(frozen=True, slots=True)
class Asks:
    """How many ask, in how many districts, and what in those where most do."""

    askers: int
    areas: int
    districts: tuple[District, ...]


class _Asked(NamedTuple):
    """An ask as it is counted: where its words stand is looked up for those that are shown."""

    asker: str
    initiative: str | None
    """Whose ask it is; None of a post."""
    post: str | None
    place: int | None
    """Among the wants of the initiative, or the asks of the post; None where its title asks."""
    area: Area | None
    kind: str
    movements: tuple[str, ...]
    words: str
    """What it says but for the names of places."""
    day: date | None


def find_asks(settings: Settings, wanted: Filter, day: date, districts: int = 10, limit: int = 5) -> Asks:
    """What is asked for and still stands on a day: of the districts where most ask, and of each the `limit` biggest asks."""
    names = set(map(asked_for, wanted.places))
    with reading(open_archive(settings.archive_url)) as connection:
        every = [*_of_posts(connection, day), *_of_initiatives(connection, day)]
        kept = [one for one in every if _is_wanted(one, wanted, names)]
        areas = {area: number for number, area in enumerate(dict.fromkeys(one.area for one in kept))}
        found: dict[Area | None, list[list[_Asked]]] = defaultdict(list)
        for places in alike.same([one.words for one in kept], [areas[one.area] for one in kept]):
            group = sorted((kept[place] for place in places), key=_latest_first)
            found[group[0].area].append(group)
        told = sorted(found, key=lambda area: _most_first(area, found[area]))[:districts]
        biggest = {area: sorted(found[area], key=_biggest_first)[:limit] for area in told}
        voices = _Voices(connection, (one for groups in biggest.values() for group in groups for one in group[:VOICES]))
    made = tuple(_district(area, found[area], biggest[area], voices) for area in told)
    return Asks(len({one.asker for one in kept}), len(found), made)


def _of_initiatives(connection: Connection, day: date) -> Iterator[_Asked]:
    for one in glances(connection, day, lambda wish: wish == "ask"):
        area, places = one.area, _beginnings(one.sites)
        for want in one.wants:
            words = " ".join(word for word in want.text.split() if not word.lower().startswith(places))
            yield _Asked(one.id, one.id, None, want.place, area, want.kind, one.movements, words, want.said)


def _beginnings(sites: Sequence[Site]) -> tuple[str, ...]:
    """How the names of places begin: what is left of them in every case (Kallio, Kallioon, Kalliossa)."""
    names = (name.lower() for site in sites for name in (site.name, site.district, site.municipality) if name)
    return tuple(name[: max(_SHORTEST, len(name) - 1)] for name in names)


def _of_posts(connection: Connection, day: date) -> Iterator[_Asked]:
    for piece in asking(connection):
        standing = [post for post in piece if post.posted is None or post.posted.date() + ASKS_LAST >= day]
        said = corrections.of(connection, [post.number for post in standing])
        for post in standing:
            yield from _of_post(post, corrected_fields(post.annotation, said.get(post.number, ())))


def _of_post(post: Asking, told: Any) -> Iterator[_Asked]:
    area = area_of([Site.model_construct(**_site(place)) for place in told["places"]], "district")
    movements = tuple(movement["id"] for movement in told["movements"])
    asker = post.initiative or str(post.original)
    posted = post.posted.date() if post.posted else None
    if post.kind == PROPOSAL and post.title:
        kinds = Counter(span["kind"] for span in told["asks"])
        kind = kinds.most_common(1)[0][0] if kinds else OTHER
        yield _Asked(asker, None, post.id, None, area, kind, movements, _plain(post.title, 0, "title", told), posted)
        return
    for place, span in enumerate(told["asks"]):
        words = _plain(span["text"], span["start"], span["field"], told)
        yield _Asked(asker, None, post.id, place, area, span["kind"], movements, words, posted)


def _site(place: Any) -> dict[str, Any]:
    return {name: place[name] for name in ("name", "lat", "lon", "district", "municipality")} | {"posts": 1}


def _plain(text: str, start: int, field: str, told: Any) -> str:
    """A part of a post without the names of places."""
    placed = [place for place in told["places"] if place["field"] == field and place["start"] is not None]
    named = [(place["start"] - start, place["end"] - start) for place in placed]
    for begin, end in sorted(named, reverse=True):
        if 0 <= begin < len(text):
            text = f"{text[:begin]} {text[end:]}"
    return text


def _is_wanted(one: _Asked, wanted: Filter, names: set[str]) -> bool:
    return (
        (not names or any(main_name(name) in names for name in one.area or () if name))
        and (not wanted.kinds or one.kind in wanted.kinds)
        and (not wanted.movements or not set(wanted.movements).isdisjoint(one.movements))
        and (wanted.since is None or (one.day is not None and one.day >= wanted.since))
    )


class _Voices:
    """The words of asks, as anyone may see them."""

    def __init__(self, connection: Connection, asks: Iterable[_Asked]) -> None:
        every = list(asks)
        self._initiatives = shown(connection, (one.initiative for one in every if one.initiative))
        items = posts.by_id(connection, sorted({one.post for one in every if one.post}))
        self._posts = {id: shown_post(item.post, item.annotation) for id, item in items.items()}

    def of(self, one: _Asked) -> Voice:
        """Who asks, in which words."""
        if one.initiative and one.place is not None:
            whole = self._initiatives[one.initiative]
            return Voice(whole.id, whole.name, whole.wants[one.place].quote)
        post, annotation = self._posts[one.post or ""]
        return Voice(None, None, _quote(post, annotation, one.place))


def _quote(post: Post, annotation: Annotation | None, place: int | None) -> Quote:
    """The title, or one of the asks."""
    language = annotation.language if annotation else "unknown"
    if place is None or annotation is None:
        title = post.title or ""
        return Quote(post=post.id, text=title, start=0, end=len(title), field="title", posted=post.posted, language=language)
    span = annotation.asks[place]
    return Quote(
        post=post.id, text=span.text, start=span.start, end=span.end, field=span.field, posted=post.posted, language=language
    )


def _district(
    area: Area | None, groups: Sequence[Sequence[_Asked]], biggest: Sequence[Sequence[_Asked]], voices: _Voices
) -> District:
    every = [one for group in groups for one in group]
    kinds = Counter(kind for _, kind in {(one.asker, one.kind) for one in every})
    return District(
        district=area.district if area else None,
        municipality=area.municipality if area else None,
        askers=len({one.asker for one in every}),
        asks=len(groups),
        kinds=tuple(sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))),
        biggest=tuple(_ask(group, voices) for group in biggest),
    )


def _ask(group: Sequence[_Asked], voices: _Voices) -> Ask:
    days = [one.day for one in group if one.day]
    kinds = Counter(one.kind for one in group)
    return Ask(
        kind=min(kinds, key=lambda kind: (-kinds[kind], kind == OTHER, kind)),
        askers=_askers(group),
        first=min(days, default=None),
        last=max(days, default=None),
        voices=tuple(voices.of(one) for one in group[:VOICES]),
    )


def _askers(group: Sequence[_Asked]) -> int:
    return len({one.asker for one in group})


def _latest_first(one: _Asked) -> tuple[int, str, int]:
    return (-one.day.toordinal() if one.day else 0, one.initiative or one.post or "", one.place or 0)


def _biggest_first(group: Sequence[_Asked]) -> tuple[Any, ...]:
    return (-_askers(group), *_latest_first(group[0]))


def _most_first(area: Area | None, groups: Sequence[Sequence[_Asked]]) -> tuple[bool, int, str, str]:
    """What names no place stands last: it is no district's."""
    return (area is None, -_askers([one for group in groups for one in group]), *(name or "" for name in area or ()))  # type: ignore[return-value]
