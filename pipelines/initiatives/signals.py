"""What of a post can be compared with others: its words, names, places, links, and where its meaning points.

A signal is families of marks: each mark is the 30-bit hash of what was said and how much that tells. So posts are compared by
sparse rows, thousands at a time, and nobody reads a word in them.
"""

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from pipelines.initiatives.evidence import Evidence
from pipelines.initiatives.names import probability, words
from pipelines.initiatives.pages import group_places, is_forum, page_terms
from pipelines.initiatives.telling import mark, weight
from pipelines.initiatives.times import read_times
from pipelines.terms import WORD, terms
from tinymovements.gazetteer import load_gazetteer

VERSION = "2"

FAMILIES = (
    *("words", "names", "stems", "grams", "days", "hours", "page", "group", "author"),
    *("spots", "sites", "towns", "group_sites", "group_towns", "movements", "links"),
)
"""Words; how words begin that are probably a name, and how all begin; pieces of rare words; days of the week; hours; words of the
page's own name; the group; the author within the source; how words with a capital begin; places and the municipalities they may
lie in, as the post and as the group's name tell them; movements; addresses."""

_RARE = 4.5
"""Weight from which on a word tells enough to be found by: one post in ninety has it."""
_NAMED = 0.3
"""Probability of a name that is worth a key."""
_HARDLY = 0.02
"""Probability under which a word is no name: two marks of three that a post would have of names, a sixth of all, say so little."""
_GRAM = 4
_SHORTEST, _LONGEST, _ENOUGH = 4, 10, 8
"""Letters of beginnings, and how many tell all: of "Multavarpaissa" and "Multavarpaat" ten are the same."""

_LEFT_OUT = 2
"""Bits of a hash: marks are columns, and matrices count columns by 31 bits. One pair of posts in 60,000 has so a mark in common
that is none."""

COLUMNS = 1 << (32 - _LEFT_OUT)
"""Marks that there may be."""

Marks = tuple[NDArray[np.uint32], NDArray[np.float32]]

_HEAD = struct.Struct(f"<8q4d{len(FAMILIES)}I")
"""How a signal is kept: its figures, and how many marks each family has; then keys, hashes, weights, id and vector."""


@dataclass(frozen=True, slots=True)
class Signal:
    """What is compared of a post."""

    number: int
    id: str
    """Of the post: what is worked out goes by it, so that it does not depend on the order in which posts came."""
    day: int
    """Of posting, counted from the year 1; 0 where nobody knows it."""
    initiative: float
    self_organised: float
    movement: float
    """The highest score of a movement that was accepted; 0 where none was."""
    length: int
    """Words."""
    named: float
    """How probably its surest name is one."""
    titled: bool
    forum: bool
    """Whether its group is one where people write about everything."""
    language: int
    keys: tuple[int, ...]
    """What posts are found by that may be of the same initiative."""
    sizes: tuple[int, ...]
    """How many marks each of `FAMILIES` has."""
    hashes: NDArray[np.uint32]
    """Those of all families, one after the other, in each in order."""
    weights: NDArray[np.float32]
    vector: NDArray[np.int8] | None
    """Where its meaning points, its length left out."""

    def family(self, at: int) -> Marks:
        """The marks of one of `FAMILIES`."""
        start = sum(self.sizes[:at])
        part = slice(start, start + self.sizes[at])
        return self.hashes[part], self.weights[part]

    def to_bytes(self) -> bytes:
        """As it is kept."""
        id = self.id.encode()
        counts = (self.number, self.day, self.length, self.titled, self.forum, self.language, len(id), len(self.keys))
        head = _HEAD.pack(*counts, self.initiative, self.self_organised, self.movement, self.named, *self.sizes)
        keys = np.array(self.keys, np.int64)
        vector = b"" if self.vector is None else self.vector.tobytes()
        return b"".join((head, keys.tobytes(), self.hashes.tobytes(), self.weights.tobytes(), id, vector))


