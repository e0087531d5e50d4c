"""Days and hours are the same in three languages."""

import pytest

from pipelines.initiatives.times import read_times


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Tiistaisin klo 17–20 kirjastossa", {"day 1", "hour 17"}),
        ("varje tisdag kl. 17.30", {"day 1", "hour 17"}),
        ("Tuesdays, 5pm at the library", {"day 1", "hour 17"}),
        ("Sundays 11 am to 1 pm", {"day 6", "hour 11", "hour 13"}),
        ("klockan 9 på lördag", {"day 5", "hour 9"}),
        ("kello 25 ei ole mitään", set()),
        ("17 säkkiä roskaa", set()),
    ],
)
def test_days_and_hours(text: str, said: set[str]) -> None:
    assert set(read_times(text)) == said
