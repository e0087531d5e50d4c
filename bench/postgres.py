"""Posts a second of four annotating processes on one PostgreSQL, beside one: `python -m bench.postgres --rows 40000`."""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import text

from bench import synthetic
from bench.measure import Measure, seconds, show
from bench.postgres_server import serving
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.model import Post
from tinymovements.settings import PREFIX, Settings, load
from tinymovements.workflow.annotate import annotate_posts
from tinymovements.workflow.import_files import ImportOrder, Watch, import_files

TIMES = 3
MANY = 4
WARM = 2_000
"""Posts that a process has annotated before its time is taken."""

COMMAND = [sys.executable, "-c", "from bench.postgres import take_part; take_part()"]


def measure(rows: int = 40_000) -> Iterator[Measure]:
    """One line. Raises where a post was not annotated, or more than once, in any of the runs."""
    with tempfile.TemporaryDirectory() as name, serving({}) as server:
        folder = Path(name)
        settings = Settings(home=folder, archive=SecretStr(server.url()), processes=1, offline=True, encoder=False)
        synthetic.write(folder / "posts.csv", rows)
        import_files(settings, ImportOrder("csv", [folder / "posts.csv"]), Watch())
        one, many = [], []
        for _ in range(TIMES):
            one.append(rows / _run(settings, 1, rows))
            many.append(rows / _run(settings, MANY, rows))
        yield Measure(
            f"annotate, {MANY} processes on one PostgreSQL, {rows:,} posts", statistics.median(many), "posts/s",
            "one process", statistics.median(one), ">= 1.7 x on two cores", "each post annotated once",
        )  # fmt: skip


def _run(settings: Settings, processes: int, rows: int) -> float:
    """Seconds from the moment that all are loaded and warm."""
    archive = open_archive(settings.archive_url)
    with writing(archive) as connection:
        connection.execute(text("DELETE FROM annotations"))
        connection.execute(text("UPDATE posts SET revision = 1"))
    named = {"HOME": str(settings.home), "ARCHIVE": settings.archive_url, "PROCESSES": "1"}
    env = os.environ | {f"{PREFIX}{name}": value for name, value in named.items()}
    pipe = subprocess.PIPE
    started = [subprocess.Popen(COMMAND, stdin=pipe, stdout=pipe, text=True, env=env, cwd=synthetic.ROOT) for _ in range(processes)]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    done: list[int] = []
    took = seconds(lambda: done.extend(_counts(started)))
    with reading(archive) as connection:
        once = connection.execute(
            text("SELECT count(*) FROM posts JOIN annotations ON post = number WHERE revision = 2")
        ).scalar_one()
    if not sum(done) == once == rows:
        raise RuntimeError(f"Of {rows} posts {once} were annotated once, and {sum(done)} in all.")
    return took


def _counts(started: list["subprocess.Popen[str]"]) -> list[int]:
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [int(process.communicate()[0]) for process in started]


def take_part() -> None:
    """What each process does."""
    from pipelines.processes import annotate_batch

    annotate_batch(
        [Post(id="", source="x", native_id="x", text=row["text"], content_hash="") for row in synthetic.posts(WARM, seed=2)]
    )
    print("ready", flush=True)
    sys.stdin.readline()
    print(annotate_posts(load(), lambda steps: None))


if __name__ == "__main__":
    show(measure, "--rows", 40_000, __doc__)
