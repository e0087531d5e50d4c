"""What every engine must do, III: what is written again, comes back, is gone or was left behind; and places on the map."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from search.engine import NOTHING, Document, Engine
from search.layout import AS_IT_LIES, Layout
from search.query import Box, Query

Make = Callable[..., Document]


def ids(engine: Engine, words: str = "", **filters: object) -> list[str]:
    return [match.id for match in engine.search(Query.model_validate({"words": words, "size": 1000, **filters})).matches]


# Versions


def test_versions_are_those_of_the_last_states(engine: Engine, document: Make) -> None:
    assert list(engine.versions()) == []
    engine.write([document("b", version=7), document("a10", version=3), document("a1", version=1 << 40)])
    assert list(engine.versions()) == [("a1", 1 << 40), ("a10", 3), ("b", 7)]
    engine.write([document("b", version=8)], gone=[("a1", (1 << 40) + 1)])
    assert list(engine.versions()) == [("a10", 3), ("b", 8)]


def test_versions_of_very_many_come_each_once(engine: Engine, document: Make) -> None:
    engine.rebuild((document(f"{number:x}", version=number + 1) for number in range(10_001)), 10_001)
    assert list(engine.versions()) == sorted((f"{number:x}", number + 1) for number in range(10_001))


def test_the_same_may_be_written_again(engine: Engine, document: Make) -> None:
    for _ in range(3):
        engine.write([document("a", "kahvi", version=2), document("b", "kahvi", version=2)], gone=[("c", 5)])
    assert engine.count() == 2
    assert ids(engine, "kahvi") == ["a", "b"]


def test_what_was_taken_out_comes_back_with_a_later_version(engine: Engine, document: Make) -> None:
    engine.write([document("a", "kahvi", version=2)])
    engine.write([], gone=[("a", 3)])
    assert ids(engine) == []
    engine.write([document("a", "pulla", version=4)])
    assert ids(engine, "pulla") == ["a"]
    assert ids(engine, "kahvi") == []
    assert list(engine.versions()) == [("a", 4)]


def test_what_is_written_and_gone_at_once_stays(engine: Engine, document: Make) -> None:
    engine.write([document("a", "kahvi", version=2)], gone=[("a", 1)])
    assert ids(engine, "kahvi") == ["a"]


def test_everything_can_go(engine: Engine, document: Make) -> None:
    engine.write(document(id, "kahvi") for id in "abc")
    engine.write([], gone=[(id, 1) for id in "abc"])
    assert (engine.count(), ids(engine), list(engine.ids(Query())), list(engine.versions())) == (0, [], [], [])
    engine.write([])
    assert engine.count() == 0


def test_a_state_that_is_replaced_is_found_by_nothing_it_said(engine: Engine, document: Make) -> None:
    old = {"movements": ("street-art",), "places": ("Kallio",), "points": ((60.0, 25.0),)}
    engine.write([document("a", "kahvi", title="muraali", posted=datetime(2026, 1, 1, tzinfo=UTC), **old)])
    engine.write([document("a", "pulla", version=2)])
    for asked in ({"words": "kahvi"}, {"words": "muraali"}, {"movements": ("street-art",)}, {"places": ("Kallio",)}):
        assert ids(engine, **asked) == []
    assert ids(engine, since="2026-01-01") == ids(engine, box=Box(south=59, west=24, north=61, east=26)) == []
    found = engine.search(Query(facets=("movements", "places", "months")))
    assert [facet.values for facet in found.facets] == [(), (), ()]


# Rebuilding


def test_an_index_lies_as_asked_once_it_is_made(new_engine: Callable[[], Engine], document: Make) -> None:
    engine = new_engine()
    engine.rebuild([document("a")])
    assert engine.lies_as_asked()
    assert new_engine().lies_as_asked()


BY_KILLED = """
import os, signal, sys
from pathlib import Path
from elasticsearch import Elasticsearch
from pipelines.terms import analyse
from search.elastic import ElasticEngine
from search.embedded import EmbeddedEngine
from search.engine import Document

def documents():
    yield Document("new", 1, (), (), (), (), (), (), (), ("fi",), ("forum",), ("message",), None)
    os.kill(os.getpid(), signal.SIGKILL)

