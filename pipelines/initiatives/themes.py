"""Finds themes that no movement covers: words that rise together in posts that look like initiatives.

A word is judged as a movement in a district is (`rises`), but within posts of the same movement: where posts about food rise, their
words do so too, and are no theme. Words that rise and stand in the same posts are one theme.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pipelines.initiatives.rises import Seen, Signs, course, look, rising
from pipelines.initiatives.seasons import Floats, Ints
from pipelines.terms import WORD, is_stop_word, terms
from tinymovements.gazetteer import load_gazetteer
from tinymovements.model import LANGUAGES

SHARED = 0.5
"""Part of the posts of the rarer of two words in which the other stands, too, where both are of one theme."""

OF_A_MOVEMENT = 0.5
"""Part of a theme's posts that are of one movement, from which on it is that movement's. Of 15 posts about shared pets, which no
movement covers, 9 were given one, and no more than 3 the same."""

LEAST_TOLD = 3
"""Initiatives, and people, that must tell of a theme."""

MOST_TOLD = 3
"""Signs of one initiative in one week."""

FEWEST_WORDS = 2
"""One word that rises is a word, and no theme."""

FEWEST_SIGNS = 5
MOST_WORDS = 1500
"""Words that are judged: two thirds those that rise most, and others as they come, by which the spread is told."""

BESIDE = 0.05
"""Chance below which a word goes with one that rises."""

NO_MOVEMENT = -1


class Told(NamedTuple):
    """A post that looks like an initiative, but for its words. All are numbers."""

    post: int
    week: int
    source: int
    movement: int
    """`NO_MOVEMENT` where none was accepted."""
    thing: int
    """What it tells of: an initiative, or the post that it repeats."""
    voice: int
    """Who tells it."""


class Words:
    """The words of posts, gathered one post at a time as they are written, and brought to their terms at the end."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self._forms: dict[tuple[str, str], int] = {}
        self._lengths = array("q")
        self._words = array("q")

    def add(self, told: Told, text: str, language: str) -> None:
        """A post and its text."""
        before, forms = len(self._words), self._forms
        self._words.extend([forms.setdefault((word, language), len(forms)) for word in set(WORD.findall(text.lower()))])
        self._lengths.append(len(self._words) - before)
        self.told.append(told)

    def terms(self) -> tuple[list[str], Ints, Ints]:
        """The terms, and of each term of each post the number of the post in `told` and that of the term."""
        written = np.frombuffer(self._words, np.int64)
        often = np.bincount(written, minlength=len(self._forms)) >= _FEWEST_WRITTEN
        of_form = [tuple(_terms(*form)) if some else () for form, some in zip(self._forms, often.tolist(), strict=True)]
        # By their letters: what is decided by number shall not hang on which post came first, nor on the order of a set.
        ids = {term: number for number, term in enumerate(sorted({term for named in of_form for term in named}))}
        each = np.array([len(named) for named in of_form], dtype=np.int64)
        flat = np.array([ids[term] for named in of_form for term in named], dtype=np.int64)
        posts = np.repeat(np.arange(len(self.told)), np.frombuffer(self._lengths, np.int64))
        times = each[written]
        # Where in `flat` the terms of each word that is written begin, and how far on each of them is.
        begins = np.repeat((np.cumsum(each) - each)[written], times)
        onwards = np.arange(begins.size) - np.repeat(np.cumsum(times) - times, times)
        pairs = np.unique(np.stack([np.repeat(posts, times), flat[begins + onwards]]), axis=1)
        return list(ids), pairs[0], pairs[1]


_FEWEST_WRITTEN = 2
"""Posts that have a word as it is written: half of all forms stand in one, and to analyse them would take most of the time."""

_SHORTEST = 3
"""Letters of a word."""


def _terms(word: str, language: str) -> Iterator[str]:
    """What a word is counted as: no names of places, no numbers, nothing that carries no meaning of its own."""
    if any(is_stop_word(word, each) for each in LANGUAGES):
        return
    gazetteer = load_gazetteer()
    for term in terms(word, language):
        if len(term) >= _SHORTEST and term[0].isalpha() and not gazetteer.knows_word(term):
            yield term


@dataclass(frozen=True, slots=True)
class Theme:
    """Words that rise together, the surest first, and the posts of the window that have at least two of them."""

    words: tuple[str, ...]
    weeks: int
    signs: int
    """Of the first word, as what follows."""
    expected: float
    past: int
    chance: float
    rate: float
    posts: tuple[int, ...]
    """Their numbers, the latest first."""
    course: tuple[tuple[float, float], ...]
    """Signs and those expected, in pieces as long as the window, which is the last of them."""


def themes(words: Words, weeks: int, lengths: Sequence[int], rate: float) -> tuple[list[Theme], int]:
    """The themes that rise, at this rate of false words among those told, the surest first; and how many words were tried."""
    if not words.told or not lengths:
        return [], 0
    table = np.array(words.told, dtype=np.int64)
    names, post, word = words.terms()
    if not names:
        return [], 0
    once = _counting(word, table[post, 1], table[post, 4], table[post, 5])
    stratum, efforts = _strata(table, weeks)
    signed = (word[once], stratum[post[once]], table[post[once], 1])
    often = np.bincount(signed[0], minlength=len(names)) >= FEWEST_SIGNS
    judged = _most_risen(*signed, efforts, often, lengths)
    if not judged.size:
        return [], 0
    signs = _signs(judged, *signed, efforts)
    seen = look(signs, lengths)
    told, stands = rising(seen.chance, rate, int(often.sum()))
    beside = np.flatnonzero(seen.chance < BESIDE)
    posts = {at: np.unique(post[(word == judged[at]) & (table[post, 1] >= weeks - seen.weeks[at])]) for at in beside.tolist()}
    found = []
    spelt = [names[id] for id in judged.tolist()]
    for members in _together(np.flatnonzero(told & (seen.chance < BESIDE)), seen, posts, spelt):
        first = members[0]
        having, times = np.unique(np.concatenate([posts[at] for at in members]), return_counts=True)
        rows = table[having[times >= FEWEST_WORDS]]
        if len(members) >= FEWEST_WORDS and _is_a_theme(rows):
            latest = tuple(rows[np.argsort(-rows[:, 1], kind="stable"), 0].tolist())
            named = tuple(spelt[at] for at in members)
            facts = (int(seen.weeks[first]), int(seen.signs[first]), float(seen.expected[first]), int(seen.past[first]))
            went = course(signs, facts[0])
            pieces = tuple(zip(went.signs[first].tolist(), went.expected[first].tolist(), strict=True))
            found.append(Theme(named, *facts, float(seen.chance[first]), float(stands[first]), latest, pieces))
    return found, int(often.sum())


