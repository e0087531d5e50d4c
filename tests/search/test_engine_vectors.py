"""What every engine must do, III: vectors. `conftest.new_engine` makes each engine in turn."""

import math
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from elasticsearch import Elasticsearch

from pipelines.terms import analyse
from search.elastic import ElasticEngine
from search.embedded import EmbeddedEngine
from search.engine import Document, Engine
from search.layout import Layout
from search.query import Box, Near, Query
from tinymovements.errors import IndexUnavailable

Make = Callable[..., Document]

ROUNDING = 2e-6
"""By how much the cosines of two engines may differ."""


def nearest(engine: Engine, vector: tuple[float, ...], size: int = 10, **filters: object) -> list[str]:
    return [match.id for match in engine.nearest(Query.model_validate(filters), vector, size)]


def at(degrees: float) -> tuple[float, float]:
    return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))


def random_vectors(count: int, width: int) -> list[tuple[float, ...]]:
    return [tuple(row) for row in np.random.default_rng(7).standard_normal((count, width)).tolist()]


def cosine(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True)) / (math.hypot(*one) * math.hypot(*other))


def test_the_nearest_come_first_with_their_cosines(engine: Engine, document: Make) -> None:
    engine.write([document("right", vector=at(90)), document("near", vector=at(-10)), document("back", vector=at(180))])
    engine.write([document("same", vector=at(0)), document("half", vector=at(60)), document("long", vector=(5.0, 1.0))])
    found = engine.nearest(Query(), (0.1, 0.0), 10)
    assert [match.id for match in found] == ["same", "near", "long", "half", "right", "back"]
    expected = [1, math.cos(math.radians(10)), 5 / math.hypot(5, 1), 0.5, 0, -1]
    assert [match.score for match in found] == pytest.approx(expected, abs=ROUNDING)
    assert nearest(engine, (0.1, 0.0), size=2) == ["same", "near"]


def test_documents_without_a_vector_are_near_to_nothing(engine: Engine, document: Make) -> None:
    engine.write([document("a"), document("b", vector=at(0)), document("c")])
    assert nearest(engine, at(0)) == ["b"]


def test_without_vectors_nothing_is_near(engine: Engine, document: Make) -> None:
    assert nearest(engine, at(0)) == []
    engine.write([document("a")])
    assert nearest(engine, at(0)) == []


def test_equal_ones_are_in_order_of_id(engine: Engine, document: Make) -> None:
    for part in (("d", "b"), ("c", "a"), ("e",)):  # in several segments
        engine.write(document(id, vector=(0.3, 0.3, 0.3)) for id in part)
    engine.write([document("f", vector=(0.3, 0.3, 0.2))])
    assert nearest(engine, (1, 1, 1)) == ["a", "b", "c", "d", "e", "f"]
    assert nearest(engine, (1, 1, 1), size=3) == ["a", "b", "c"]


def test_every_filter_holds_for_the_nearest(engine: Engine, document: Make) -> None:
    march, may = datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 5, 5, tzinfo=UTC)
    engine.write(
        [
            document("plain", vector=at(1)),
            document("a", vector=at(2), movements=("street-art",), places=("Kallio",), points=((60.18, 24.95),), posted=march),
            document("b", vector=at(3), movements=("mutual-aid",), places=("Malmi",), points=((60.25, 25.01),), posted=may),
            document("c", vector=at(4), language="sv", source="calendar", kind="event", posted=may),
        ]
    )
    assert nearest(engine, at(0)) == ["plain", "a", "b", "c"]
    assert nearest(engine, at(0), movements=("street-art", "mutual-aid")) == ["a", "b"]
    assert nearest(engine, at(0), places=("Malmi",)) == ["b"]
    assert nearest(engine, at(0), near=Near(lat=60.18, lon=24.95, km=1)) == ["a"]
    assert nearest(engine, at(0), box=Box(south=60.2, west=25, north=60.3, east=26)) == ["b"]
    assert nearest(engine, at(0), languages=("sv",)) == ["c"]
    assert nearest(engine, at(0), sources=("forum",), movements=("mutual-aid",)) == ["b"]
    assert nearest(engine, at(0), kinds=("event",)) == ["c"]
    assert nearest(engine, at(0), since=date(2026, 4, 1)) == ["b", "c"]
    assert nearest(engine, at(0), until=date(2026, 4, 1)) == ["a"]
    assert nearest(engine, at(0), kinds=("page",)) == []


