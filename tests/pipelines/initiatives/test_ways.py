"""Each listed way of saying a stage is met by what people write, in each language."""

import pytest

from pipelines.initiatives.ways import load_ways, read
from tinymovements.initiative import STAGES
from tinymovements.model import LANGUAGES

SAID = {
    "what-if": ("Mitä jos pihalle tulisi uuni?", "Tänk om vi hade en ugn på gården?", "What if we had an oven in the yard?"),
    "why-not-here": ("Miksei meillä ole kirjahyllyä?", "Varför har vi ingen bokhylla?", "Why don't we have a book shelf?"),
    "who-joins": ("Kuka lähtis mukaan?", "Är det någon mer som vill?", "Anyone else up for it?"),
    "proposes": ("Ehdotan yhteistä ompelukonetta.", "Jag föreslår en gemensam symaskin.", "I propose a shared sewing machine."),
    "first-time": ("Kokeillaan ensi kuussa.", "Vi provar en kväll i mars.", "The first session is in March."),
    "plans": ("Suunnitelmissa on oma verstas.", "Vi planerar en egen verkstad.", "We're planning our own workshop."),
    "planning-meeting": ("Palaveri Minnan luona.", "Planeringsmöte hos Minna.", "Planning meeting at Minna's."),
    "seeks-place": ("Paikka puuttuu vielä.", "Vi söker en lokal med vatten.", "We need a room with water."),
    "we-are-now": ("Meitä on nyt neljä.", "Vi är redan sju.", "We are six so far."),
    "promised": ("Rehtori lupasi luokan.", "Rektorn lovade ett klassrum.", "The head promised a classroom."),
    "opens-soon": ("Ovet avataan, kunhan lattia kuivuu.", "Vi öppnar till hösten.", "It won't open before the floor is dry."),
    "leaves-to-found": ("Osa lähti omille teilleen.", "Vi bildar eget.", "Some of us are leaving to start on our own."),
    "every-week": ("Auki torstaisin kuudelta.", "Öppet varje torsdag.", "Open every Thursday."),
    "report-of-a-date": ("Eilen paikattiin kumisaappaita.", "I går lagade vi stövlar.", "Yesterday we patched boots."),
    "counts": ("Kertyi 14 säkkiä.", "Det blev 14 säckar.", "It came to 14 bags."),
    "next-date": ("Seuraava on maaliskuussa.", "Nästa gång i mars.", "Next time in March."),
    "for-long": ("Ovet on pidetty auki syyskuusta lähtien.", "Vi har hållit på i tre år.", "We have run for three years."),
    "thanks": ("Kiitos leivänpaahtimesta!", "Tack för brödrosten!", "Thanks for the toaster!"),
    "house-rules": ("Muistutus: ovi lukitaan.", "Påminnelse: lås dörren.", "A reminder to lock the door."),
    "registered": ("Meidät on nyt rekisteröity.", "Vi är en registrerad förening.", "We are a registered charity."),
    "paid-worker": ("Palkattiin ohjaaja.", "Vi har anställt en ledare.", "We employ a coordinator."),
    "taken-over": ("Kaupunki ottaa vastuun salista.", "Församlingen tar över salen.", "The parish takes over the hall."),
    "funded": ("Avustus riittää kahdeksi vuodeksi.", "Bidraget räcker i två år.", "The grant lasts two years."),
    "contract": ("Vuokrasopimus on tehty.", "Arrendet är klart.", "The lease is ready."),
    "paused": ("Piiri on tauolla.", "Ringen tar paus.", "The circle is taking a break."),
    "closed-for-now": ("Verstas on kiinni toistaiseksi.", "Verkstaden är stängd tills vidare.", "The shed is closed until May."),
    "nobody-comes": ("Siellä ei näy ketään.", "Ingen har setts till där.", "Nobody has been there."),
    "back-later": ("Palataan keväällä.", "Vi återkommer till våren.", "We'll be back in the spring."),
    "last-time": ("Tämä oli viimeinen kerta.", "Det var sista gången.", "It was the last ever supper."),
    "ends": ("Lopetamme tähän.", "Vi lägger ner nu.", "It is over, we have disbanded."),
    "farewell": ("Hyvästi, oli hienoa.", "Farväl till alla.", "Goodbye, all."),
    "gives-away": ("Loput hyllyt saa hakea.", "Hyllorna skänks bort.", "The shelves are free to whoever comes."),
    "because-of": ("Vetäjä kuoli keväällä.", "Ledaren flyttar i vår.", "The host has retired."),
}
"""By the id of a way: what it may sound like in Finnish, Swedish and English."""


def _met(text: str, language: str) -> set[str]:
    return {way.id for sentence in read(None, text, language).sentences for way in sentence.ways}


def test_every_way_is_tried_and_is_of_a_stage() -> None:
    assert [way.id for way in load_ways()] == list(SAID)
    assert {way.stage for way in load_ways()} == set(STAGES)


@pytest.mark.parametrize("id", SAID)
def test_a_way_is_met_in_each_language(id: str) -> None:
    for language, text in zip(LANGUAGES, SAID[id], strict=True):
        assert id in _met(text, language), text
        assert id in _met(text.upper(), language), text
        assert id in _met(text, "unknown"), text


@pytest.mark.parametrize(
    ("text", "language"),
    [("Punainen talo seisoo mäellä", "fi"), ("Ett rött hus står på kullen", "sv"), ("A red house on the hill", "en")],
)
def test_what_says_nothing_of_a_stage_meets_none(text: str, language: str) -> None:
    assert not _met(text, language)


def test_a_sentence_is_marked_where_it_begins_or_ends_a_post_or_asks() -> None:
    told = read("Ilta", "Mitä jos kudottaisiin? Piha on märkä. Kiitos langoista.", "fi")
    assert [sentence.features for sentence in told.sentences] == [
        (),
        ("what-if", "asks: what-if"),
        (),
        ("thanks", "last: thanks"),
    ]
    assert told.features == ("spark x1", "active x1", "title", "asks", "length 0")


def test_letters_that_grow_when_made_small_move_nothing() -> None:
    (sentence,) = read(None, "İİİ kiitos", "fi").sentences
    assert (sentence.start, sentence.text) == (0, "İİİ kiitos")
    assert [way.id for way in sentence.ways] == ["thanks"]


def test_a_title_ends_where_the_text_begins() -> None:
    told = read("Kevät 1.", "eilen satoi", "fi")
    assert [(sentence.field, sentence.start, sentence.text) for sentence in told.sentences] == [
        ("title", 0, "Kevät 1"),
        ("text", 0, "eilen satoi"),
    ]