_MOST_MOVEMENTS = 10_000
_RARE = 100
"""Posts of a source and movement, fewer than which are read as one with those of no movement, for they do not tell what is usual;
and if all these are still as few, beside all posts of the source."""


def _strata(table: Ints, weeks: int) -> tuple[Ints, Floats]:
    """Of each post what it is read as one of, its source and movement; and how many posts each of these has in each week."""
    rest, source = table[:, 2] * _MOST_MOVEMENTS, table[:, 2]
    own = rest + table[:, 3] + 1
    _, at, counts = np.unique(own, return_inverse=True, return_counts=True)
    strata, stratum, counts = np.unique(np.where(counts[at] < _RARE, rest, own), return_inverse=True, return_counts=True)
    efforts = np.bincount(stratum * weeks + table[:, 1], minlength=strata.size * weeks).reshape(strata.size, weeks)
    every = np.bincount(source * weeks + table[:, 1], minlength=(int(source.max()) + 1) * weeks).reshape(-1, weeks)
    rare = counts < _RARE
    efforts[rare] = every[strata[rare] // _MOST_MOVEMENTS]
    return np.asarray(stratum), efforts.astype(np.float64)


def _counting(word: Ints, week: Ints, thing: Ints, voice: Ints) -> Ints:
    """Where a word counts: in a week once of each who tells, and of each thing that is told `MOST_TOLD` times."""
    at, what, who = word * (week.max() + 1) + week, thing - thing.min(), voice - voice.min()
    _, once = np.unique(at * (who.max() + 1) + who, return_index=True)
    told = (at * (what.max() + 1) + what)[once]
    order = np.argsort(told, kind="stable")
    _, begins, counts = np.unique(told[order], return_index=True, return_counts=True)
    number = np.arange(order.size) - np.repeat(begins, counts)
    return np.asarray(once[order[number < MOST_TOLD]])


def _most_risen(word: Ints, stratum: Ints, week: Ints, efforts: Floats, often: np.ndarray, lengths: Sequence[int]) -> Ints:
    """The words to judge, in order."""
    most, weeks = np.zeros(often.size), efforts.shape[1]
    for length in lengths:
        now = week >= weeks - length
        before = efforts[:, :-length].sum(1)
        part = np.where(before > 0, efforts[:, -length:].sum(1) / np.maximum(before, 1), 0)
        meant = np.bincount(word[~now], part[stratum[~now]], often.size)
        found = np.bincount(word[now & (before > 0)[stratum]], minlength=often.size)
        most = np.maximum(most, (found - meant) / np.sqrt(meant + 1))
    ranked = np.flatnonzero(often)
    ranked = ranked[np.argsort(-most[ranked], kind="stable")]
    chosen, others = ranked[: MOST_WORDS * 2 // 3], np.sort(ranked[MOST_WORDS * 2 // 3 :])
    step = max(1, -(-others.size // (MOST_WORDS // 3)))
    return np.sort(np.concatenate([chosen, others[::step]]))


def _signs(judged: Ints, word: Ints, stratum: Ints, week: Ints, efforts: Floats) -> Signs:
    at = np.minimum(np.searchsorted(judged, word), judged.size - 1)
    some = judged[at] == word
    one = np.ones(int(some.sum()))
    return Signs(at[some], stratum[some], week[some], one, np.arange(judged.size), None, efforts)


def _together(risen: Ints, seen: Seen, posts: Mapping[int, Ints], names: Sequence[str]) -> Iterator[list[int]]:
    """Words that rise, each with those that stand in the same posts; the surest first, and of a compound not its parts as well."""

    def order(at: int) -> tuple[float, int, int]:
        return seen.chance[at], -len(names[at]), at

    taken: set[int] = set()
    for first in sorted(risen.tolist(), key=order):
        if first in taken:
            continue
        others = [at for at in posts if at != first and at not in taken and _share(posts[first], posts[at]) >= SHARED]
        taken.update((first, *others))
        members = [first]
        for at in sorted(others, key=order):
            if not any(names[at] in names[other] or names[other] in names[at] for other in members):
                members.append(at)
        yield members


def _share(some: Ints, others: Ints) -> float:
    least = min(some.size, others.size)
    return float(np.intersect1d(some, others, assume_unique=True).size / least) if least else 0.0


def _is_a_theme(rows: Ints) -> bool:
    """Whether enough initiatives and people tell of it, and no movement covers it."""
    if len(np.unique(rows[:, 4])) < LEAST_TOLD or len(np.unique(rows[:, 5])) < LEAST_TOLD:
        return False
    of_one = np.bincount(rows[:, 3] + 1)[1:]
    return not of_one.size or bool(of_one.max() < OF_A_MOVEMENT * len(rows))
