"""The words of the project as data: what a source, a post and an annotation are. No input or output here."""

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, HttpUrl, StringConstraints

Language = Literal["fi", "sv", "en"]
LANGUAGES: tuple[Language, ...] = ("fi", "sv", "en")
"""The languages that texts are understood in."""

Kind = Literal["message", "event", "proposal", "page"]
KINDS: tuple[Kind, ...] = ("message", "event", "proposal", "page")
"""What a post is: what somebody says, an event of a calendar, a proposal to a city, a page of a site."""

LONGEST_TEXT = 1_000_000
"""Characters that a text may have: a thick book. No post is longer."""

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
"""An id that people type: lower-case words joined by hyphens."""

UtcDatetime = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
"""A moment with a zone, held in UTC so that equal moments are equal bytes."""

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class Frozen(BaseModel):
    """The ground of all models: never changed after it was made, and no field that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled by its values alone, in half of pydantic's own time: posts go from process to process."""
        return _unpickled, (type(self), self.__dict__)


def _unpickled(model: type[Frozen], values: dict[str, Any]) -> Frozen:
    made = model.__new__(model)
    attributes = {
        "__dict__": values,
        "__pydantic_fields_set__": set(values),
        "__pydantic_extra__": None,
        "__pydantic_private__": None,
    }
    for name, value in attributes.items():
        object.__setattr__(made, name, value)
    return made


INTERVAL_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
SHORTEST_INTERVAL = timedelta(minutes=10)
"""A source is not asked more often than this: none of them changes faster, and a crawl takes minutes."""


def interval(text: str) -> timedelta:
    """A time between two runs as people write it: `30 min`, `6 h`, `7 d`."""
    count, _, unit = text.partition(" ")
    if unit not in INTERVAL_UNITS or not count.isascii() or not count.isdigit() or len(count) > 4:
        raise ValueError("write a whole number and min, h or d, as in 6 h")
    if (length := int(count) * INTERVAL_UNITS[unit]) < SHORTEST_INTERVAL:
        raise ValueError(f"must be {SHORTEST_INTERVAL // INTERVAL_UNITS['min']} min or more")
    return length


class Family(Frozen):
    """Movements that are akin, with the family's labels per language."""

    id: Identifier
    labels: dict[Language, str]


class Movement(Frozen):
    """One of the taxonomy's ids with its labels and definitions, per language."""

    id: Identifier
    family: Identifier
    labels: dict[Language, str]
    definitions: dict[Language, str]
    yso: HttpUrl | None = None
    """The nearest concept of the General Finnish Ontology, where one is surely meant."""
    sensitive: bool = False
    """Whether its people may be harmed by who knows where they meet; then places are shown coarsely."""


class Source(Frozen):
    """A place posts come from: the facts of one TOML file."""

    id: Identifier
    title: str
    description: str
    """In plain words: what is collected here, and what is not."""
    platform: Identifier
    """The class in `spiders/platforms` that reads it, or `file` for what only an importer brings."""
    publisher: str
    languages: tuple[Language, ...]
    legal_basis: str
    """Why this may be collected and kept, as a sentence that people can check."""
    url: HttpUrl | None = None
    licence: str | None = None
    options: dict[str, str | int | bool | list[str]] = {}
    """What the platform needs besides the address: hashtags, event types."""
    expected_minimum: int = Field(default=1, ge=0)
    """Fewer posts than this in a first crawl mean that something is broken there."""
    texts_exportable: bool = True
    """False where the texts may be analysed but not passed on."""
    enabled: bool = True
    """False: collected only when it is named."""
    every: Annotated[str, AfterValidator(lambda text: interval(text) and text)] = "6 h"
    """How often the scheduler collects it."""


class Counts(Frozen):
    """How often people reacted; None where the source does not say (which is not zero)."""

    reactions: int | None = Field(default=None, ge=0)
    comments: int | None = Field(default=None, ge=0)
    shares: int | None = Field(default=None, ge=0)


