"""What the city is asked for."""

from datetime import UTC, datetime

from tests.tinymovements.village import GATE
from tests.tinymovements.workflow.meeting import ALPPILA, DAY, KALLIO, PEER_SUPPORT, POSTED, One, asking, put
from tinymovements.archive import corrections, posts
from tinymovements.archive.corrections import Said
from tinymovements.archive.database import open_archive, writing
from tinymovements.model import Draft, Place
from tinymovements.settings import Settings
from tinymovements.workflow.asks import Asks, District, Filter, find_asks

HERE = Place(name="Kallio", district="Kallio", municipality="Helsinki")
BENCHES = "Kaupungin pitäisi tuoda penkkejä torille"


def find(settings: Settings, **wanted: object) -> Asks:
    return find_asks(settings, Filter(**wanted), DAY)  # type: ignore[arg-type]


def district(found: Asks, name: str | None) -> District:
    [one] = [one for one in found.districts if one.district == name]
    return one


def test_the_same_ask_of_an_initiative_and_of_posts_is_counted_together(settings: Settings) -> None:
    ids = put(settings, One("Pihaväki", asks=[BENCHES]), One("Muut", asks=["Kaupungin pitäisi korjata valot"], sites=[ALPPILA]))
    asking(settings, "Kaupunki voisi tuoda penkkejä torille", place=HERE)
    found = find(settings)
    assert (found.askers, found.areas) == (3, 2)
    kallio = district(found, "Kallio")
    assert (kallio.askers, kallio.asks) == (2, 1)
    [ask] = kallio.biggest
    assert ask.askers == 2
    assert {(voice.initiative, voice.quote.text) for voice in ask.voices} == {
        (ids["Pihaväki"], BENCHES),
        (None, "Kaupunki voisi tuoda penkkejä torille"),
    }
    assert found.districts[0] is kallio


def test_a_proposal_asks_what_its_title_says_once(settings: Settings) -> None:
    post = asking(settings, "Rakennetaan sauna", "Sauna lämpimäksi", kind="proposal", title="Yleinen sauna rantaan", place=HERE)
    [ask] = district(find(settings), "Kallio").biggest
    assert ask.askers == 1
    [voice] = ask.voices
    assert (voice.quote.text, voice.quote.field, voice.quote.post) == ("Yleinen sauna rantaan", "title", post.id)


def test_a_proposal_without_a_marked_ask_counts_too(settings: Settings) -> None:
    asking(settings, kind="proposal", title="Lisää puita", place=HERE)
    assert district(find(settings), "Kallio").biggest[0].kind == "other"


def test_who_asks_the_same_twice_counts_once(settings: Settings) -> None:
    put(settings, One("Pihaväki", asks=[BENCHES, "Kaupungin pitäisi tuoda penkkejä torille pian"]))
    [ask] = district(find(settings), "Kallio").biggest
    assert ask.askers == 1


def test_a_post_that_repeats_another_is_the_same_voice(settings: Settings) -> None:
    long = "Kaupungin pitäisi tuoda penkkejä torille vanhusten iloksi ennen kesää ja hoitaa niitä"
    asking(settings, long, place=HERE, name="first")
    asking(settings, long, place=HERE, name="again")
    assert find(settings).askers == 1


def test_what_was_worded_anew_is_not_quoted_until_it_is_understood_anew(settings: Settings) -> None:
    asking(settings, BENCHES, place=HERE)
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "forum", [GATE.admit(Draft(native_id="ask", text="Hei naapurit. Mennyt.", posted=POSTED), "forum")])
    assert find(settings).askers == 0


def test_where_no_place_is_named_it_stands_last(settings: Settings) -> None:
    asking(settings, "Kaupunki voisi avata hallin", name="nowhere")
    asking(settings, "Kaupunki voisi avata kellarin", name="nowhere-else")
    asking(settings, "Kaupunki voisi avata saunan", place=HERE, name="here")
    assert [(one.district, one.askers) for one in find(settings).districts] == [("Kallio", 1), (None, 2)]


