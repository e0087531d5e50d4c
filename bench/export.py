"""Rows a second of `export`, beside a plain query whose rows the csv module writes: `python -m bench.export --rows 50000`."""

import csv
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import synthetic
from bench.measure import Measure, seconds, show
from tinymovements.archive.database import open_archive, reading
from tinymovements.settings import Settings
from tinymovements.workflow.annotate import annotate_posts
from tinymovements.workflow.export import export
from tinymovements.workflow.import_files import ImportOrder, Watch, import_files

TIMES = 3
PLAIN = "SELECT p.*, a.annotation FROM posts p LEFT JOIN annotations a ON a.post = p.number ORDER BY p.id"


def measure(rows: int = 50_000) -> Iterator[Measure]:
    """A line for each format. The yardstick writes 25 cells a row, as they lie in the database; ours 63, judged and documented."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings(home=folder, offline=True, encoder=False)
        synthetic.write(folder / "posts.csv", rows)
        import_files(settings, ImportOrder("csv", [folder / "posts.csv"]), Watch())
        annotate_posts(settings, lambda steps: None)
        for suffix in (".csv", ".jsonl", ".parquet"):
            ours, plain = [], []
            for _ in range(TIMES):
                ours.append(seconds(lambda: export(settings, folder / f"out{suffix}", None, False, lambda steps: None, True)))  # noqa: B023
                plain.append(seconds(lambda: _plain(settings, folder / "plain.csv")))
            bar = ">= 30,000 rows/s" if suffix == ".csv" else ""
            yield Measure(
                f"export to {suffix}, {rows:,} rows", rows / statistics.median(ours), "rows/s",
                "plain query to CSV", rows / statistics.median(plain), bar,
            )  # fmt: skip


def _plain(settings: Settings, path: Path) -> None:
    with reading(open_archive(settings.archive_url)) as connection, path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(connection.exec_driver_sql(PLAIN))


if __name__ == "__main__":
    show(measure, "--rows", 50_000, __doc__)