class Content(Frozen):
    """What a draft and a post have in common."""

    native_id: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    """The post's own id at its source."""
    kind: Kind = "message"
    title: str | None = None
    text: str
    author: str | None = None
    group: str | None = None
    """The group, page, site or calendar it stands in."""
    url: str | None = None
    posted: UtcDatetime | None = None
    language: Language | None = None
    """As the source declares it; what the text itself says is in the annotation."""
    place: str | None = None
    """Where it is, in the source's own words."""
    lat: Latitude | None = None
    lon: Longitude | None = None
    starts: UtcDatetime | None = None
    ends: UtcDatetime | None = None
    counts: Counts = Counts()


class Draft(Content):
    """A post as it was read, before the gate. It lives in memory only and is never written anywhere."""


class Post(Content):
    """One scrubbed public message, event, proposal or page; `author` is a pseudonym."""

    id: str
    """Made from the source and the native id: the same post has the same id in every archive, unless its native id would tell of a
    person or had to be made of its content; then the key of the home has a part in it."""
    source: Identifier
    content_hash: str
    """Of all that is kept but the counts, so that a change is seen without comparing texts."""


class Batch(Frozen):
    """What one answer of a source brings, committed as one: drafts, what is gone there, where to go on."""

    drafts: tuple[Draft, ...] = ()
    gone: tuple[str, ...] = ()
    """Native ids of posts that their origin has deleted."""
    state: dict[str, str] = {}
    """Keys of the crawl state to set once the drafts are kept: a cursor, an ETag."""


class Span(Frozen):
    """An exact part of a post: `text` stands at `start` to `end` (code points) of the named field."""

    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    kind: str
    field: Literal["text", "title"] = "text"


class Place(Frozen):
    """A place that a post names, or where the source put it (then without a span)."""

    name: str
    """The base form in the language of the text."""
    start: int | None = None
    end: int | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None
    district: str | None = None
    """The district (peruspiiri, in Finnish) its point lies in, where we know the polygons."""
    municipality: str | None = None
    field: Literal["text", "title", "source"] = "text"


class MovementScore(Frozen):
    """How probable one movement is."""

    id: Identifier
    score: float = Field(ge=0, le=1)


class Annotation(Frozen):
    """What the spaCy pipeline says of one post."""

    version: str
    """Of the whole pipeline, models and gazetteer included: what has another one is out of date."""
    language: Language | Literal["unknown"]
    movements: tuple[MovementScore, ...] = ()
    """The accepted ones, best first."""
    scores: dict[str, float] = {}
    """Of every movement of the taxonomy."""
    initiative: float = Field(ge=0, le=1)
    self_organised: float = Field(ge=0, le=1)
    places: tuple[Place, ...] = ()
    needs: tuple[Span, ...] = ()
    offers: tuple[Span, ...] = ()
    asks: tuple[Span, ...] = ()


class Mark(Frozen):
    """Where a word stands in a post: an exact part of the named field, in code points."""

    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    field: Literal["text", "title"] = "text"


class Reason(Frozen):
    """A word that speaks for a label or against it, wherever it stands in the post."""

    word: str
    """As it is written where it stands first."""
    log_odds: float
    """By how much they fall when the word is left out; below zero where they rise."""
    marks: tuple[Mark, ...]


class Explained(Frozen):
    """The words that carried one label, and those that spoke against it; the weightiest come first."""

    label: str
    """A movement's id, `initiative` or `self_organised`."""
    score: float = Field(ge=0, le=1)
    words_for: tuple[Reason, ...] = ()
    score_without_for: float | None = Field(default=None, ge=0, le=1)
    """The score of the post with all of `words_for` left out; None where there are none."""
    words_against: tuple[Reason, ...] = ()
    score_without_against: float | None = Field(default=None, ge=0, le=1)


class Explanation(Frozen):
    """Why the pipeline says of a post what it says."""

    movements: tuple[Explained, ...] = ()
    """The accepted ones, best first."""
    nearly: tuple[Explained, ...] = ()
    """Movements that have some probability, and were not accepted."""
    initiative: Explained
    self_organised: Explained
    hardly_an_initiative: bool
    """So improbably about an initiative that no movement is accepted, however probable it is."""
    words: int = Field(ge=0)
    """Different words of the post."""
    tried: int = Field(ge=0)
    """How many of them were left out to see what that changes: all but in long posts."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text and the terms it is found by: its base form first, then the parts of a compound.

    A plain dataclass: there is one for every word of every post.
    """

    start: int
    end: int
    terms: tuple[str, ...]
