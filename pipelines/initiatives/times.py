"""Reads on which days of the week and at what hours a text says that something is: the same in three languages."""

import re

_DAYS = (
    ("maanantai", "måndag", "monday"),
    ("tiistai", "tisdag", "tuesday"),
    ("keskiviik", "onsdag", "wednesday"),
    ("torstai", "torsdag", "thursday"),
    ("perjantai", "fredag", "friday"),
    ("lauantai", "lördag", "saturday"),
    ("sunnuntai", "söndag", "sunday"),
)
_DAY = re.compile(r"\b(" + "|".join(name for names in _DAYS for name in names) + ")", re.IGNORECASE)
_NUMBER_OF_DAY = {name: number for number, names in enumerate(_DAYS) for name in names}

_HOUR = re.compile(r"\b(?:klo|kello|kl|klockan|at)\.? ?(\d{1,2})(?:[.:]\d\d)?\b(?! ?[ap]\.?m)", re.IGNORECASE)
_AFTERNOON = re.compile(r"\b(\d{1,2})(?:[.:]\d\d)? ?(?:[–-] ?\d{1,2}(?:[.:]\d\d)? ?)?pm\b", re.IGNORECASE)
_MORNING = re.compile(r"\b(\d{1,2})(?:[.:]\d\d)? ?(?:[–-] ?\d{1,2}(?:[.:]\d\d)? ?)?am\b", re.IGNORECASE)


def read_times(text: str) -> dict[str, float]:
    """The days and hours that are said, each with how much it tells: one day in seven, one hour in some twelve."""
    days = {f"day {_NUMBER_OF_DAY[found.lower()]}": 1.0 for found in _DAY.findall(text)}
    hours = [int(hour) for hour in (*_HOUR.findall(text), *_MORNING.findall(text))]
    hours += [int(hour) % 12 + 12 for hour in _AFTERNOON.findall(text)]
    return days | {f"hour {hour}": 1.5 for hour in hours if hour < 24}
