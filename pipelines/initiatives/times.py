"""Reads on which days of the week and at what hours a text says that something is: the same in three languages."""

import re
from typing import NamedTuple

_DAYS = (
    ("maanantai", "måndag", "monday"),
    ("tiistai", "tisdag", "tuesday"),
    ("keskiviik", "onsdag", "wednesday"),
    ("torstai", "torsdag", "thursday"),
    ("perjantai", "fredag", "friday"),
    ("lauantai", "lördag", "saturday"),
    ("sunnuntai", "söndag", "sunday"),
)
_SHORT = (
    ("ma", "mån"),
    ("ti", "tis", "tue", "tues"),
    ("ke", "ons", "wed", "weds"),
    ("to", "tors", "thu", "thurs"),
    ("pe", "fre"),
    ("la", "lör"),
    ("su", "sön"),
)
_DAY = re.compile(r"\b(" + "|".join(name for names in _DAYS for name in names) + ")", re.IGNORECASE)
# Two letters are a day before the hour only, and "wed" with a capital: "to 5", "la vita", "wed in May" are none.
_SHORT_DAY = re.compile(
    r"\b((?:ma|ti|ke|to|pe|la|su)(?=\.? klo\b)|(?:mån|tis|ons|tors|fre|lör|sön|tues|weds|thurs)\b|(?-i:Tue|Wed|Thu)\b)",
    re.IGNORECASE,
)
_NUMBER_OF_DAY = {name: number for days in (_DAYS, _SHORT) for number, names in enumerate(days) for name in names}

_HOUR = re.compile(r"\b(?:klo|kello|kl|klockan|at)\.? ?(\d{1,2})(?:[.:]\d\d)?\b(?! ?[ap]\.?m)", re.IGNORECASE)
_AFTERNOON = re.compile(r"\b(\d{1,2})(?:[.:]\d\d)? ?(?:[–-] ?\d{1,2}(?:[.:]\d\d)? ?)?pm\b", re.IGNORECASE)
_MORNING = re.compile(r"\b(\d{1,2})(?:[.:]\d\d)? ?(?:[–-] ?\d{1,2}(?:[.:]\d\d)? ?)?am\b", re.IGNORECASE)


class Times(NamedTuple):
    """Days of the week, from 0, Monday, on, and hours."""

    days: frozenset[int]
    hours: frozenset[int]


def read_times(text: str) -> Times:
    """The days and hours that are said."""
    days = (_NUMBER_OF_DAY[found.lower()] for pattern in (_DAY, _SHORT_DAY) for found in pattern.findall(text))
    hours = [int(hour) for hour in (*_HOUR.findall(text), *_MORNING.findall(text))]
    hours += [int(hour) % 12 + 12 for hour in _AFTERNOON.findall(text)]
    return Times(frozenset(days), frozenset(hour for hour in hours if hour < 24))
