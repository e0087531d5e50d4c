"""Both engines find the same in many documents, however they lie: scores that differ by less than 0.1 % are ties."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

import pytest

from bench.synthetic import posts
from pipelines.terms import analyse, terms_of
from search.embedded import EmbeddedEngine
from search.engine import Document, Engine
from search.layout import Layout
from search.query import FACETS, Matches, Query

DOCUMENTS, QUERIES = 20_000, 200
LANGUAGES = ("fi", "sv", "en", "unknown")
TIE = 1e-3


@dataclass(frozen=True)
class Many:
    """Documents and queries, and what the embedded engine answers."""

    documents: list[Document]
    answers: list[tuple[Query, Matches]]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Many:
    chance = random.Random(1)
    texts = [post["text"] for post in posts(DOCUMENTS)]
    documents = [made_of(number, text, chance) for number, text in enumerate(texts)]
    queries = [about(texts, chance) for _ in range(QUERIES)]
    engine = EmbeddedEngine(tmp_path_factory.mktemp("many"), analyse)
    engine.rebuild(documents, len(documents))
    return Many(documents, [(query, engine.search(query)) for query in queries])


def made_of(number: int, text: str, chance: random.Random) -> Document:
    """Every fifth has a title, some have no date, and those that have it lie in five years."""
    words = terms_of(text, LANGUAGES[number % len(LANGUAGES)])
    titled = 4 if number % 5 == 0 else 0
    places = tuple(sorted({f"Place {chance.randrange(300)}" for _ in range(chance.randrange(4))}))
    return Document(
        id=blake2b(str(number).encode(), digest_size=8).hexdigest(),
        version=1,
        title=words[:titled],
        text=words[titled:],
        movements=tuple(sorted({f"movement-{chance.randrange(20)}" for _ in range(chance.randrange(3))})),
        places=places,
        districts=tuple(sorted({place[:7] for place in places})),
        within=places,
        points=(),
        languages=(LANGUAGES[number % len(LANGUAGES)],),
        sources=(f"source-{number % 7}",),
        kinds=(("message", "event")[number % 2],),
        posted=datetime(2021 + number % 5, 1 + number % 12, 1 + number % 28, tzinfo=UTC) if number % 9 else None,
    )


def about(texts: list[str], chance: random.Random) -> Query:
    """One to four words of some text, some with a filter or in the order of time, all with every facet."""
    words = chance.choice(texts).split()
    asked = [word.strip('+-"') for word in chance.sample(words, min(len(words), chance.randint(1, 4)))]
    return Query(
        words=" ".join(asked),
        movements=("movement-3", "movement-4") if chance.random() < 0.2 else (),
        languages=("fi", "en") if chance.random() < 0.2 else (),
        sort="newest" if chance.random() < 0.1 else "relevance",
        size=chance.choice((10, 100)),
        facets=FACETS,
    )


@pytest.mark.parametrize(
    "layout", [Layout(shards=1), Layout(shards=3), Layout(by_year=True)], ids=["1 shard", "3 shards", "by year"]
)
def test_the_same_order_totals_and_facets(many: Many, new_elastic: Callable[[Layout], Engine], layout: Layout) -> None:
    engine = new_elastic(layout)
    engine.rebuild(many.documents)
    assert engine.count() == DOCUMENTS
    for query, wanted in many.answers:
        found = engine.search(query)
        assert (found.total, found.facets) == (wanted.total, wanted.facets), query
        assert in_same_order(found, wanted), query
    assert sum(wanted.total > 10 for _, wanted in many.answers) > QUERIES / 2
    assert any("ä" in query.words for query, _ in many.answers)


def in_same_order(one: Matches, other: Matches) -> bool:
    """The same scores from place to place, and every post in its place or among its ties."""
    if len(one.matches) != len(other.matches):
        return False
    ours, theirs = ({match.id: match.score for match in matches.matches} for matches in (one, other))
    return all(
        (mine.id == yours.id or mine.score > 0)
        and mine.score == tied(yours.score)
        and mine.score == tied(theirs.get(mine.id, mine.score))
        and yours.score == tied(ours.get(yours.id, yours.score))
        for mine, yours in zip(one.matches, other.matches, strict=True)
    )


def tied(score: float) -> object:
    return pytest.approx(score, rel=TIE)
