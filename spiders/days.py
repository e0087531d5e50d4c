"""Reads the dates of files and sites that may state no hour."""

from datetime import UTC, date, datetime, time

NOON = time(12, tzinfo=UTC)
"""The hour of a day that states none. Moments are told, filtered and counted by their day in UTC: at noon there it is the day that
was meant, as it is in every zone from -12 to +11. Midnight in Finland would be told as the day before."""


def read_iso(text: str) -> datetime:
    """The moment that an ISO date says, with a zone where it states one; a day without an hour at `NOON`. Raises `ValueError`."""
    try:
        return datetime.combine(date.fromisoformat(text), NOON)
    except ValueError:
        return datetime.fromisoformat(text)