def test_words_that_decide_decide_here_too_and_plain_ones_do_not(engine: Engine, document: Make) -> None:
    engine.write([document("a", "kirpputori Malmilla", vector=at(1)), document("b", "soppaa Malmilla", vector=at(2))])
    engine.write([document("c", "yhteisen puutarhan talkoot", vector=at(3))])
    assert nearest(engine, at(0), words="kirppis soppa") == ["a", "b", "c"]
    assert nearest(engine, at(0), words="+malmi kirppis") == ["a", "b"]
    assert nearest(engine, at(0), words="kahvi -soppa") == ["a", "c"]
    assert nearest(engine, at(0), words='"yhteinen puutarha"') == ["c"]


def test_a_vector_lasts_as_long_as_its_state_of_the_document(engine: Engine, document: Make) -> None:
    engine.write([document("a", vector=at(0)), document("b", vector=at(10)), document("c", vector=at(20))])
    engine.write([document("a", vector=at(90), version=2), document("b", version=2)], gone=[("c", 2)])
    found = engine.nearest(Query(), at(0), 10)
    assert [match.id for match in found] == ["a"]
    assert found[0].score == pytest.approx(0, abs=ROUNDING)
    engine.write([document("b", vector=at(1), version=3)])
    assert nearest(engine, at(0)) == ["b", "a"]


def test_a_rebuild_replaces_the_vectors(new_engine: Callable[[], Engine], document: Make) -> None:
    engine, reader = new_engine(), new_engine()
    engine.rebuild([document("a", vector=at(0))])
    assert nearest(reader, at(0)) == ["a"]
    engine.rebuild([document("b", vector=(1, 2, 3)), document("c")])  # of other dimensions
    assert nearest(reader, (1, 2, 3)) == ["b"]
    engine.rebuild([document("d")])
    assert nearest(reader, at(0)) == []


def test_far_ones_are_found_where_the_near_ones_do_not_hold(engine: Engine, document: Make) -> None:
    for state in range(1, 4):  # of the first states nothing is left but what they took
        engine.write(document(f"m{number:03}", vector=at(number / 2), version=state) for number in range(300))
    engine.write(document(f"e{number}", kind="event", vector=at(150 + number)) for number in range(5))
    assert nearest(engine, at(0), kinds=("event",)) == ["e0", "e1", "e2", "e3", "e4"]
    assert nearest(engine, at(0), size=3) == ["m000", "m001", "m002"]
    assert len(set(nearest(engine, at(0), size=250))) == 250


def test_cosines_are_those_of_the_vectors(engine: Engine, document: Make) -> None:
    vectors = {f"d{number:03}": vector for number, vector in enumerate(random_vectors(301, 24))}
    _, asked = vectors.popitem()
    kinds = {id: "event" if number % 3 else "message" for number, id in enumerate(vectors)}
    engine.write(document(id, kind=kinds[id], vector=vector) for id, vector in vectors.items())
    for filters in ({}, {"kinds": ("message",)}):
        found = engine.nearest(Query.model_validate(filters), asked, 20)
        held = [cosine(asked, vector) for id, vector in vectors.items() if not filters or kinds[id] == "message"]
        assert [match.score for match in found] == pytest.approx(sorted(held, reverse=True)[:20], abs=ROUNDING)
        assert [match.score for match in found] == pytest.approx(
            [cosine(asked, vectors[match.id]) for match in found], abs=ROUNDING
        )


def test_vectors_of_other_dimensions_are_refused_in_one_sentence(engine: Engine, document: Make) -> None:
    engine.write([document("a", vector=at(0))])
    for vector in ((1.0, 0.0, 0.0), (0.0, 0.0)):
        with pytest.raises(IndexUnavailable, match=r"^[^.]+\. Run `tinymovements index --anew`\.$"):
            engine.write([document("b", vector=vector)])
    with pytest.raises(IndexUnavailable, match=r"^[^.]+\. Run `tinymovements index --anew`\.$"):
        engine.nearest(Query(), (1.0, 0.0, 0.0), 10)
    assert nearest(engine, at(0)) == ["a"]
    engine.write([document("b", vector=at(1))])
    assert nearest(engine, at(0)) == ["a", "b"]


# Elasticsearch


