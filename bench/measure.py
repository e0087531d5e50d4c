"""What every measure of `bench/` gives: a figure, beside a yardstick taken in the same run."""

import argparse
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table: `value` in `unit`, the yardstick in the same unit, and what the design asks for."""

    what: str
    value: float
    unit: str
    yardstick: str = ""
    """What it is compared with, as "blank spaCy"; empty where the bar is a figure of its own."""
    yardstick_value: float | None = None
    bar: str = ""
    """As ">= 0.5 x" or "<= 10 ms"."""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the yardstick it is."""
        return self.value / self.yardstick_value if self.yardstick_value else None


def rate(count: int, work: Callable[[], object], times: int = 3) -> float:
    """The median of `count` per second over several runs of the work."""
    return count / statistics.median(seconds(work) for _ in range(times))


def seconds(work: Callable[[], object]) -> float:
    """How long one run takes by the wall clock."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def database_bytes(path: Path) -> int:
    """How large an SQLite database is, with what still lies in its log and is not in the file yet."""
    with closing(sqlite3.connect(path)) as connection:
        size: int = connection.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()[0]
    return size


def memory(pid: int) -> int:
    """Bytes that a process and its descendants have, what they share counted once."""
    total = 0
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
        for thread in Path(f"/proc/{pid}/task").iterdir():
            total += sum(memory(int(child)) for child in (thread / "children").read_text().split())
    except (FileNotFoundError, ProcessLookupError):  # it has ended while we looked
        pass
    return total


def show(measure: Callable[[int], Iterable[Measure]], option: str, default: int, description: str | None) -> None:
    """The command line of a measure that takes nothing but how many: prints its lines as they come."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(option, type=int, default=default, dest="count")
    for line in measure(parser.parse_args().count):
        print(line, flush=True)
