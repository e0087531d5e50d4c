"""Places in texts: inflected, as demonyms and nicknames, streets and houses; and what only looks like one."""

import pytest
import spacy
from spacy.tokens import Doc

from pipelines.assemble import _EXTENSIONS
from pipelines.places import PlacesComponent
from tinymovements.model import Place

Pin = tuple[str | None, float | None, float | None]


def places(text: str, language: str = "fi", title: str = "", pin: Pin = (None, None, None)) -> tuple[Place, ...]:
    for name, default in _EXTENSIONS.items():
        Doc.set_extension(name, default=default, force=True)
    doc = spacy.blank("xx").make_doc(f"{title}\n{text}" if title else text)
    doc._.title_length = len(title)
    doc._.language = language
    doc._.pin = pin
    return tuple(Place.model_validate(place) for place in PlacesComponent()(doc)._.places)


def names(text: str, language: str = "fi") -> list[str]:
    return [place.name for place in places(text, language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ompelukahvila Malmilla ja Turussa", ["Malmi", "Turku"]),
        ("Talkoot Kalliossa, Vuosaaressa ja Lahdessa", ["Kallio", "Vuosaari", "Lahti"]),
        ("Muutamme Tampereelle, Espooseen ja Turkuun", ["Tampere", "Espoo", "Turku"]),
        ("Terveisiä Lontoosta ja Tukholmasta", ["Lontoo", "Tukholma"]),
        ("Kevätsiivous alkaa myös Nekalassa ja Tuirassa", ["Nekala", "Tuira"]),
        ("Siirryimme Itä-Pasilasta Port Arthuriin", ["Itä-Pasila", "Port Arthur"]),
        ("Lähtekää Kiveriöstä, Kortepohjasta ja Vuoreksesta", ["Kiveriö", "Kortepohja", "Vuores"]),
        ("Laiva lähti, kävin Lielahessa", ["Lielahti"]),
        ("Kirppis lauantaina #Malmi #kajaani #kallio", ["Malmi", "Kajaani"]),
    ],
)
def test_inflected_finnish_names_are_given_in_their_base_form(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("kaikki malmilaiset ja turkulaiset mukaan", "fi", ["Malmi", "Turku"]),
        ("vi malmöbor och göteborgare bjuder in", "sv", ["Malmö", "Göteborg"]),
        ("calling all Glaswegians and Londoners", "en", ["Glasgow", "London"]),
        ("kirppis on mansessa, ei stadissa", "fi", ["Tampere", "Helsinki"]),
        ("nähdään krunikassa tai itiksessä", "fi", ["Kruununhaka"]),
        ("vi ses i Götet på fredag", "sv", ["Göteborg"]),
    ],
)
def test_demonyms_and_nicknames_give_the_official_name(text: str, language: str, expected: list[str]) -> None:
    assert names(text, language)[: len(expected)] == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Naapurit kokoontuvat Hämeentiellä", "fi", ["Hämeentie"]),
        ("Siivotaan Kuvitelmankadun varsi", "fi", ["Kuvitelmankatu"]),
        ("Tavataan Töölön torilla", "fi", ["Töölön tori"]),
        ("Tavataan Töölöntorilla", "fi", ["Töölöntori"]),
        ("Ilta on Hervannan kirjastossa", "fi", ["Hervannan kirjasto"]),
        ("Vi målar på Kvarngatan", "sv", ["Kvarngatan"]),
        ("Möt oss vid Malms station", "sv", ["Malms station"]),
        ("Bord vid Norra Hagalundsgatan", "sv", ["Norra Hagalundsgatan"]),
        ("Find us on Byres Road", "en", ["Byres Road"]),
        ("Open day at Govanhill Baths", "en", ["Govanhill Baths"]),
        ("The room in Oldham library is free", "en", ["Oldham library"]),
        ("Plants for Fleminginkatu", "en", ["Fleminginkatu"]),
    ],
)
def test_streets_and_houses(text: str, language: str, expected: list[str]) -> None:
    assert names(text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Odlingsgruppen i Berghäll söker folk", "sv", ["Berghäll"]),
        ("Vi bor i Påhittsnäs", "sv", ["Påhittsnäs"]),
        ("Tack alla i Lund", "sv", ["Lund"]),
        ("Swap shop in Hebden Bridge and Leith", "en", ["Hebden Bridge", "Leith"]),
        ("We moved from Reading to Bath", "en", ["Reading", "Bath"]),
        ("Our Harehills tool library needs shelves", "en", ["Harehills"]),
        ("Litter pick from Rusholme to Moss Side", "en", ["Rusholme", "Moss Side"]),
        ("Free soup in Phibsborough, near Dublin", "en", ["Phibsborough", "Dublin"]),
        ("Wool from Tromsø and Hillerød", "en", ["Tromsø", "Hillerød"]),
        ("Klädbytardag, Hagsätra och Bredäng", "sv", ["Hagsätra", "Bredäng"]),
        ("Hisingens grannar och lundborna", "sv", ["Hisingen", "Lund"]),
        ("Vi åkte till Helsingör", "sv", ["Helsingör"]),
    ],
)
def test_swedish_and_english_names(text: str, language: str, expected: list[str]) -> None:
    assert names(text, language) == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Kallio on kova. Malmi on metalli. Lahti jäätyi.", "fi"),
        ("Jos tulet, tuo kahvia. Varaa aika!", "fi"),
        ("Kirjoita meille Facebookissa tai Teamsissa", "fi"),
        ("Soita Liisa Malmille", "fi"),
        ("Yhteydet hoitaa [name] Kallio", "fi"),
        ("Kaksi koordinaattoria ja monitori", "fi"),
        ("Väkeä Syyriasta ja Suomesta", "fi"),
        ("Följ oss på Facebook och hos Trafikverket", "sv"),
        ("Reading is fun. Bath time!", "en"),
        ("Thanks for helping in March and on Saturday", "en"),
        ("Deal with it, folks. Hope to see you all. Sale on Saturday!", "en"),
        ("Time to Give Back: Just in Time, said Tim. Hell of a day", "en"),
        ("Thanks to Walker for the van", "en"),
        ("Thank you, Chelsea, for the chairs", "en"),
        ("THE OBJECTS OF THE CHURCH AND THE COMMUNITY CENTRE", "en"),
        ("We are the Presbyterian Church and a Polling Station", "en"),
        ("Loppis! Tim och Berg tar med sig kaffe. Rosta brödet", "sv"),
        ("Backa inte bilen. Tack till Sala för i lördags", "sv"),
        ("Annala soitti. Maija Mikkola hoitaa kahvit. Pohja on saavutettu", "fi"),
        ("The Community Centre is closed", "en"),
        ("https://example.org/Helsinki", "en"),
    ],
)
def test_what_only_looks_like_a_place(text: str, language: str) -> None:
    assert names(text, language) == []