def from_bytes(kept: bytes) -> Signal:
    """The signal that was kept."""
    number, day, length, titled, forum, language, letters, keys, *told = _HEAD.unpack_from(kept)
    initiative, self_organised, movement, named, *sizes = told
    marks = sum(sizes)
    hashes_at = _HEAD.size + 8 * keys
    id_at = hashes_at + 8 * marks
    return Signal(
        number=number,
        id=kept[id_at : id_at + letters].decode(),
        day=day,
        initiative=initiative,
        self_organised=self_organised,
        movement=movement,
        length=length,
        named=named,
        titled=bool(titled),
        forum=bool(forum),
        language=language,
        keys=struct.unpack_from(f"<{keys}q", kept, _HEAD.size),
        sizes=tuple(sizes),
        hashes=np.frombuffer(kept, np.uint32, marks, hashes_at),
        weights=np.frombuffer(kept, np.float32, marks, hashes_at + 4 * marks),
        vector=np.frombuffer(kept, np.int8, -1, id_at + letters) if len(kept) > id_at + letters else None,
    )


@dataclass(slots=True)
class _Words:
    """What was read of a text's words."""

    words: dict[str, float]
    names: dict[str, float]
    """Beginnings of words, by how probably they are an initiative's name and how long they are."""
    stems: dict[str, float]
    """Beginnings of all words and how long they are: coined names have cases that no dictionary knows (Kylmis, Kylmiksessä)."""
    grams: dict[str, float]
    spots: dict[str, float]
    """Beginnings of words with a capital."""
    named: float
    """The highest probability of a name."""


def read_signal(evidence: Evidence) -> Signal:
    """What can be compared of a post."""
    told = evidence.annotation
    group = evidence.group or ""
    read = _read_words(evidence)
    page = {term: weight(term) for word in page_terms(group) for term in word}
    for said in page_terms(group):
        _begin(read.stems, said[0], 1.0)
    for found in WORD.findall(group):
        if found[0].isupper():
            _begin(read.spots, found.lower(), 1.0)
    sites, towns = _sites(place.name for place in told.places)
    for place in told.places:
        if place.district:
            sites[_place(place.district)] = 1.0
        if place.municipality:
            towns[_place(place.municipality)] = 1.0
    group_sites, group_towns = _sites(group_places(group))
    movements = {movement: score for movement, score in told.scores.items() if score >= 0.05}
    movements |= {movement.id: movement.score for movement in told.movements}
    addresses = dict.fromkeys(links(evidence), 1.0)
    times = read_times(f"{evidence.title or ''}\n{evidence.text}")
    families = {
        "words": read.words,
        "names": read.names,
        "stems": read.stems,
        "grams": read.grams,
        "days": {str(day): 1.0 for day in times.days},
        "hours": {str(hour): 1.0 for hour in times.hours},
        "page": page,
        "group": {f"{evidence.source} {group}": 1.0} if group else {},
        "author": {f"{evidence.source} {evidence.author}": 1.0} if evidence.author else {},
        "spots": read.spots,
        "sites": sites,
        "towns": towns,
        "group_sites": group_sites,
        "group_towns": group_towns,
        "movements": movements,
        "links": addresses,
    }
    marks = [_marks(families[name]) for name in FAMILIES]
    vector = np.frombuffer(evidence.vector, np.int8, offset=2) if evidence.vector else None
    keys = tuple(sorted(set(_keys(evidence, read, page, sites, towns, group_sites, group_towns, movements, addresses))))
    return Signal(
        number=evidence.number,
        id=evidence.id,
        day=evidence.posted.toordinal() if evidence.posted else 0,
        initiative=told.initiative,
        self_organised=told.self_organised,
        movement=max((movement.score for movement in told.movements), default=0.0),
        length=len(read.words),
        named=read.named,
        titled=evidence.title is not None,
        forum=is_forum(group) or not group,
        language=("fi", "sv", "en").index(told.language) if told.language != "unknown" else 3,
        keys=keys,
        sizes=tuple(map(len, marks)),
        hashes=np.array([said for family in marks for said in sorted(family)], np.uint32),
        weights=np.array([family[said] for family in marks for said in sorted(family)], np.float32),
        vector=vector,
    )


def _marks(family: dict[str, float]) -> dict[int, float]:
    # Each once: a row with a column twice has scipy lay out all columns of both rows it compares, a thousand million numbers each.
    found: dict[int, float] = {}
    for said, told in family.items():
        at = mark(said) >> _LEFT_OUT
        found[at] = max(told, found.get(at, 0.0))
    return found


