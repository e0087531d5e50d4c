"""Reads moments, counts and coordinates as the files of many countries write them."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from spiders.days import NOON, read_iso
from spiders.files.contract import Unreadable

_OFFSETS = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "SAST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "TRT": 3, "BRT": -3, "BRST": -2, "ART": -3, "CLT": -4, "CLST": -3, "COT": -5, "PET": -5, "EST": -5, "EDT": -4, "CST": -6,
    "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
"""Hours from UTC of the zone tokens seen in exports. IST is not here: it is India's, Ireland's and Israel's."""

_EPOCH = re.compile(r"(\d{9,10}|\d{12,13})(?:\.\d+)?")
_TOKEN = re.compile(r"(.*\d)\s*([A-Z]{1,5})")
_SPACED_OFFSET = re.compile(r"(?<=:\d\d)\s+(?=[+-]\d\d)")
_SPOKEN = re.compile(
    r"(?:(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})|(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2}))"
    r"(?:,?\s+(?:klo|kl\.?)?\s*(?P<hour>\d{1,2})[.:](?P<minute>\d{2})(?:[.:](?P<second>\d{2}))?)?"
)
_EARLIEST = 1900
"""Years before this are what programs write for "no date" (1, 1601)."""

_LATEST = 2099
"""Years after this are what programs write for "never" (2999, 9999), or another unit than the one that was read."""

_COUNT = re.compile(r"(?:\d+|\d{1,3}(?:([.,' \u00a0\u202f’])\d{3})(?:\1\d{3})*)(?:[.,]0{1,2})?")
_LARGEST_COUNT = 2**31 - 1
"""What a column of the archive takes."""

_COORDINATE = re.compile(r"[+-]?\d{1,3}(?:[.,]\d+)?")
_NOT_GIVEN = frozenset({"", "-", "–", "n/a", "na", "nan", "null", "none"})


def given(text: str) -> bool:
    """Whether a cell says anything: `N/A` and the like do not."""
    return text.strip().lower() not in _NOT_GIVEN


def moment(text: str, zone: tzinfo) -> datetime | None:
    """The moment in UTC; `zone` is that of a time that states none. A day without a time is at noon in UTC (`NOON`).

    Raises `Unreadable`.
    """
    text = text.strip()
    if not given(text):
        return None
    try:
        read = _moment(text, zone)
        if _EARLIEST <= read.year <= _LATEST:
            return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):  # the texts of these quote the row
        pass
    raise Unreadable("is no date that can be read: write 2026-03-01 or 1.3.2026 klo 18.05")


def _moment(text: str, zone: tzinfo) -> datetime:
    if epoch := _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(float(text) / (1000 if len(epoch[1]) > 10 else 1), UTC)
    if token := _TOKEN.fullmatch(text):
        if token[2] not in _OFFSETS:
            raise Unreadable("is a date in a zone that is not known")
        text, zone = token[1], timezone(timedelta(hours=_OFFSETS[token[2]]))
    text = _SPACED_OFFSET.sub("", text)
    try:
        read = read_iso(text)
    except ValueError:
        read = _spoken(text)
    return read if read.tzinfo else read.replace(tzinfo=zone)


def _spoken(text: str) -> datetime:
    said = _SPOKEN.fullmatch(text)
    if not said:
        raise ValueError
    day = date(int(said["year"] or said["y"]), int(said["month"] or said["m"]), int(said["day"] or said["d"]))
    if said["hour"] is None:
        return datetime.combine(day, NOON)
    return datetime(day.year, day.month, day.day, int(said["hour"]), int(said["minute"]), int(said["second"] or 0))


def count(text: str) -> int | None:
    """How many: `92.414`, `92,414` and `92 414` are the same number, for a count has no decimals. Raises `Unreadable`."""
    text = text.strip()
    if not given(text):
        return None
    if not (number := _COUNT.fullmatch(text)):
        raise Unreadable("is no whole number")
    whole = re.sub(r"[.,]0{1,2}$", "", text)
    value = int(whole.replace(number[1], "") if number[1] else whole)
    if value > _LARGEST_COUNT:
        raise Unreadable("is larger than a count can be")
    return value


def coordinate(text: str, largest: int) -> float | None:
    """Degrees, with a decimal point or comma. Raises `Unreadable`."""
    text = text.strip()
    if not given(text):
        return None
    if not _COORDINATE.fullmatch(text) or abs(degrees := float(text.replace(",", "."))) > largest:
        raise Unreadable(f"is no number between -{largest} and {largest}")
    return degrees
