"""Needs, offers and asks of initiatives: one row each."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import get_args

from tinymovements.exports.initiatives import ID, InitiativeRow, point
from tinymovements.exports.unit import Column, Unit, by_columns
from tinymovements.initiative import Site, Want, Wish
from tinymovements.model import LANGUAGES


@dataclass(frozen=True, slots=True)
class WantRow:
    """One need, offer or ask of a dataset."""

    of: InitiativeRow
    want: Want


def wants_unit() -> Unit[WantRow]:
    """One row a need, offer or ask."""
    return Unit("wants", _COLUMNS, by_columns(_COLUMNS), lambda row: point(row.of))


def _site(row: WantRow) -> Site | None:
    return next(iter(row.of.initiative.sites), None)


def _until(row: WantRow) -> datetime | None:
    return datetime.combine(row.want.until, time.min, UTC) if row.want.until else None


_COLUMNS: tuple[Column[WantRow], ...] = (
    Column("initiative", "text", "The id of the initiative.", ID, lambda row: row.of.initiative.id),
    Column("name", "text", "What the initiative is called.", "Kyläpajan ilta", lambda row: row.of.name),
    Column(
        "wish",
        "text",
        "Whether it looks for this, has it to give, or wants it from the city.",
        ", ".join(get_args(Wish)),
        lambda row: row.want.wish,
    ),
    Column("kind", "text", "Of what kind it is.", "space, hands, things, skills, money …", lambda row: row.want.kind),
    Column("text", "text", "The clause that says it.", "any", lambda row: row.want.quote.text or None),
    Column(
        "status",
        "text",
        "Whether a post says that it is met. What is open has expired after the day in `until`.",
        "open, fulfilled",
        lambda row: row.want.status,
    ),
    Column("posted", "moment", "When the post was posted that says it.", "2026-03-01T17:30:00Z", lambda row: row.want.quote.posted),
    Column("until", "moment", "The beginning of the last day on which it has a point.", "2026-04-01T00:00:00Z", _until),
    Column(
        "fulfilled_text",
        "text",
        "The words that say that it is met.",
        "any",
        lambda row: (row.want.because.text or None) if row.want.because else None,
    ),
    Column(
        "fulfilled_post",
        "text",
        "The id of the post that says them.",
        "an id",
        lambda row: row.want.because.post if row.want.because else None,
    ),
    Column("place", "text", "Where the initiative is.", "Kallio", lambda row: site.name if (site := _site(row)) else None),
    Column("district", "text", "Its district.", "Kallio", lambda row: site.district if (site := _site(row)) else None),
    Column(
        "municipality",
        "text",
        "Its municipality.",
        "Helsinki",
        lambda row: site.municipality if (site := _site(row)) else None,
    ),
    Column(
        "place_lat",
        "number",
        "Latitude (WGS 84) of the first of the initiative's places that has a point.",
        "-90 to 90",
        lambda row: at[0] if (at := point(row.of)) else None,
    ),
    Column(
        "place_lon",
        "number",
        "Longitude (WGS 84) of the first of the initiative's places that has a point.",
        "-180 to 180",
        lambda row: at[1] if (at := point(row.of)) else None,
    ),
    Column("post", "text", "The id of the post that says it.", "an id", lambda row: row.want.quote.post),
    Column(
        "language",
        "text",
        "The language of that post.",
        ", ".join([*LANGUAGES, "unknown"]),
        lambda row: row.want.quote.language,
    ),
    Column(
        "text_withheld",
        "flag",
        "1 where the clause is left out because its source does not allow passing it on.",
        "0, 1",
        lambda row: int(not row.want.quote.text),
    ),
)
