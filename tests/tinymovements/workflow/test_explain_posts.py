"""Why posts are what they are: in the words that everybody is shown, for programs as for people."""

import json
from typing import Any

import pytest

from pipelines.assemble import annotate, build
from tinymovements.archive import annotations, posts
from tinymovements.archive.database import open_archive, writing
from tinymovements.errors import UnknownPost
from tinymovements.model import Annotation, Draft, Explained, Explanation, MovementScore, Place
from tinymovements.privacy import Gate
from tinymovements.privacy.sensitive import MASK
from tinymovements.settings import Settings
from tinymovements.workflow.classify import classify
from tinymovements.workflow.explain import why
from tinymovements.workflow.search import show

TITLE = "Vertaisryhmä Koivumäenkadulla"
TEXT = "Vertaisryhmä toipuville kokoontuu maanantaisin Koivumäenkadulla. Et ole yksin, tule mukaan! Koivumäenkatu 3."


def _kept(settings: Settings, title: str | None, text: str, told: Annotation | None) -> str:
    """The id of a post in the archive."""
    post = Gate(b"k" * 32).admit(Draft(native_id="1", title=title, text=text, language="fi"), "forum")
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "forum", [post])
    if told:
        claim = annotations.claim(open_archive(settings.archive_url), told.version, 0, 1)
        assert claim is not None
        claim.keep([told.model_dump_json()])
    return post.id


def _all(explanation: Explanation) -> tuple[Explained, ...]:
    return (*explanation.movements, *explanation.nearly, explanation.initiative, explanation.self_organised)


def _annotation(*movements: str, **given: Any) -> Annotation:
    scores = tuple(MovementScore(id=id, score=0.9) for id in movements)
    return Annotation(version="1", language="fi", movements=scores, initiative=0.9, self_organised=0.8, **given)


def _place(said: str, found: str, field: Any) -> Place:
    start = said.index(found)
    return Place(name="Koivumäenkatu", start=start, end=start + len(found), district="Malmi", field=field)


def test_words_stand_where_the_post_is_shown_to_have_them(settings: Settings) -> None:
    id = _kept(settings, "Pihakirppis", "Tule kirppikselle pihalle lauantaina!", _annotation("flea-markets-and-swaps"))
    explanation, post = why(settings, id[:8]), show(settings, id).post
    assert explanation is not None
    (told,) = annotate(build(), [post])
    assert [one.label for one in explanation.movements] == [movement.id for movement in told.movements]
    marks = [mark for one in _all(explanation) for reason in one.words_for for mark in reason.marks]
    assert marks
    for mark in marks:
        said = post.text if mark.field == "text" else post.title or ""
        assert said[mark.start : mark.end] == mark.text


def test_where_people_of_a_sensitive_movement_meet_is_no_word(settings: Settings) -> None:
    places = (
        _place(TITLE, "Koivumäenkadulla", "title"),
        _place(TEXT, "Koivumäenkadulla", "text"),
        _place(TEXT, "Koivumäenkatu", "text"),
    )
    id = _kept(settings, TITLE, TEXT, _annotation("peer-support", places=places))
    explanation, post = why(settings, id), show(settings, id).post
    assert explanation is not None
    assert "oivumäen" not in explanation.model_dump_json() + post.text + str(post.title)
    reasons = [reason for one in _all(explanation) for reason in (*one.words_for, *one.words_against)]
    assert MASK in {reason.word for reason in reasons}
    for reason in reasons:
        assert reason.word == reason.marks[0].text
        for mark in reason.marks:
            said = post.text if mark.field == "text" else post.title or ""
            assert said[mark.start : mark.end] == mark.text


def test_of_a_post_that_is_not_annotated_nothing_is_said(settings: Settings) -> None:
    assert why(settings, _kept(settings, None, TEXT, None)) is None
    with pytest.raises(UnknownPost):
        why(settings, "zzz")


def _classified(settings: Settings, text: str, title: str | None = None, **given: bool) -> dict[str, Any]:
    (line,) = classify(settings, [json.dumps({"id": "1", "text": text, "title": title}).encode()], **given)
    told: dict[str, Any] = json.loads(line)
    return told


@pytest.mark.parametrize("title", [None, "Kirppis 🌱 pihalla"])
def test_classify_says_by_which_words_and_where_they_stand(settings: Settings, title: str | None) -> None:
    text = "🌻 Pihakirppis lauantaina! Tule myymään, vaihtamaan ja juttelemaan. Soita Maijalle 040 555 0123."
    told = _classified(settings, text, title, with_reasons=True)
    assert set(told["why"]) == {movement["id"] for movement in told["movements"]} | {"initiative", "self_organised"}
    spans = []
    for label, reasons in told["why"].items():
        assert set(reasons) == {"for", "score_without_for", "against", "score_without_against"}
        score = {movement["id"]: movement["score"] for movement in told["movements"]}.get(label, told.get(label))
        if reasons["for"]:
            assert reasons["score_without_for"] <= score
        for reason in (*reasons["for"], *reasons["against"]):
            assert set(reason) == {"word", "log_odds", "spans"}
            spans += reason["spans"]
    assert spans
    for span in spans:
        assert told[span.get("field", "text")][span["start"] : span["end"]] == span["text"]
    assert "Maija" not in json.dumps(told, ensure_ascii=False)


def test_classify_says_why_only_where_it_is_asked(settings: Settings) -> None:
    assert "why" not in _classified(settings, "Pihakirppis lauantaina!")
    told = _classified(settings, "", with_reasons=True)
    empty: dict[str, Any] = {"for": [], "score_without_for": None, "against": [], "score_without_against": None}
    assert told["why"] == {"initiative": empty, "self_organised": empty}
