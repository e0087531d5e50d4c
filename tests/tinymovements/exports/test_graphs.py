"""Graphs down to their characters; other programs read them in `workflow/test_other_programs.py`."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tinymovements.exports import GRAPHS
from tinymovements.exports.graphs import Gexf, GraphMl
from tinymovements.exports.ties import EDGE_COLUMNS, Tie
from tinymovements.exports.unit import Column

NODES: tuple[Column[str], ...] = (Column("name", "text", "A name.", "any", lambda row: row),)
TIES = [Tie("a", "b", "same_group", 2, None, None, ("p", "q")), Tie("b", "a", "mention", 3, None, None, ())]
ODD = "\"Pihan\" <talkoot> & 'kahvit'\n🪴\x0b"


def _write(kind: type[GraphMl] | type[Gexf], path: Path) -> bytes:
    writer = kind(path, NODES, EDGE_COLUMNS)
    writer.write_nodes([("a", ODD, ODD), ("b", "B", "B"), ("was", "", None)])
    writer.write_ties(TIES, lambda tie: tie.ends)
    writer.finish()
    return path.read_bytes()


@pytest.mark.parametrize("suffix", GRAPHS)
def test_every_name_comes_out_as_it_went_in(suffix: str, tmp_path: Path) -> None:
    root = ElementTree.fromstring(_write(GRAPHS[suffix], tmp_path / "a"))
    said = [value for element in root.iter() for value in (element.text, *element.attrib.values())]
    assert ODD.replace("\x0b", "") in said  # XML has no such character


@pytest.mark.parametrize("suffix", GRAPHS)
def test_a_tie_without_direction_is_an_edge_each_way(suffix: str, tmp_path: Path) -> None:
    root = ElementTree.fromstring(_write(GRAPHS[suffix], tmp_path / "a"))
    edges = [element for element in root.iter() if element.tag.endswith("}edge")]
    assert [(edge.get("source"), edge.get("target")) for edge in edges] == [("a", "b"), ("b", "a"), ("b", "a")]


@pytest.mark.parametrize("suffix", GRAPHS)
def test_the_same_ties_are_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    assert _write(GRAPHS[suffix], tmp_path / "a") == _write(GRAPHS[suffix], tmp_path / "b")


@pytest.mark.parametrize("suffix", GRAPHS)
def test_it_can_be_left_half_way(suffix: str, tmp_path: Path) -> None:
    writer = GRAPHS[suffix](tmp_path / "a", NODES, EDGE_COLUMNS)
    writer.write_nodes([("a", "A", "A")])
    writer.close()
    writer.close()
