"""Both engines find the same in any archive, whatever is asked, written, replaced and taken out, and what the rules say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from search.engine import Document
from search.query import Box, Near, Query
from tests.search.rules import Both, check

Make = Callable[..., Document]
T = TypeVar("T")

SAID = (
    *("kirpputori", "kirpputorilla", "torilla", "kirppis", "joulukirpputori", "kahvi", "kahvia", "joulukahvila", "pyörän"),
    *(
        "korjaus",
        "polkupyörä",
        "muraali",
        "katutaide",
        "taide",
        "yhteinen",
        "puutarha",
        "ja",
        "och",
        "the",
        "gatukonst",
        "konst",
        "loppis",
    ),
    *("garden", "gardens", "community", "bicycle", "Itä-Pasila", "neighbour's", "xyzzyt"),
)
DAYS = (date.min, date(1969, 12, 31), date(1970, 1, 1), date(2026, 3, 31), date(2026, 4, 1), date.max)
LATITUDES, LONGITUDES = (-90.0, -17.0, 60.1, 60.2, 90.0), (-180.0, 24.9, 25.0, 179.99, 180.0)

texts = some.lists(some.sampled_from(SAID), max_size=9).map(" ".join)
points = some.tuples(some.sampled_from(LATITUDES), some.sampled_from(LONGITUDES))
boxes = some.tuples(points, points).map(lambda two: [sorted(edges) for edges in zip(*two, strict=True)])
said = some.sampled_from(SAID)
clauses = said | some.builds(str.__add__, some.sampled_from("+-"), said)
phrases = some.builds('{}"{} {}"'.format, some.sampled_from(("", "+", "-")), said, said | some.just(""))


def rarely(of: "some.SearchStrategy[T]", nothing: T) -> "some.SearchStrategy[T]":
    return some.one_of(*[some.just(nothing)] * 3, of)


queries = some.builds(
    Query,
    words=some.lists(some.one_of(clauses, clauses, phrases), max_size=6).map(" ".join),
    movements=rarely(some.sets(some.sampled_from(("street-art", "mutual-aid", "food-sharing")), min_size=1).map(tuple), ()),
    places=rarely(some.sets(some.sampled_from(("Kallio", "Malmi", "Lund")), min_size=1).map(tuple), ()),
    near=rarely(some.builds(lambda at, km: Near(lat=at[0], lon=at[1], km=km), points, some.sampled_from((0.1, 8, 9000))), None),
    box=rarely(boxes.map(lambda box: Box(south=box[0][0], west=box[1][0], north=box[0][1], east=box[1][1])), None),
    languages=rarely(some.sampled_from((("fi",), ("en", "unknown"))), ()),
    sources=rarely(some.just(("forum",)), ()),
    kinds=rarely(some.sampled_from((("event",), ("page", "message"))), ()),
    stages=rarely(some.sampled_from((("active",), ("spark", "active"))), ()),
    since=rarely(some.sampled_from(DAYS), None),
    until=rarely(some.sampled_from(DAYS), None),
    sort=some.sampled_from(("relevance", "relevance", "newest", "oldest")),
    size=some.integers(1, 9),
)


def documents(make: Make) -> "some.SearchStrategy[Document]":
    moments = some.builds(
        lambda day, ms: datetime.combine(day, datetime.min.time(), UTC) + timedelta(milliseconds=ms),
        some.sampled_from(DAYS),
        some.sampled_from((0, 1, 86_399_999)),
    )
    return some.builds(
        make,
        id=some.integers(0, 16**6).map("{:06x}".format),
        text=texts,
        title=texts,
        language=some.sampled_from(("fi", "fi", "sv", "en", "unknown")),
        languages=some.sampled_from((("fi",), ("fi",), ("sv", "fi"), ("en", "unknown", "sv"))),
        movements=some.sampled_from(
            ((), ("street-art",), ("street-art", "mutual-aid"), ("food-sharing", "mutual-aid", "street-art"))
        ),
        places=some.sampled_from(((), ("Kallio",), ("Kallio", "Malmi"), ("Lund", "Kallio", "Malmi", "Arabia"))),
        districts=some.sampled_from(((), ("Malmi",), ("Malmi", "Kallio", "Arabia"))),
        points=some.lists(points, max_size=3, unique=True).map(tuple),
        sources=some.sampled_from((("forum",), ("calendar",), ("forum", "calendar"), ("calendar", "forum", "map"))),
        kinds=some.sampled_from((("message",), ("event",), ("page",), ("page", "event"))),
        stage=some.sampled_from((None, None, "spark", "active", "ended")),
        posted=some.none() | moments,
        version=some.just(10),
    )


class Archive:
    """What is to be found, by id, and the version of each last state, be it of a post that is gone."""

    def __init__(self, kept: list[Document]) -> None:
        self.kept = {document.id: document for document in kept}
        self.versions = {document.id: document.version for document in kept}
        self.only_grown = True

    def write(self, engines: Both, changes: list[tuple[int, str, Document]]) -> None:
        """New, changed and removed posts, and to Elasticsearch what is late, as it may come from several writers."""
        known = sorted(self.versions)
        named = {known[which] if which < len(known) else made.id: (does, made) for which, does, made in changes}
        new, late, gone = [], [], []
        for id, (does, made) in named.items():
            version = self.versions.get(id)
            self.only_grown &= version is None or does == "late"
            if version is not None and does == "late":
                late.append(replace(made, id=id, version=version - 1))
            elif version is not None and does == "gone":
                gone.append((id, version + 3))
            else:
                new.append(replace(made, id=id, version=(version or 10) + 5))
        engines[0].write(new, gone)
        engines[1].write([*new, *late], gone)
        self.kept = {id: document for id, document in self.kept.items() if id not in dict(gone)} | {one.id: one for one in new}
        self.versions |= {**dict(gone), **{one.id: one.version for one in new}}


def test_both_find_the_same_in_any_archive(both_engines: Both, document: Make, pytestconfig: pytest.Config) -> None:
    made = documents(document)
    first = some.lists(made, max_size=30, unique_by=lambda document: document.id)
    changes = some.tuples(some.integers(0, 40), some.sampled_from(("put", "late", "gone")), made)

    @settings(
        deadline=None, max_examples=pytestconfig.getoption("--archives"), suppress_health_check=list(HealthCheck), database=None
    )
    @given(first, some.lists(some.lists(changes, max_size=12), max_size=3), some.lists(queries, min_size=10, max_size=10))
    def agree(first: list[Document], writes: list[list[tuple[int, str, Document]]], asked: list[Query]) -> None:
        archive = Archive(first)
        for engine in both_engines:
            engine.rebuild(first)
        for write in writes:
            archive.write(both_engines, write)
        kept = list(archive.kept.values())
        for engine in both_engines:
            assert list(engine.versions()) == sorted((one.id, one.version) for one in kept)
        for query in asked:
            check(both_engines, kept, query, weights=archive.only_grown)

    agree()
