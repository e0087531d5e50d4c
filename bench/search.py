"""How well and how fast the embedded engine finds: `python -m bench.search proposals.csv --posts 300000`.

Known items: the title of each text is asked for, as a query whose language nobody knows; what counts is the rank of its own text,
which is indexed without the title. Then the time of a page with all its facets, on posts made of words that nobody ever wrote.
"""

import argparse
import csv
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path

from pipelines.terms import analyse
from search.embedded import EmbeddedEngine
from search.engine import Document, Terms
from search.query import Near, Query
from tinymovements.model import Token


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path, help="CSV file with titles and texts")
    parser.add_argument("--title", default="title", help="column of the titles")
    parser.add_argument("--text", default="texts", help="column of the texts")
    parser.add_argument("--language", default="fi", help="language of the texts")
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--posts", type=int, default=100_000, help="posts for the measurement of time")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        known_items(Path(folder) / "known", arguments)
        latency(Path(folder) / "many", arguments.posts)


def known_items(folder: Path, arguments: argparse.Namespace) -> None:
    with arguments.texts.open(encoding="utf-8-sig", newline="") as file:
        rows = list(islice(csv.DictReader(file), arguments.rows))
    engine = EmbeddedEngine(folder, analyse)
    bodies = (_terms(row[arguments.text], arguments.language) for row in rows)
    engine.rebuild(
        Document(f"{number:05}", (), body, (), (), (), (), (), arguments.language, "bench", "proposal", None)
        for number, body in enumerate(bodies)
    )
    reciprocal, totals = [], []
    for number, row in enumerate(rows):
        found = engine.search(Query(words=row[arguments.title], size=100, facets=False))
        ids = [match.id for match in found.matches]
        reciprocal.append(1 / (ids.index(f"{number:05}") + 1) if f"{number:05}" in ids else 0.0)
        totals.append(found.total)
    hits = sum(value >= 0.1 for value in reciprocal) / len(rows)
    mean = statistics.mean(reciprocal)
    print(f"{len(rows):,} titles: MRR {mean:.3f}, hit@10 {hits:.3f}, {statistics.mean(totals):.0f} answers on the average")


def _terms(text: str, language: str) -> Terms:
    return tuple(token.terms for token in analyse(text, language))


def _plain(text: str, language: str | None) -> list[Token]:
    tokens, at = [], 0
    for word in text.split():
        tokens.append(Token(at, at + len(word), (word,)))
        at += len(word) + 1
    return tokens


def _posts(count: int, vocabulary: list[str], chance: random.Random) -> Iterator[Document]:
    zipf = list(accumulate(1 / (rank + 10) for rank in range(len(vocabulary))))
    places = [(f"Place {number}", 60 + chance.random(), 24 + 2 * chance.random()) for number in range(2000)]
    frequent = list(accumulate(1 / (rank + 3) for rank in range(len(places))))
    for number in range(count):
        words = tuple((word,) for word in chance.choices(vocabulary, cum_weights=zipf, k=chance.randint(5, 75)))
        found = chance.choices(places, cum_weights=frequent, k=chance.randint(0, 2))
        names = tuple(sorted({name for name, _, _ in found}))
        yield Document(
            id=f"{chance.getrandbits(64):016x}{number:08x}",
            title=words[:4],
            text=words[4:],
            movements=tuple({f"movement-{chance.randrange(20)}" for _ in range(chance.randint(0, 2))}),
            places=names,
            districts=tuple({f"District {len(name) * 5 + int(name[-1])}" for name in names}),
            within=names,
            points=tuple({(lat, lon) for _, lat, lon in found}),
            language=chance.choice(("fi", "fi", "fi", "sv", "en", "unknown")),
            source=f"source-{chance.randrange(30)}",
            kind=chance.choice(("message", "event", "proposal", "page")),
            posted=datetime(2023, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(1_500_000)),
        )


def latency(folder: Path, count: int) -> None:
    chance = random.Random(1)
    vocabulary = [f"w{number}" for number in range(30_000)]
    engine = EmbeddedEngine(folder, _plain)
    began = time.perf_counter()
    engine.rebuild(_posts(count, vocabulary, chance))
    print(f"{count:,} posts made and indexed in {time.perf_counter() - began:.0f} s, "
          f"{sum(path.stat().st_size for path in folder.rglob('*') if path.is_file()) / count:.0f} bytes each")

    def word() -> str:  # neither of the most frequent nor of the rarest
        return vocabulary[int(3000 * chance.random() ** 2) + 20]

    def movements() -> tuple[str]:
        return (f"movement-{chance.randrange(20)}",)

    kinds: dict[str, Callable[[], Query]] = {
        "two words": lambda: Query(words=f"{word()} {word()}"),
        "two words, no facets": lambda: Query(words=f"{word()} {word()}", facets=False),
        "two words, two filters": lambda: Query(words=f"{word()} {word()}", movements=movements(), languages=("fi",)),
        "six words": lambda: Query(words=" ".join(word() for _ in range(6))),
        "a phrase": lambda: Query(words=f'"{word()} {word()}"'),
        "everything, newest": lambda: Query(),
        "one word, newest": lambda: Query(words=word(), sort="newest"),
        "within 5 km": lambda: Query(words=word(), near=Near(lat=60 + chance.random(), lon=24 + 2 * chance.random(), km=5)),
    }
    for name, make in kinds.items():
        times = sorted(_seconds(engine, make()) for _ in range(100))
        print(f"{name:24} p50 {times[49] * 1000:7.1f} ms   p95 {times[94] * 1000:7.1f} ms")


def _seconds(engine: EmbeddedEngine, query: Query) -> float:
    began = time.perf_counter()
    engine.search(query)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
