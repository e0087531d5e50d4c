"""How fast the embedded engine finds: `python -m bench.search --posts 1000000`.

On posts made of words that nobody ever wrote, frequent and rare as words are: a page of ten for two words and other
questions, each asked a hundred times with other words. The yardstick, asked in turn with it: the two words as a bare query of
tantivy's, title or text, without facets, filters, spare answers or anything else of ours.
"""

import argparse
import random
import statistics
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

import tantivy

from bench.measure import Measure, seconds
from search.embedded import EmbeddedEngine
from search.embedded.fields import open_index, schema
from search.engine import Document
from search.query import FACETS_OF, Near, Query
from tinymovements.model import Token

TIMES = 100
VOCABULARY = [f"w{number}" for number in range(30_000)]
TWO, ALL = ("movements", "districts"), FACETS_OF["posts"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000, help="posts for the measurement of time")
    arguments = parser.parse_args()
    print(f"| {arguments.posts:,} posts | p50, ms | p95, ms |\n|---|---|---|")
    for line in measure(arguments.posts, lambda name, half, most: print(f"| {name} | {half:.1f} | {most:.1f} |")):
        print(line)


Told = Callable[[str, float, float], None]
"""Is told a kind of question, and the median and the 95th percentile of the time it takes, in milliseconds."""


def measure(posts: int = 100_000, told: Told = lambda name, half, most: None) -> list[Measure]:
    """The 95th percentile of two words with two facets, and with none, beside the yardstick's; bytes on disk; posts a second."""
    with tempfile.TemporaryDirectory() as name:
        folder, chance = Path(name), random.Random(1)
        engine = EmbeddedEngine(folder, plain)
        took = seconds(lambda: engine.rebuild(documents(posts, chance), posts))
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        searcher = open_index(folder / engine.identity()).searcher()
        most: dict[str, float] = {}
        for kind, make in kinds(chance).items():
            ours, bare = [], []
            for _ in range(TIMES):
                query = make()
                ours.append(1000 * seconds(lambda: engine.search(query)))  # noqa: B023
                if kind in WITH_YARDSTICK:
                    bare.append(1000 * seconds(lambda: searcher.search(_bare(query.words), 10)))  # noqa: B023
            for named, times in ((kind, ours), (f"{kind}: bare tantivy", bare)):
                if times:
                    most[named] = statistics.quantiles(times, n=20)[18]
                    told(named, statistics.median(times), most[named])
        lines = [
            Measure(
                what=f"search for {kind}: 95th percentile, {posts:,} posts",
                value=most[kind],
                unit="ms",
                yardstick="the words as a bare query of tantivy",
                yardstick_value=most[f"{kind}: bare tantivy"],
                bar="<= 10 ms",
            )
            for kind in WITH_YARDSTICK
        ]
        lines.append(Measure(f"the index on disk, {posts:,} posts of 40 words", size / posts, "bytes/post"))
        return [*lines, Measure(f"indexing ready documents, {posts:,} posts", posts / took, "posts/s")]


WITH_YARDSTICK = ("two words, two facets", "two words, no facets")


def kinds(chance: random.Random) -> dict[str, Callable[[], Query]]:
    """Questions of each kind, each time with other words."""

    def word() -> str:  # neither of the most frequent nor of the rarest
        return VOCABULARY[int(3000 * chance.random() ** 2) + 20]

    def words(count: int) -> str:
        return " ".join(word() for _ in range(count))

    def movement() -> tuple[str]:
        return (f"movement-{chance.randrange(20)}",)

    def near() -> Near:
        return Near(lat=60 + chance.random(), lon=24 + 2 * chance.random(), km=5)

    return {
        "two words, two facets": lambda: Query(words=words(2), facets=TWO),
        "two words, no facets": lambda: Query(words=words(2)),
        "two words, all seven facets": lambda: Query(words=words(2), facets=ALL),
        "two words, two filters, two facets": lambda: Query(words=words(2), facets=TWO, movements=movement(), languages=("fi",)),
        "six words, two facets": lambda: Query(words=words(6), facets=TWO),
        "a phrase, two facets": lambda: Query(words=f'"{words(2)}"', facets=TWO),
        "one word, the newest first, two facets": lambda: Query(words=word(), sort="newest", facets=TWO),
        "one word within 5 km, two facets": lambda: Query(words=word(), near=near(), facets=TWO),
        "no words, a movement, all seven facets": lambda: Query(
            movements=movement(), sources=(f"source-{chance.randrange(30)}",), facets=ALL
        ),
        "no words, no filters, no facets": lambda: Query(),
    }


def _bare(words: str) -> tantivy.Query:
    terms = [tantivy.Query.term_query(schema(), field, word, "freq") for word in words.split() for field in ("title", "text")]
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])


def plain(text: str, language: str | None) -> list[Token]:
    tokens, at = [], 0
    for word in text.split():
        tokens.append(Token(at, at + len(word), (word,)))
        at += len(word) + 1
    return tokens


def documents(count: int, chance: random.Random) -> Iterator[Document]:
    """Posts of made-up words, with places, movements and dates."""
    zipf = list(accumulate(1 / (rank + 10) for rank in range(len(VOCABULARY))))
    places = [(f"Place {number}", 60 + chance.random(), 24 + 2 * chance.random()) for number in range(2000)]
    frequent = list(accumulate(1 / (rank + 3) for rank in range(len(places))))
    for number in range(count):
        words = tuple((word,) for word in chance.choices(VOCABULARY, cum_weights=zipf, k=chance.randint(5, 75)))
        found = chance.choices(places, cum_weights=frequent, k=chance.randint(0, 2))
        names = tuple(sorted({name for name, _, _ in found}))
        yield Document(
            id=f"{chance.getrandbits(64):016x}{number:08x}",
            version=number + 1,
            title=words[:4],
            text=words[4:],
            movements=tuple({f"movement-{chance.randrange(20)}" for _ in range(chance.randint(0, 2))}),
            places=names,
            districts=tuple({f"District {len(name) * 5 + int(name[-1])}" for name in names}),
            within=names,
            points=tuple({(lat, lon) for _, lat, lon in found}),
            languages=(chance.choice(("fi", "fi", "fi", "sv", "en", "unknown")),),
            sources=(f"source-{chance.randrange(30)}",),
            kinds=(chance.choice(("message", "event", "proposal", "page")),),
            posted=datetime(2023, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(1_500_000)),
        )


if __name__ == "__main__":
    main()
