"""Initiatives of invented posts (`bench.stories`), beside reading the same posts once: `python -m bench.resolve --posts 100000`.

Told are a full run on two processes, the most memory that it and its processes had at a time (Linux), what adding the last posts
of a hundred costs and whether that gives the same as a full run, whether the invented initiatives are found again, and with
`--growth`, which takes twice and four times as many posts, too, how the time grows.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path

from sqlalchemy import select

from bench import stories
from bench.measure import Measure, memory, seconds
from tinymovements.archive import posts
from tinymovements.archive.database import open_archive, reading
from tinymovements.archive.tables import initiative_posts
from tinymovements.archive.tables import posts as posts_table
from tinymovements.settings import PREFIX, Settings
from tinymovements.workflow.annotate import annotate_posts
from tinymovements.workflow.import_files import ImportOrder, Watch, import_files

PROCESSES = 2
_LAST = 100
"""One post in so many is added at the end."""

Found = Mapping[str, str]
"""The initiative that posts are first of all about, by their own ids."""


def measure(count: int = 100_000, growth: bool = False) -> Iterator[Measure]:
    """A run over all, one over the last hundredth; with `growth` how the time of a run grows."""
    with tempfile.TemporaryDirectory(prefix="resolve-") as folder:
        home = Path(folder)
        settings = _settings(home)
        given = _write(home, count)
        _take_in(settings, home / "most.jsonl")
        _watched(settings, anew=True)
        _take_in(settings, home / "last.jsonl")
        added, _ = _watched(settings, anew=False)
        after = _found(settings)
        took, peak = _watched(settings, anew=True)
        found = _found(settings)
        reads = seconds(lambda: _read(settings))
    yield Measure(f"resolve, {count:,} posts", took, "s", "reading posts and annotations once", reads, "<= 300 s")
    yield Measure("resolve: peak memory", peak / 1e6, "MB", bar="<= 1,000 MB")
    yield Measure("resolve: adding one post in a hundred", added, "s", "the full run", took, "<= 0.05 x")
    yield Measure("resolve: pairs as a full run puts them", 100 * _agreement(after, found), "%", bar=">= 99 %")
    yield Measure("resolve: invented initiatives found again", 100 * _f1(given, found), "% B-cubed F1")
    if growth:
        times = {count: took} | {many: _full(many) for many in (2 * count, 4 * count)}
        exponent = math.log(times[4 * count] / took) / math.log(4)
        note = ", ".join(f"{many:,}: {spent:.0f} s" for many, spent in times.items())
        yield Measure(f"resolve: growth to {4 * count:,} posts", exponent, "exponent", bar="<= 1.2", note=note)


def _settings(home: Path) -> Settings:
    return Settings(home=home, offline=True, encoder=False, processes=PROCESSES)


def _write(home: Path, count: int) -> Found:
    """Write the posts into two files, the last ones into a smaller one; of which initiative each is."""
    rows = stories.posts(count)
    given: dict[str, str] = {}
    for name, many in (("most", count - count // _LAST), ("last", count // _LAST)):
        with (home / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            for row in islice(rows, many):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                given |= {row["id"]: row["initiative"]} if row["initiative"] else {}
    return given


def _take_in(settings: Settings, path: Path) -> None:
    import_files(settings, ImportOrder("jsonl", [path]), Watch())
    annotate_posts(settings, lambda steps: None)


def _full(count: int) -> float:
    with tempfile.TemporaryDirectory(prefix="resolve-") as folder:
        settings = _settings(Path(folder))
        _take_in(settings, stories.write(Path(folder) / "posts.jsonl", count))
        return _watched(settings, anew=True)[0]


def _watched(settings: Settings, anew: bool) -> tuple[float, int]:
    """The seconds of the command, and the most bytes that it and its processes had."""
    told = {"HOME": str(settings.home), "OFFLINE": "true", "ENCODER": "false", "PROCESSES": str(settings.processes)}
    environment = os.environ | {f"{PREFIX}{name}": value for name, value in told.items()}
    command = [sys.executable, "-m", "tinymovements", "resolve", *(["--anew"] if anew else [])]
    began = time.perf_counter()
    # The command and not a process of ours: what made the posts takes 270 MB, and would be counted.
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        peak = 0
        while process.poll() is None:
            peak = max(peak, memory(process.pid))
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.5)
    if process.returncode:
        raise SystemExit(f"The run ended with {process.returncode}.")
    return time.perf_counter() - began, peak


def _read(settings: Settings) -> None:
    with reading(open_archive(settings.archive_url)) as connection:
        for _ in posts.stream(connection):
            pass


def _found(settings: Settings) -> Found:
    main = initiative_posts.c.position == 0
    query = select(posts_table.c.native_id, initiative_posts.c.initiative).where(
        main, posts_table.c.number == initiative_posts.c.post
    )
    with reading(open_archive(settings.archive_url)) as connection:
        return dict(connection.execute(query).all())


def _agreement(one: Found, other: Found) -> float:
    """Of the pairs of posts that either puts together, how many both do."""
    both = Counter((one[post], other[post]) for post in one.keys() & other.keys())
    shared, first, second = (
        sum(size * (size - 1) // 2 for size in sizes.values()) for sizes in (both, Counter(one.values()), Counter(other.values()))
    )
    return shared / max(first + second - shared, 1)


def _f1(given: Found, found: Found) -> float:
    """Over the posts that are about an initiative; one that was put into none stands alone (Bagga and Baldwin 1998)."""
    theirs = Counter(given.values())
    ours: dict[str, Counter[str]] = defaultdict(Counter)
    for post, key in given.items():
        ours[found.get(post, f"alone {post}")][key] += 1
    precision = sum(many**2 / sum(keys.values()) for keys in ours.values() for many in keys.values()) / len(given)
    recall = sum(many**2 / theirs[key] for keys in ours.values() for key, many in keys.items()) / len(given)
    return 2 * precision * recall / (precision + recall)


def main() -> None:
    """Print the lines as they come."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--growth", action="store_true", help="twice and four times as many posts, too")
    arguments = parser.parse_args()
    for line in measure(arguments.posts, arguments.growth):
        print(line, flush=True)


if __name__ == "__main__":
    main()
