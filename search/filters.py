"""What the filters and facets of a query are about, in the fields and moments that all engines have."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from search.query import Query

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

COUNTED_IN: dict[str, str] = {
    "languages": "language",
    "sources": "source",
    "kinds": "kind",
    "stages": "stage",
    "months": "month",
}
"""The field that a facet counts, where its name is another one."""


def wanted_values(query: Query) -> Iterator[tuple[str, str, list[str]]]:
    """Each filter that asks for values: its name, the field, and the values, of which a hit must have one."""
    asked = (
        ("movements", "movements", query.movements),
        ("places", "within", query.places),
        ("languages", "language", query.languages),
        ("sources", "source", query.sources),
        ("kinds", "kind", query.kinds),
        ("stages", "stage", query.stages),
    )
    return ((name, field, sorted(set(values))) for name, field, values in asked if values)


def period(query: Query) -> tuple[datetime, datetime] | None:
    """The first and the last moment of the days that are asked for."""
    if not (query.since or query.until):
        return None
    return datetime.combine(query.since or date.min, time.min, UTC), datetime.combine(query.until or date.max, time.max, UTC)


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970, the fraction dropped downwards."""
    return (moment - _EPOCH) // _MILLISECOND


def month(moment: datetime) -> str:
    """The month in UTC, as 2026-03."""
    return moment.astimezone(UTC).isoformat()[:7]
