"""Tells how likely a word is part of a person's name, from the word, its neighbours and where it stands. Weights: `names.npz`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np

from tinymovements.privacy.lexicon import Word, listed, look_up

WEIGHTS = Path(__file__).with_name("names.npz")
BUCKETS = 1 << 19
"""Features share this many weights; with fewer they get into each other's way."""

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


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text, and what stands between it and the one before."""

    start: int
    end: int
    word: Word
    gap: str
    """"" for a space, else the mark before it; "\\n" for a new line, "^" at the start of the text."""
    first: bool
    """Whether a sentence starts here."""
    last: bool
    """Whether its line ends here, but for marks."""


def tokens(text: str) -> list[Token]:
    """The words of a text. Placeholders are no words: what stands beside one stands beside a mark."""
    matches = list(_WORD.finditer(text))
    made = []
    for index, match in enumerate(matches):
        before = text[matches[index - 1].end() if index else 0 : match.start()]
        after = text[match.end() : matches[index + 1].start()] if index + 1 < len(matches) else "\n"
        gap = "^" if not index and not before.strip() else "\n" if "\n" in before else before.strip()[-1:]
        made.append(
            Token(match.start(), match.end(), look_up(match.group()), gap, not index or bool(_END.search(before)), "\n" in after)
        )
    return made


def language_of(words: Sequence[Token]) -> int:
    """The language most of the small words are of: 0 Finnish, 1 Swedish, 2 English."""
    votes = [0, 0, 0]
    for token in words:
        if token.word.shape == "a":
            for language, holds in enumerate(token.word.languages):
                votes[language] += holds
    return votes.index(max(votes))


def is_candidate(token: Token, language: int) -> bool:
    """Whether a word can be a name at all: by a capital letter, or by the lists where it is no ordinary word."""
    word = token.word
    if word.shape in ("A", "M", "C"):
        return True
    return word.shape == "a" and word.sure and len(word.lower) > 2 and not any(word.small) and "N" not in word.kind


@lru_cache(maxsize=400_000)
def _own(word: Word, language: int) -> tuple[str, ...]:
    lower, kind = word.lower, word.kind
    plain = "".join(letter for letter in kind if letter not in "fse") + ("c" if word.common(language) else "")
    return (
        f"k{kind}",
        f"n{plain}",
        f"s{word.shape}",
        f"sn{word.shape}{plain}",
        f"ln{language}{plain}",
        f"cn{word.case}{plain}{language}",
        f"w{lower}",
        f"l{_base(word, language)}",
        f"1{lower[-1:]}",
        f"2{lower[-2:]}",
        f"3{lower[-3:]}",
        f"4{lower[-4:]}",
        f"5{lower[-5:]}",
        f"6{lower[:3]}",
        f"7{lower[:4]}",
        f"8{min(len(lower), 12)}",
        *(f"i{letter}{word.shape}" for letter in plain),
    )


@lru_cache(maxsize=400_000)
def _class(word: Word, language: int) -> str:
    """How a neighbour is seen: by its lists and its first letter; small words by themselves."""
    cues = "".join(letter for letter, name in _CUES if word.lower in listed(name))
    if word.shape == "a":
        return "a" + ("v" if word.sure and not any(word.small) else "") + cues
    letters = "".join(letter for letter in word.kind if letter in "VSGFPLN")
    return word.shape + letters + ("c" if word.common(language) else "") + cues


def _base(word: Word, language: int) -> str:
    return word.lower if language else word.base


def features(words: Sequence[Token], index: int, language: int, before_is_name: bool) -> Iterator[str]:
    """What the weights speak of: the word at `index` as it stands there."""
    token = words[index]
    word = token.word
    own = _class(word, language)
    yield from _own(word, language)
    yield f"b{token.first}{own}{language}"
    yield f"g{token.gap}{own}"
    yield f"e{token.last}{token.gap == chr(10)}{own}"
    yield f"t{before_is_name}{token.gap}{own}"
    previous = words[index - 1] if index else None
    following = words[index + 1] if index + 1 < len(words) else None
    if previous:
        seen = _class(previous.word, language)
        yield f"p{previous.word.lower}"
        yield f"pg{token.gap}{previous.word.lower}"
        yield f"pl{_base(previous.word, language)}{token.gap}"
        yield f"pc{seen}{token.gap}"
        yield f"pp{seen}{token.gap}{own}"
        yield f"p4{previous.word.lower[-4:]}{own}"
        if index > 1:
            yield f"q2{_base(words[index - 2].word, language)}"
            yield f"q{words[index - 2].word.lower} {previous.word.lower}"
            yield f"qc{_class(words[index - 2].word, language)}{seen}{own}"
    else:
        yield "p^"
        yield f"pp^{own}"
    if following:
        seen = _class(following.word, language)
        yield f"f{following.gap}{following.word.lower}"
        yield f"fl{following.gap}{_base(following.word, language)}"
        yield f"fc{seen}{following.gap}"
        yield f"ff{seen}{following.gap}{own}"
        yield f"f4{following.word.lower[-4:]}{own}"
        if index + 2 < len(words):
            yield f"h{_base(words[index + 2].word, language)}"
            yield f"hc{seen}{_class(words[index + 2].word, language)}{own}"
    else:
        yield "f$"
        yield f"ff${own}"


def bucket(feature: str) -> int:
    """Where the weight of a feature lies."""
    return crc32(feature.encode()) % BUCKETS


@cache
def _weights() -> tuple[list[float], float]:
    with np.load(WEIGHTS) as file:
        return file["weights"].astype(np.float32).tolist(), float(file["bias"])


@lru_cache(maxsize=1_000_000)
def _weight(feature: str) -> float:
    return _weights()[0][bucket(feature)]


def score(words: Sequence[Token], index: int, language: int, before_is_name: bool) -> float:
    """The log odds that a word is part of a person's name."""
    return _weights()[1] + sum(map(_weight, features(words, index, language, before_is_name)))
