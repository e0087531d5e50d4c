"""Tells how likely each word is part of a person's name, or of a place's or an organisation's, by what stands around it.

A chain (conditional random field) over words that may be names and stand side by side. What is known of a word, its neighbours
and its place in the sentence is summed up as features; `names.npz` has their weights, made by `tools/train_names.py`.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from math import exp
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np

from tinymovements.privacy import lexicon
from tinymovements.privacy.lexicon import Word, listed, look_up
from tinymovements.privacy.spans import Taken

WEIGHTS = Path(__file__).with_name("names.npz")
BUCKETS = 1 << 19
"""Features share this many weights."""
TAGS = ("other", "person", "place", "organisation")
Scores = tuple[float, float, float, float]
"""What speaks for each of the tags."""

_WORD = re.compile(
    r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*(?::(?:n|lle|ll[aä]|lt[aä]|ss[aä]|st[aä]|[aä]|t|s|i?in|en)\b)?(?:(?<=\b[A-ZÅÄÖ])\.)?"
)
_END = re.compile(r"[.!?…:]|\n|[^\w\s,.;:!?()'\"’”/&+-]")
_CUES = (
    ("h", "place_heads"),
    ("b", "place_before"),
    ("k", "calls"),
    ("t", "titles"),
    ("z", "closings"),
    ("o", "particles"),
)
_PREFIXED = re.compile(r"\w{1,3}[-'’][A-ZÅÄÖ]")
_PARTICLES = frozenset("von af de van der den la le du di da dos ben bin ibn al el ter zu".split())


class Words:
    """The words of a text, where they stand, and what stands between them. Placeholders are no words."""

    def __init__(self, text: str, taken: Taken) -> None:
        self._text = text
        self.spans = [match.span() for match in _WORD.finditer(text)]
        if taken:
            self.spans = [span for span in self.spans if not taken.touches(*span)]
        self.texts = [text[start:end] for start, end in self.spans]

    def __len__(self) -> int:
        return len(self.texts)

    def gap(self, index: int) -> str:
        """What stands before a word: "" for a space, else the last mark; "\\n" for a new line, "^" at the start of the text."""
        between = self._before(index)
        if between == " " and index:
            return ""
        bare = between.strip()
        return "^" if not index and not bare else "\n" if "\n" in between else bare[-1:]

    def is_first(self, index: int) -> bool:
        """Whether a sentence starts here."""
        return not index or _END.search(self._before(index)) is not None

    def is_last(self, index: int) -> bool:
        """Whether its line ends here, but for marks."""
        return index + 1 == len(self.spans) or "\n" in self._before(index + 1)

    def _before(self, index: int) -> str:
        return self._text[self.spans[index - 1][1] if index else 0 : self.spans[index][0]]


@cache
def _languages() -> list[list[int]]:
    with np.load(WEIGHTS) as file:
        return file["languages"].tolist()  # type: ignore[no-any-return]


LANGUAGE_BUCKETS = 1 << 12


def trigrams(word: str) -> list[int]:
    """By what a word's language is told."""
    padded = f"^{word[:20]}$"
    return [crc32(padded[start : start + 3].encode()) % LANGUAGE_BUCKETS for start in range(len(padded) - 2)]


@lru_cache(maxsize=50_000)
def _vote(word: str) -> int:
    """The language a word in small letters is most likely of; of other words, 3."""
    if not word.islower():
        return 3
    table = _languages()
    votes = [0, 0, 0]
    for number in trigrams(word):
        for language, weight in enumerate(table[number]):
            votes[language] += weight
    return votes.index(max(votes))


def language_of(words: Words) -> int:
    """The language most of the small words are of: 0 Finnish, 1 Swedish, 2 English."""
    votes = list(map(_vote, words.texts))
    counts = [votes.count(language) for language in range(3)]
    return counts.index(max(counts))


@lru_cache(maxsize=50_000)
def _may_be_name(word: str) -> bool:
    """Whether a word can be part of a name by itself: by a capital letter, or by the lists where it is no ordinary word."""
    if word[0].isupper():
        return word != "I"
    if not word.islower():
        return _PREFIXED.match(word) is not None
    return len(word) > 2 and lexicon.is_sure(word)


