"""What becomes of a part of a dataset's posts between the archive and the file: in this process, or in several side by side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from search.distance import are_within
from search.query import Box, Near, Query
from tinymovements.archive import posts
from tinymovements.archive.initiatives import Belonging
from tinymovements.archive.posts import Archived
from tinymovements.exports import EXPORTERS, Exporter
from tinymovements.exports.posts import posts_unit
from tinymovements.exports.provenance import Tally
from tinymovements.exports.rows import NOTHING, Row, make_row
from tinymovements.exports.unit import Unit
from tinymovements.model import Place, Source
from tinymovements.privacy.sensitive import shown
from tinymovements.taxonomy import load_taxonomy
from tinymovements.workflow.places import names_within


@dataclass(frozen=True, slots=True)
class Order:
    """What is true of all parts of a dataset."""

    suffix: str
    scores: bool
    query: Query
    sources: Mapping[str, Source]

    @property
    def exporter(self) -> type[Exporter]:
        """What writes the format."""
        return EXPORTERS[self.suffix]

    @property
    def unit(self) -> Unit[Row]:
        """What a row is."""
        return posts_unit(load_taxonomy().movements, self.scores)


@dataclass(frozen=True, slots=True)
class Part:
    """Posts as they were read; by their numbers the id of the earlier one that a post repeats, and what a post is evidence of."""

    rows: list[posts.Values]
    originals: Mapping[int, str]
    belongings: Mapping[int, Belonging]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the exporter writes of a part, what it counts for, and how many posts were looked at."""

    rows: Any
    tally: Tally
    looked_at: int


def prepare(order: Order, part: Part) -> Prepared:
    """The rows of those posts of a part that answer the query."""
    tally = Tally()
    rows = []
    for item in answering(part, order.query):
        source = order.sources.get(item.post.source)
        original, shows = part.originals.get(item.number), part.belongings.get(item.number, NOTHING)
        rows.append(make_row(item.post, item.annotation, source, item.first_seen, original, item.corrections, shows))
        tally.add(rows[-1])
    return Prepared(order.exporter.prepare(order.unit, rows), tally, len(part.rows))


def answering(part: Part, query: Query) -> list[Archived]:
    """Those posts of a part that answer the query; where it has words, the index has seen to that already."""
    return list(filter(None if query.words.strip() else _filter(query), map(posts.archived, part.rows)))


def _filter(query: Query) -> Callable[[Archived], bool] | None:
    """Whether a post answers the filters of a query without words: as an engine would say, but without an index. None: all do.

    It knows no more of a sensitive post than an engine does, so that no small radius finds the house.
    """
    asked = (query.places, query.movements, query.languages, query.sources, query.kinds, query.since, query.until)
    if not any((*asked, query.near, query.box)):
        return None
    places = frozenset(query.places)
    movements, languages, sources, kinds = map(frozenset, (query.movements, query.languages, query.sources, query.kinds))

    def answers(item: Archived) -> bool:
        post, told = shown(item.post, item.annotation)
        named = told.places if told else ()
        day = post.posted.date() if post.posted else None
        return (
            (not sources or post.source in sources)
            and (not kinds or post.kind in kinds)
            and (not movements or (told is not None and any(movement.id in movements for movement in told.movements)))
            and (not languages or (told.language if told else post.language or "unknown") in languages)
            and (not query.since or (day is not None and day >= query.since))
            and (not query.until or (day is not None and day <= query.until))
            and (not places or not places.isdisjoint(names_within(named)))
            and (query.near is None or any(_is_near(query.near, place) for place in named))
            and (query.box is None or any(_is_in(query.box, place) for place in named))
        )

    return answers


def _is_in(box: Box, place: Place) -> bool:
    return (
        place.lat is not None
        and place.lon is not None
        and (box.south <= place.lat <= box.north and box.west <= place.lon <= box.east)
    )


def _is_near(near: Near, place: Place) -> bool:
    return place.lat is not None and place.lon is not None and bool(are_within(near, place.lat, place.lon))
