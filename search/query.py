"""What is asked and what is answered, in words that belong to no engine."""

from datetime import date, datetime
from typing import Any, Literal, Self, TypeVar, get_args

from pydantic import Field, field_validator, model_validator

from tinymovements.initiative import Stage
from tinymovements.model import Frozen, Identifier, Kind, Language, Latitude, Longitude

_T = TypeVar("_T")

Unit = Literal["posts", "initiatives"]
UNITS: tuple[Unit, ...] = get_args(Unit)
"""What is looked for. Each has an index of its own."""

Sort = Literal["relevance", "newest", "oldest"]
FacetName = Literal["movements", "stages", "places", "districts", "languages", "sources", "kinds", "months"]
FACETS: tuple[FacetName, ...] = get_args(FacetName)
"""What the hits can be counted by. A facet's counts leave out the filter on that same facet."""

FACETS_OF: dict[Unit, tuple[FacetName, ...]] = {
    "posts": tuple(name for name in FACETS if name != "stages"),
    "initiatives": FACETS,
}
"""What a unit can have: a post alone has no stage."""

OWN_FILTER: dict[str, str] = {"districts": "places", "months": "dates"}
"""The filter that a facet's counts leave out, where its name is another one."""

LARGEST_FACET = 200
"""Values of one facet, at the most: the rarest places are no way in."""


def _whole(said: str) -> Any:
    return said.encode("utf-8", "replace").decode("utf-8")


class Near(Frozen):
    """Within so many kilometres of a point."""

    lat: Latitude
    lon: Longitude
    km: float = Field(gt=0, le=20_000)


class Box(Frozen):
    """Between two latitudes and two longitudes, the edges included. It does not reach over the date line."""

    south: Latitude
    west: Longitude
    north: Latitude
    east: Longitude

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.south > self.north or self.west > self.east:
            raise ValueError("a box goes from south-west to north-east")
        return self


class Query(Frozen):
    """A question: every filter given must hold; of the several values of one filter, any."""

    unit: Unit = "posts"
    words: str = ""
    """Plain words rank; "a phrase", +must and -not decide. Empty: everything."""
    movements: tuple[Identifier, ...] = ()
    places: tuple[str, ...] = ()
    """Names of places, districts or municipalities, with all that lies in them. An engine knows main names; `workflow.search` makes
    them of any form that the gazetteer knows."""
    near: Near | None = None
    box: Box | None = None
    languages: tuple[Language | Literal["unknown"], ...] = ()
    sources: tuple[Identifier, ...] = ()
    kinds: tuple[Kind, ...] = ()
    stages: tuple[Stage, ...] = ()
    """How far it has come: only initiatives have a stage."""
    since: date | None = None
    until: date | None = None
    """The last day, itself included; days are those of UTC. Of an initiative the day of its last post counts. A query with a date
    finds nothing undated."""
    sort: Sort = "relevance"
    """By `relevance` without words means the newest first."""
    size: int = Field(default=10, ge=1, le=1000)
    cursor: str | None = None
    """As the page before gave it; the rest of the query must be the same, but for `size` and `facets`."""
    facets: tuple[FacetName, ...] = ()
    """What to count the hits by; each costs time where there are many."""

    @field_validator("words", "places", "cursor")
    @classmethod
    def _of_characters(cls, said: _T) -> _T:
        # Half characters, as a terminal makes of bytes that are no text, would fail wherever they are written.
        if isinstance(said, tuple):
            return type(said)(map(_whole, said))
        return _whole(said) if isinstance(said, str) else said


class Mark(Frozen):
    """Where in a snippet a word of the query stands (code points)."""

    start: int
    end: int


class Snippet(Frozen):
    """A part of a post's text around the words that were asked for."""

    text: str
    marks: tuple[Mark, ...] = ()


class Hit(Frozen):
    """A post that answers the query."""

    id: str
    score: float
    title: Snippet | None
    snippet: Snippet
    kind: Kind
    source: Identifier
    group: str | None
    url: str | None
    posted: datetime | None
    language: str
    movements: tuple[Identifier, ...]
    places: tuple[str, ...]


class InitiativeHit(Frozen):
    """An initiative that answers the query."""

    id: str
    score: float
    name: Snippet
    other_names: tuple[str, ...]
    snippet: Snippet | None
    """Of its description or of one of its posts: what has most of the words that were asked for."""
    snippet_post: str | None
    """The id of the post that this is from."""
    stage: Stage | None
    stage_posted: datetime | None
    """When the post was posted that shows this stage."""
    movements: tuple[Identifier, ...]
    places: tuple[str, ...]
    languages: tuple[str, ...]
    sources: tuple[Identifier, ...]
    posts: int
    first: datetime | None
    last: datetime | None
    """When the first and the last of its posts were posted."""


class FacetValue(Frozen):
    """How many hits have one value, whatever that facet's own filter says."""

    value: str
    count: int


class Facet(Frozen):
    """The counts of one property, most frequent first, then by value."""

    name: FacetName
    values: tuple[FacetValue, ...]


class Match(Frozen):
    """The id of a hit, as the engine gives it."""

    id: str
    score: float
    """0 where the order is not by relevance."""


class Matches(Frozen):
    """What an engine answers: a page of ids, how many there are in all, the facets, where to go on."""

    matches: tuple[Match, ...]
    total: int
    facets: tuple[Facet, ...] = ()
    cursor: str | None = None


class Page(Frozen):
    """What a person gets who looks for posts: a page of hits, how many there are in all, the facets, where to go on."""

    unit: Literal["posts"] = "posts"
    hits: tuple[Hit, ...]
    total: int
    facets: tuple[Facet, ...] = ()
    cursor: str | None = None


class InitiativePage(Frozen):
    """The same of who looks for initiatives."""

    unit: Literal["initiatives"] = "initiatives"
    hits: tuple[InitiativeHit, ...]
    total: int
    facets: tuple[Facet, ...] = ()
    cursor: str | None = None
