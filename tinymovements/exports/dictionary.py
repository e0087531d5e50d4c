"""The data dictionary that lies beside each dataset."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tinymovements.exports.corrections import Field
from tinymovements.exports.parquet import ARROW
from tinymovements.exports.unit import Column

HEADER = ("column", "type", "parquet_type", "separator", "meaning", "values")


def write_dictionary(path: Path, columns: Sequence[Column[Any] | Field]) -> None:
    """A CSV file with one row a column of the dataset."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for column in columns:
            separator = column.separator
            writer.writerow([column.name, column.type, ARROW[column.type], separator, column.meaning, column.values])
