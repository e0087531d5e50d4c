from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from spiders.files.contract import Unreadable
from spiders.files.values import coordinate, count, moment

HELSINKI = ZoneInfo("Europe/Helsinki")


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T18:05:52+02:00",
        "2026-03-01T16:05:52Z",
        "2026-03-01T16:05:52.000Z",
        "2026-03-01T16:05:52+0000",
        "2026-03-01 18:05:52",
        "2026-03-01 18:05:52 EET",
        "2026-03-01 18:05:52EET",
        "2026-03-01 19:05:52 EEST",
        "2026-03-01 17:05:52 CET",
        "2026-03-01 13:05:52 BRT",
        "2026-03-01 12:05:52 EDT",
        "2026-03-01 18:05:52 +02",
        "2026-03-01 18:05:52 +02:00",
        "1772381152",
        "1772381152.0",
        "1772381152000",
        "1.3.2026 klo 18.05.52",
        "01.03.2026 18:05:52",
        "1.3.2026, 18.05.52",
        "2026-03-01 kl. 18:05:52",
        " 20260301T180552 ",
    ],
)
def test_one_moment_in_many_writings(text: str) -> None:
    assert moment(text, HELSINKI) == datetime(2026, 3, 1, 16, 5, 52, tzinfo=UTC)


def test_without_seconds_or_zone() -> None:
    assert moment("1.3.2026 klo 18.05", HELSINKI) == datetime(2026, 3, 1, 16, 5, tzinfo=UTC)
    assert moment("2026-03-01 18:05:52", ZoneInfo("America/Sao_Paulo")) == datetime(2026, 3, 1, 21, 5, 52, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Europe/Helsinki", "Pacific/Auckland", "America/Sao_Paulo", "UTC"])
@pytest.mark.parametrize("text", ["2026-08-01", "20260801", "1.8.2026", "2026-8-1", "2026-08-01 EEST"])
def test_a_day_without_a_time_is_that_day_in_utc(text: str, zone: str) -> None:
    assert moment(text, ZoneInfo(zone)) == datetime(2026, 8, 1, 12, tzinfo=UTC)


def test_midnight_that_is_stated_is_midnight() -> None:
    assert moment("2026-08-01 00:00", HELSINKI) == moment("1.8.2026 klo 0.00", HELSINKI) == datetime(2026, 7, 31, 21, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", " ", "N/A", "-", "null"])
def test_nothing_given_is_nothing(text: str) -> None:
    assert moment(text, HELSINKI) is None
    assert count(text) is None
    assert coordinate(text, 90) is None


@pytest.mark.parametrize(
    "text",
    [
        "0000-00-00 00:00:00", "0000-01-01", "0001-01-01T00:00:00Z", "1601-01-01", "9999-12-31T23:59:59-10:00", "2026-02-30",
        "31.2.2026", "3/1/2026", "yesterday", "2026-03-01 6:05 PM", "2026-03-01 18:05 XYZ", "2026-03-01 18:05 IST", "42", "0",
        "2026-13-01", "1.3.2026 klo 25.00", "2999-01-01", "9999-12-31", "10000-01-01", "1772381152000000",
        "99999999999999", "99999999999999999999",
    ],
)  # fmt: skip
def test_a_date_that_is_not_sure_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(Unreadable) as refused:
        moment(text, HELSINKI)
    assert text not in str(refused.value).partition(":")[0]  # after it stands how to write one


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("7", 7), ("92.414", 92414), ("1,234", 1234), ("1 234", 1234), ("1\u00a0234", 1234), ("1\u202f234", 1234),
        ("1'234", 1234), ("1.234.567", 1234567), ("1,234,567", 1234567), ("12.0", 12), ("12,00", 12), ("1.234,00", 1234),
        ("1,234.0", 1234), ("100000", 100000),
    ],
)  # fmt: skip
def test_counts_in_any_country(text: str, value: int) -> None:
    assert count(text) == value


@pytest.mark.parametrize("text", ["1,9", "1.2K", "-5", "1,23,456", "1.234,567", "many", "99999999999", "1e3", "١٢٣x"])
def test_what_is_no_count_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        count(text)


def test_coordinates_take_point_and_comma_and_have_bounds() -> None:
    assert coordinate("60.197", 90) == coordinate("60,197", 90) == 60.197
    assert coordinate("-24.95", 180) == -24.95
    for text in ("91", "-90.1", "60.1.2", "60° 10'", "north"):
        with pytest.raises(Unreadable):
            coordinate(text, 90)
