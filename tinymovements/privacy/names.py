"""Finds the names of persons: what the tagger takes for one, what can be nothing else where it stands, and what belongs to it."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from tinymovements.privacy import tagger
from tinymovements.privacy.lexicon import listed, look_up, shape_of, stems
from tinymovements.privacy.spans import Found, Taken
from tinymovements.privacy.words import Words, language_of

# A word goes when it is a person more likely than this in Finnish, Swedish, English, where a place counts twice, the rest less: to
# take a place out of a text does harm, to take an organisation or another word out does little, and a name that stays does most.
# Chosen on parts of the training texts that were held back, so that of 100 places some two are lost.
_ENOUGH = (0.4, 0.5, 0.5)
_PLACE, _OTHER, _ORGANISATION = 2.0, 0.5, 0.3
_ENOUGH_AT_START = 0.8
"""For an ordinary word that begins a sentence."""
_ENOUGH_AGAIN = 0.02
"""For a word that is a name elsewhere in the text."""
_A_PLACE = 0.5
"""The probability from which a word counts as a place."""

_INSIDE = ("", '"', "”", "“", "'", "’")
"""What may stand between the words of one name."""
_INTRODUCTION = re.compile(r"\b(?:nimeni on|jag heter|mitt namn är|my name is|my name['’]s)\s+", re.IGNORECASE)
"""The bearer says it, so whatever follows is a name."""
_ENGLISH = 2
_FORMAL_TITLES = frozenset("mr mrs ms miss mx dr cllr fr rev rouva herra neiti fru herr fröken".split())
_ENGLISH_TITLES = frozenset(
    "mr mrs ms miss mx dr prof professor sir auntie aunty aunt uncle cllr councillor rev reverend father fr".split()
)
"""They go with the name, where they have a capital letter."""


def find(text: str, taken: Taken) -> list[Found]:
    """The names of a text, but for the parts that are taken. Names that stand side by side are one."""
    words = Words(text, taken)
    names = set(_introduced(text, words))
    judged: dict[int, tuple[float, float]] = {}
    if chains := tagger.chains(words):
        language = language_of(words)
        for chain in chains:
            for index, tags in zip(chain, tagger.probabilities(words, chain, language), strict=True):
                odds, place = _odds(tags), tags[2]
                if _is_certain(words, index):
                    names.add(index)
                elif place > _A_PLACE or (odds > _ENOUGH_AGAIN and not _is_barred(words, index, language)):
                    judged[index] = odds, place
                    if odds > _enough(words, index, language):
                        names.add(index)
    if len(judged) > 1:
        _agree(words, names, judged)
    for index in sorted(names, reverse=True):
        names.update(_belonging(words, index, names))
    return _joined(text, words, sorted(names))


def _agree(words: Words, names: set[int], judged: dict[int, tuple[float, float]]) -> None:
    """Judge one word alike wherever it stands, in whatever form ("Maija Esimerkki ... Esimerkin mukaan"): as a name or as a
    place, whichever is the surer somewhere."""
    same: dict[str, set[int]] = {}
    for index in names.union(judged):
        for form in _forms(words.texts[index]):
            same.setdefault(form, set()).add(index)
    were = frozenset(names)
    for index, (odds, _) in judged.items():
        alike = {index}.union(*(same[form] for form in _forms(words.texts[index])))
        is_name = max(judged[one][0] if one in judged else 1.0 for one in alike)
        is_place = max(judged[one][1] for one in alike if one in judged)
        if is_place > max(_A_PLACE, is_name):
            names.discard(index)
        elif odds > _ENOUGH_AGAIN and words.texts[index][0].isupper() and alike & were:
            names.add(index)


def _odds(tags: Sequence[float]) -> float:
    """How likely it is a person's name, where what it may be else counts as much as it would harm to take it out."""
    other, person, place, organisation = tags
    return person / (person + _PLACE * place + _OTHER * other + _ORGANISATION * organisation)


def _enough(words: Words, index: int, language: int) -> float:
    """The odds that are enough; an ordinary word that begins a sentence needs more of them."""
    return _ENOUGH_AT_START if words.is_first(index) and look_up(words.texts[index]).languages[language] else _ENOUGH[language]