def test_what_is_old_or_met_is_left_out_and_what_nobody_dated_is_not(settings: Settings) -> None:
    put(
        settings,
        One("Saivat", asks=["Kaupungin pitäisi antaa lupa"], met=True),
        One("Ennen", asks=["Kaupungin pitäisi korjata tie"], until=DAY.replace(month=5)),
    )
    asking(settings, "Kaupunki voisi avata hallin", posted=datetime(2020, 1, 1, tzinfo=UTC), name="old")
    asking(settings, "Kaupunki voisi avata saunan", posted=None, name="undated")
    found = find(settings)
    assert found.askers == 1
    assert found.districts[0].biggest[0].voices[0].quote.text == "Kaupunki voisi avata saunan"


def test_filters(settings: Settings) -> None:
    put(settings, One("Pihaväki", asks=[BENCHES], movements=["street-art"]))
    asking(settings, "Kaupunki voisi avata saunan", place=Place(name="Alppila", district="Alppiharju", municipality="Helsinki"))
    assert find(settings, places=("Helsingfors",)).askers == 2
    assert find(settings, places=("Kallio",)).askers == 1
    assert find(settings, movements=("street-art",)).askers == 1
    assert find(settings, kinds=("space",)).askers == 1
    assert find(settings, since=DAY).askers == 0
    assert find(settings, since=DAY.replace(month=4)).askers == 2


def test_people_correct_what_movements_a_post_is_of(settings: Settings) -> None:
    post = asking(settings, BENCHES, place=HERE, movement="cycling-and-mobility")
    asking(settings, "Kaupunki voisi avata saunan", place=HERE, movement="cycling-and-mobility", name="other")
    said = [Said(post.id, "urban-gardening", True, "library"), Said(post.id, "cycling-and-mobility", False, "library")]
    with writing(open_archive(settings.archive_url)) as connection:
        corrections.keep(connection, said, POSTED)
    assert find(settings, movements=("urban-gardening",)).askers == 1
    assert find(settings, movements=("cycling-and-mobility",)).askers == 1


def test_no_more_than_was_asked_for_with_all_counted(settings: Settings) -> None:
    for number, what in enumerate(("hallin", "saunan", "kirjaston", "uimarannan")):
        asking(settings, f"Kaupunki voisi avata {what}", place=HERE, name=f"a{number}")
    asking(settings, "Kaupunki voisi siirtää bussin", name="other")
    found = find_asks(settings, Filter(), DAY, districts=1, limit=2)
    assert (found.askers, found.areas, len(found.districts)) == (5, 2, 1)
    assert found.districts[0].asks == 4
    assert len(found.districts[0].biggest) == 2


def test_sensitive_posts_and_initiatives_tell_no_street(settings: Settings) -> None:
    text = "Kaupunki voisi avata hallin Vaasankadulla"
    street = Place(name="Vaasankatu", start=42, end=55, lat=60.1, lon=24.9, district="Kallio", municipality="Helsinki")
    asking(settings, text, place=street, movement=PEER_SUPPORT)
    put(settings, One("Toipujat", asks=["Kaupungin pitäisi valaista Vaasankatu"], movements=[PEER_SUPPORT], hidden=["Vaasankatu"]))
    said = [voice.quote.text for one in find(settings).districts for ask in one.biggest for voice in ask.voices]
    assert sorted(said) == ["Kaupungin pitäisi valaista [place]", "Kaupunki voisi avata hallin [place]"]


def test_an_empty_archive(settings: Settings) -> None:
    assert find(settings) == Asks(0, 0, ())


def test_an_initiatives_place_is_where_it_is(settings: Settings) -> None:
    put(settings, One("Pihaväki", asks=[BENCHES], sites=[KALLIO, ALPPILA]))
    assert [one.district for one in find(settings).districts] == ["Kallio"]
