"""How an idea spread: a row for each place that it has reached, in the order of the first signs of it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from tinymovements.exports.initiatives import ID
from tinymovements.exports.unit import Column, Unit, by_columns

NO_CAUSE = (
    "This is an order in time and no cause: that one place came after another does not say that it came of it, and a place cannot"
    " show an earlier sign than its sources reach back."
)
"""Stands under every spread."""


@dataclass(frozen=True, slots=True)
class Step:
    """A place, and the first sign of the idea there."""

    order: int
    district: str | None
    municipality: str | None
    point: tuple[float, float] | None
    first: datetime
    post: str
    """The first one there."""
    initiatives: tuple[str, ...]
    """All that are there, in the order of their first signs."""
    name: str | None
    """Of the first of them; None where it may not be passed on."""
    quote: str | None
    quote_post: str | None
    quote_posted: datetime | None
    observed_since: date
    """The day from which on its sources tell what happens."""
    sources: tuple[str, ...]
    may_be_earlier: bool
    """Whether the first sign stands so near to that day that there may well have been earlier ones."""
    speaks_of: tuple[str, ...]
    """Other places of the spread, of whose initiatives posts from here speak, or to which they link."""
    speaking_posts: tuple[str, ...]

    @property
    def place(self) -> str:
        """What the place is called."""
        return ", ".join(name for name in (self.district, self.municipality) if name)


def spread_unit() -> Unit[Step]:
    """One row a place."""
    return Unit("spread", _COLUMNS, by_columns(_COLUMNS), lambda step: step.point)


def _since(step: Step) -> datetime:
    return datetime.combine(step.observed_since, time.min, UTC)


_COLUMNS: tuple[Column[Step], ...] = (
    Column("order", "integer", "Which place in the order of first signs.", "1 or more", lambda step: step.order),
    Column("place", "text", "What the place is called.", "Kallio, Helsinki", lambda step: step.place),
    Column("district", "text", "The district, where it is known.", "Kallio", lambda step: step.district),
    Column("municipality", "text", "The municipality.", "Helsinki", lambda step: step.municipality),
    Column("lat", "number", "Latitude (WGS 84) of its middle.", "-90 to 90", lambda step: step.point[0] if step.point else None),
    Column("lon", "number", "Longitude (WGS 84) of its middle.", "-180 to 180", lambda step: step.point[1] if step.point else None),
    Column(
        "first", "moment", "When the first post was posted that shows it there.", "2026-03-01T17:30:00Z", lambda step: step.first
    ),
    Column("post", "text", "The id of that post.", "an id", lambda step: step.post),
    Column("initiatives", "integer", "How many initiatives there show it.", "1 or more", lambda step: len(step.initiatives)),
    Column("initiative_ids", "list", "Their ids, in the order of their first signs.", ID, lambda step: step.initiatives, ";"),
    Column("name", "text", "What the first of them is called.", "Kyläpajan ilta", lambda step: step.name),
    Column(
        "quote",
        "text",
        "Words of its posts that tell what it is, where it can be of the first one.",
        "any",
        lambda step: step.quote,
    ),
    Column("quote_post", "text", "The id of the post that says them.", "an id", lambda step: step.quote_post),
    Column("quote_posted", "moment", "When that was posted.", "2026-03-01T17:30:00Z", lambda step: step.quote_posted),
    Column(
        "observed_since",
        "moment",
        "The day from which on the sources of this place tell what happens: an earlier sign cannot show.",
        "2025-01-01T00:00:00Z",
        _since,
    ),
    Column("sources", "list", "The ids of the sources that tell of initiatives there.", "ids", lambda step: step.sources, ";"),
    Column(
        "may_be_earlier",
        "flag",
        "1 where the first sign comes within a month of that day, so that there may well have been earlier ones.",
        "0, 1",
        lambda step: int(step.may_be_earlier),
    ),
    Column(
        "speaks_of",
        "list",
        "Other places here, of whose initiatives posts from this one speak, or to which they link.",
        "Kallio, Helsinki | Malmi, Helsinki",
        lambda step: step.speaks_of,
        " | ",
    ),
    Column("speaking_posts", "list", "The ids of these posts.", "ids", lambda step: step.speaking_posts, ";"),
)
