"""Invented posts in any number, for measuring: `python -m bench.synthetic 100000 posts.csv`.

Word follows word as in the example posts of `pipelines/corpus`, a quarter of the posts names a place of the gazetteer, one in
twenty a person, one in thirty has a contact, and one word in a hundred was never seen before (compounds and slips): a program that
remembers words meets new ones to the end, as it does with people's posts. The same seed gives the same posts.
"""

import argparse
import csv
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path

from tinymovements.gazetteer import load_gazetteer
from tinymovements.privacy import lexicon

COLUMNS = ("id", "text", "author", "group", "posted", "likes")
ROOT = Path(__file__).parent.parent
Chain = Mapping[str, list[str]]
"""What follows each word; "" stands for the beginning and the end of a post."""


def chains() -> list[Chain]:
    """How words follow each other in our example posts, per language."""
    made: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted((ROOT / "pipelines" / "corpus").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            words = ["", *row["text"].split(), ""]
            for word, following in pairwise(words):
                made[row["language"]][word].append(following)
    return [made[language] for language in sorted(made)]


def posts(count: int, seed: int = 1) -> Iterator[dict[str, str]]:
    """Posts with the fields of `COLUMNS`, of 4 to some 90 words."""
    chance = random.Random(seed)
    languages = chains()
    entries = load_gazetteer().entries
    places = sorted({entry.name for entry in entries if entry.country in ("FI", "SE", "GB")})
    given, family = sorted(lexicon.given_names()), sorted(lexicon.family_names())
    start = datetime(2022, 1, 1, tzinfo=UTC)
    for number in range(count):
        words = _written(chance, chance.choice(languages))
        if chance.random() < 0.25:
            words.insert(chance.randrange(len(words)), chance.choice(places))
        if chance.random() < 0.05:
            words.insert(chance.randrange(len(words)), f"{chance.choice(given).title()} {chance.choice(family).title()}")
        if chance.random() < 0.03:
            words.append(chance.choice((f"040 {chance.randrange(10**6, 10**7)}", f"{chance.choice(given)}@example.org")))
        posted = start + timedelta(minutes=chance.randrange(2_500_000))
        likes = str(chance.randrange(200))
        yield dict(
            zip(
                COLUMNS,
                (
                    f"s{number}",
                    " ".join(words),
                    f"author {chance.randrange(5000)}",
                    f"Group {chance.randrange(300)}",
                    posted.isoformat(),
                    likes,
                ),
                strict=True,
            )
        )


def _written(chance: random.Random, chain: Chain) -> list[str]:
    length = chance.randint(4, 40) if chance.random() < 0.8 else chance.randint(40, 90)
    words: list[str] = []
    word = ""
    while len(words) < length:
        word = chance.choice(chain[word])
        if word:
            words.append(word if chance.random() > 0.01 else _unseen(chance, word, words))
    return words


def _unseen(chance: random.Random, word: str, words: list[str]) -> str:
    if words and chance.random() < 0.5:
        return chance.choice(words).strip(".,!?") + word.lower()
    at = chance.randrange(len(word))
    return word[:at] + chance.choice("aeiknstu") + word[at + 1 :]


def write(path: Path, count: int, seed: int = 1) -> Path:
    """A CSV file of invented posts."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        made = posts(count, seed)
        while part := list(islice(made, 10_000)):
            writer.writerows(part)
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    write(arguments.path, arguments.count)
