"""Language is told from short, spoken and mixed texts; what is none of ours is unknown."""

import pytest

from pipelines.language import identify, identify_all


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Tervetuloa talkoisiin lauantaina!", "fi"),
        ("mä tuun kans jos ei sada", "fi"),
        ("MYYDÄÄN POLKUPYÖRÄ HALVALLA", "fi"),
        ("Ookko nää menossa sinne huomenna", "fi"),
        ("Välkommen på talko på lördag!", "sv"),
        ("nån som har en släpkärra att låna ut", "sv"),
        ("Tack för en fin kväll alla grannar", "sv"),
        ("Anyone got a van for Saturday?", "en"),
        ("cheers for the soup last night, lovely", "en"),
        ("Lost cat near the park, please call", "en"),
    ],
)
def test_short_and_spoken_texts(text: str, language: str) -> None:
    assert identify(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "Приглашаем всех соседей на уборку двора в субботу утром",
        "Мы собираем вещи",
        "Chcielibyśmy zaprosić wszystkich sąsiadów na wspólne sprzątanie podwórka w sobotę rano",
        "Waxaan ku martiqaadaynaa dhammaan deriska inay nadiifiyaan daaradda sabtida subaxda hore",
        "",
        "12345 !!! 🙂",
    ],
)
def test_other_languages_and_no_words_are_unknown(text: str) -> None:
    assert identify(text) is None


def test_what_the_source_declares_decides_what_is_too_short() -> None:
    assert identify("ok 👍", "sv") == "sv"
    assert identify("123", "en") == "en"
    assert identify("Tervetuloa kaikki naapurit talkoisiin lauantaina!", "sv") == "fi"


def test_many_texts_at_once_are_told_as_one_by_one() -> None:
    texts = [
        "Tervetuloa talkoisiin!",
        "",
        "x",
        "Välkommen på talko på lördag!",
        "Мы собираем вещи",
        "LOST CAT NEAR THE PARK " * 40,
        "ok",
    ]
    assert identify_all(texts, [None] * len(texts)) == [identify(text) for text in texts]
    assert identify_all(texts[::-1], [None] * len(texts)) == [identify(text) for text in texts[::-1]]
