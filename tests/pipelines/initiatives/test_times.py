"""Days and hours are the same in three languages."""

import pytest

from pipelines.initiatives.times import Times, read_times


@pytest.mark.parametrize(
    ("text", "days", "hours"),
    [
        ("Tiistaisin klo 17–20 kirjastossa", {1}, {17}),
        ("ti klo 17, ke. klo 18", {1, 2}, {17, 18}),
        ("varje tisdag kl. 17.30", {1}, {17}),
        ("Vi ses ons kl 18, inte tors", {2, 3}, {18}),
        ("Tuesdays, 5pm at the library", {1}, {17}),
        ("tues 5pm, Thurs and Wed 6pm", {1, 2, 3}, {17, 18}),
        ("Sundays 11 am to 1 pm", {6}, {11, 13}),
        ("klockan 9 på lördag", {5}, {9}),
        ("kello 25 ei ole mitään", set(), set()),
        ("17 säkkiä roskaa", set(), set()),
        ("from 9 to 5, they wed in May, la vita", set(), set()),
    ],
)
def test_days_and_hours(text: str, days: set[int], hours: set[int]) -> None:
    assert read_times(text) == Times(frozenset(days), frozenset(hours))