@lru_cache(maxsize=50_000)
def _is_plain(word: str) -> bool:
    """Whether it is an ordinary word and on no list of names or places."""
    known = look_up(word)
    return any(known.languages) and not set("VSGgFP") & set(known.kind) and lexicon.tiers(known)[:2] == "--"


def chains(words: Words) -> list[list[int]]:
    """The words that can be part of a name, those that stand side by side together; a particle before one goes with it.

    An ordinary word that begins a sentence and has none beside it is left out.
    """
    found: list[list[int]] = []
    texts = words.texts
    for index in [index for index, may_be in enumerate(map(_may_be_name, texts)) if may_be]:
        if found and found[-1][-1] == index - 1 and not words.gap(index):
            found[-1].append(index)
        elif index and texts[index - 1] in _PARTICLES and texts[index][0].isupper() and not words.gap(index):
            if found and found[-1][-1] == index - 2 and not words.gap(index - 1):
                found[-1] += [index - 1, index]
            else:
                found.append([index - 1, index])
        else:
            found.append([index])
    return [chain for chain in found if len(chain) > 1 or not (_is_plain(texts[chain[0]]) and words.is_first(chain[0]))]


def bucket(feature: str) -> int:
    """Where the weights of a feature lie."""
    return crc32(feature.encode()) % BUCKETS


def _plain(word: Word, language: int) -> str:
    return "".join(letter for letter in word.kind if letter not in "fse") + ("c" if word.languages[language] else "")


def _base(word: Word, language: int) -> str:
    if not language:
        return word.base
    for ending in ("'s", "s") if language == 2 else ("s",):
        if word.lower.endswith(ending):
            return word.lower.removesuffix(ending)
    return word.lower


def identity(word: Word, language: int) -> list[str]:
    """What tells which word it is: left out in half of the training, so that words that were never seen are learnt, too."""
    lower, base = word.lower, _base(word, language)
    found = [f"w{lower}", f"W{word.written}", f"l{base}"]
    found += [f"5{lower[-5:]}", f"P5{lower[:5]}", f"P4{lower[:4]}", f"L{language}5{base[-5:]}"]
    return found + [f"h{part}" for part in lower.split("-") if "-" in lower]


def nature(word: Word, language: int) -> list[str]:
    """What a word is like: its letters, the lists that hold it, the words that it is like."""
    lower, kind, shape = word.lower, word.kind, word.shape
    plain, base, tiers, places = _plain(word, language), _base(word, language), lexicon.tiers(word), lexicon.places(word)
    found = [f"k{kind}", f"n{plain}", f"s{shape}", f"sn{shape}{plain}", f"ln{language}{plain}", f"cn{word.case}{plain}{language}"]
    found += [f"{size}{lower[-size:]}" for size in range(1, 5)]
    found += [f"L{language}{size}{base[-size:]}" for size in range(2, 5)]
    found += [f"P{size}{lower[:size]}" for size in (2, 3)]
    found += [f"8{min(len(lower), 12)}", f"d{_outline(word.written)}", f"g{places}", f"gg{places}{plain}"]
    found += [f"i{letter}{shape}" for letter in plain]
    found += [f"t{tiers}", f"t1{tiers[:2]}{language}", f"t2{tiers[2:]}{base[-2:]}", f"tc{tiers}{word.languages[language]}"]
    found += [f"tf{tiers[0]}", f"tg{tiers[1]}", f"th{tiers[2]}", f"ti{tiers[3]}"]
    return found + _alike(word, language) + (_parts(word.written) if "-" in lower.strip("-") else [])


def _outline(written: str) -> str:
    outline = "".join("A" if letter.isupper() else "a" if letter.isalpha() else letter for letter in written)
    return re.sub(r"(.)\1+", r"\1", outline)


