"""Names of persons go in three languages and all their forms; names of places, groups and days stay."""

import pytest

from tinymovements.privacy import Gate

scrub = Gate(bytes(32)).scrub


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("Laita viestiä Marja-Liisalle tai tule paikalle.", "Laita viestiä [name] tai tule paikalle."),
        ("Avaimet ovat Virtasen postilaatikossa.", "Avaimet ovat [name] postilaatikossa."),
        ("Kiitos Mattilan Jussi!", "Kiitos [name]!"),
        ("Oltiin Pekan pihalla talkoissa.", "Oltiin [name] pihalla talkoissa."),
        ("Soita Liisalle", "Soita [name]"),
        ("soita liisalle", "soita [name]"),
        ("Hei Maija!", "Hei [name]!"),
        ("Nimeni on Oona ja muutin Malmille.", "Nimeni on [name] ja muutin Malmille."),
        ("Nähdään torilla!\nt. Ritva", "Nähdään torilla!\nt. [name]"),
        ("Lapaset löytyi, terv. Jere", "Lapaset löytyi, terv. [name]"),
        ("Kysy Amirilta tai Fatimalta.", "Kysy [name] tai [name]."),
        ("Ilmoittautumiset: T. Virtanen", "Ilmoittautumiset: [name]"),
        ("Paikalla oli myös Matti V. ja koira.", "Paikalla oli myös [name] ja koira."),
        ("Ohjaajana toimii Kai Mäkelä.", "Ohjaajana toimii [name]."),
        ("Ring Gunilla om du kan.", "Ring [name] om du kan."),
        ("Kontakta Anna.", "Kontakta [name]."),
        ("Gunillas garage är fullt av cyklar.", "[name] garage är fullt av cyklar."),
        ("Jag heter Nermin och är ny här.", "Jag heter [name] och är ny här."),
        ("Vi ses på torget!\n/Gunilla", "Vi ses på torget!\n/[name]"),
        ("Vi ses! Hälsar Amir", "Vi ses! Hälsar [name]"),
        ("Tack Karin von Essen för kaffet", "Tack [name] för kaffet"),
        ("Ask Sunita at the library.", "Ask [name] at the library."),
        ("I'm Priya and I live in Leeds.", "I'm [name] and I live in Leeds."),
        ("Mrs Patel at number 12 needs her bins out.", "[name] at number 12 needs her bins out."),
        ("Thanks to Maureen's sister for the cakes.", "Thanks to [name] sister for the cakes."),
        ("See you Saturday! - Bev x", "See you Saturday! - [name] x"),
        ("All welcome. Love, Bev", "All welcome. Love, [name]"),
        ("my name is ngozi okafor", "my name is [name]"),
        ("Rouva Virtanen kertoi. Virtasen mukaan aita kaatui.", "Rouva [name] kertoi. [name] mukaan aita kaatui."),
        ("Speak to Kwame Mensah on the door.", "Speak to [name] on the door."),
    ],
)
def test_names_go(text: str, scrubbed: str) -> None:
    assert scrub(text) == scrubbed


@pytest.mark.parametrize(
    "text",
    [
        "Kirppis Malmin torilla ja Töölön kirjastolla.",
        "Tavataan Runeberginkatu 5:n pihalla.",
        "Hämeentie on poikki, kierrä Mannerheimintien kautta.",
        "Aleksis Kiven kadulla on katusoittoa.",
        "Karhupuistossa Kalliossa ja Vuosaaressa kylvetään.",
        "Kuka lähtee Tampereelta Turkuun? Hakaniemestä pääsee myös.",
        "Martat kokoontuvat torstaina, Marthaförbundet på lördag.",
        "Pelastakaa Lapset kerää leluja.",
        "Juhannuksena ja vappuna lauletaan. Lucia tulee joulukuussa.",
        "Ilma on kaunis. Toivo elää. Lahja kuuluu kaikille.",
        "Sade ei haittaa, aamu on viileä.",
        "Loppis i Göteborg och på Södermalm.",
        "Vi möts på Runebergsgatan vid Tölö torg.",
        "Nu är det vår och björn i skogen.",
        "Dag och natt är det musik i Kungsträdgården.",
        "Karl Johans gata är stängd.",
        "Will you come in May? Mark the date.",
        "Rose bushes free to a good home.",
        "Meet at Victoria Park, then Charlotte Street.",
        "St Mary's Church hall in Peckham, Saturday.",
        "Litter pick round Leeds and Bradford on Sunday.",
        "Community Garden on Burley Road is open.",
        "English and Somali lessons every Tuesday.",
        "KISSA KATEISSA",
    ],
)
def test_what_is_no_person_stays(text: str) -> None:
    assert scrub(text) == text
