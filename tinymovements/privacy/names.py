"""Finds the names of persons: what the weights take for one, more readily where only a name can stand, and what belongs to it."""

import re
from collections.abc import Sequence

from tinymovements.privacy import tagger
from tinymovements.privacy.lexicon import Word, listed
from tinymovements.privacy.spans import Found, Taken
from tinymovements.privacy.tagger import Token

# Log odds from which a word counts as a name, and what shifts them. Set by trying on posts of our own and held-back parts of the
# training texts with weights trained without them: of 100 places two or three are lost in posts, three or four in edited texts.
_ENOUGH = -1.6
_UNLISTED = (1.0, 0.4, 0.7)
_PLACE = 1.6
_AFTER_PREPOSITION = 1.5
_AFTER_CALL = -1.5
_AFTER_NAME = -1.5
_SURE_IN_SMALL = -1.0
_WORD_AT_START = 0.7
_DOUBTFUL_IN_SMALL = 2.0
_SIGNATURE = -1.5

_PHRASE = 3
"""Words that a phrase before a name has, at the most."""
_INSIDE = ("", '"', "”", "“", "'", "’")
"""What may stand between the words of one name."""
_ORDINAL = re.compile(r"(?:i{1,3}|iv|vi{0,3}|ix|xi{0,3}|xiv|xvi{0,3}|jr|sr)(?::\w+)?\.?")
_FINNISH, _ENGLISH = 0, 2
_FORMAL_TITLES = frozenset("mr mrs ms miss mx dr cllr fr rev rouva herra neiti fru herr fröken".split())
_ENGLISH_TITLES = frozenset(
    "mr mrs ms miss mx dr prof professor sir auntie aunty aunt uncle cllr councillor rev reverend father fr".split()
)
"""They go with the name, where they have a capital letter."""


def find(text: str, taken: Taken) -> list[Found]:
    """The names of a text, but for the parts that are taken. Names that stand side by side are one."""
    words = [token for token in tagger.tokens(text) if not taken.touches(token.start, token.end)]
    if not words:
        return []
    language = tagger.language_of(words)
    names: list[bool] = []
    for index in range(len(words)):
        names.append(_is_name(words, index, language, names))
    for index in range(len(words) - 2, -1, -1):
        names[index] = names[index] or _belongs(words, index, names, language)
    return _joined(text, words, names)


def _is_name(words: Sequence[Token], index: int, language: int, names: Sequence[bool]) -> bool:
    """Whether the word at `index` is one, where `names` says it of those before."""
    token = words[index]
    word = token.word
    before = bool(names) and names[-1]
    after_name = before and token.gap in _INSIDE
    if word.shape == "I" or (after_name and _ORDINAL.fullmatch(word.lower) and word.shape == "C"):
        return after_name and (words[index - 1].word.given or words[index - 1].word.shape == "I")
    introduced = _introduces_itself(words, index, names)
    if not (introduced or tagger.is_candidate(token, language)) or _makes_a_place(words, index, language):
        return False
    if "N" in word.kind or _closes(words, index):
        return word.shape == "A" and _is_titled(words, index, listed("titles"))
    if introduced and "P" not in word.kind:
        return True
    if word.shape in ("A", "M") and _must_be_name(words, index, language, names, after_name):
        return True
    return tagger.score(words, index, language, before) > _threshold(words, index, language, after_name)


def _must_be_name(words: Sequence[Token], index: int, language: int, names: Sequence[bool], after_name: bool) -> bool:
    """Whether a word with a capital letter is a name by what stands beside it, whatever the weights say."""
    word = words[index].word
    if _is_titled(words, index, _FORMAL_TITLES) and word.case not in ("in", "at"):
        return True
    if after_name or _is_titled(words, index, listed("titles")):
        return _can_be_family(word, language, after_name and words[index - 1].word.given) or _is_whole(words, index)
    return _is_whole(words, index) or _follows_a_particle(words, index, names)


def _introduces_itself(words: Sequence[Token], index: int, names: Sequence[bool]) -> bool:
    """Whether it stands after "my name is", or after a name that does and is on a list, too."""
    if _follows(words, index, "introductions"):
        return True
    listed_too = bool(set("VGgSF") & set(words[index].word.kind)) and not any(words[index].word.small)
    return listed_too and bool(names) and names[-1] and not words[index].gap and _follows(words, index - 1, "introductions")


def _follows_a_particle(words: Sequence[Token], index: int, names: Sequence[bool]) -> bool:
    """Whether a name and a small word like "von" stand before."""
    return index > 1 and names[index - 2] and not words[index].gap and words[index - 1].word.lower in listed("particles")


