"""The day that a wish names, in three languages, read on the day it was posted."""

from calendar import monthrange
from datetime import date, timedelta

import pytest

from pipelines.initiatives.days import last_day

POSTED = date(2025, 3, 1)
"""A Saturday."""


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Talkoot la 12.4. klo 10, tarvitaan haravia", date(2025, 4, 12)),
        ("Haravat lauantaihin 15.3. mennessä", date(2025, 3, 15)),
        ("Apua kaivataan perjantaiksi", date(2025, 3, 7)),
        ("Kuka tuo kahvit huomenna", date(2025, 3, 2)),
        ("la klo 10 tarvitaan kantajia", date(2025, 3, 1)),
        ("4. toukokuuta tarvitaan teltta", date(2025, 5, 4)),
        ("Tila tarvitaan toukokuuksi", date(2025, 5, 31)),
        ("Vi behöver hjälp till fredag", date(2025, 3, 7)),
        ("den 4 maj behövs kakor", date(2025, 5, 4)),
        ("Vi behöver en tunna före april", date(2025, 3, 31)),
        ("Tila tarvitaan ennen kesäkuuta", date(2025, 5, 31)),
        ("Vem kan i helgen?", date(2025, 3, 2)),
        ("We need a van on Sunday 3 May", date(2025, 5, 3)),
        ("A ladder by Friday, please", date(2025, 3, 7)),
        ("Cakes for May 4th", date(2025, 5, 4)),
        ("Somebody with a key by May 2026", date(2026, 5, 31)),
        ("until 2025-06-30", date(2025, 6, 30)),
        ("on 5.12.2025", date(2025, 12, 5)),
        ("apua kaivataan 24.7.", date(2025, 7, 24)),
        ("Teltta tarvitaan 24/7/2025", date(2025, 7, 24)),
        ("teltta 3/5 klo 10", date(2025, 5, 3)),
        ("den 1/4 träffas vi", date(2025, 4, 1)),
        ("leiri 10.4–12.6", date(2025, 6, 12)),
        ("leiri 20.04–25.04.", date(2025, 4, 25)),
        ("talkoot 12.4 klo 9.30–12.10", date(2025, 4, 12)),
    ],
)
def test_a_day_that_is_named(text: str, day: date) -> None:
    assert last_day(text, POSTED) == day


@pytest.mark.parametrize(
    "text",
    [
        "Katos puuttuu ja naapurit auttavat",
        "Tiistaisin klo 18 tarvitaan tiskaajia",
        "Cleaning rota has gaps on Sundays",
        "onsdagar behöver vi en vakt",
        "klo 16.30 asti",
        "kl. 14.30 behövs kaffe",
        "we need 2.5 kg of flour",
        "Bring one of the three",
        "13.00–15.00",
        "auki 9.30–12.10.",
        "open 10.10 to 11.30",
        "klo 9.10–12.12 tarvitaan tiskaajia",
        "The fridge is open 24/7.",
        "päivystys 24/7/365",
        "1/4 päivän työ",
        "vi behöver 3/4 liter mjölk",
        "1 1/2 hours of cleaning",
        "matto 4.5 x 6 m",
        "6×4.5 tarp",
        "kissa löytyi 12.2. metsästä, tarvitaan koti",
        "31.2. tarvitaan lunta",
    ],
)
def test_hours_habits_and_what_has_been_name_no_day(text: str) -> None:
    assert last_day(text, POSTED) is None


MONTHS = (
    ("tammikuu", "januari", "January", "Jan"),
    ("helmikuu", "februari", "February", "Feb"),
    ("maaliskuu", "mars", "March", "Mar"),
    ("huhtikuu", "april", "April", "Apr"),
    ("toukokuu", "maj", "May", "May"),
    ("kesäkuu", "juni", "June", "Jun"),
    ("heinäkuu", "juli", "July", "Jul"),
    ("elokuu", "augusti", "August", "Aug"),
    ("syyskuu", "september", "September", "Sept"),
    ("lokakuu", "oktober", "October", "Oct"),
    ("marraskuu", "november", "November", "Nov"),
    ("joulukuu", "december", "December", "Dec"),
)


@pytest.mark.parametrize(("number", "names"), list(enumerate(MONTHS, 1)))
def test_every_month_is_read_in_three_languages(number: int, names: tuple[str, ...]) -> None:
    finnish, swedish, english, short = names
    day = date(2025, number, 15)
    last = date(2025, number, monthrange(2025, number)[1])
    for text in (
        f"15. {finnish}ta tarvitaan teltta",
        f"{finnish.capitalize()}n 15. päivä tarvitaan teltta",
        f"den 15 {swedish} behövs ett tält",
        f"a tent on 15 {english}",
        f"a tent for {short} 15th",
    ):
        assert last_day(text, day - timedelta(days=20)) == day, text
    for text in (f"tila {finnish}ssa", f"tila {finnish}ksi", f"tila {finnish}n loppuun", f"till {swedish}", f"by {english}"):
        assert last_day(text, day - timedelta(days=20)) == last, text


def test_a_date_without_a_year_is_the_next_one() -> None:
    assert last_day("kantajia kaivataan 20.1.", date(2024, 12, 14)) == date(2025, 1, 20)
