"""Invented initiatives that meet each other: an archive of them, made in few words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from pipelines.initiatives.compared import words_of
from pipelines.needs import kind
from pipelines.vectors import pack
from tests.tinymovements.village import annotation, member, quote, store
from tinymovements.archive import initiatives
from tinymovements.archive.database import open_archive, writing
from tinymovements.archive.initiatives import Kept
from tinymovements.initiative import Initiative, Name, Site, StageSign, Want, Wish
from tinymovements.model import Annotation, Draft, Kind, MovementScore, Place, Post, Span
from tinymovements.settings import Settings

DAY = date(2026, 6, 1)
POSTED = datetime(2026, 5, 1, 12, tzinfo=UTC)

KALLIO = Site(name="Vaasanaukio", lat=60.187, lon=24.958, district="Kallio", municipality="Helsinki", posts=1)
ALPPILA = Site(name="Alppila", lat=60.190, lon=24.945, district="Alppiharju", municipality="Helsinki", posts=1)
TAMPERE = Site(name="Tampere", lat=61.498, lon=23.760, district=None, municipality="Tampere", posts=1)
PEER_SUPPORT = "peer-support"
"""A sensitive movement."""


@dataclass
class One:
    """An initiative of one post, whose text is its wishes."""

    name: str
    needs: Sequence[str] = ()
    offers: Sequence[str] = ()
    asks: Sequence[str] = ()
    language: str = "fi"
    movements: Sequence[str] = ("repair-and-reuse",)
    sites: Sequence[Site] = (KALLIO,)
    stage: str | None = None
    rule: str = "runs"
    staged: datetime | None = None
    """When another post showed the stage; None where its only post does."""
    points: Sequence[float] | None = None
    """Where its meaning points."""
    until: date | None = None
    met: bool = False
    hidden: Sequence[str] | None = ()
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def wishes(self) -> list[tuple[Wish, str]]:
        every: dict[Wish, Sequence[str]] = {"need": self.needs, "offer": self.offers, "ask": self.asks}
        return [(wish, clause) for wish, clauses in every.items() for clause in clauses]

    @property
    def text(self) -> str:
        return ". ".join([f"{self.name} kertoo", *(clause for _, clause in self.wishes)])


def _made(one: One, post: Post) -> Kept:
    said, shows = post.text, quote(post, "kertoo", one.language)
    if one.staged:
        shows = shows.model_copy(update={"post": f"{post.id}-later", "posted": one.staged})
    sign = {"stage": one.stage, "rule": one.rule, "score": 0.9, "quote": shows}
    signs = [StageSign.model_validate(sign)] if one.stage else []
    wants = [
        Want(
            wish=wish,
            kind=kind(clause, one.language),
            quote=quote(post, clause, one.language),
            status="fulfilled" if one.met else "open",
            until=one.until,
            words=words_of(clause, one.language),
        )
        for wish, clause in one.wishes
        if clause in said
    ]
    record = Initiative(
        id=f"i{post.id[1:]}",
        names=(Name.model_validate({"text": one.name, "language": one.language, "posts": 1}),),
        movements=tuple(MovementScore(id=id, score=0.9) for id in one.movements),
        self_organised=0.9,
        sites=tuple(one.sites),
        stage=signs[-1] if signs else None,
        stages=tuple(signs),
        wants=tuple(wants),
        hidden=None if one.hidden is None else tuple(one.hidden),
        members=(member(post).model_copy(update={"language": one.language}),),
    )
    return Kept(record, None if one.points is None else pack(np.array(one.points, np.float32)))


def put(settings: Settings, *ones: One) -> dict[str, str]:
    """Keep initiatives with their posts; their ids by their names."""
    drafts = {one.name: Draft(native_id=one.name, text=one.text, posted=POSTED) for one in ones}
    posts = store(settings, drafts, {one.name: annotation(one.language) for one in ones})
    kept = [_made(one, posts[one.name]) for one in ones]
    with writing(open_archive(settings.archive_url)) as connection:
        initiatives.put(connection, "1", kept, {})
    return {one.name: each.initiative.id for one, each in zip(ones, kept, strict=True)}


def asking(
    settings: Settings,
    *asks: str,
    kind: Kind = "message",
    title: str | None = None,
    place: Place | None = None,
    movement: str | None = None,
    name: str = "ask",
    posted: datetime | None = POSTED,
) -> Post:
    """Keep a post of no initiative that asks the city for something."""
    text = ". ".join(["Hei naapurit", *asks])
    spans = [Span(text=ask, start=text.index(ask), end=text.index(ask) + len(ask), kind="space") for ask in asks]
    told: Annotation = annotation(
        asks=spans, places=[place] if place else [], movements=[MovementScore(id=movement, score=0.9)] if movement else []
    )
    return store(settings, {name: Draft(native_id=name, text=text, posted=posted, kind=kind, title=title)}, {name: told})[name]
