"""The forms in which posts write a name: what they have in common, and in which of them it is told."""

import re
from collections.abc import Iterable
from functools import lru_cache

from pipelines.terms import voikko

_POSSESSIVE = re.compile(r"['’]s$")
_LAST = re.compile(r"[\w-]+$")
_SWEDISH = re.compile(r"(?<=\w{4})(?:(?:e?n|e?t|na)s?|s)$")
"""What makes a Swedish noun a certain one, and what makes it somebody's."""


def folded(name: str, language: str) -> str:
    """What the forms of a name have in common: how its words begin, of the last one without its ending."""
    last = _LAST.search(name)
    plain = name[: last.start()] + _base(last.group()) if last and language == "fi" else _POSSESSIVE.sub("", name)
    plain = _SWEDISH.sub("", plain) if language == "sv" else plain
    return " ".join(word[: max(4, round(len(word) * 0.7))] for word in re.findall(r"\w+", plain.lower().replace("-", "")))


def usual_form(forms: Iterable[str], language: str) -> str:
    """The base form among a name's forms, or what one of them begins with; else the shortest.

    The shortest is the base form more often than the most frequent one is. What is told stands in a post, letter by letter.
    """
    return min((_cut(form, language) for form in forms), key=lambda form: (not _is_base(form, language), len(form), form))


def _cut(name: str, language: str) -> str:
    """A name without the ending of its last word, where what is left is the base form (Pyöräkeittiö|n)."""
    last = _LAST.search(name)
    if language != "fi" or not last:
        return _POSSESSIVE.sub("", name)
    base = _base(last.group())
    return name[: last.start() + len(base)] if last.group().lower().startswith(base) else name


def _is_base(name: str, language: str) -> bool:
    last = _LAST.search(name)
    return language != "fi" or not last or _base(last.group()) == last.group().lower()


@lru_cache(maxsize=10_000)
def _base(word: str) -> str:
    """The base form, in lower case, of a Finnish word that is in another case of the singular for sure; any other as it stands.

    The plural is left alone: a crew that is called Rantarosvot is no Rantarosvo.
    """
    small = word.lower()
    read = voikko(small)
    if not read or any(reading.SIJAMUOTO in (None, "nimento") or reading.NUMBER != "singular" for reading in read):
        return small
    return str(read[0].BASEFORM).lower()