def test_a_sentence_start_counts_where_the_rest_of_the_post_confirms_it() -> None:
    assert names("Kallio kukkii taas. Tulkaa käymään täällä Kalliossa") == ["Kallio", "Kallio"]


def test_spans_are_exact_and_belong_to_their_field() -> None:
    title, text = "Kahvila Malmilla 😀", "Tervetuloa! 😀 Nähdään Kontulan kirjastossa"
    found = places(text, title=title)
    assert [(place.name, place.field) for place in found] == [("Malmi", "title"), ("Kontulan kirjasto", "text")]
    assert title[found[0].start : found[0].end] == "Malmilla"
    assert text[found[1].start : found[1].end] == "Kontulan kirjastossa"


def test_known_places_have_a_point_and_a_district_and_streets_have_none() -> None:
    malmi, street = places("Malmilta Kuvitelmankadulle")
    assert (malmi.district, malmi.municipality) == ("Malmi", "Helsinki")
    assert malmi.lat == pytest.approx(60.247, abs=0.01)
    assert (street.lat, street.lon, street.district) == (None, None, None)


def test_a_house_lies_in_the_district_of_the_place_that_names_it() -> None:
    (library,) = places("Ilta Kontulan kirjastossa")
    assert (library.lat, library.district, library.municipality) == (None, "Mellunkylä", "Helsinki")