@pytest.mark.parametrize("layout", [Layout(shards=3), Layout(by_year=True)])
def test_the_nearest_come_from_all_shards_and_years(
    elastic_client: Elasticsearch, elastic_name: str, document: Make, layout: Layout
) -> None:
    engine = ElasticEngine(elastic_client, elastic_name, analyse, layout)
    engine.rebuild(
        document(f"d{number:02}", vector=at(number), posted=datetime(2020 + number % 4, 1, 1, tzinfo=UTC)) for number in range(40)
    )
    engine.write([document("none", posted=datetime(1999, 1, 1, tzinfo=UTC))])  # a year without vectors
    assert nearest(engine, at(0), size=20) == [f"d{number:02}" for number in range(20)]
    assert nearest(engine, at(0), since=date(2023, 1, 1), size=3) == ["d03", "d07", "d11"]


def test_bytes_find_nearly_what_vectors_do(elastic_client: Elasticsearch, elastic_name: str, document: Make) -> None:
    engine = ElasticEngine(elastic_client, elastic_name, analyse)
    vectors = np.array(random_vectors(2000, 96))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    engine.rebuild(document(f"d{number:04}", vector=tuple(vector)) for number, vector in enumerate(vectors.tolist()))
    found = 0
    for asked in random_vectors(50, 96):
        exact = {f"d{number:04}" for number in np.argsort(vectors @ asked)[-10:]}
        found += len(exact & set(nearest(engine, asked)))
    assert found / (50 * 10) >= 0.95


# The embedded engine

# Writes 3,000 vectors, and is killed where it stands still: among the documents, or when all rows are on the disk.
KILLED = """
import os, sys
from pathlib import Path
from search.embedded import EmbeddedEngine
from search.engine import Document

def stand_still(*_):
    print("begun", flush=True)
    sys.stdin.readline()

def documents():
    for number in range(3000):
        yield Document(f"other{number}", 1, (), (), (), (), (), (), (), ("fi",), ("forum",), ("message",), None, (0.0, 1.0, 0.5))
    if sys.argv[2] == "among":
        stand_still()

os.fsync = stand_still
EmbeddedEngine(Path(sys.argv[1]), None).write(documents())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def embedded(folder: Path) -> EmbeddedEngine:
    made = EmbeddedEngine(folder, analyse)
    made.rebuild([])
    return made


@pytest.mark.parametrize("where", ["among", "before the commit"])
def test_rows_of_a_killed_writer_are_passed_over(embedded: EmbeddedEngine, folder: Path, document: Make, where: str) -> None:
    embedded.write([document("a", vector=(1, 0, 0))])
    (rows,) = folder.glob("*/vectors-*")
    before = rows.stat().st_size
    command = [sys.executable, "-c", KILLED, str(folder), where]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        assert nearest(embedded, (0, 1, 0.5)) == ["a"]
        process.send_signal(signal.SIGKILL)
    assert rows.stat().st_size > before
    with rows.open("ab") as file:
        file.write(b"half")  # of a row: the disk was full
    for engine in (embedded, EmbeddedEngine(folder, analyse)):
        assert nearest(engine, (0, 1, 0.5)) == ["a"]
    embedded.write([document("b", vector=(0, 1, 0))])
    for engine in (embedded, EmbeddedEngine(folder, analyse)):
        assert [match.score for match in engine.nearest(Query(), (0, 1, 0), 10)] == [1, 0]


def test_very_many_equal_ones_are_in_order_of_id(embedded: EmbeddedEngine, document: Make) -> None:
    embedded.write(document(f"d{number:03}", vector=at(7)) for number in [*range(350, 700), *range(350)])
    embedded.write(document(f"d{number:03}", vector=at(7)) for number in range(700, 1050))
    assert nearest(embedded, at(0), size=3) == ["d000", "d001", "d002"]


def test_without_vectors_there_is_no_file(embedded: EmbeddedEngine, folder: Path, document: Make) -> None:
    embedded.write([document("a")])
    assert list(folder.glob("*/vectors-*")) == []


@pytest.mark.parametrize("how", ["cut", "gone"])
def test_lost_vectors_are_said_to_be_lost(embedded: EmbeddedEngine, folder: Path, document: Make, how: str) -> None:
    embedded.write([document("a", vector=at(0)), document("b", vector=at(1))])
    (rows,) = folder.glob("*/vectors-*")
    if how == "gone":
        rows.unlink()
    else:
        rows.write_bytes(rows.read_bytes()[:12])
    fresh = EmbeddedEngine(folder, analyse)
    for ask in (fresh.identity, lambda: fresh.nearest(Query(), at(0), 10)):
        with pytest.raises(IndexUnavailable, match="tinymovements index"):
            ask()
    fresh.rebuild([document("b", vector=at(0))])
    assert nearest(fresh, at(0)) == ["b"]
