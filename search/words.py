"""Reads the words that people type: plain ones, "phrases", +must and -not. Nothing they type is a mistake."""

import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from search.engine import Analyse
from tinymovements.model import LANGUAGES

_T = TypeVar("_T", bound=Hashable)

TITLE = 2.0
"""A word in the title counts so many times a word in the text."""

TIE = 0.3
"""A word scores by the best of its terms, and by the others this much. Titles find their own bodies (3,000 proposals, MRR):
all terms added 0.676, the best alone 0.669, the others at 0.1, 0.3, 0.5, 0.7: 0.684, 0.692, 0.691, 0.686."""

FOUND = 5.0
"""What each plain word that is found adds to the score, so that who has more of them comes first; a rare word alone scores some 8.
Known items (as below) at 0, 1, 3, 5, 10, 50: MRR 0.684, 0.688, 0.690, 0.689, 0.683, 0.682."""

LONGEST = 64
"""Words of a query that are looked for: what is pasted beyond them costs time and finds nothing more."""

_READ = 4 * LONGEST
"""Plain words among which those that carry meaning are looked for: each costs the dictionaries up to a millisecond."""

_CHARACTERS = 10_000
"""Characters of a query that are read. Nobody types so many."""

# A language that is not known is read, too: texts in it are found by their words as they stand.
_READ_AS = (*LANGUAGES, "unknown")

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″", '"'))
_CLAUSE = re.compile(r'([+-]*)(?:"([^"]*)"?|([^\s"]+))')


@dataclass(frozen=True, slots=True)
class Word:
    """A word as each language reads it: the base form, then the parts of a compound and what a spoken form stands for."""

    readings: tuple[tuple[str, ...], ...]

    @property
    def bases(self) -> tuple[str, ...]:
        """The base forms."""
        return _unique(reading[0] for reading in self.readings)

    @property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """What the readings have besides, of each that has."""
        return _unique(reading[1:] for reading in self.readings if len(reading) > 1)

    @property
    def terms(self) -> tuple[str, ...]:
        """All terms it is scored by."""
        return _unique(term for reading in self.readings for term in reading)

    def found_in(self, terms: Collection[str]) -> bool:
        """Whether terms hold it: a base form, or all the other terms of a reading.

        So "kirpputori" is found where "joulukirpputori" or "kirpun tori" stands, and not in every text with a market square.
        """
        return any(base in terms for base in self.bases) or any(all(term in terms for term in parts) for parts in self.parts)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand side by side, by their base forms as each language has them."""

    readings: tuple[tuple[str, ...], ...]

    def places_in(self, terms: Sequence[Sequence[str]]) -> Iterator[tuple[int, int]]:
        """Where in the words of a text it stands: the first word, and the one after the last."""
        bases = tuple(word[0] for word in terms)
        for start in range(len(bases)):
            for reading in self.readings:
                if bases[start : start + len(reading)] == reading:
                    yield start, start + len(reading)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. Words of `must` and phrases decide and rank; plain words rank, and decide where nothing else does."""

    plain: tuple[Word, ...] = ()
    must: tuple[Word | Phrase, ...] = ()
    never: tuple[Word | Phrase, ...] = ()

    @property
    def ranks(self) -> bool:
        """Whether there is anything to rank by."""
        return bool(self.plain or self.must)

    @property
    def least(self) -> int:
        """How many plain words an answer holds at the least: one of up to three, two of four to seven, and so on.

        Titles find their own bodies, and how many others a title finds on the average: any term 0.692, 798; any word 0.689, 334;
        one word in four 0.684, 159; in three, rounded up, 0.673, 87; every second 0.662, 67.
        """
        return len(self.plain) // 4 + 1 if self.plain and not self.must else 0


def read(text: str, analyse: Analyse) -> Asked:
    """What the words of a query ask for."""
    plain: list[str] = []
    must: list[Word | Phrase] = []
    never: list[Word | Phrase] = []
    for sign, phrase, word in _CLAUSE.findall(text[:_CHARACTERS].translate(_QUOTES)):
        decides = never if "-" in sign else must
        if word and not sign:
            plain.append(word)
        elif len(decides) < LONGEST:
            decides.extend(_words(word, analyse) if word else _phrase(phrase, analyse))
    words = " ".join(plain[:_READ])
    # Asked of no language, the analyser leaves out the words that carry no meaning.
    carrying = " ".join([words[token.start : token.end] for token in analyse(words, None)][:_READ])
    return Asked(_unique(_words(carrying, analyse))[:LONGEST], _unique(must)[:LONGEST], _unique(never)[:LONGEST])


def _words(text: str, analyse: Analyse) -> Iterator[Word]:
    for tokens in zip(*(analyse(text, language) for language in _READ_AS), strict=True):
        yield Word(_unique(token.terms for token in tokens))


def _phrase(text: str, analyse: Analyse) -> list[Word | Phrase]:
    text = " ".join(text.split()[:LONGEST])
    readings = _unique(tuple(token.terms[0] for token in analyse(text, language))[:LONGEST] for language in _READ_AS)
    return [Phrase(readings)] if readings[0] else []


def _unique(values: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(values))
