"""A million posts through every step on SQLite: `python -m bench.million --posts 1000000`, with `--elastic` into Elasticsearch.

Each step runs in a process of its own. Told are its rate, what a post of the last tenth costs beside one of the first, and the most
memory that the step and all its processes had at a time (the sum of their proportional set sizes, looked at twice a second: Linux).
"""

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path

from pydantic import SecretStr

from bench import synthetic
from bench.elastic import HEAP_MB
from bench.elastic_node import serving
from bench.measure import Measure, database_bytes, memory
from tinymovements.settings import Settings

Advance = Callable[[int], None]
SEARCHES = 200

_APART = 200
"""Units of progress (posts, or bytes of an import) between two moments that are remembered."""


def _import(settings: Settings, advance: Advance) -> None:
    from tinymovements.workflow.import_files import ImportOrder, Watch, import_files

    import_files(settings, ImportOrder("csv", [settings.home / "posts.csv"]), Watch(advance=advance))


def _annotate(settings: Settings, advance: Advance) -> None:
    from tinymovements.workflow.annotate import annotate_posts

    annotate_posts(settings, advance)


def _index(settings: Settings, advance: Advance) -> None:
    from tinymovements.workflow.index import index_posts

    index_posts(settings, advance)


def _search(settings: Settings, advance: Advance) -> None:
    from search.query import Query
    from tinymovements.workflow.search import search

    texts = (row["text"].split() for row in synthetic.posts(SEARCHES, seed=2))
    for words in texts:
        search(settings, Query(words=" ".join(words[1:3])))
        advance(1)


def _export(settings: Settings, advance: Advance) -> None:
    from tinymovements.workflow.export import export

    export(settings, settings.home / "posts-out.csv", None, False, advance, force=True)


STEPS = {"import": _import, "annotate": _annotate, "index": _index, "search": _search, "export": _export}


def _run(name: str, settings: Settings, told: Connection) -> None:
    moments, done = [(time.perf_counter(), 0)], 0

    def advance(steps: int) -> None:
        nonlocal done
        done += steps
        # A few thousand in all: a million of them would be more memory than the step takes.
        if done - moments[-1][1] >= _APART:
            moments.append((time.perf_counter(), done))

    STEPS[name](settings, advance)
    told.send([*moments, (time.perf_counter(), done)])


def measure(count: int, folder: Path, steps: Sequence[str] = tuple(STEPS), elastic: str = "") -> Iterator[Measure]:
    """Three lines a step, and one for the bytes on disk. `elastic`: the address of a node that indexes, in the place of tantivy."""
    settings = Settings(home=folder, offline=True, encoder=False)
    if elastic:
        settings = Settings(home=folder, offline=True, encoder=False, engine="elasticsearch", elasticsearch=SecretStr(elastic))
    synthetic.write(folder / "posts.csv", count)
    for name in steps:
        moments, memory = _watched(name, settings)
        took, rows = moments[-1][0] - moments[0][0], SEARCHES if name == "search" else count
        yield Measure(f"{name}, {count:,} posts", rows / took, "searches/s" if name == "search" else "posts/s")
        yield Measure(f"{name}: peak memory", memory / 1e6, "MB", bar="<= 500 MB" if elastic and name == "index" else "<= 1,000 MB")
        if name != "search":
            a_post = moments[-1][1] / count * 1e6  # an import's progress counts bytes
            first, last = _pace(moments, 0.0) * a_post, _pace(moments, 0.9) * a_post
            yield Measure(f"{name}: a post of the last tenth", last, "µs", "the first tenth", first, "<= 1.2 x")
    if elastic:
        return
    index = sum(file.stat().st_size for file in settings.index_folder.rglob("*") if file.is_file())
    yield Measure("archive: on disk", database_bytes(folder / "archive.db") / count, "bytes a post")
    yield Measure("index: on disk", index / count, "bytes a post")


def _pace(moments: list[tuple[float, int]], start: float) -> float:
    """Seconds a unit of progress took in the tenth that begins at this share of the whole: waiting for processes left out."""
    total = moments[-1][1]
    part = [(at, done) for at, done in moments if start * total <= done <= (start + 0.1) * total]
    part = part[1:] if start == 0.0 else part
    return (part[-1][0] - part[0][0]) / (part[-1][1] - part[0][1])


def _watched(name: str, settings: Settings) -> tuple[list[tuple[float, int]], int]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(name, settings, theirs))
    process.start()
    theirs.close()
    peak = 0
    while not ours.poll(0.5):
        peak = max(peak, memory(process.pid or 0))
    moments = ours.recv()
    process.join()
    return moments, peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=tuple(STEPS), help="these alone, in this order")
    parser.add_argument("--elastic", action="store_true", help="index in a node of Elasticsearch")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="million-") as folder, ExitStack() as stack:
        elastic = stack.enter_context(serving(heap_mb=HEAP_MB, java=())).url if arguments.elastic else ""
        for line in measure(arguments.posts, Path(folder), arguments.steps, elastic):
            print(line, flush=True)


if __name__ == "__main__":
    main()
