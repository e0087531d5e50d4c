"""Documents that are made to fill memory or time end in a sentence."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.files.stream import events, items, opening, top_keys
from tinymovements.errors import FormatError

PATH = Path("posts.json")


def stream(text: str | bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(text.encode() if isinstance(text, str) else text))


@pytest.mark.parametrize("text", ["[" * 1_000_000, '{"a":' * 1_000_000, '[{"]":["\\\\",["\\"",' * 300_000])
def test_what_is_nested_without_end_is_refused_before_it_is_parsed(text: str) -> None:
    for read in (lambda: items(stream(text), "item", PATH), lambda: events(stream(text), PATH)):
        with pytest.raises(FormatError, match="nested more than 500 levels"):
            list(read())


_VALUES = st.recursive(
    st.none() | st.integers(-9, 9) | st.text('[]{}"\\\\ä', max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('[]{}"\\\\', max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(_VALUES, max_size=8))
def test_brackets_in_texts_are_no_nesting(values: list[Any]) -> None:
    many = values * 600  # more brackets than levels are allowed
    assert list(items(stream(json.dumps(many)), "item", PATH)) == many


def test_the_names_of_the_outermost_object() -> None:
    assert list(top_keys(stream('{"a": {"b": 1}, "c": [{"d": 2}]}'), PATH)) == ["a", "c"]


@pytest.mark.parametrize("mark", ["", "\ufeff", " \n\t"])
def test_the_first_sign_is_found_behind_marks_and_spaces(mark: str) -> None:
    assert opening(stream(f"{mark}[1]")) == b"["
    assert opening(stream("")) == b""
