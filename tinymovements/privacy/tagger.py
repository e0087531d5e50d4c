"""Tells how likely each word is part of a person's name, or of a place's or an organisation's, by what stands around it.

A chain (conditional random field) over words that may be names and stand side by side. What is known of a word, its neighbours
and its place in the sentence is summed up as features; `names.npz` has their weights, made by `tools/train_names.py`.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from math import exp
from typing import NamedTuple
from zlib import crc32

import numpy as np

from tinymovements.privacy import lexicon
from tinymovements.privacy.lexicon import Word, look_up
from tinymovements.privacy.words import WEIGHTS, By, Scores, Words

BUCKETS = 1 << 19
"""Features share this many weights."""
TAGS = ("other", "person", "place", "organisation")
_PARTICLES = frozenset("von af de van der den la le du di da dos ben bin ibn al el ter zu".split())


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
    for index in [index for index, seen in enumerate(words.seen) if seen.may_be_name]:
        if found and found[-1][-1] == index - 1 and not words.gap(index):
            found[-1].append(index)
        elif index and texts[index - 1] in _PARTICLES and texts[index][0].isupper() and not words.gap(index):
            if found and found[-1][-1] == index - 2 and not words.gap(index - 1):
                found[-1] += [index - 1, index]
            else:
                found.append([index - 1, index])
        else:
            found.append([index])
    return [chain for chain in found if len(chain) > 1 or not (words.is_first(chain[0]) and _is_plain(texts[chain[0]]))]


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


def _neighbour(word: str, seen_as: str, offset: int, language: int) -> list[str]:
    """What a word that stands `offset` words further tells."""
    lower = word.lower()
    number, _ = lexicon.piece(word)
    found = [f"{offset}w{lower}", f"{offset}4{lower[-4:]}", f"{offset}3{lower[-3:]}", f"{offset}k{seen_as}"]
    if abs(offset) == 1:
        found += [f"{offset}2{lower[-2:]}{language}", f"{offset}P{lower[:5]}"]
    if number >= 0:
        few, many = lexicon.clusters(number)
        found += [f"{offset}c{few}", f"{offset}cc{many}"]
    return found


Feature = tuple[dict[By, Scores], By]
"""Where it is remembered what the features tell when they are summed up, and how to get them."""

_together: dict[By, Scores] = {}
_MOST_TOGETHER, _MOST_OF_A_WORD = 50_000, 100
"""As much is remembered; then it is forgotten. Few words are met in more than twenty surroundings."""


def around(words: Words, index: int, language: int) -> list[Feature]:
    """What stands around a word, and what it tells: words by themselves, and together only by how they are seen."""
    seen, gap = words.seen, words.gap(index)
    own, last = seen[index].seen_as(language), len(seen) - 1
    found: list[Feature] = [(_together, (_standing, gap, words.is_first(index), words.is_last(index), own, language))]
    before = after = "^"
    if index:
        one = seen[index - 1]
        before = one.seen_as(language)
        found += [(one.told, (_before, one.word, before, gap, language)), (_together, (_pair, "p", gap, before, own))]
        if index > 1:
            two = seen[index - 2]
            by = two.seen_as(language)
            found += [(two.told, (_neighbour, two.word, by, -2, language)), (_together, (_pair, "q", by, before, own))]
    if index < last:
        one, gap = seen[index + 1], words.gap(index + 1)
        after = one.seen_as(language)
        found += [(one.told, (_after, one.word, after, gap, language)), (_together, (_pair, "f", gap, after, own))]
        if index + 1 < last:
            two = seen[index + 2]
            by = two.seen_as(language)
            found += [(two.told, (_neighbour, two.word, by, 2, language)), (_together, (_pair, "h", after, by, own))]
    return [*found, (_together, (_pair, "b", before, after, own))]


def _standing(gap: str, first: bool, last: bool, own: str, language: int) -> list[str]:
    """The place in the sentence and the line."""
    return [f"b{first}|{own}|{language}", f"g{gap}|{own}", f"e{last}|{gap == chr(10)}|{own}"]


def _pair(*classes: str) -> list[str]:
    """How two or three words that stand together are seen."""
    return [f"+{'|'.join(classes)}"]


def _before(word: str, seen_as: str, gap: str, language: int) -> list[str]:
    """The word right before."""
    return [f"pw{gap}|{word.lower()}", *_neighbour(word, seen_as, -1, language)]


def _after(word: str, seen_as: str, gap: str, language: int) -> list[str]:
    """The word right after."""
    return [f"fw{gap}|{word.lower()}", *_neighbour(word, seen_as, 1, language)]


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
    if len(features) == 1 and piece < 0:
        return tuple(weights.of_features[bucket(features[0])].tolist())
    rows = weights.of_features.take([crc32(feature.encode()) % BUCKETS for feature in dict.fromkeys(features)], axis=0)
    summed = np.add.reduce(rows)
    if piece >= 0:
        summed += weights.of_pieces[piece, position] * weights.scale
    return tuple(summed.tolist())


def _itself(word: str, language: int) -> list[str]:
    """What the word tells itself."""
    known = look_up(word)
    return identity(known, language) + nature(known, language)


_POSITIONS = {_itself: 0, _before: 1, _after: 2}
"""Whose words' pieces tell something, too."""


def _tell(memory: dict[By, Scores], by: By) -> Scores:
    """What these features tell, to be remembered there."""
    features, *given = by
    position = _POSITIONS.get(features)
    told = _sum(features(*given)) if position is None else _sum(features(*given), _piece(given[0]), position)
    if len(memory) >= (_MOST_TOGETHER if memory is _together else _MOST_OF_A_WORD):
        memory.clear()
    memory[by] = told
    return told


def _factors(words: Words, index: int, language: int) -> list[float]:
    """What speaks for each tag, as factors."""
    here = words.seen[index]
    other = person = place = organisation = 0.0
    for memory, by in [(here.told, (_itself, here.word, language)), *around(words, index, language)]:
        told = memory.get(by) or _tell(memory, by)
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
