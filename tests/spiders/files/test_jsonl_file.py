import json
import tracemalloc
from collections import deque
from pathlib import Path
from typing import Any

import pytest

from spiders.files import IMPORTERS, ImportOptions, Rejected
from tinymovements.errors import FormatError
from tinymovements.model import Draft


def lines(*values: Any) -> str:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def test_fields_reach_into_objects_and_arrays(read: Any) -> None:
    value = {
        "id": 12,
        "gold": {"text": "Hei", "a.b": "flat"},
        "media": [{"title": "one"}, {"title": "two"}],
        "tags": ["x", "y"],
        "statistics.like_count": 4.0,
        "when": 1772381152,
    }
    mapping = ("text=gold.text", "title=media.1.title", "place={tags}", "author=media.title", "reactions=statistics.like_count")
    (row,) = read("jsonl", lines(value), mapping=(*mapping, "posted=when", "group=gold.a.b"))
    assert isinstance(row, Draft)
    assert (row.native_id, row.text, row.title, row.place) == ("12", "Hei", "two", "x y")
    assert (row.author, row.group, row.counts.reactions) == ("one two", "flat", 4)
    assert row.posted is not None
    assert row.posted.isoformat() == "2026-03-01T16:05:52+00:00"


def test_bad_lines_are_refused_with_their_number(read: Any) -> None:
    content = '{"text": "a"}\n\n{"text": \n[1]\n"x"\n{"text": null}\n' + "[" * 100_000 + '\n{"text": "b"}'
    rows = read("jsonl", content)
    assert [row.text for row in rows if isinstance(row, Draft)] == ["a", "b"]
    assert sorted((row.line, row.reason) for row in rows if isinstance(row, Rejected)) == [
        (3, "not valid JSON"),
        (4, "not a JSON object"),
        (5, "not a JSON object"),
        (6, "no text"),
        (7, "not valid JSON"),
    ]


def test_bad_bytes_are_refused(read: Any) -> None:
    rows = read("jsonl", lines({"text": "Töölö"}).encode() + b'{"text": "\xff"}\n')
    assert rows[0] == Rejected(2, "bytes that are not in the file's encoding")


def test_any_amount_of_bad_lines_before_the_first_object(read: Any) -> None:
    rows = read("jsonl", "bad\n" * 500 + lines({"text": "a"}))
    assert [type(row) for row in rows] == [Rejected] * 500 + [Draft]


def test_nothing_but_bad_lines(read: Any) -> None:
    assert len(read("jsonl", "bad\nworse\n")) == 2


def test_a_key_that_only_some_objects_have_is_a_column(read: Any) -> None:
    content = lines(*({"text": "a"} for _ in range(50)), {"text": "b", "extra": {"place": "Kallio"}})
    rows = read("jsonl", content, mapping=("place=extra.place",))
    assert rows[-1].place == "Kallio"


def test_a_key_that_none_has_is_refused_with_those_there_are(read: Any) -> None:
    with pytest.raises(FormatError) as refused:
        read("jsonl", lines({"gold": {"text": "a"}, "id": 1}), mapping=("text=gold.body",))
    assert "gold, gold.text, id" in refused.value.hint


def test_an_array_is_read_item_by_item(read: Any) -> None:
    rows = read("jsonl", "\ufeff" + json.dumps([{"text": "a", "lat": 60.1, "lon": 25}, 5, {"text": ""}, {"text": "b"}]))
    assert [(row.text, row.lat) for row in rows if isinstance(row, Draft)] == [("a", 60.1), ("b", None)]
    assert {(row.within, row.reason) for row in rows if isinstance(row, Rejected)} == {
        ("item 2", "not a JSON object"),
        ("item 3", "no text"),
    }


def test_an_array_that_breaks_off_is_told_after_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "posts.json"
    path.write_text("[" + ",".join(json.dumps({"text": f"secret {n}"}) for n in range(500)) + ', {"text": "secr')
    rows: deque[Draft | Rejected] = deque()
    with pytest.raises(FormatError) as refused:
        rows.extend(IMPORTERS["jsonl"].read(path, ImportOptions()))
    assert len(rows) == 500
    assert "secr" not in str(refused.value)


def test_a_line_of_fifty_megabytes_is_refused_and_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    with path.open("w") as file:
        file.write('{"text": "a"}\n{"text": "')
        for _ in range(50):
            file.write("x" * 1_000_000)
        file.write('"}\n{"text": "b"}\n')
    tracemalloc.start()
    try:
        rows = list(IMPORTERS["jsonl"].read(path, ImportOptions()))
        assert tracemalloc.get_traced_memory()[1] < 25_000_000
    finally:
        tracemalloc.stop()
    assert rows[0] == Rejected(2, "longer than 4,194,304 characters")
    assert [row.text for row in rows[1:] if isinstance(row, Draft)] == ["a", "b"]


def test_an_item_of_fifty_megabytes_ends_an_array(tmp_path: Path) -> None:
    path = tmp_path / "posts.json"
    path.write_text('[{"text": "a"}, {"text": "' + "x" * 50_000_000 + '"}]')
    with pytest.raises(FormatError, match="an item of more than"):
        list(IMPORTERS["jsonl"].read(path, ImportOptions()))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_an_array_that_is_not_in_utf8_is_refused(read: Any, encoding: str) -> None:
    with pytest.raises(FormatError, match="is not in UTF-8"):
        read("jsonl", json.dumps([{"text": "a"}]).encode(encoding))


def test_lines_in_utf16_are_read(read: Any) -> None:
    assert [row.text for row in read("jsonl", lines({"text": "Töölö"}, {"text": "–"}).encode("utf-16"))] == ["Töölö", "–"]


def test_half_a_character_and_nul_cost_no_more_than_their_row(read: Any) -> None:
    rows = read(
        "jsonl",
        '{"id": "1", "text": "a\\ud83d"}\n{"id": "\\udc80", "text": "b"}\n{"text": "c\0"}\n{"id": "4", "text": "d\\u0000"}\n',
    )
    assert [(type(row), getattr(row, "reason", "")) for row in rows] == [
        (Rejected, "not valid JSON"),
        (Draft, ""),
        (Rejected, "native_id cannot be used"),
        (Draft, ""),
    ]


def test_half_a_character_ends_an_array(read: Any) -> None:
    with pytest.raises(FormatError, match="not valid JSON"):
        read("jsonl", '[{"text": "a"}, {"text": "\\udc80"}]')
