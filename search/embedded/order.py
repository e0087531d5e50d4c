"""Puts answers in order: by rank, those of equal rank by id. tantivy orders by rank alone."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import tantivy

from search.embedded.fields import NUMBER, number_of

_SPARE = 100
"""Answers asked for beyond the page, so that those of equal rank at its end are mostly there: each costs 0.2 microseconds."""

_MORE = 8
"""How many times more are asked for where they were not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and where it stands: the smaller rank first, then the smaller number of its id."""

    rank: float
    number: int
    address: tantivy.DocAddress


Ask = Callable[[int], tantivy.SearchResult]
"""Gives so many answers of the smallest (or, for scores, the greatest) rank, in any order of those of equal rank."""

Begin = Callable[[Sequence[Answer], bool], int | None]
"""Where in the first answers a page begins; None: further on. The flag says that there are no further ones."""


@dataclass(frozen=True, slots=True)
class Order:
    """The answers of one query in one order. `sign` is -1 where the greatest rank comes first."""

    searcher: tantivy.Searcher
    ask: Ask
    sign: int

    def page(self, size: int, begin: Begin, expected: int = 0) -> tuple[list[Answer], bool, int]:
        """A page, whether there is another one, and how many answers `ask` has; `expected` is how many stand before the page."""
        limit = expected + size + _SPARE
        while True:
            limit = min(limit, self.searcher.num_docs + 1)
            found = self.ask(limit)
            total: int = found.count  # type: ignore[attr-defined]  # it is there, and forgotten in the stubs
            complete = len(found.hits) < limit
            answers = list(self._in_order(found.hits, complete))
            start = begin(answers, complete)
            if start is not None and (complete or len(answers) > start + size):
                return answers[start : start + size], len(answers) > start + size, total
            limit *= _MORE

    def id(self, answer: Answer) -> str:
        """The id of an answer."""
        return str(self.searcher.doc(answer.address)["id"][0])

    def after(self, answers: Sequence[Answer], rank: float, id: str) -> int:
        """Where the answers stand that come after one of this rank and id, be it there or not."""
        number = number_of(id)

        def place(answer: Answer) -> tuple[float, int, str]:
            equal = (answer.rank, answer.number) == (rank, number)
            return answer.rank, answer.number, self.id(answer) if equal else ""

        return bisect_right(answers, (rank, number, id), key=place)

    def find(self, answers: Sequence[Answer], id: str) -> int | None:
        """Where the answer with this id stands."""
        number = number_of(id)
        places = (place for place, answer in enumerate(answers) if answer.number == number and self.id(answer) == id)
        return next(places, None)

    def _in_order(self, hits: Sequence[tuple[float, tantivy.DocAddress]], complete: bool) -> Iterator[Answer]:
        if not complete:  # of those that rank like the last one, some may be missing
            hits = [hit for hit in hits if hit[0] != hits[-1][0]]
        numbers = self.searcher.fast_field_values(NUMBER, [address for _, address in hits])
        answers = [Answer(self.sign * rank, int(number or 0), at) for (rank, at), number in zip(hits, numbers, strict=True)]
        answers.sort(key=_place)
        for _, equal in groupby(answers, key=_place):
            first, *others = equal
            yield from sorted([first, *others], key=self.id) if others else [first]


def _place(answer: Answer) -> tuple[float, int]:
    return answer.rank, answer.number
