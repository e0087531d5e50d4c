"""Makes of what any site may write what a draft can hold, so that one odd post does not hold up the others."""

import hashlib
import re
from datetime import UTC, datetime, tzinfo

from spiders.days import read_iso

_EARLIEST, _LATEST = 1900, 2200
"""Years before and after are what programs write for "no date" (1, 1601, 9999)."""

_LONGEST_ID = 500
_SURROGATES = re.compile(r"[\ud800-\udfff]")
"""Halves of pairs, which JSON can hold alone and a database cannot."""


def identifier(id: str) -> str:
    """The id of a post as a draft can hold it: itself, or a hash of one that is too long."""
    id = _SURROGATES.sub("", id).strip()
    return id if len(id) <= _LONGEST_ID else hashlib.blake2b(id.encode(), digest_size=16).hexdigest()


def in_utc(moment: datetime, zone: tzinfo = UTC) -> datetime | None:
    """The moment in UTC, or None where it stands for no date; `zone` is that of a moment that states none."""
    if not _EARLIEST <= moment.year < _LATEST:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def written_moment(written: object, zone: tzinfo = UTC) -> datetime | None:
    """The moment that an ISO date says, in UTC, or None where it says none. A day without a time is at noon."""
    try:
        return in_utc(read_iso(written), zone)  # type: ignore[arg-type]  # of any type, as JSON gives it
    except (TypeError, ValueError):
        return None


def count(value: int | None) -> int | None:
    """How many, or None: instances are known to tell fewer than none after posts were deleted."""
    return value if value is not None and value >= 0 else None
