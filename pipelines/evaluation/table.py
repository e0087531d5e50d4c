"""What people and the pipeline say of the same texts, side by side: arrays with a row for each text."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from pipelines.examples import Example
from pipelines.terms import WORD
from tinymovements.errors import FormatError
from tinymovements.model import Annotation
from tinymovements.privacy import contacts, names
from tinymovements.taxonomy import load_taxonomy

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MOVEMENTS = "movements"
JUDGED = ("initiative", "self_organised")
CLAUSES = ("needs", "offers", "asks")
PLACES = "places"


@dataclass(frozen=True)
class Table:
    """Texts by what is measured of them.

    `truths` and `scores` are texts x labels, for the movements, for `initiative` and for `self_organised`: 1, 0, or NaN where
    nobody judged or either is right; and the probability. `counts` are texts x labels x (right, wrong, missed), for the movements,
    for places and for each sort of clause. `shares` are texts x (so many, of how many). `writers` are who wrote them;
    `pipeline` is the version that judged them.
    """

    pipeline: str
    ids: tuple[str, ...]
    languages: tuple[str, ...]
    registers: tuple[str, ...]
    writers: tuple[str, ...]
    truths: dict[str, Floats]
    scores: dict[str, Floats]
    counts: dict[str, Floats]
    shares: dict[str, Floats]

    def __len__(self) -> int:
        return len(self.writers)

    def part(self, rows: Bools) -> "Table":
        """The texts that `rows` marks."""
        languages, registers, writers = (
            tuple(compress(words, rows.tolist())) for words in (self.languages, self.registers, self.writers)
        )
        truths, scores, counts, shares = (
            {name: array[rows] for name, array in arrays.items()} for arrays in (self.truths, self.scores, self.counts, self.shares)
        )
        return Table(self.pipeline, self.ids, languages, registers, writers, truths, scores, counts, shares)


def compare(examples: Sequence[Example], told: Sequence[Annotation]) -> Table:
    """The table of these texts. Raises `FormatError` where one is labelled with a movement that the taxonomy does not have."""
    ids = load_taxonomy().ids
    pairs = list(zip(examples, told, strict=True))
    if unknown := {id for example in examples for id in example.required | example.allowed}.difference(ids):
        raise FormatError(f"A text is labelled {min(unknown)}, which is no movement.", "movements.toml has their ids.")
    required, allowed = (np.array([[id in getattr(e, name) for id in ids] for e in examples]) for name in ("required", "allowed"))
    given = np.array([[id in {movement.id for movement in said.movements} for id in ids] for said in told])
    truths, scores = {MOVEMENTS: np.where(allowed & ~required, np.nan, required)}, {MOVEMENTS: _scores(told, ids)}
    for name in JUDGED:
        truths[name] = _column([getattr(example, name) for example in examples])
        scores[name] = _column([getattr(said, name) for said in told])
    counts = {MOVEMENTS: np.stack((given & required, given & ~allowed, required & ~given), axis=-1).astype(np.float64)}
    for name in CLAUSES:
        found = ([span.text for span in getattr(said, name)] for said in told)
        counts[name] = _counts([getattr(example, name) for example in examples], found, _clauses)
    wanted = [example.places and _folded(example.places) for example in examples]
    counts[PLACES] = _counts(wanted, (_folded(place.name for place in said.places) for said in told), _names)
    nothing = ~allowed.any(axis=1)
    shares = {
        "people_gone": np.array([_people(example) for example in examples], dtype=np.float64),
        "movement_where_none": np.stack((nothing & given.any(axis=1), nothing), axis=1).astype(np.float64),
        "language": np.array([(example.language == said.language, True) for example, said in pairs], dtype=np.float64),
    }
    languages, registers, writers = (tuple(getattr(e, name) for e in examples) for name in ("language", "register", "group"))
    return Table(told[0].version, ids, languages, registers, writers, truths, scores, counts, shares)


def _scores(told: Sequence[Annotation], ids: Sequence[str]) -> Floats:
    return np.array([[said.scores.get(id, 0.0) for id in ids] for said in told])


def _column(values: Sequence[float | None]) -> Floats:
    return np.array([[np.nan if value is None else value] for value in values], dtype=np.float64)


def _counts(
    marked: Sequence[Sequence[str] | None], found: Iterable[Sequence[str]], same: Callable[[Sequence[str], Sequence[str]], int]
) -> Floats:
    """Per text how many are right, wrong and missed, of what people marked; nothing where they were not asked."""
    made = np.zeros((len(marked), 1, 3))
    for row, (wanted, given) in enumerate(zip(marked, found, strict=True)):
        if wanted is not None:
            met = same(wanted, given)
            made[row, 0] = met, len(given) - met, len(wanted) - met
    return made


def _folded(names: Iterable[str]) -> tuple[str, ...]:
    return tuple({name.casefold() for name in names})


def _names(wanted: Sequence[str], found: Sequence[str]) -> int:
    return len(set(wanted) & set(found))


def _clauses(wanted: Sequence[str], found: Sequence[str]) -> int:
    """How many meet, each one of the other side at the most, in the pairing where most do."""
    meets = csr_array(np.array([[meet(one, other) for other in found] for one in wanted]).reshape(len(wanted), len(found)))
    return int((maximum_bipartite_matching(meets) >= 0).sum()) if meets.nnz else 0


def meet(one: str, other: str) -> bool:
    """Whether two clauses have half of the words of the shorter one in common."""
    first, second = (Counter(WORD.findall(clause.casefold())) for clause in (one, other))
    shorter = min(first.total(), second.total())
    return shorter > 0 and 2 * (first & second).total() >= shorter


def _people(example: Example) -> tuple[int, int]:
    """How many of the people in a text are gone behind the gate, and how many there are."""
    if not example.people:
        return 0, 0
    left = [_letters_left(part) for part in (example.title, example.text) if part]
    return sum(not any(_stands(person, part) for part in left) for person in example.people), len(example.people)


def _letters_left(text: str) -> tuple[str, str]:
    """The text, and the same with blanks for what the gate takes."""
    found, taken = contacts.find(text)
    kept = list(text)
    for start, end, _ in found + names.find(text, taken):
        kept[start:end] = " " * (end - start)
    return text, "".join(kept)


def _stands(person: str, part: tuple[str, str]) -> bool:
    """Whether a letter of the person is left wherever the name stood."""
    text, left = part
    spans = (match.span() for match in re.finditer(rf"(?<!\w){re.escape(person)}(?!\w)", text))
    return any(letter.isalnum() for start, end in spans for letter in left[start:end])
