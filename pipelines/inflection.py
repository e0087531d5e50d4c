"""Finnish inflection of names that no dictionary has: what endings are put on, and what is left without them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

Case = Literal["base", "genitive", "place", "other"]
"""How a word is inflected: as it is, of whom, where (any of the six local cases), or in another way."""

_VOWELS = "aeiouyäöå"
_ENDINGS: tuple[tuple[str, Case], ...] = (
    ("ssa", "place"), ("ssä", "place"), ("sta", "place"), ("stä", "place"), ("seen", "place"), ("lla", "place"), ("llä", "place"),
    ("lta", "place"), ("ltä", "place"), ("lle", "place"), ("ksi", "other"), ("na", "other"), ("nä", "other"), ("ta", "other"),
    ("tä", "other"), ("a", "other"), ("ä", "other"), ("n", "genitive"), ("t", "other"),
)  # fmt: skip
INNER = ("ssa", "ssä", "sta", "stä")
"""Of the local cases those in which people's names hardly stand."""
_CLITICS = ("kinko", "kinkö", "kin", "kaan", "kään", "han", "hän", "ko", "kö", "ki")
_WEAK = (
    ("kk", "k"), ("pp", "p"), ("tt", "t"), ("nt", "nn"), ("nk", "ng"), ("mp", "mm"), ("lt", "ll"), ("rt", "rr"),
    ("t", "d"), ("p", "v"), ("k", ""),
)  # fmt: skip
_WITHOUT_GRADE = ("st", "tk", "sk", "sp", "hk", "ht")


def stems(name: str) -> set[str]:
    """What the endings of Finnish are put on, of a name in lower case: with strong and weak grade, more rather than fewer."""
    if name.endswith("nen"):
        return {name[:-3] + "se", name[:-3] + "si", name[:-3] + "s"}
    bare = {name}
    if name.endswith("i"):
        bare.add(name[:-1] + "e")
    elif name.endswith("e"):
        bare.add(name + "e")
    elif name.endswith(("us", "ys", "os", "ös", "is", "es")):
        bare |= {name[:-1] + "kse", name[:-1] + "de"}
    elif name.endswith(("as", "äs")):
        bare |= {name[:-1] + name[-2], name[:-1] + "kse"}
    elif name[-1] not in _VOWELS:
        bare.add(name + "i")
    both = bare | {weak for stem in bare for weak in _weakened(stem)}
    return both | {stem[:-2] + "e" for stem in both if stem.endswith("hde")}  # as it is spoken: "Lielahessa"


def _weakened(stem: str) -> Iterator[str]:
    """The stem with its last consonants in the weak grade ("turku": "turu", "lahte": "lahde")."""
    body = stem.rstrip(_VOWELS)
    vowels = stem[len(body) :]
    if not vowels:
        return
    for strong, weak in _WEAK:
        if body.endswith(strong):
            if body.endswith("ht") or not body.endswith(_WITHOUT_GRADE):
                yield body[: -len(strong)] + weak + vowels
            return


def index_of(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The names, in lower case, by each of their stems."""
    index: dict[str, list[str]] = {}
    for name in names:
        for stem in sorted(stems(name)):
            index.setdefault(stem, []).append(name)
    return {stem: tuple(same) for stem, same in index.items()}


def cut(lower: str) -> Iterator[tuple[str, Case]]:
    """What is left of a Finnish word without its ending, and what the ending says; the word itself first."""
    yield lower, "base"
    clitic = next((clitic for clitic in _CLITICS if lower.endswith(clitic) and len(lower) > len(clitic) + 4), "")
    for form in (lower, lower.removesuffix(clitic)) if clitic else (lower,):
        for ending, case in _ENDINGS:
            if form.endswith(ending) and len(form) > len(ending) + 1:
                yield form[: -len(ending)], case
        if form.endswith("n") and len(form) > 4 and form[-2] in _VOWELS and form[-2] == form[-3]:
            yield form[:-2], "place"
        if form.endswith("n") and len(form) > 5 and form[-3] == "h" and form[-2] in _VOWELS:
            yield form[:-3], "place"


def bases(lower: str, index: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, Case]]:
    """The names of an index that a Finnish word may be a form of."""
    for stem, case in cut(lower):
        for name in index.get(stem, ()):
            if case != "base" or name == lower:
                yield name, case
