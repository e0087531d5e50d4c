"""The words that are named carried what was said: without them it is said less surely. They stand where they are said to stand."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines import explain as explaining
from pipelines.assemble import annotation, build, make_doc
from pipelines.examples import Example, read_corpus
from pipelines.explain import LEAST, MOST, NEARLY, explain
from pipelines.movements import UNLIKELY
from tinymovements.model import Explained, Explanation, Mark, Reason
from tinymovements.taxonomy import load_taxonomy

NLP = build()
CORPUS = read_corpus()
POSTS = CORPUS[:: len(CORPUS) // 40]
"""Of all voices, languages and movements."""


@cache
def _explained(post: Example) -> Explanation:
    return explain(NLP, post.title, post.text)


def _all(explanation: Explanation) -> tuple[Explained, ...]:
    return (*explanation.movements, *explanation.nearly, explanation.initiative, explanation.self_organised)


def _cut(title: str | None, text: str, reasons: Iterable[Reason]) -> tuple[str | None, str]:
    """Title and text without the words, cut out by where they are said to stand."""
    marks = [mark for reason in reasons for mark in reason.marks]
    for mark in sorted(marks, key=lambda mark: -mark.start):
        if mark.field == "text":
            text = text[: mark.start] + text[mark.end :]
        else:
            assert title is not None
            title = title[: mark.start] + title[mark.end :]
    return title, text


def _log_odds(label: str, texts: Sequence[tuple[str | None, str]]) -> list[float]:
    return [doc._.log_odds[label] for doc in NLP.pipe([make_doc(NLP, title, text) for title, text in texts])]


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.id)
def test_without_the_named_words_a_label_is_less_probable_and_without_those_against_it_more(post: Example) -> None:
    for one in _all(_explained(post)):
        for reasons, without, sign in (
            (one.words_for, one.score_without_for, 1),
            (one.words_against, one.score_without_against, -1),
        ):
            assert (without is None) == (not reasons)
            together, *alone = [_cut(post.title, post.text, some) for some in (reasons, *((reason,) for reason in reasons))]
            whole, fewer, *each = _log_odds(one.label, [(post.title, post.text), together, *alone])
            for reason, found in zip(reasons, each, strict=True):
                assert sign * (whole - found) >= LEAST - 0.01, reason
                assert reason.log_odds == pytest.approx(whole - found, abs=0.02)
            if without is not None:
                assert sign * (whole - fewer) >= len(reasons) * LEAST - 0.01
                assert sign * (one.score - without) >= 0
                told = annotation(NLP(make_doc(NLP, *together)))
                scores = told.scores | {"initiative": told.initiative, "self_organised": told.self_organised}
                assert without == pytest.approx(scores[one.label], abs=0.01)


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.id)
def test_what_was_told_is_what_is_explained(post: Example) -> None:
    explanation, told = _explained(post), annotation(NLP(make_doc(NLP, post.title, post.text)))
    assert [(one.label, one.score) for one in explanation.movements] == [(one.id, one.score) for one in told.movements]
    assert explanation.initiative.score == told.initiative
    assert explanation.self_organised.score == told.self_organised
    probable = {id for id, score in told.scores.items() if score >= NEARLY} - {one.id for one in told.movements}
    assert {one.label for one in explanation.nearly} == probable
    assert explanation.hardly_an_initiative == (told.initiative < UNLIKELY)
    if explanation.hardly_an_initiative:
        assert explanation.movements == ()
    assert explanation == explain(NLP, post.title, post.text)


def test_an_accepted_movement_has_words_that_carried_it() -> None:
    accepted = [one for post in POSTS for one in _explained(post).movements]
    assert len(accepted) >= 20
    assert sum(bool(one.words_for) for one in accepted) >= 0.9 * len(accepted)


def test_the_named_words_weigh_more_than_others() -> None:
    named, others = 0.0, 0.0
    for post in POSTS:
        for one in _explained(post).movements:
            taken = {reason.word for reason in one.words_for}
            words = [marks for marks in explaining.words_of(post.title, post.text).values() if marks[0].text not in taken]
            fewer = [Reason(word=marks[0].text, log_odds=0, marks=tuple(marks)) for marks in words[:: max(1, len(words) // MOST)]]
            texts = [_cut(post.title, post.text, some) for some in ((), one.words_for, fewer[: len(taken)])]
            whole, without_named, without_others = _log_odds(one.label, texts)
            named += whole - without_named
            others += whole - without_others
    assert named > 3 * others


def _assert_exact(title: str | None, text: str, explanation: Explanation) -> None:
    for one in _all(explanation):
        for reasons, sign in ((one.words_for, 1), (one.words_against, -1)):
            assert len(reasons) <= MOST
            weights = [sign * reason.log_odds for reason in reasons]
            assert weights == sorted(weights, reverse=True)
            assert all(weight > 0 for weight in weights)
            for reason in reasons:
                assert reason.word == reason.marks[0].text
                for mark in reason.marks:
                    field = text if mark.field == "text" else title or ""
                    assert field[mark.start : mark.end] == mark.text != ""


@pytest.mark.parametrize("post", POSTS[::4], ids=lambda post: post.id)
def test_words_of_posts_stand_where_they_are_said_to_stand(post: Example) -> None:
    _assert_exact(post.title, post.text, _explained(post))


@hypothesis_settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=60), title=st.none() | st.text(max_size=20))
def test_any_text_is_explained_with_exact_words(text: str, title: str | None) -> None:
    _assert_exact(title, text, explain(NLP, title, text))


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (None, ""),
        ("", ""),
        (None, " \n "),
        (None, "kirppis"),
        ("Kirppis pihalla lauantaina", ""),
        (None, "[name] [phone]"),
        (None, "🌻🌻 🙂"),
        (None, "Приглашаем всех на субботник во дворе"),
        (None, "!?… --- ###"),
    ],
)
def test_texts_with_hardly_a_word_are_explained(title: str | None, text: str) -> None:
    explanation = explain(NLP, title, text)
    _assert_exact(title, text, explanation)
    assert explanation.tried == explanation.words == len(explaining.words_of(title, text))


def test_words_are_those_of_the_post_each_with_all_its_places() -> None:
    words = explaining.words_of("Kirppis!", "kirppis 🌻👩‍🌾 #Kirppis [name] kirppikselle [place]")
    assert {word: [(mark.field, mark.text) for mark in marks] for word, marks in words.items()} == {
        "kirppis": [("title", "Kirppis"), ("text", "kirppis"), ("text", "#Kirppis")],
        "🌻": [("text", "🌻")],
        "👩‍🌾": [("text", "👩‍🌾")],
        "[name]": [("text", "[name]")],
        "kirppikselle": [("text", "kirppikselle")],
        "[place]": [("text", "[place]")],
    }


def test_leaving_out_takes_the_marked_parts_and_nothing_else() -> None:
    marks = [
        Mark(text="pihan", start=7, end=12),
        Mark(text="Iso", start=0, end=3, field="title"),
        Mark(text="kirppis", start=13, end=20),
    ]
    assert explaining.leave_out("Iso juhla", "Vanhan pihan kirppis.", marks) == (" juhla", "Vanhan  .")
    assert explaining.leave_out(None, "Vanhan pihan kirppis.", []) == (None, "Vanhan pihan kirppis.")


def test_of_a_long_post_the_words_of_the_stretch_that_says_it_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    def counted(*given: object) -> Iterator[object]:
        nonlocal read
        nlp, texts, language = given
        texts = list(texts)  # type: ignore[call-overload]
        read += sum(len(text) for _, text in texts)
        return original(nlp, texts, language)  # type: ignore[arg-type]

    original = explaining._read
    monkeypatch.setattr(explaining, "_read", counted)
    filling = "\n".join(
        f"Bussi numero {number} lähtee laiturilta {number + 1} myöhässä, lippu maksaa {number} senttiä." for number in range(400)
    )
    said = "Pihakirppis! Naapurit myyvät ja vaihtavat vanhoja vaatteita ja leluja, tuo oma pöytä kirpputorille."
    text = f"{filling}\n{said}\n{filling}"
    explanation = explain(NLP, None, text)
    _assert_exact(None, text, explanation)
    assert 0 < explanation.tried < explanation.words
    assert read < 100 * len(text)


def test_a_text_of_twenty_thousand_words_is_explained() -> None:
    text = " ".join(f"sana{number % 9000}" for number in range(20_000))
    explanation = explain(NLP, "Kirppis", text)
    assert explanation.words == 9001
    assert explanation.tried < 20


def test_a_taxonomy_id_or_a_quality_is_what_is_explained() -> None:
    labels = {one.label for post in POSTS for one in _all(_explained(post))}
    assert labels <= {*load_taxonomy().ids, "initiative", "self_organised"}