def _alike(word: Word, language: int) -> list[str]:
    """By the longest piece that begins the word, as it is written and in small letters, and by the rest."""
    found = []
    number, rest = lexicon.piece(word.written)
    few, many = lexicon.clusters(number) if number >= 0 else (-1, -1)
    found += [f"c{few}", f"cc{many}", f"cr{few}{rest[-3:]}", f"r{rest[-4:]}{language}", f"cl{len(rest) > 3}{many}"]
    if number >= 0 and len(rest) <= 5:
        like = lexicon.likeness(number)
        found += [f"v{column}{value}" for column, value in enumerate(like)] + [f"vv{like}"]
    number, rest = lexicon.piece(word.lower)
    return [*found, f"c2{lexicon.clusters(number)[1] if number >= 0 else -1}{len(rest) > 2}"]


def _parts(written: str) -> list[str]:
    first, *_, last = (look_up(part) for part in written.strip("-").split("-") if part)
    before, after = lexicon.tiers(first)[:2], lexicon.tiers(last)
    found = [f"ht{before}{after}", f"ha{before}", f"hb{after}", f"hs{last.shape}", f"hg{lexicon.places(last)}"]
    return [*found, f"hl{last.kind}", f"hf{first.kind}"]


@lru_cache(maxsize=50_000)
def _class(word: str, language: int) -> str:
    """How a neighbour is seen: by its lists and its first letter; small words by themselves."""
    lower = word.lower()
    cues = "".join(letter for letter, name in _CUES if lower in listed(name) or lower.rstrip(".") in listed(name))
    shape = lexicon.shape_of(word)
    if shape == "a":
        return f"a{cues}"
    known = look_up(word)
    lists = "".join(letter for letter in known.kind if letter in "VSGFPLN")
    return shape + lists + ("c" if known.languages[language] else "") + cues


def _neighbour(word: str, offset: int, language: int) -> list[str]:
    """What a word that stands `offset` words further tells."""
    lower = word.lower()
    number, _ = lexicon.piece(word)
    found = [f"{offset}w{lower}", f"{offset}4{lower[-4:]}", f"{offset}3{lower[-3:]}", f"{offset}k{_class(word, language)}"]
    if abs(offset) == 1:
        found += [f"{offset}2{lower[-2:]}{language}", f"{offset}P{lower[:5]}"]
    if number >= 0:
        few, many = lexicon.clusters(number)
        found += [f"{offset}c{few}", f"{offset}cc{many}"]
    return found


Feature = tuple[Callable[..., list[str]], tuple[object, ...]]
"""A function that gives features, and what it is called with: what is called alike is summed up once."""


def around(words: Words, index: int, language: int) -> list[Feature]:
    """What stands around a word, and what it tells: words by themselves, and together only by how they are seen."""
    texts, count = words.texts, len(words.texts)
    own, gap = _class(texts[index], language), words.gap(index)
    found: list[Feature] = [(_standing, (gap, words.is_first(index), words.is_last(index), own, language))]
    before = after = "^"
    if index:
        before = _class(texts[index - 1], language)
        found += [(_after, (texts[index - 1], gap, language)), (_pair, ("p", gap, before, own))]
        if index > 1:
            two = texts[index - 2]
            found += [(_neighbour, (two, -2, language)), (_pair, ("q", _class(two, language), before, own))]
    if index + 1 < count:
        after, gap = _class(texts[index + 1], language), words.gap(index + 1)
        found += [(_before, (texts[index + 1], gap, language)), (_pair, ("f", gap, after, own))]
        if index + 2 < count:
            two = texts[index + 2]
            found += [(_neighbour, (two, 2, language)), (_pair, ("h", after, _class(two, language), own))]
    return [*found, (_pair, ("b", before, after, own))]


def _standing(gap: str, first: bool, last: bool, own: str, language: int) -> list[str]:
    """The place in the sentence and the line."""
    return [f"b{first}|{own}|{language}", f"g{gap}|{own}", f"e{last}|{gap == chr(10)}|{own}"]


def _pair(*classes: str) -> list[str]:
    """How two or three words that stand together are seen."""
    return [f"+{'|'.join(classes)}"]


