"""What posts look for, offer and ask, and what says that it is met: in three languages, with invented posts."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from pipelines.initiatives.evidence import Evidence
from pipelines.initiatives.wants import FOOD_KEEPS, LASTS, LONGEST, MOST, gather_wants
from pipelines.needs import kind
from tinymovements.initiative import ASKS_LAST, Want
from tinymovements.model import Annotation, Place, Span

START = datetime(2025, 3, 1, 12, tzinfo=UTC)


def post(
    number: int,
    language: str,
    text: str,
    needs: Sequence[str] = (),
    offers: Sequence[str] = (),
    asks: Sequence[str] = (),
    dated: bool = True,
    places: Sequence[Place] = (),
) -> Evidence:
    """A post of a month, a month after the one before, with the clauses that the pipeline marks."""

    def spans(clauses: Sequence[str]) -> list[Span]:
        return [
            Span(text=clause, start=text.index(clause), end=text.index(clause) + len(clause), kind=kind(clause, language))
            for clause in clauses
        ]

    told = {"version": "1", "language": language, "initiative": 0.9, "self_organised": 0.9, "places": places}
    annotation = Annotation.model_validate(told | {"needs": spans(needs), "offers": spans(offers), "asks": spans(asks)})
    posted = START + timedelta(days=30 * number) if dated else None
    return Evidence(number, f"p{number}", "forum", None, None, "message", None, text, None, posted, annotation, None)


def only(*posts: Evidence) -> Want:
    [want] = gather_wants(posts)
    return want


@pytest.mark.parametrize(
    ("language", "need", "later", "because"),
    [
        (
            "fi",
            "Etsimme kellaria pyörille",
            "Kiitos kaikille! Kellari löytyi Mäkikadulta. Nyt korjataan.",
            "Kellari löytyi Mäkikadulta",
        ),
        ("fi", "Tarvitaan tuoleja kerholle", "Saatiin jo tuolit seurakunnalta", "Saatiin jo tuolit seurakunnalta"),
        ("fi", "Puuttuu lupa torille", "Lupa torille tuli eilen kaupungilta.", "Lupa torille tuli eilen kaupungilta"),
        ("sv", "Vi söker en bil till lördagar", "Vi har nu en bil, tack Linnea! Vi ses.", "Vi har nu en bil, tack Linnea"),
        ("sv", "Kan någon låna ut ett tält", "Tältet kom till slut.", "Tältet kom till slut"),
        ("en", "We need a van for the sofas", "Van found, thank you. See you on the square.", "Van found, thank you"),
        ("en", "Looking for permission to paint the wall", "The permission came through!", "The permission came through"),
    ],
)
def test_a_later_post_says_that_it_is_met(language: str, need: str, later: str, because: str) -> None:
    want = only(post(0, language, f"{need}. Tervetuloa!", needs=[need]), post(1, language, later))
    assert (want.status, want.quote.text) == ("fulfilled", need)
    assert want.because is not None
    assert (want.because.text, want.because.post) == (because, "p1")
    assert later[want.because.start : want.because.end] == because


def test_it_is_met_in_another_language() -> None:
    want = only(
        post(0, "sv", "Nu saknas en chaufför på torsdagar.", needs=["Nu saknas en chaufför på torsdagar"]),
        post(1, "fi", "Kuski löytyi naapuritalosta."),
    )
    assert want.because
    assert want.because.text == "Kuski löytyi naapuritalosta"


def test_the_same_post_may_say_so_after_it() -> None:
    need = "Tarvitsemme pakettiauton"
    assert only(post(0, "fi", f"{need}. Muokkaus: auto löytyi jo.", needs=[need])).status == "fulfilled"
    assert only(post(0, "fi", f"Kerran auto löytyi metsästä. {need}.", needs=[need])).status == "open"


@pytest.mark.parametrize(
    ("language", "need", "later"),
    [
        ("fi", "Etsimme kellaria", "Kellaria ei ole vieläkään löytynyt."),
        ("fi", "Etsimme kellaria", "Löytyisikö kellari mistään?"),
        ("fi", "Etsimme kellaria", "Kadonnut kissa löytyi, kiitos."),
        ("sv", "Vi söker en bil", "Vi har fortfarande inte hittat någon bil."),
        ("sv", "Vi söker en bil", "Tack för i går, det var roligt."),
        ("en", "We need a van", "Still no van found."),
        ("en", "We need a van", "Thanks for the cakes, all gone by noon."),
    ],
)
def test_what_denies_it_asks_for_it_or_is_of_something_else_meets_nothing(language: str, need: str, later: str) -> None:
    assert only(post(0, language, need, needs=[need]), post(1, language, later)).status == "open"


def test_an_earlier_post_meets_nothing() -> None:
    need = "Etsimme kellaria"
    assert only(post(0, "fi", "Kellari löytyi."), post(1, "fi", need, needs=[need])).status == "open"


def test_of_what_is_not_dated_nobody_knows_whether_it_is_later() -> None:
    need = "Etsimme kellaria"
    assert only(post(0, "fi", need, needs=[need]), post(1, "fi", "Kellari löytyi.", dated=False)).status == "open"


def test_one_clause_may_meet_two_needs() -> None:
    needs = ["Etsimme autoa", "Kuski puuttuu"]
    wants = gather_wants([post(0, "fi", ". ".join(needs), needs=needs), post(1, "fi", "Auto ja kuski löytyivät.")])
    assert [want.status for want in wants] == ["fulfilled", "fulfilled"]


def test_the_same_need_is_one_want_with_the_latest_quote() -> None:
    first, again = "Tarvitsemme jääkaapin torille", "Jääkaappi torille puuttuu yhä"
    want = only(post(0, "fi", first, needs=[first]), post(1, "fi", again, needs=[again]))
    assert (want.quote.text, want.quote.post) == (again, "p1")


def test_what_is_needed_again_is_open_again() -> None:
    first, again = "Tarvitsemme jääkaapin torille", "Tarvitsemme jääkaapin torille"
    want = only(post(0, "fi", first, needs=[first]), post(1, "fi", "Jääkaappi saatiin."), post(2, "fi", again, needs=[again]))
    assert (want.status, want.because) == ("open", None)


def test_different_needs_stay_apart() -> None:
    needs = ["Tarvitsemme jääkaapin", "Etsimme ompelijaa"]
    assert len(gather_wants([post(0, "fi", ". ".join(needs), needs=needs)])) == 2


def test_a_need_and_an_offer_of_the_same_are_two() -> None:
    text = "Tarvitsemme tuoleja. Tarjoamme tuoleja."
    wants = gather_wants([post(0, "fi", text, needs=["Tarvitsemme tuoleja"], offers=["Tarjoamme tuoleja"])])
    assert {want.wish for want in wants} == {"need", "offer"}


def test_an_offer_is_over_when_it_is_taken_and_soup_is_there_again() -> None:
    chairs, soup = "Tarjoamme kuusi tuolia", "Tarjoamme keittoa kaikille"
    offered = post(0, "fi", f"{chairs}. {soup}.", offers=[chairs, soup])
    wants = gather_wants([offered, post(1, "fi", "Tuolit on jo annettu."), post(2, "fi", "Keitto loppui kesken.")])
    assert {want.quote.text: want.status for want in wants} == {chairs: "fulfilled", soup: "open"}


def test_an_ask_is_met_by_whom_it_is_asked_of() -> None:
    ask = "Kaupungin pitäisi tuoda penkit rantaan"
    want = only(post(0, "fi", ask, asks=[ask]), post(1, "fi", "Kaupunki lupasi penkit."))
    assert (want.wish, want.status) == ("ask", "fulfilled")


def test_until_when_it_stands() -> None:
    day = START.date()
    dated, food, ask = "Tarvitaan kantajia la 12.4.", "Leipää jaossa", "Kaupungin pitäisi tuoda penkit"
    text = f"{dated} klo 10. {food}. {ask}."
    until = {want.quote.text: want.until for want in gather_wants([post(0, "fi", text, [dated], [food], [ask])])}
    assert until == {dated: date(2025, 4, 12), food: day + FOOD_KEEPS, ask: day + ASKS_LAST}


def test_other_wishes_stand_as_long_as_their_kind_does() -> None:
    wants = ["Tarvitaan hylly", "Tarvitaan kyyti", "Tarvitaan leipää"]
    until = {want.kind: want.until for want in gather_wants([post(0, "fi", ". ".join(wants), needs=wants)])}
    day = START.date()
    assert until == {"other": day + LONGEST, "transport": day + LASTS["transport"], "food": day + LONGEST}


@pytest.mark.parametrize(
    ("language", "clause", "wish"),
    [
        ("fi", "Mulla on auto ja torstait vapaata", "offer"),
        ("sv", "Nån som kan låna ut ett tält", "need"),
        ("en", "A good urn, free to a home", "offer"),
    ],
)
def test_a_clause_in_which_both_were_found_is_the_one_that_it_says(language: str, clause: str, wish: str) -> None:
    assert only(post(0, language, clause, needs=[clause], offers=[clause])).wish == wish


def test_the_record_is_the_same_on_every_day_and_readers_tell_what_has_expired() -> None:
    need = "Tarvitaan kantajia la 12.4."
    want = only(post(0, "fi", need, needs=[need]))
    assert want.status == "open"
    assert [want.status_on(date(2025, 4, day)) for day in (11, 12, 13)] == ["open", "open", "expired"]
    met = want.model_copy(update={"status": "fulfilled"})
    assert met.status_on(date(2030, 1, 1)) == "fulfilled"
    assert want.model_copy(update={"until": None}).status_on(date(2030, 1, 1)) == "open"


def test_no_name_of_a_place_is_among_what_is_compared() -> None:
    need = "Etsimme kellaria Mäkikadulta"
    place = Place(name="Mäkikatu", start=17, end=28)
    want = only(post(0, "fi", need, needs=[need], places=[place]))
    assert "kellari" in want.words
    assert not any(word.startswith("mäki") for word in want.words)


def test_the_latest_come_first_and_no_more_than_a_page_holds() -> None:
    needs = [
        post(number, "unknown", f"xa{number}xa xb{number}xb", needs=[f"xa{number}xa xb{number}xb"]) for number in range(MOST + 5)
    ]
    wants = gather_wants(needs)
    assert len(wants) == MOST
    assert wants[0].quote.post == f"p{MOST + 4}"
    assert [want.quote.posted for want in wants] == sorted((want.quote.posted for want in wants if want.quote.posted), reverse=True)


def test_the_order_of_equal_posts_changes_nothing() -> None:
    one, other = "Etsimme kellaria", "Tarvitsemme tuoleja"
    posts = [post(0, "fi", one, needs=[one]), post(0, "fi", other, needs=[other])._replace(id="q0")]
    assert gather_wants(posts) == gather_wants(posts[::-1])