@lru_cache(maxsize=10_000)
def _forms(word: str) -> frozenset[str]:
    """A word in small letters, as it stands and without what may be an ending."""
    lower = word.lower()
    return frozenset(form for form in (lower, look_up(word).base, *stems(lower)) if len(form) > 2)


def _introduced(text: str, words: Words) -> Iterator[int]:
    """What stands after "my name is", and what follows it there and is on a list, too: these are names in small letters as well."""
    for match in _INTRODUCTION.finditer(text) if _may_introduce(text.lower()) else ():
        index = next((index for index, (start, _) in enumerate(words.spans) if start == match.end()), None)
        if index is not None and not set("NP") & set(look_up(words.texts[index]).kind):
            yield index
            if index + 1 < len(words) and not words.gap(index + 1):
                following = look_up(words.texts[index + 1])
                if set("VGgSF") & set(following.kind) and not any(following.languages):
                    yield index + 1


def _may_introduce(lower: str) -> bool:
    """A quick look whether it can be there. Without its `i`: Turkish ones stay what they are in small letters."""
    return "name" in lower or "heter" in lower or "namn" in lower or ("men" in lower and " on" in lower)


def _is_certain(words: Words, index: int) -> bool:
    """Whether a word is a name by the title that stands before it."""
    return _is_titled(words, index, _FORMAL_TITLES) and look_up(words.texts[index]).case not in ("in", "at")


def _is_barred(words: Words, index: int, language: int) -> bool:
    """Whether a word is no name, whatever the odds are, by what stands beside it or by the list of what is none."""
    if "N" in look_up(words.texts[index]).kind or _closes(words, index):
        return shape_of(words.texts[index]) != "A" or not _is_titled(words, index, listed("titles"))
    return _makes_a_place(words, index, language)


def _belonging(words: Words, index: int, names: set[int]) -> Iterator[int]:
    """The words right before a name that are part of it: titles, initials, particles between two names."""
    while index and words.gap(index) in _INSIDE and index - 1 not in names:
        before = words.texts[index - 1]
        plain = before.lower().rstrip(".")
        is_title = before[0].isupper() and plain in _ENGLISH_TITLES
        is_initial = len(before) == 2 and before.endswith(".") and before[0].isupper()
        is_between = plain in listed("particles") and index - 2 in names and not words.gap(index - 1)
        if not (is_title or is_initial or is_between):
            return
        index -= 1
        yield index


def _closes(words: Words, index: int) -> bool:
    """Whether it is the "Love" of "Love, Bev"."""
    if index + 1 == len(words) or not words.is_first(index):
        return False
    return words.texts[index].lower() in listed("closings") and words.gap(index + 1) in (",", "\n")


def _is_titled(words: Words, index: int, titles: frozenset[str]) -> bool:
    return bool(index) and words.gap(index) in ("", ".") and words.texts[index - 1].lower().rstrip(".") in titles


def _makes_a_place(words: Words, index: int, language: int) -> bool:
    """Whether a word like "Street" or "puisto" follows the name, at once or after another word with a capital letter, or is it."""
    if index and _heads_a_place(words.texts[index], language) and words.texts[index - 1][0].isupper() and not words.gap(index):
        return True
    for at in range(index + 1, min(index + 3, len(words))):
        if words.gap(at):
            return False
        if _heads_a_place(words.texts[at], language):
            return True
        if not words.texts[at][0].isupper():
            return False
    return False


def _heads_a_place(word: str, language: int) -> bool:
    return word.lower().removesuffix("'s").rsplit("-")[-1] in listed("place_heads") and (language != _ENGLISH or word[0].isupper())


def _joined(text: str, words: Words, names: Sequence[int]) -> list[Found]:
    found: list[Found] = []
    for index in names:
        start, end = words.spans[index]
        if found and text[found[-1].end : start] in (" ", "-", "\u00a0"):
            found[-1] = Found(found[-1].start, end, "name")
        else:
            found.append(Found(start, end, "name"))
    return found
