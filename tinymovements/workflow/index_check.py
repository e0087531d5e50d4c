"""Compares an index with the archive, post by post or initiative by initiative, in memory that does not grow with them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.indexed import Difference
from tinymovements.settings import Settings
from tinymovements.workflow.index import POSTS, Advance, open_engine
from tinymovements.workflow.index_unit import Unit

_PART = 500
"""How many that differ are noted at a time."""

State = tuple[str, int]
"""The id and version of a post or an initiative."""

_END: State = ("~", 0)
"""Comes after every id."""


@dataclass(frozen=True, slots=True)
class Checked:
    """How many were compared, and how many of each difference were found. What a change was noted for already is none."""

    compared: int
    missing: int
    other: int
    """In another state."""
    surplus: int
    foreign: int
    """What this archive never had, as after a copy of an older archive was put back: only a new index mends it."""

    @property
    def differing(self) -> int:
        """How many are not in the index as they are in the archive."""
        return self.missing + self.other + self.surplus + self.foreign


def check_index(settings: Settings, advance: Advance, unit: Unit[Any] = POSTS) -> Checked:
    """Compare id and version of every one; what differs is noted as a change, so that the next `index` mends it."""
    archive, engine = open_archive(settings.archive_url), open_engine(settings, unit=unit.name)
    found: Counter[Difference] = Counter()
    compared = 0
    waiting: dict[str, int] = {}

    def note() -> None:
        # Looked at once more: others may have changed and indexed these since the archive was opened for reading.
        with writing(archive) as connection:
            found.update(unit.ledger.note(connection, waiting))
        waiting.clear()

    with reading(archive) as connection:
        for id, version, differs in _compare(unit.ledger.states(connection), engine.versions()):
            compared += 1
            advance(1)
            if differs:  # the oldest, where the index has several
                waiting[id] = min(version, waiting.get(id, version))
            if len(waiting) == _PART:
                note()
    note()
    return Checked(compared, *(found[what] for what in get_args(Difference)))


def _compare(archived: Iterator[State], held: Iterator[State]) -> Iterator[tuple[str, int, bool]]:
    """Each id of either, in order, with the version that the index has (0: none), and whether that is another one."""
    mine, its = next(archived, _END), next(held, _END)
    while (mine, its) != (_END, _END):
        if mine[0] < its[0]:
            yield mine[0], 0, True
            mine = next(archived, _END)
        elif its[0] < mine[0]:
            yield *its, True
            its = next(held, _END)
        else:
            yield *its, its != mine
            mine, its = next(archived, _END), next(held, _END)
