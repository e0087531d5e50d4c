"""The words that name an initiative are told from those that do not."""

from collections.abc import Callable

from pipelines.initiatives.evidence import Evidence
from pipelines.initiatives.learnt import load
from pipelines.initiatives.names import column, features, probability, words


def test_a_coined_name_is_more_probable_than_what_stands_around_it(evidence_of: Callable[..., list[Evidence]]) -> None:
    (post,) = evidence_of(("Kallion puskaradio", "Kiitos teille kaikille, jotka autoitte eilen Soppatorstain kokkeja siivoamaan!"))
    told = {word.text: probability(word, "fi") for word in words(post)}
    assert max(told, key=lambda word: told[word]) == "Soppatorstain"


def test_what_is_worked_out_in_parts_is_what_the_model_says(evidence_of: Callable[..., list[Evidence]]) -> None:
    (post,) = evidence_of(
        ("Folkbastun", "Folkbastun öppnar", 'I Folkbastun badar vi på fredagar, välkommen till "Bastun" i Malmö!')
    )
    weights = load().names
    for word in words(post):
        log_odds = float(load().names_bias) + sum(float(weights[column(feature)]) for feature in features(word, "sv"))
        assert abs(1 / (1 + 2.718281828459045**-log_odds) - probability(word, "sv")) < 1e-6


def test_placeholders_and_numbers_are_no_words(evidence_of: Callable[..., list[Evidence]]) -> None:
    (post,) = evidence_of(("Folkbastun", "[name] ja 12 muuta saunoi, soita [phone]"))
    assert not {word.text for word in words(post)} & {"name", "phone", "12"}
