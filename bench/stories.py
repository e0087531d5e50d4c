"""Invented initiatives and the posts that show them, in any number: `python -m bench.stories 100000 posts.jsonl`.

Half of the posts are about an initiative: six posts each on the average, most have fewer and some have hundreds, over three years.
An initiative has a coined name or one that many have ("Kallion paja"), now and then a second name or another language, a page of
its own or none. The other posts are about none. All of them stand in the forums of real places, in a few of which much is written:
a forum, a place and a word are shared by ever more posts, as they are in people's archives. The same seed gives the same posts, in
the order in which they were posted.
"""

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

from pipelines.examples import read_corpus
from tinymovements.gazetteer import Entry, load_gazetteer

Row = dict[str, str]
Chain = Mapping[str, Sequence[str]]
"""What follows each word; "" stands for the beginning and the end of a post."""

LANGUAGES = {"FI": "fi", "SE": "sv", "GB": "en"}
_START, _MINUTES = datetime(2022, 1, 1, tzinfo=UTC), 3 * 365 * 24 * 60
_MONTH = 30 * 24 * 60
_POSTS, _MOST, _SPREAD = 6, 400, 1.1
"""Posts of an initiative: their mean, the most there are, and the deviation of their logarithm."""

_HEADS = {
    "fi": ("paja", "kerho", "piiri", "kirppis", "keittiö", "pankki", "kahvila", "tori", "kaappi", "raati", "palsta", "kööri"),
    "sv": ("verkstan", "klubben", "kretsen", "loppisen", "köket", "banken", "kafét", "torget", "skåpet", "rådet", "odlet", "kören"),
    "en": (" Shed", " Club", " Circle", " Swap", " Kitchen", " Bank", " Café", " Market", " Fridge", " Forum", " Plot", " Choir"),
}
_FORUMS = {
    "fi": ("{} puskaradio", "{} asukkaat", "{}-seura"),
    "sv": ("{} anslagstavla", "Vi som bor i {}", "Grannar i {}"),
    "en": ("{} Noticeboard", "{} Community Group", "Neighbours of {}"),
}
_ENDINGS = {"fi": ("", "", "ssa", "n", "lle", "sta"), "sv": ("", "", "s"), "en": ("", "", "'s")}
_WITHIN = {"fi": "paikassa {}", "sv": "i {}", "en": "in {}"}
_TIMES = {
    "fi": (("maanantaina", "tiistaina", "keskiviikkona", "torstaina", "perjantaina", "lauantaina", "sunnuntaina"), "klo {}"),
    "sv": (("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"), "kl. {}"),
    "en": (("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), "at {}.00"),
}


@dataclass(frozen=True, slots=True)
class Invented:
    """An initiative that nobody has begun."""

    key: str
    language: str
    other: str | None
    """A second language of its posts."""
    movement: str
    names: Mapping[str, tuple[str, ...]]
    """By language, the first the most used."""
    place: Entry
    page: str | None
    """The group that is its own."""
    authors: tuple[str, ...]
    day: int
    hour: int


@dataclass(frozen=True, slots=True)
class _Planned:
    """A post that will be written: when, and of which initiative."""

    minute: int
    invented: Invented | None
    renamed: bool = False


def posts(count: int, seed: int = 1) -> Iterator[Row]:
    """Posts with the fields that `import jsonl` knows, and `initiative`: the key of theirs, empty where they have none."""
    chance = random.Random(seed)
    planned: list[_Planned] = []
    while len(planned) < count:
        invented = _invent(chance, f"k{len(planned)}")
        own = list(_course(chance, invented))
        planned += own
        planned += (_Planned(chance.randrange(_MINUTES), None) for _ in own)
    planned = sorted(planned[:count], key=lambda post: post.minute)
    for number, plan in enumerate(planned):
        yield _write(chance, plan, number, count)


def _course(chance: random.Random, invented: Invented) -> Iterator[_Planned]:
    """When an initiative is written about, and whether that is after it changed its name."""
    posts = min(_MOST, max(1, round(chance.lognormvariate(0.0, _SPREAD) * _POSTS / 1.83)))  # e^(1.1²/2) is 1.83
    begin = chance.randrange(_MINUTES - 2 * _MONTH)
    length = min(_MINUTES - begin, int(chance.expovariate(1 / (12 * _MONTH))) + _MONTH)
    renamed = begin + length / 2 if chance.random() < 0.1 else _MINUTES
    for _ in range(posts):
        minute = begin + chance.randrange(length)
        yield _Planned(minute, invented, minute > renamed)


def _invent(chance: random.Random, key: str) -> Invented:
    place = _place(chance)
    language = LANGUAGES[place.country]
    other = chance.choice([each for each in LANGUAGES.values() if each != language]) if chance.random() < 0.15 else None
    kind = chance.randrange(len(_HEADS["fi"]))
    coined = _coin(chance)
    generic = chance.random() < 0.25
    names = {
        spoken: (
            f"{place.name} {_HEADS[spoken][kind].strip()}" if generic else coined + _HEADS[spoken][kind],
            coined if generic else _coin(chance) + _HEADS[spoken][kind],
        )
        for spoken in LANGUAGES.values()
    }
    return Invented(
        key=key,
        language=language,
        other=other,
        movement=chance.choice(_movements()),
        names=names,
        place=place,
        page=names[language][0] if chance.random() < 0.4 else None,
        authors=tuple(f"{key} {number}" for number in range(chance.randint(1, 4))),
        day=chance.randrange(7),
        hour=chance.randint(9, 20),
    )


def _coin(chance: random.Random) -> str:
    """A word that nobody has heard: two or three syllables."""
    syllables = range(chance.randint(2, 3))
    return (
        "".join(chance.choice("hjklmnprstv") + chance.choice("aeiou") + chance.choice("  lmnrs") for _ in syllables)
        .replace(" ", "")
        .title()
    )


def _write(chance: random.Random, plan: _Planned, number: int, count: int) -> Row:
    invented = plan.invented
    place = invented.place if invented else _place(chance)
    language = LANGUAGES[place.country]
    if invented and invented.other and chance.random() < 0.3:
        language = invented.other
    words = _words(chance, language, invented.movement if invented else "")
    if invented:
        words = _show(chance, words, invented, language, plan.renamed)
    elif chance.random() < 0.3:
        words.insert(chance.randrange(len(words)), _WITHIN[language].format(place.name))
    author = chance.choice(invented.authors) if invented else f"author {chance.randrange(max(1, count // 20))}"
    group = invented.page if invented and invented.page and chance.random() < 0.5 else _forum(chance, place)
    return {
        "id": f"s{number}",
        "group": group,
        "posted": (_START + timedelta(minutes=plan.minute)).isoformat(),
        "title": "",
        "text": " ".join(words),
        "author": author,
        "initiative": invented.key if invented else "",
    }


def _show(chance: random.Random, words: list[str], invented: Invented, language: str, renamed: bool) -> list[str]:
    """The words with what tells of which initiative they are."""
    first, second = invented.names[language]
    name = second if renamed or chance.random() < 0.1 else first
    if chance.random() < 0.75:
        words.insert(chance.randrange(len(words)), name + chance.choice(_ENDINGS[language]))
    if chance.random() < 0.45:
        words.insert(chance.randrange(len(words)), _WITHIN[language].format(invented.place.name))
    if chance.random() < 0.3:
        days, hour = _TIMES[language]
        words.append(f"{days[invented.day]} {hour.format(invented.hour)}.")
    if invented.page and chance.random() < 0.1:
        words.append(f"https://{invented.key}.example/{invented.names[invented.language][0].split()[0].lower()}")
    return words


def _forum(chance: random.Random, place: Entry) -> str:
    """A group of the place, or now and then of the town that it is in."""
    names = _FORUMS[LANGUAGES[place.country]]
    town = place.municipality if place.municipality and chance.random() < 0.3 else place.name
    return chance.choice(names).format(town)


@cache
def _places() -> tuple[Sequence[Entry], Sequence[float]]:
    """Districts of the three countries, and how often each is written in: the hundredth a sixth as often as the first."""
    districts = [entry for entry in load_gazetteer().entries if entry.kind == "district" and entry.country in LANGUAGES]
    known = [entry for entry in districts if entry.municipality and entry.name != entry.municipality]
    random.Random(0).shuffle(known)
    return known, [1 / (20 + number) for number in range(len(known))]


def _place(chance: random.Random) -> Entry:
    places, weights = _places()
    return chance.choices(places, weights)[0]


@cache
def _movements() -> tuple[str, ...]:
    return tuple(sorted({movement for example in read_corpus() for movement in example.required}))


@cache
def _chains() -> Mapping[tuple[str, str], Chain]:
    """How words follow each other in our example posts, by language and movement; "" is where there is none."""
    made: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for example in read_corpus():
        for movement in example.required or ("",):
            for word, following in pairwise(["", *example.text.split(), ""]):
                made[example.language, movement][word].append(following)
    return made


def _words(chance: random.Random, language: str, movement: str) -> list[str]:
    chain = _chains()[language, movement]
    length = chance.randint(6, 40) if chance.random() < 0.8 else chance.randint(40, 90)
    words: list[str] = []
    word = ""
    while len(words) < length:
        word = chance.choice(chain[word])
        if word:
            words.append(word)
    return words


def write(path: Path, count: int, seed: int = 1) -> Path:
    """A JSON Lines file of these posts."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in posts(count, seed))
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    write(arguments.path, arguments.count)
