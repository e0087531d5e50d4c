from datetime import UTC, datetime, timedelta, timezone

import pytest

from spiders.platforms.values import count, identifier, in_utc, written_moment

FINLAND = timezone(timedelta(hours=3))


@pytest.mark.parametrize(("given", "kept"), [(" 7 ", "7"), ("a\ud800b", "ab"), ("\udfff", ""), ("x" * 500, "x" * 500)])
def test_an_id_is_kept_without_what_no_database_takes(given: str, kept: str) -> None:
    assert identifier(given) == kept


def test_a_long_id_stays_one_and_the_same() -> None:
    assert len(identifier("x" * 501)) == 32
    assert identifier("x" * 501) == identifier("x" * 501) != identifier("x" * 502)


@pytest.mark.parametrize(
    "moment", [datetime.min, datetime.max, datetime(1601, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=FINLAND)]
)
def test_what_stands_for_no_date_is_none(moment: datetime) -> None:
    assert in_utc(moment) is None


def test_a_moment_is_held_in_utc() -> None:
    assert written_moment("2026-05-02T10:00:00", FINLAND) == datetime(2026, 5, 2, 7, tzinfo=UTC)
    assert written_moment("2026-05-02T10:00:00Z", FINLAND) == datetime(2026, 5, 2, 10, tzinfo=UTC)


def test_a_day_without_a_time_is_that_day_in_utc() -> None:
    assert written_moment("2026-05-02", FINLAND) == datetime(2026, 5, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize("written", [None, 5, "", "soon", "0000-00-00", ["2026-05-02"]])
def test_what_is_no_date_is_none(written: object) -> None:
    assert written_moment(written) is None


@pytest.mark.parametrize(("given", "kept"), [(None, None), (-1, None), (0, 0), (7, 7)])
def test_fewer_than_none_is_not_known(given: int | None, kept: int | None) -> None:
    assert count(given) == kept
