"""Puts what is near in order, for every engine alike."""

from collections.abc import Iterable

from search.query import Match

_DIGITS = 6
"""Of a cosine. The next ones are rounding: of an engine, and of who made the vectors of two equal texts at two times."""


def by_cosine(cosines: Iterable[tuple[str, float]], size: int) -> tuple[Match, ...]:
    """The first so many matches of ids and their cosines, the greatest first, ties by id."""
    rounded = sorted((-round(max(-1.0, min(1.0, cosine)), _DIGITS), id) for id, cosine in cosines)
    return tuple(Match(id=id, score=-cosine) for cosine, id in rounded[:size])
