import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from spiders.platforms.linked_events import Events, parse
from tinymovements.model import LANGUAGES, Draft, Language


@pytest.fixture
def read(recorded: Callable[[str], bytes]) -> Callable[..., Events]:
    return lambda name, *languages: parse(json.loads(recorded(name)), languages or LANGUAGES)


def test_a_list(read: Callable[..., Events]) -> None:
    events = read("linked_events_list.json")
    work, swap = events.drafts
    assert work == Draft(
        native_id="helsinki:aaa111",
        kind="event",
        title="Kevättalkoot puistossa",
        text="Korttelin kevättalkoot. Haravoidaan & istutetaan.\nOta hanskat mukaan.\n\nLopuksi keitto:\n\nlinssi\n\nkasvis",
        url="https://talkoot.example.org/",
        posted=datetime(2026, 4, 1, 8, 0, 0, 644890, tzinfo=UTC),
        language="fi",
        starts=datetime(2026, 5, 9, 7, tzinfo=UTC),
        ends=datetime(2026, 5, 9, 11, tzinfo=UTC),
    )
    assert (swap.language, swap.title, swap.group) == ("sv", "Växtbyte", "Grannskapet")
    assert swap.text == "Vi byter växter.\n\nTa med sticklingar.\n\nKaffe finns."
    assert swap.url == "https://api.example.org/linkedevents/v1/event/helsinki:bbb222/"
    assert (swap.starts, swap.place) == (None, None)
    assert events.gone == ("helsinki:ddd444",)
    assert events.following == "event_type=General%2CVolunteering&page=2"
    assert events.newest == "2026-04-05T09:27:45.644920Z"


def test_an_event_with_its_place(read: Callable[..., Events]) -> None:
    (draft,) = read("linked_events_event.json").drafts
    assert (draft.place, draft.lat, draft.lon) == ("Kylätalo", 60.2502, 25.0101)
    assert draft.starts == datetime(2026, 6, 5, 12, tzinfo=UTC)  # a day without an hour
    assert draft.group == "Pyöräseura"
    assert draft.text == "Pyöräpaja kaikille\n\nAutetaan korjaamaan pyöriä."


def test_the_first_language_of_the_source_wins_and_the_name_is_lent_from_another(read: Callable[..., Events]) -> None:
    (draft,) = read("linked_events_event.json", "en", "fi").drafts
    assert draft.language == "en"
    assert draft.text == "Bicycle workshop\n\nHelp us mend bicycles."
    assert (draft.title, draft.place) == ("Pyöräpaja", "Village Hall")


def test_an_event_that_a_program_passed_on_in_its_own_spelling(read: Callable[..., Events]) -> None:
    events = read("linked_events_passed_on.json")
    (draft,) = events.drafts
    assert (draft.native_id, draft.title, draft.place, draft.lat) == ("helsinki:fff666", "Lelutori", "Leikkipuisto", 60.2)
    assert draft.text == "Vaihdetaan leluja\n\nLelut kiertoon."
    assert draft.starts == datetime(2026, 6, 6, 9, tzinfo=UTC)
    assert draft.url == "https://lelut.example.org"
    assert events.newest == "2026-05-06T14:31:03.398831Z"


@pytest.mark.parametrize("kind", ["places", "keyword", "keyword_set", "image", "units", "captcha"])
def test_other_answers_of_the_same_interfaces_hold_no_events(recorded: Callable[[str], bytes], kind: str) -> None:
    events = parse(json.loads(recorded("linked_events_others.json"))[kind], LANGUAGES)
    assert (events.drafts, events.gone) == ((), ())


def changed(recorded: Callable[[str], bytes], languages: tuple[Language, ...] = LANGUAGES, **fields: Any) -> tuple[Draft, ...]:
    return parse(json.loads(recorded("linked_events_event.json")) | fields, languages).drafts


def test_a_draft_is_not_public(recorded: Callable[[str], bytes]) -> None:
    assert changed(recorded, publication_status="draft") == ()


def test_an_event_in_none_of_the_languages_is_left_out(recorded: Callable[[str], bytes]) -> None:
    only = {"ru": "Привет"}
    assert changed(recorded, name=only, description=only, short_description=None) == ()


def test_a_name_alone_is_enough(recorded: Callable[[str], bytes]) -> None:
    (draft,) = changed(recorded, description=None, short_description=None)
    assert (draft.title, draft.text) == ("Pyöräpaja", "Pyöräpaja")


@pytest.mark.parametrize("coordinates", [None, [], [25.0], [25.0, 160.2], ["a", "b"], [6672000.1, 385000.2]])
def test_a_position_that_is_none_is_left_out(recorded: Callable[[str], bytes], coordinates: object) -> None:
    location = {"name": {"fi": "Piha"}, "position": {"type": "Point", "coordinates": coordinates}}
    (draft,) = changed(recorded, location=location)
    assert (draft.place, draft.lat, draft.lon) == ("Piha", None, None)