def _after(word: str, gap: str, language: int) -> list[str]:
    """The word right before."""
    return [f"pw{gap}|{word.lower()}", *_neighbour(word, -1, language)]


def _before(word: str, gap: str, language: int) -> list[str]:
    """The word right after."""
    return [f"fw{gap}|{word.lower()}", *_neighbour(word, 1, language)]


_BESIDE = (0, -1, 1)
"""Where pieces have weights: in the word itself, the one before, the one after."""
_MOST_LEFT = 4
"""Letters that a word may have beyond its piece, for the piece to tell something."""


def _piece(word: str) -> int:
    number, rest = lexicon.piece(word)
    return number if len(rest) <= _MOST_LEFT else -1


def pieces(words: Words, index: int) -> list[int]:
    """The pieces of a word and of those beside it; -1 where there is none."""
    return [_piece(words.texts[at]) if 0 <= at < len(words) else -1 for at in (index + beside for beside in _BESIDE)]


class _Weights(NamedTuple):
    of_features: np.ndarray
    of_pieces: np.ndarray
    scale: float
    transitions: list[list[float]]
    """From each tag, and from before the chain, to each tag, as factors."""


@cache
def _weights() -> _Weights:
    with np.load(WEIGHTS) as file:
        return _Weights(
            file["weights"].astype(np.float32), file["pieces"], float(file["scale"]), np.exp(file["transitions"]).tolist()
        )


def _sum(features: Sequence[str], piece: int = -1, position: int = 0) -> Scores:
    """What speaks for the tags by these features, and by a piece at its position."""
    weights = _weights()
    rows = weights.of_features.take([crc32(feature.encode()) % BUCKETS for feature in dict.fromkeys(features)], axis=0)
    summed = np.add.reduce(rows)
    if piece >= 0:
        summed += weights.of_pieces[piece, position] * weights.scale
    return tuple(summed.tolist())


@lru_cache(maxsize=50_000)
def _own(word: str, language: int) -> Scores:
    known = look_up(word)
    return _sum(identity(known, language) + nature(known, language), _piece(word), 0)


@lru_cache(maxsize=50_000)
def _told(features: Callable[..., list[str]], *by: object) -> Scores:
    if features in (_after, _before):
        return _sum(features(*by), _piece(str(by[0])), 1 if features is _after else 2)
    return _sum(features(*by))


def _factors(words: Words, index: int, language: int) -> list[float]:
    """What speaks for each tag, as factors."""
    other, person, place, organisation = _own(words.texts[index], language)
    for features, by in around(words, index, language):
        told = _told(features, *by)
        other += told[0]
        person += told[1]
        place += told[2]
        organisation += told[3]
    most = max(other, person, place, organisation)
    return [exp(other - most), exp(person - most), exp(place - most), exp(organisation - most)]


def probabilities(words: Words, chain: Sequence[int], language: int) -> list[list[float]]:
    """How likely each word of a chain has each of the tags."""
    factors = [_factors(words, index, language) for index in chain]
    transitions = _weights().transitions
    forward = [[first * factor for first, factor in zip(transitions[-1], factors[0], strict=True)]]
    for here in factors[1:]:
        came = [sum(before * transitions[tag][to] for tag, before in enumerate(forward[-1])) for to in range(len(TAGS))]
        forward.append(_normal([before * factor for before, factor in zip(came, here, strict=True)]))
    backward = [1.0] * len(TAGS)
    found = [_normal(forward[-1])]
    for position in range(len(chain) - 1, 0, -1):
        ahead = [factor * after for factor, after in zip(factors[position], backward, strict=True)]
        backward = _normal([sum(transitions[tag][to] * ahead[to] for to in range(len(TAGS))) for tag in range(len(TAGS))])
        found.append(_normal([one * other for one, other in zip(forward[position - 1], backward, strict=True)]))
    return found[::-1]


def _normal(values: list[float]) -> list[float]:
    whole = sum(values)
    return [value / whole for value in values]
