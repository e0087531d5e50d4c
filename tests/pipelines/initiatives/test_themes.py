"""Words that rise together are a theme, where several tell of them and no movement covers them."""

import random

from pipelines.initiatives.themes import NO_MOVEMENT, Theme, Told, Words, themes

WEEKS = 60
OTHERS = (
    "Siivotaan pihaa yhdessä ja keitetään kahvit",
    "Lauletaan portaikossa joka keskiviikko, kaikki mukaan",
    "Korjataan vanhoja pyöriä kellarissa, tuo omasi",
    "Kirjoja jaetaan penkillä, jätä luettu ja ota toinen",
    "Neulotaan sukkia vanhuksille kerhohuoneella",
    "Soppaa tarjolla torilla, tule syömään",
)
ENERGY = (
    "Aurinkopaneelit katolle ja energiayhteisö pystyyn",
    "Energiayhteisö jakaa sähköä, aurinkopaneelit tulivat",
    "Kuka tulisi meidän energiayhteisöön, aurinkopaneeleja tilataan",
    "Energiayhteisön ilta: lasketaan mitä aurinkopaneelit maksavat",
    "Talkoilla aurinkopaneelit paikoilleen, energiayhteisö kiittää",
)


def _words(movements: int = 6) -> Words:
    """Half a year and more of posts in which nothing rises."""
    chance, words = random.Random(1), Words()
    for number in range(20 * WEEKS):
        at = chance.randrange(len(OTHERS))
        words.add(Told(number, number // 20, 0, at % movements, number, number), OTHERS[at], "fi")
    return words


def _energy(words: Words, movements: tuple[int, ...] = (NO_MOVEMENT,), things: int = 99, voices: int = 99) -> Words:
    for number in range(24):
        week = WEEKS - 8 + number // 3
        told = Told(10_000 + number, week, 0, movements[number % len(movements)], -number % things - 1000, -number % voices - 1000)
        words.add(told, ENERGY[number % len(ENERGY)], "fi")
    return words


def _found(words: Words) -> list[Theme]:
    return themes(words, WEEKS, (4, 8, 16), 0.1)[0]


def test_words_that_rise_together_are_one_theme_with_its_posts() -> None:
    (theme,) = _found(_energy(_words()))
    assert {"energiayhteisö", "aurinkopaneeli"} <= set(theme.words)
    assert (theme.weeks, theme.past) == (8, 0)
    assert theme.signs > 10 * theme.expected
    assert set(theme.posts) == set(range(10_000, 10_024))
    assert theme.posts[0] > theme.posts[-1]
    assert theme.course[-1][0] == theme.signs


def test_a_theme_may_be_taken_for_several_movements() -> None:
    assert len(_found(_energy(_words(), (0, 1, 2, NO_MOVEMENT)))) == 1


def test_what_is_mostly_of_one_movement_is_no_theme() -> None:
    assert _found(_energy(_words(), (3, 3, 3, NO_MOVEMENT))) == []


def test_what_one_initiative_or_one_person_tells_again_and_again_is_no_theme() -> None:
    assert _found(_energy(_words(), things=2)) == []
    assert _found(_energy(_words(), voices=2)) == []


def test_where_posts_of_a_movement_rise_their_words_are_no_theme() -> None:
    words = _words()
    for number in range(200):
        words.add(Told(20_000 + number, WEEKS - 8 + number // 25, 0, 3, 5000 + number, 5000 + number), OTHERS[3], "fi")
    assert _found(words) == []


def test_nothing_is_found_where_nothing_rises_or_nothing_was_read() -> None:
    assert _found(_words()) == []
    assert themes(Words(), WEEKS, (4,), 0.1) == ([], 0)
    apart = Words()
    for number, text in enumerate(("kissa", "koira", "ja", "...")):
        apart.add(Told(number, number, 0, NO_MOVEMENT, number, number), text, "fi")
    assert themes(apart, WEEKS, (4,), 0.1) == ([], 0)


def test_terms_are_numbered_by_their_letters() -> None:
    names, _, _ = _energy(_words()).terms()
    assert names == sorted(names)


def test_places_numbers_and_words_without_meaning_are_no_words_of_themes() -> None:
    words = Words()
    for number in range(4):
        words.add(Told(number, 0, 0, NO_MOVEMENT, number, number), "Kalliossa on 12 ja hyvä energiayhteisö Tampereella", "fi")
    names, posts, ids = words.terms()
    said = {names[id] for id in ids.tolist()}
    assert "energiayhteisö" in said
    assert said.isdisjoint({"kallio", "tampere", "12", "olla", "on", "ja"})
    assert posts.max() == 3
