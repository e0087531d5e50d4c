"""How well both engines find: titles find their own texts, `python -m bench.known_items FILE.csv`.

Each title is asked for, as a query whose language nobody knows; what counts is the rank of its own text, which is indexed without
the title. Figures: the mean of one divided by that rank, the share of titles whose text is among the first ten, and how many texts
a title finds on the average. An engine is an engine: both are to rank alike.
"""

import argparse
import csv
import statistics
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from bench.elastic_node import serving
from bench.measure import Measure
from pipelines.terms import analyse, terms_of
from search.elastic import ElasticEngine
from search.embedded import EmbeddedEngine
from search.engine import Document, Engine
from search.query import Query

ROWS = 3000
DEEPEST = 100
"""Ranks that are looked at; what comes later counts nothing."""

Item = tuple[str, str]
"""A title and its text."""


def measure(path: Path, title: str = "title", text: str = "texts", language: str = "fi", rows: int = ROWS) -> list[Measure]:
    """How well titles find the texts of a CSV file in Elasticsearch, beside the embedded engine."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        known = [(row[title], row[text]) for row in islice(csv.DictReader(file), rows)]
    with _engines() as engines:
        embedded, elastic = (list(_found(engine, known, language)) for engine in engines)
    told = f"{len(known):,} titles"
    return [
        Measure(f"{told} find their texts: {what}", value, "", "the embedded engine", yardstick, bar, note)
        for what, value, yardstick, bar, note in (
            (
                "mean reciprocal rank",
                _mrr(elastic),
                _mrr(embedded),
                "within 0.005",
                f"{_mrr(elastic):.4f} and {_mrr(embedded):.4f}",
            ),
            ("among the first ten", _among(10, elastic), _among(10, embedded), "", ""),
            ("answers on the average", _answers(elastic), _answers(embedded), "", ""),
        )
    ]


Found = tuple[int | None, int]
"""The rank of the text that is looked for, and how many texts were found in all."""


def _found(engine: Engine, known: list[Item], language: str) -> Iterator[Found]:
    engine.rebuild(
        Document(
            id=f"{number:05}",
            version=1,
            title=(),
            text=terms_of(text, language),
            movements=(),
            places=(),
            districts=(),
            within=(),
            points=(),
            languages=(language,),
            sources=("bench",),
            kinds=("proposal",),
            posted=None,
        )
        for number, (_, text) in enumerate(known)
    )
    for number, (title, _) in enumerate(known):
        found = engine.search(Query(words=title, size=DEEPEST))
        ids = [match.id for match in found.matches]
        yield (ids.index(f"{number:05}") + 1 if f"{number:05}" in ids else None), found.total


@contextmanager
def _engines() -> Iterator[tuple[Engine, Engine]]:
    """The embedded engine, and Elasticsearch on a node of its own."""
    with tempfile.TemporaryDirectory() as folder, serving() as cluster, cluster.client() as client:
        yield EmbeddedEngine(Path(folder), analyse), ElasticEngine(client, "known-items", analyse)


def _mrr(found: Iterable[Found]) -> float:
    return statistics.mean(1 / rank if rank else 0.0 for rank, _ in found)


def _among(first: int, found: Iterable[Found]) -> float:
    return statistics.mean(rank is not None and rank <= first for rank, _ in found)


def _answers(found: Iterable[Found]) -> float:
    return statistics.mean(total for _, total in found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, help="CSV file with titles and texts")
    parser.add_argument("--title", default="title", help="column of the titles")
    parser.add_argument("--text", default="texts", help="column of the texts")
    parser.add_argument("--language", default="fi", help="language of the texts")
    parser.add_argument("--rows", type=int, default=ROWS)
    for line in measure(**vars(parser.parse_args())):
        print(line, flush=True)


if __name__ == "__main__":
    main()
