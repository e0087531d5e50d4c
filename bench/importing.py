"""How many rows a second `import` takes in, beside the csv module and a bare table: `python -m bench.importing --rows 50000`."""

import csv
import shutil
import sqlite3
import statistics
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from bench import synthetic
from bench.measure import Measure, database_bytes, seconds, show
from tinymovements.settings import Settings
from tinymovements.workflow.import_files import COMMIT, ImportOrder, Watch, import_files

TIMES = 3


def measure(rows: int = 50_000) -> Iterator[Measure]:
    """New rows, and the same again, which change nothing. The yardstick scrubs nothing, compares nothing, and keeps six columns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = synthetic.write(folder / "posts.csv", rows)
        new, again, plain = [], [], []
        for _ in range(TIMES):  # the first of them starts the processes that scrub: two seconds that the median leaves out
            settings = Settings(home=folder / "home", offline=True)
            order = ImportOrder("csv", [path])
            new.append(seconds(lambda: import_files(settings, order, Watch())))  # noqa: B023
            plain.append(seconds(lambda: _plain(path, folder / "plain.db")))
            again.append(seconds(lambda: import_files(settings, order, Watch())))  # noqa: B023
            size = database_bytes(settings.home / "archive.db")
            shutil.rmtree(settings.home)
        yardstick = ("csv module and executemany", rows / statistics.median(plain))
        note = f"{Settings().processes} processes beside this one"
        yield Measure(f"import, {rows:,} rows", rows / statistics.median(new), "rows/s", *yardstick, ">= 5,000 rows/s", note)
        yield Measure("the same rows again", rows / statistics.median(again), "rows/s", *yardstick)
        yield Measure("archive after it", size / rows, "bytes a post")


def _plain(source: Path, path: Path) -> None:
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    columns = ", ".join(f'"{column}"' for column in synthetic.COLUMNS)
    connection.execute(f"CREATE TABLE posts ({columns})")
    with source.open(encoding="utf-8", newline="") as file:
        read = csv.DictReader(file)
        values = f"INSERT INTO posts VALUES ({', '.join(f':{column}' for column in synthetic.COLUMNS)})"
        while part := list(islice(read, COMMIT)):
            with connection:
                connection.executemany(values, part)
    connection.close()


if __name__ == "__main__":
    show(measure, "--rows", 50_000, __doc__)