where, name = sys.argv[1:]
engine = ElasticEngine(Elasticsearch(where), name, analyse) if name else EmbeddedEngine(Path(where), analyse)
engine.rebuild(documents())
"""


def test_what_a_killed_rebuild_leaves_is_named_and_taken_away_by_the_next(
    new_engine: Callable[[], Engine], document: Make, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    engine = new_engine()
    engine.rebuild([document("old")])
    assert engine.leftovers() == []
    where, name = str(tmp_path / "index"), ""
    if engine.shared:
        where, name = request.getfixturevalue("elasticsearch").url, request.getfixturevalue("elastic_name")
    ended = subprocess.run([sys.executable, "-c", BY_KILLED, where, name], capture_output=True, text=True)
    assert ended.returncode == -9, ended.stderr
    assert len(engine.leftovers()) == 1
    assert ids(engine) == ids(new_engine()) == ["old"]
    engine.write([document("more")])
    assert len(engine.leftovers()) == 1
    engine.rebuild([document("newest")])
    assert engine.leftovers() == new_engine().leftovers() == []
    assert ids(engine) == ["newest"]


# Nothing, and places


def test_what_stands_for_nothing_is_never_found(engine: Engine, document: Make) -> None:
    engine.write([document("empty"), document("signs", "!!! ∅", title="∅"), document("said", "kahvi")])
    everything = ids(engine)
    for nothing in (NOTHING, f"+{NOTHING}", f'"{NOTHING}"', f"-{NOTHING}", f'+"{NOTHING} {NOTHING}"', f'-"{NOTHING}"'):
        assert ids(engine, nothing) == everything
        assert ids(engine, f"kahvi {nothing}") == ["said"]
    assert ids(engine, "-kahvi") == ["empty", "signs"]


def test_a_box_holds_its_edges(engine: Engine, document: Make) -> None:
    corners = {"sw": (60.19, 24.96), "se": (60.19, 25.01), "nw": (60.25, 24.96), "ne": (60.25, 25.01)}
    beyond = {"s": (60.18999, 24.98), "n": (60.25001, 24.98), "w": (60.2, 24.95999), "e": (60.2, 25.01001)}
    engine.write(document(id, points=(point,)) for id, point in {**corners, **beyond}.items())
    engine.write([document("none"), document("many", points=((0.0, 0.0), (60.2, 25.0), (-60.2, -25.0)))])
    assert ids(engine, box=Box(south=60.19, west=24.96, north=60.25, east=25.01)) == ["many", "ne", "nw", "se", "sw"]
    for id, (lat, lon) in corners.items():
        assert ids(engine, box=Box(south=lat, west=lon, north=lat, east=lon)) == [id]


def test_a_box_reaches_around_the_world_and_not_over_its_edge(engine: Engine, document: Make) -> None:
    points = {"east": (0.0, 180.0), "west": (0.0, -180.0), "north": (90.0, 7.0), "south": (-90.0, 7.0)}
    engine.write(document(id, points=(point,)) for id, point in points.items())
    assert ids(engine, box=Box(south=-90, west=-180, north=90, east=180)) == ["east", "north", "south", "west"]
    assert ids(engine, box=Box(south=-1, west=170, north=1, east=180)) == ["east"]
    assert ids(engine, box=Box(south=-1, west=-180, north=1, east=-170)) == ["west"]
    assert ids(engine, box=Box(south=90, west=0, north=90, east=10)) == ["north"]


def test_a_box_filters_facets_pages_and_ids(engine: Engine, document: Make) -> None:
    engine.write(document(f"a{n}", "kahvi", movements=("street-art",), points=((60 + n / 10, 25.0),)) for n in range(6))
    query = Query(words="kahvi", box=Box(south=60.1, west=25, north=60.4, east=25), size=3, facets=("movements",))
    found = engine.search(query)
    assert (found.total, [value.count for value in found.facets[0].values]) == (4, [4])
    assert ids(engine, "kahvi", box=query.box, cursor=found.cursor) == ["a4"]
    assert list(engine.ids(query)) == ["a1", "a2", "a3", "a4"]


# Only in a cluster: several write, and it lies in parts


@pytest.mark.parametrize("layout", [AS_IT_LIES, Layout(shards=3), Layout(by_year=True)], ids=["whole", "three shards", "by year"])
def test_what_arrives_late_replaces_nothing_newer(new_elastic: Callable[[Layout], Engine], document: Make, layout: Layout) -> None:
    engine, this, last = new_elastic(layout), datetime(2026, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC)
    engine.rebuild([document("rebuilt", "uusi", posted=this, version=5), document("gone", posted=this, version=5)])
    engine.write([document("written", "uusi", posted=this, version=5)], gone=[("gone", 9)])
    late = [document(id, "vanha", posted=last, version=4) for id in ("rebuilt", "written", "gone")]
    engine.write(late[:2])
    assert ids(engine) == ["rebuilt", "written"]
    assert ids(engine, "vanha") == []
    engine.write([document("written", "uusin", posted=last, version=6)], gone=[("rebuilt", 4)])
    assert list(engine.versions()) == [("rebuilt", 5), ("written", 6)]
    engine.write([document("gone", "vanha", posted=this, version=8)])
    assert ids(engine, "vanha") == []


def test_a_document_moves_to_the_year_of_its_date(new_elastic: Callable[[Layout], Engine], document: Make) -> None:
    engine = new_elastic(Layout(by_year=True))
    engine.rebuild([])
    years = (2026, 1, 9999, None, 2026, None, 1970)
    for version, year in enumerate(years, 1):
        posted = None if year is None else datetime(year, 1, 1, tzinfo=UTC)
        engine.write([document("moves", f"kahvi x{version}", posted=posted, version=version), document("stays", version=version)])
        assert ids(engine) == ["moves", "stays"]
        assert list(engine.versions()) == [("moves", version), ("stays", version)]
        assert engine.count() == 2
        months = engine.search(Query(facets=("months",))).facets[0].values
        assert [value.value for value in months] == ([] if year is None else [f"{year:04}-01"])
    engine.write([], gone=[("moves", 20), ("stays", 20)])
    assert engine.count() == 0
    assert engine.leftovers() == []


def test_an_index_that_lies_otherwise_is_told_and_made_anew(new_elastic: Callable[[Layout], Engine], document: Make) -> None:
    new_elastic(AS_IT_LIES).rebuild([document("a", posted=datetime(2026, 1, 1, tzinfo=UTC))])
    for layout in (Layout(shards=2), Layout(by_year=True)):
        engine = new_elastic(layout)
        assert not engine.lies_as_asked()
        engine.rebuild([document("a", posted=datetime(2026, 1, 1, tzinfo=UTC))])
        assert engine.lies_as_asked()
        assert new_elastic(AS_IT_LIES).lies_as_asked()
    assert new_elastic(Layout(shards=2, by_year=True)).lies_as_asked()
    assert not new_elastic(Layout(shards=1)).lies_as_asked()
    before = engine.identity()
    assert new_elastic(Layout(replicas=1)).lies_as_asked()  # that needs no new index
    assert engine.identity() == before
    assert ids(engine) == ["a"]
