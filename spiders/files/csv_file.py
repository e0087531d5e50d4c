"""A table as spreadsheets write it: commas, semicolons or tabs, with the names of the columns in the first line."""

from collections.abc import Iterator
from pathlib import Path

from spiders.files.contract import ImportOptions, Rejected
from spiders.files.drafts import make_drafts
from spiders.files.mapping import resolve
from spiders.files.reading import open_text
from spiders.files.table import read_table
from tinymovements.model import Draft


class CsvFile:
    """One post a row; `--map` says which column is what."""

    format = "csv"
    title = "A table with a header: commas, semicolons or tabs"
    takes_map = True
    takes_folder = False

    def read(self, path: Path, options: ImportOptions) -> Iterator[Draft | Rejected]:
        """The rows in order."""
        with open_text(path, options) as stream:
            columns, rows = read_table(stream, path)
            mapping = resolve(options.mapping, columns, path)
            options.tell(f"{path.name}: {mapping}.")
            yield from make_drafts(rows, lambda cells: mapping.row(cells.__getitem__), options, mapping.columns)
