"""What an initiative is, as data: people doing one thing somewhere, with the posts that show it. No input or output here.

Whatever is said of an initiative in words is a `Quote` of one of its posts, so that everybody can check it and nothing is invented.
"""

from datetime import date, timedelta
from typing import Literal, get_args

from pydantic import Field

from tinymovements.model import Frozen, Language, Latitude, Longitude, MovementScore, UtcDatetime

Stage = Literal["spark", "forming", "active", "institutional", "dormant", "ended"]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""A wish; first steps; it runs; an association, staff or a budget carry it; it rests; it is over."""

Wish = Literal["need", "offer", "ask"]
"""What an initiative looks for, has to give, wants from the city."""

KINDS_OF_WISHES = (
    *("permission", "money", "space", "transport", "food", "skills", "information", "hands", "things"),
    "other",
)
"""What is wished for, as `pipelines/kinds.toml` has it, and what no word of it tells."""

Status = Literal["open", "fulfilled", "expired"]

ASKS_LAST = timedelta(days=730)
"""How long what is asked of a city stands where it names no day: two of its budgets."""


def initiative_id(post: str) -> str:
    """The id of the initiative whose first post has this id. It is no post's: those have no 1 in them (base32)."""
    return f"i1{post[2:]}"


class Quote(Frozen):
    """An exact part of a post: `text` stands at `start` to `end` (code points) of the named field."""

    post: str
    """The post's id."""
    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    field: Literal["text", "title"] = "text"
    posted: UtcDatetime | None = None
    language: Language | Literal["unknown"] = "unknown"


class StageSign(Frozen):
    """A stage that a post shows: the clause that says so, and the rule that it met."""

    stage: Stage
    rule: str
    """Id of the rule, as docs/stages.md lists them."""
    score: float = Field(ge=0, le=1)
    quote: Quote


class Name(Frozen):
    """A name that posts use, in its base form where they have it."""

    text: str
    language: Language | Literal["unknown"]
    posts: int = Field(ge=0)
    """How many posts use it; 0 where a person gave it."""


class Site(Frozen):
    """A place where an initiative is, and how many of its posts say so."""

    name: str
    lat: Latitude | None = None
    lon: Longitude | None = None
    district: str | None = None
    municipality: str | None = None
    posts: int = Field(ge=1)


class Want(Frozen):
    """A need, an offer or an ask, and whether it still stands."""

    wish: Wish
    kind: str
    quote: Quote
    status: Status
    because: Quote | None = None
    """What says that it is met."""
    until: date | None = None
    """The day after which it has no point: the one it names, or as long as such wishes last."""
    words: tuple[str, ...] = ()
    """What it is compared with others by: base forms, and concepts that three languages share; of places' names nothing."""

    def status_on(self, day: date) -> Status:
        """Whether it stands on a day. The record knows open and fulfilled, for it is the same whenever it is made."""
        return "expired" if self.status == "open" and self.until is not None and self.until < day else self.status


class Member(Frozen):
    """A post that is evidence of an initiative."""

    post: str
    posted: UtcDatetime | None
    source: str
    group: str | None
    language: Language | Literal["unknown"]
    main: bool
    """Whether the post is first of all about this initiative; else it names it beside another."""
    stage: StageSign | None = None
    """The stage of its main initiative as this post shows it; None where it shows none."""


class Initiative(Frozen):
    """People doing one thing somewhere: named, placed and dated by its posts."""

    id: str
    """Made from that of the first of its posts that came into the archive (`initiative_id`)."""
    names: tuple[Name, ...]
    """The one that people use most first; at least one."""
    named_by_person: bool = False
    description: Quote | None = None
    """The sentence that tells best what it is."""
    movements: tuple[MovementScore, ...] = ()
    self_organised: float = Field(ge=0, le=1)
    sites: tuple[Site, ...] = ()
    """Where most posts put it first; what lies in the same district stands once for each of its names."""
    stage: StageSign | None = None
    """The last one that a post shows; None where no post shows one."""
    stages: tuple[StageSign, ...] = ()
    """How it went, oldest first: each change of stage."""
    wants: tuple[Want, ...] = ()
    """Latest first."""
    links: tuple[str, ...] = ()
    """Addresses, as its posts write them."""
    hidden: tuple[str, ...] | None = None
    """Words by which its posts name places that nobody may learn from it, as `privacy.sensitive.hidden_words` finds them; None
    where nobody has looked."""
    members: tuple[Member, ...]
    """Oldest first, the undated ones last."""

    @property
    def name(self) -> str:
        """What it is called."""
        return self.names[0].text

    @property
    def first(self) -> UtcDatetime | None:
        """When the first of its posts was posted."""
        return min((member.posted for member in self.members if member.posted), default=None)

    @property
    def last(self) -> UtcDatetime | None:
        """When the last of its posts was posted."""
        return max((member.posted for member in self.members if member.posted), default=None)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that its posts are in, the most frequent first."""
        return _by_frequency([member.language for member in self.members])

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of its posts, the most frequent first."""
        return _by_frequency([member.source for member in self.members])


def _by_frequency(values: list[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values), key=lambda value: (-values.count(value), value)))