def _can_be_family(word: Word, language: int, after_given: bool) -> bool:
    """Whether it can be the name after a title or a given name: no place ("Pekka Helsingistä"), no ordinary word.

    Swedish and English places have a preposition before them, so one that stands right after a given name is a family's name.
    """
    if "P" in word.kind and not (after_given and language):
        return word.case not in ("in", "at") and bool(set("SF") & set(word.kind)) and "L" not in word.kind
    return "S" in word.kind or not word.common(language)


def _is_whole(words: Sequence[Token], index: int) -> bool:
    """Whether a given name has a Finnish family name after it, though each may be a word: "Kai Mäkelä"."""
    if index + 1 == len(words) or words[index].word.shape != "A" or "V" not in words[index].word.kind:
        return False
    following = words[index + 1]
    is_family = following.word.shape == "A" and "S" in following.word.kind
    return is_family and not following.gap and _can_be_family(following.word, _FINNISH, True)


def _belongs(words: Sequence[Token], index: int, names: Sequence[bool], language: int) -> bool:
    """Whether a word before a name is part of it: a title, a particle inside, an initial, a first name that is rare."""
    word = words[index].word
    if not names[index + 1] or words[index + 1].gap not in _INSIDE:
        return False
    if word.shape == "I":
        return word.lower.endswith(".")
    if word.lower in listed("particles"):
        return bool(index) and names[index - 1] and not words[index].gap
    if word.shape != "A" or "N" in word.kind or "P" in word.kind or _makes_a_place(words, index, language):
        return word.shape == "A" and word.lower.rstrip(".") in _ENGLISH_TITLES
    is_given = bool(set("VGg") & set(word.kind)) and not (words[index].first and word.common(language))
    return is_given or word.lower in _ENGLISH_TITLES


def _threshold(words: Sequence[Token], index: int, language: int, after_name: bool) -> float:
    word = words[index].word
    enough = _ENOUGH
    if not set("VGgS") & set(word.kind) and not after_name:
        enough += _UNLISTED[language]
    if "P" in word.kind:
        enough += _PLACE
    after_preposition = index and not words[index].gap and words[index - 1].word.lower in listed("place_before")
    if after_preposition and ("P" in word.kind or not word.given):
        enough += _AFTER_PREPOSITION
    called = any(_follows(words, index, cues) for cues in ("calls", "closings")) or _is_titled(words, index, listed("titles"))
    if called:
        enough += _AFTER_CALL
    if after_name:
        enough += _AFTER_NAME
    elif words[index].first and word.small[language]:
        enough += _WORD_AT_START
    if _is_signature(words, index) and not word.small[language]:
        enough += _SIGNATURE
    if word.shape == "a":
        enough += _SURE_IN_SMALL if "V" in word.kind and language == _FINNISH else 0 if called or after_name else _DOUBTFUL_IN_SMALL
    return enough


def _follows(words: Sequence[Token], index: int, cues: str) -> bool:
    """Whether a phrase of this list stands right before."""
    phrase = ""
    for before in range(index - 1, max(-1, index - 1 - _PHRASE), -1):
        if words[before + 1].gap not in ("", ",", ":"):
            return False
        phrase = f"{words[before].word.lower} {phrase}".strip()
        if phrase in listed(cues):
            return True
    return False


def _is_signature(words: Sequence[Token], index: int) -> bool:
    """Whether it stands by itself at the end of the text, but for kisses ("Bev x")."""
    if not index or not (words[index].first or words[index].gap in ("-", "–", "—", "/", "~", ",")):
        return False
    return all(set(token.word.lower) == {"x"} for token in words[index + 1 :])


def _closes(words: Sequence[Token], index: int) -> bool:
    """Whether it is the "Love" of "Love, Bev"."""
    if index + 1 == len(words) or not words[index].first:
        return False
    return words[index].word.lower in listed("closings") and words[index + 1].gap in (",", "\n")


def _is_titled(words: Sequence[Token], index: int, titles: frozenset[str]) -> bool:
    return bool(index) and words[index].gap in ("", ".") and words[index - 1].word.lower.rstrip(".") in titles


def _makes_a_place(words: Sequence[Token], index: int, language: int) -> bool:
    """Whether a word like "Street" or "puisto" follows the name, at once or after another word with a capital letter."""
    for following in words[index + 1 : index + 3]:
        if following.gap:
            return False
        word = following.word
        if word.lower.removesuffix("'s").rsplit("-")[-1] in listed("place_heads") and (language != _ENGLISH or word.shape == "A"):
            return True
        if word.shape != "A":
            return False
    return False


def _joined(text: str, words: Sequence[Token], names: Sequence[bool]) -> list[Found]:
    found: list[Found] = []
    for token, is_name in zip(words, names, strict=True):
        if is_name and found and text[found[-1].end : token.start] in (" ", "-", "\u00a0"):
            found[-1] = Found(found[-1].start, token.end, "name")
        elif is_name:
            found.append(Found(token.start, token.end, "name"))
    return found
