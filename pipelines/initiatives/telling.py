"""How much it tells that two texts have a word in common.

Apart from what finds the words, for that needs the dictionaries, and who compares what was found before does without them.
"""

from collections.abc import Collection, Iterable
from functools import cache, lru_cache
from zlib import crc32

from pipelines.initiatives.learnt import load, remembered_until_used

CONCEPT = "="
"""What a concept's name begins with, as `concepts.toml` has it: a word of no language."""

_OF_A_CONCEPT = 5.0
"""What it tells that two clauses name the same thing, beside `weight`: as much as a word that one post in 150 has."""


def mark(said: str) -> int:
    """The hash that stands for what was said."""
    return crc32(said.encode())


@cache
def _weights() -> dict[int, float]:
    return dict(zip(load().marks.tolist(), load().weights.tolist(), strict=True))


@lru_cache(maxsize=50_000)
def weight(term: str) -> float:
    """How much it tells that two texts have a term in common: the log of how seldom it is in our example posts."""
    return _weights().get(mark(term)) or float(load().unseen)


def told(word: str) -> float:
    """How much it tells that two clauses share a word or a concept."""
    return _OF_A_CONCEPT if word.startswith(CONCEPT) else weight(word)


def shared(some: Iterable[str], others: Collection[str]) -> float:
    """How much it tells all that two clauses share. A word counts once, by its concept or by its own weight."""
    both = [word for word in some if word in others]
    concepts = sum(told(word) for word in both if word.startswith(CONCEPT))
    return max(concepts, sum(told(word) for word in both if not word.startswith(CONCEPT)))


def covered(some: Collection[str], others: Collection[str]) -> float:
    """How much of what the one of two clauses says that says less the other one says, too: from 0 to 1."""
    both = sum(told(word) for word in set(some) & set(others))
    return both / min(sum(map(told, set(some))), sum(map(told, set(others)))) if both else 0.0


for _cached in (_weights, weight):
    remembered_until_used(_cached.cache_clear)