def _read_words(evidence: Evidence) -> _Words:
    read = _Words({}, {}, {}, {}, {}, 0.0)
    language = evidence.annotation.language
    for word in words(evidence):
        small = word.text.lower()
        joined = small.replace("-", "")
        named = probability(word, language)
        read.named = max(read.named, named)
        if named >= _HARDLY:
            _begin(read.names, joined, named)
        if word.text[0].isupper():
            _begin(read.spots, joined, 1.0)
        if word.of_place:
            continue
        _begin(read.stems, joined, 1.0)
        said = terms(small, language)
        for term in said:
            read.words[term] = weight(term)
        if word.capital or weight(said[0]) >= _RARE:
            for i in range(len(joined) - _GRAM + 1):
                read.grams[joined[i : i + _GRAM]] = 1.0
    return read


def _begin(beginnings: dict[str, float], word: str, told: float) -> None:
    """Note how a word begins: what two have in common is so the longest beginning that both have."""
    for length in range(min(len(word), _SHORTEST), min(len(word), _LONGEST) + 1):
        beginning = word[:length]
        beginnings[beginning] = max(beginnings.get(beginning, 0.0), told * min(length, _ENOUGH) / _ENOUGH)


def _place(name: str) -> str:
    found = load_gazetteer().find(name)
    return found[0].name if found else name.lower()


def _sites(names: Iterable[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Places by their main names, and every municipality that one of that name lies in."""
    sites: dict[str, float] = {}
    towns: dict[str, float] = {}
    for name in names:
        found = load_gazetteer().likely(name)
        if found and found[0].kind == "country":
            continue
        if found and (found[0].municipality or found[0].name) == found[0].name:
            towns[found[0].name] = 1.0
            continue
        sites[_place(name)] = 1.0
        for entry in found[:5]:
            if entry.municipality:
                towns[entry.municipality] = 1.0
    return sites, towns


_URL = re.compile(r"(?:https?://|www\.)[^\s<>()\[\]\"']+", re.IGNORECASE)


def links(evidence: Evidence) -> dict[str, str]:
    """The addresses in a post as they are written, each by what is compared of it: neither what stands before the host nor what
    comes after a question mark."""
    links: dict[str, str] = {}
    for found in _URL.findall(f"{evidence.title or ''} {evidence.text}"):
        link = re.sub(r"^(?:https?://)?(?:www\.)?", "", found.lower()).rstrip("/.,;:!?")
        if "/" in link or link.count(".") >= 1:
            links.setdefault(link.partition("?")[0], found.rstrip(".,;:!?…”’»"))
    return links


def _keys(
    evidence: Evidence,
    read: _Words,
    page: dict[str, float],
    sites: dict[str, float],
    towns: dict[str, float],
    group_sites: dict[str, float],
    group_towns: dict[str, float],
    movements: dict[str, float],
    links: dict[str, float],
) -> Iterator[int]:
    group = f"{evidence.source} {evidence.group}" if evidence.group else None
    best = sorted(movements, key=lambda movement: (-movements[movement], movement))[:2]
    where = {*sites, *group_sites, *towns, *group_towns}
    rare = sorted((word for word in read.words if read.words[word] >= _RARE), key=lambda word: (-read.words[word], word))[:12]
    if group:
        yield _key("group", group)
        yield from (_key("group-movement", group, movement) for movement in best)
        yield from (_key("group-word", group, word) for word in rare)
    yield from (_key("site-movement", place, movement) for place in where for movement in best)
    yield from (_key("site-word", place, word) for place in where for word in rare)
    yield from (_key("name", name) for name, named in read.names.items() if named >= _NAMED and len(name) in (5, 7))
    yield from (_key("page", word) for word in {*page, *rare} if weight(word) >= _RARE)
    yield from (_key("link", link) for link in links)
    if evidence.author:
        yield from (_key("author", evidence.source, evidence.author, movement) for movement in best)


def _key(*said: str) -> int:
    return int.from_bytes(blake2b("\0".join(said).encode(), digest_size=8).digest()) >> 1
