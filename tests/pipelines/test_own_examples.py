"""Labelled posts of the user's: three fields are enough, all of ours can be used, and a line that is wrong is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.examples import Example
from pipelines.own_examples import read_own_examples
from tinymovements.errors import FileError, FormatError
from tinymovements.model import Movement
from tinymovements.taxonomy import Taxonomy, shipped_taxonomy

TEXTS = dict.fromkeys(("fi", "sv", "en"), "x")


@pytest.fixture
def taxonomy() -> Taxonomy:
    shipped = shipped_taxonomy()
    new = Movement(id="shared-pets", family="sharing", labels=TEXTS, definitions=TEXTS)
    return Taxonomy(shipped.families, {**shipped.movements, new.id: new})


@pytest.fixture
def read(tmp_path: Path, taxonomy: Taxonomy) -> Any:
    def of(*rows: Any) -> list[Example]:
        lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
        (tmp_path / "pets.jsonl").write_text("\n".join(lines), "utf-8")
        return read_own_examples(tmp_path, taxonomy)

    return of


def test_three_fields_are_enough(read: Any) -> None:
    (example,) = read({"id": 7, "text": "Lainataan naapurin koiraa vuorotellen lenkille.", "movements": ["shared-pets"]})
    assert (example.id, example.language, example.group, example.register) == ("7", "fi", "pets", "post")
    assert example.required == {"shared-pets"}
    assert example.initiative is True
    assert (example.title, example.self_organised, example.needs) == (None, None, None)


def test_of_the_other_movements_nobody_spoke_who_shows_one_of_their_own(read: Any) -> None:
    new, both, none = read(
        {"id": "1", "text": "Dog rota", "movements": ["shared-pets"]},
        {"id": "2", "text": "Dog rota and mural", "movements": ["shared-pets", "street-art"]},
        {"id": "3", "text": "Dog hotel", "movements": []},
    )
    assert new.allowed == {*shipped_taxonomy().ids, "shared-pets"}
    assert both.allowed == both.required == {"shared-pets", "street-art"}
    assert none.allowed == none.required == frozenset()
    assert none.initiative is None


def test_the_fields_of_our_corpus_can_be_used(read: Any) -> None:
    movements = {"required": ["street-art"], "allowed": ["street-art", "diy-urbanism"]}
    gold = {"movements": movements, "initiative": True, "needs": ["paint"]}
    row = {"id": "1", "voice": "bev", "language": "en", "title": "Wall", "text": "We need paint", "gold": gold, "mood": "glad"}
    (example,) = read(row)
    assert (example.group, example.title, example.needs) == ("bev", "Wall", ("paint",))
    assert example.allowed == {"street-art", "diy-urbanism"}


@pytest.mark.parametrize("given", ["needs", "offers", "asks"])
def test_whoever_marks_needs_offers_or_asks_has_marked_all_three(read: Any, given: str) -> None:
    (example,) = read({"id": "1", "title": "Wall, free paint", "text": "Come", "movements": [], given: ["free paint"]})
    marked = {"needs": example.needs, "offers": example.offers, "asks": example.asks}
    assert marked == {"needs": (), "offers": (), "asks": ()} | {given: ("free paint",)}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{", "no JSON object"),
        ("[1]", "dictionary"),
        ({"id": "1", "movements": []}, "text: "),
        ({"id": "1", "text": "", "movements": []}, "text: "),
        ({"id": "1", "text": "x", "movement": ["street-art"]}, "movements: "),
        ({"id": "1", "text": "x", "movements": ["shared-pet"]}, "Did you mean shared-pets"),
        ({"id": "1", "text": "x", "movements": [], "allowed": ["cats"]}, "no movement 'cats'"),
        ({"id": "1", "text": "x", "movements": [], "language": "de"}, "language: "),
        (
            {"id": "1", "text": "We need paint", "movements": [], "needs": ["paint"], "asks": ["Paint!"]},
            "'Paint!' is no part of the text",
        ),
        ({"id": "1", "text": "We need paint", "movements": [], "offers": [""]}, "'' is no part of the text"),
        ('{"id": "1", "text": "secret \\ud83c", "movements": []}', "text: "),
    ],
)
def test_a_line_that_is_wrong_is_named_and_not_repeated(read: Any, row: Any, said: str) -> None:
    with pytest.raises(FormatError) as caught:
        read({"id": "0", "text": "fine", "movements": []}, "", row)
    assert "pets.jsonl, line 3" in str(caught.value)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def test_files_are_read_in_order_and_hidden_ones_are_not(tmp_path: Path, taxonomy: Taxonomy) -> None:
    for name in ("b.jsonl", "a.jsonl", ".c.jsonl", "d.txt"):
        (tmp_path / name).write_text('\ufeff{"id": 1, "text": "x", "movements": []}\n', "utf-8")
    assert [example.group for example in read_own_examples(tmp_path, taxonomy)] == ["a", "b"]
    assert read_own_examples(tmp_path / "none", taxonomy) == []
    (tmp_path / "a.jsonl").write_bytes(b"\xff")
    with pytest.raises(FileError, match="UTF-8"):
        read_own_examples(tmp_path, taxonomy)
