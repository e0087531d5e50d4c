"""`classify` keeps its promise: order, one line for each line, exact spans, nothing personal."""

import io
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tinymovements.settings import Settings
from tinymovements.taxonomy import load_taxonomy
from tinymovements.workflow.classify import LONGEST_LINE, classify, read_lines


def _classify(settings: Settings, *lines: Any, with_scores: bool = False) -> list[dict[str, Any]]:
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    return [json.loads(line) for line in classify(settings, raw, with_scores)]


def test_one_line_out_for_each_line_in_in_order(settings: Settings) -> None:
    broken = [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b'{"id": "x"}', b'{"id": "y", "text": null}', b"[" * 100_000]
    told = _classify(settings, {"id": "first", "text": "Talkoot!"}, *broken, {"id": 7, "text": "Kirppis"}, {"id": "z", "text": ""})
    assert len(told) == len(broken) + 3
    assert [line["id"] for line in told] == ["first", None, None, None, None, None, "x", "y", None, "7", "z"]
    assert ["error" in line for line in told] == [False, *([True] * len(broken)), False, False]


def test_the_mark_of_utf8_is_no_part_of_the_first_line(settings: Settings) -> None:
    [told] = _classify(settings, b'\xef\xbb\xbf{"id": "x", "text": "Talkoot!"}')
    assert (told["id"], told["text"]) == ("x", "Talkoot!")


def test_an_error_does_not_repeat_the_text(settings: Settings) -> None:
    told = _classify(settings, {"id": "1", "text": "Hyvä", "language": "soittakaa 040 555 0123"})
    assert "error" in told[0]
    assert "0123" not in json.dumps(told)


def test_a_text_beyond_measure_is_an_error_line_and_the_rest_goes_on(settings: Settings) -> None:
    told = _classify(settings, {"id": "1", "text": "a" * 1_000_001}, {"id": "2", "text": "hei"})
    assert [line["id"] for line in told] == ["1", "2"]
    assert "error" in told[0]
    assert "error" not in told[1]


def test_a_line_without_end_is_an_error_line_and_not_held_in_memory(settings: Settings) -> None:
    first, last = b'{"id": "1", "text": "', b'"}\n{"id": "2", "text": "Talkoot"}\n'
    stream = io.BytesIO(first + b"x" * (4 * LONGEST_LINE) + last)
    tracemalloc.start()
    try:
        lines = [(len(line), line[:30]) for line in read_lines(stream)]
        assert tracemalloc.get_traced_memory()[1] < 3.5 * LONGEST_LINE
    finally:
        tracemalloc.stop()
    assert [size for size, _ in lines] == [LONGEST_LINE, len(last) - 3]
    told = list(classify(settings, [b"x" * LONGEST_LINE, lines[1][1] + b'"}']))
    assert json.loads(told[0]) == {"id": None, "error": "longer than 32,000,000 bytes"}


def test_half_a_character_is_left_out(settings: Settings) -> None:
    bad = b'{"id": "a\\ud800", "text": "Talkoot \\ud83c", "title": "\\udf31 \\ud83c\\udf31"}'
    told, failed = classify(settings, [bad, b'{"id": "\\ud800b", "text": 5}'])
    assert {name: json.loads(told)[name] for name in ("id", "text", "title")} == {"id": "a", "text": "Talkoot ", "title": " 🌱"}
    assert json.loads(failed)["id"] == "b"
    assert told.encode()


@pytest.mark.parametrize("id", [None, True, 1.5, {"text": "Soita Maijalle"}, ["x"]])
def test_an_error_gives_back_no_id_that_is_none(id: Any, settings: Settings) -> None:
    (told,) = _classify(settings, {"id": id, "text": None})
    assert told["id"] in (None, True)
    assert "error" in told


def test_all_that_is_promised_is_there(settings: Settings) -> None:
    text = "Siivouspäivä Kalliossa lauantaina! Tarvitsemme pakettiauton. Soita Maijalle 040 555 0123."
    (told,) = _classify(settings, {"id": "1", "title": "Kirppis Malmilla", "text": text, "more": 1}, with_scores=True)
    promised = {"id", "language", "movements", "scores", "initiative", "self_organised", "places", "needs", "offers", "asks"}
    assert set(told) == promised | {"title", "text"}
    assert told["language"] == "fi"
    assert set(told["scores"]) == set(load_taxonomy().ids)
    assert [movement["id"] for movement in told["movements"]] == sorted(
        (movement["id"] for movement in told["movements"]), key=lambda id: (-told["scores"][id], id)
    )
    assert {place["name"]: place.get("field", "text") for place in told["places"]} == {"Malmi": "title", "Kallio": "text"}
    assert "[phone]" in told["text"]
    assert "Maija" not in told["text"]
    assert "scores" not in _classify(settings, {"id": "1", "text": text})[0]


@pytest.mark.parametrize("title", [None, "Otsikko Kalliosta 🌱: tarvitaan tila"])
def test_spans_are_exact_in_code_points(settings: Settings, title: str | None) -> None:
    text = "🌻🌻 Hei naapurit! Kaivataan vapaaehtoisia Vuosaareen. Tarjolla on multaa. Kaupunki, antakaa meille lupa!"
    (told,) = _classify(settings, {"id": "1", "text": text, "title": title})
    spans = [span for name in ("places", "needs", "offers", "asks") for span in told[name]]
    assert spans
    for span in spans:
        field = told[span.get("field", "text")]
        if "text" in span:
            assert field[span["start"] : span["end"]] == span["text"]
        assert 0 <= span["start"] < span["end"] <= len(field)


@hypothesis_settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=200), title=st.none() | st.text(max_size=40))
def test_any_text_is_answered_with_exact_spans(text: str, title: str | None) -> None:
    (told,) = _classify(SHARED, {"id": "1", "text": text, "title": title})
    assert "error" not in told
    for name in ("needs", "offers", "asks"):
        for span in told[name]:
            assert told[span.get("field", "text")][span["start"] : span["end"]] == span["text"]


@pytest.fixture(autouse=True, scope="module")
def _shared_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    global SHARED
    SHARED = Settings(home=tmp_path_factory.mktemp("home"), processes=1)


SHARED: Settings