def test_of_namesakes_the_one_near_the_others_of_the_post_is_meant() -> None:
    at_home = places("Koskelassa on talkoot")[0]
    in_oulu = places("Oulussa on talkoot Koskelassa")[1]
    assert at_home.municipality == "Helsinki"
    assert in_oulu.lat == pytest.approx(65.05, abs=0.1)


def test_the_source_puts_a_post_by_point_or_by_a_known_name() -> None:
    assert places("", pin=("Kylätalo", 60.2472, 25.0257)) == (
        Place(name="Kylätalo", lat=60.2472, lon=25.0257, district="Malmi", municipality="Helsinki", field="source"),
    )
    assert places("", pin=(None, 60.2472, 25.0257))[0].name == "Malmi"
    (named,) = places("", pin=("Jokutalo, Malmi", None, None))
    assert (named.name, named.district, named.start) == ("Jokutalo, Malmi", "Malmi", None)
    assert places("", pin=("Jossain", None, None)) == places("", pin=("Finland", None, None)) == ()


def test_a_text_in_another_language_keeps_what_the_gazetteer_is_sure_of() -> None:
    assert names("Wir treffen uns in Helsinki", "unknown") == ["Helsinki"]


def test_a_form_that_is_a_word_of_its_own_is_no_city_abroad() -> None:
    assert names("Vanhan koulun kenttä on tyhjä.") == []
    assert names("Lensimme Istanbuliin ja Vaniin.") == ["Istanbul", "Van"]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("The Canton food co-op in Cardiff", "en", ["Canton", "Cardiff"]),
        ("The Canton food co-op", "en", []),
        ("Annalan perheet, Tampere", "fi", ["Annala", "Tampere"]),
        ("Annalan perheet", "fi", []),
        ("Kotkan Karhulassa", "fi", ["Kotka", "Karhula"]),
        ("Kello on kuusi, nähdään Oulussa", "fi", ["Oulu"]),
    ],
)
def test_an_unsure_district_counts_beside_its_town(text: str, language: str, expected: list[str]) -> None:
    assert names(text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "pin", "lat"),
    [
        ("Garden in Newport, Wales", "en", (None, None, None), 51.6),
        ("Garden in Newport, Shropshire", "en", (None, None, None), 52.8),
        ("Garden in Newport, County Mayo", "en", (None, None, None), 53.9),
        ("Clean-up in Richmond and Kingston", "en", (None, None, None), 51.5),
        ("Clean-up in Richmond, North Yorkshire", "en", (None, None, None), 54.4),
        ("Open day in Bangor", "en", ("Belfast", None, None), 54.7),
        ("Open day in Bangor", "en", (None, 53.2, -4.1), 53.2),
        ("Visit to Boston and New York", "en", (None, None, None), 42.4),
        ("Perth people, and those of Dundee", "en", (None, None, None), 56.4),
        ("Koskelassa on talkoot", "fi", ("Oulu", None, None), 65.0),
        ("Vi bor i Sand, nära Hamar i Norge", "sv", (None, None, None), 60.4),
    ],
)
def test_of_namesakes_source_and_words_tell_which_is_meant(text: str, language: str, pin: Pin, lat: float) -> None:
    assert places(text, language, pin=pin)[0].lat == pytest.approx(lat, abs=0.06)


@pytest.mark.parametrize(
    ("text", "pin", "town"),
    [
        ("Loppis i Haga", (None, None, None), "Helsinki"),
        ("Loppis i Haga", (None, 57.70, 11.96), "Göteborg"),
        ("Loppis i Haga", ("Umeå", None, None), "Umeå"),
        ("Loppis i Haga i Örebro", (None, None, None), "Örebro"),
    ],
)
def test_a_district_of_several_towns(text: str, pin: Pin, town: str) -> None:
    assert places(text, "sv", pin=pin)[0].municipality == town


def test_a_place_far_away_is_known_where_its_country_is_spoken_of() -> None:
    (alone,) = places("Vi bor i Sand", "sv")
    assert alone.lat is None
