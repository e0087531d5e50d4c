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
    plain = _in_base(name, language)
    plain = _SWEDISH.sub("", plain) if language == "sv" else plain
    return " ".join(word[: max(4, round(len(word) * 0.7))] for word in re.findall(r"\w+", plain.lower().replace("-", "")))


def usual_form(forms: Iterable[str], language: str) -> str:
    """The base form among a name's forms, or what one of them begins with; else the shortest.

    The shortest is the base form more often than the most frequent one is. What is told stands in a post, letter by letter.
    """
    cut = {_cut(form, language) for form in forms}
    return min(cut, key=lambda form: (_in_base(form, language).lower() != form.lower(), len(form), form))


def _cut(name: str, language: str) -> str:
    """A name without the ending of its last word, where what is left is the base form (Pyöräkeittiö|n)."""
    base = _in_base(name, language)
    return name[: len(base)] if name.lower().startswith(base.lower()) else name


def _in_base(name: str, language: str) -> str:
    """A name with its last word in the base form, if it is Finnish, else without an English 's."""
    last = _LAST.search(name)
    return name[: last.start()] + _base(last.group()) if last and language == "fi" else _POSSESSIVE.sub("", name)


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
