"""Compares the index with the archive, post by post, in memory that does not grow with them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tinymovements.archive import indexed
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.settings import Settings
from tinymovements.workflow.index import Advance, open_engine

_PART = 500
"""Posts that differ and are noted at a time."""

State = tuple[str, int]
"""The id and version of a post."""

_END: State = ("~", 0)
"""Comes after every id."""

Difference = Literal["missing", "older", "surplus"]
"""A post that the index lacks, has in an older state, or has though it is gone."""


@dataclass(frozen=True, slots=True)
class Checked:
    """How many posts were compared, and how many of each difference were found. What a change was noted for already is none."""

    compared: int
    missing: int
    older: int
    surplus: int

    @property
    def differing(self) -> int:
        """How many posts are not in the index as they are in the archive."""
        return self.missing + self.older + self.surplus


def check_index(settings: Settings, advance: Advance) -> Checked:
    """Compare id and version of every post; what differs is noted as a change, so that the next `index` mends it."""
    archive, engine = open_archive(settings.archive_url), open_engine(settings)
    found: Counter[Difference] = Counter()
    compared = 0
    waiting: dict[str, tuple[Difference, int]] = {}

    def note() -> None:
        # Looked at once more: others may have changed and indexed these posts since the archive was opened for reading.
        with writing(archive) as connection:
            for difference in ("missing", "older", "surplus"):
                found[difference] += indexed.note(
                    connection, {id: version for id, (what, version) in waiting.items() if what == difference}
                )
        waiting.clear()

    with reading(archive) as connection:
        for id, difference, version in _compare(indexed.states(connection), engine.versions()):
            compared += 1
            advance(1)
            if difference:
                waiting[id] = (difference, version)
            if len(waiting) == _PART:
                note()
    note()
    return Checked(compared, found["missing"], found["older"], found["surplus"])


def _compare(archived: Iterator[State], held: Iterator[State]) -> Iterator[tuple[str, Difference | None, int]]:
    """Each id of either, in order, with how the index differs and the version that it has (0: none)."""
    mine, its = next(archived, _END), next(held, _END)
    while (mine, its) != (_END, _END):
        if mine[0] < its[0]:
            yield mine[0], "missing", 0
            mine = next(archived, _END)
        elif its[0] < mine[0]:
            yield its[0], "surplus", its[1]
            its = next(held, _END)
        else:
            yield mine[0], "older" if its[1] < mine[1] else None, its[1]
            mine, its = next(archived, _END), next(held, _END)
