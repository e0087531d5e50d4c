"""Parquet: typed columns, for pandas, R, DuckDB and their like."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from tinymovements.exports.columns import Column, Type, Value, values
from tinymovements.exports.rows import Row

ARROW: dict[Type, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "flag": pa.int8(),
    "moment": pa.timestamp("us", tz="UTC"),
    "list": pa.list_(pa.string()),
}

GROUP = 10_000
"""Rows that are in memory at a time and are compressed together."""

KEY = b"tinymovements"
"""Under which the file's metadata carry the provenance, as JSON."""


class Parquet:
    """A file of columns, compressed with Zstandard; lists are lists, and what is not known is null."""

    title: ClassVar[str] = "Parquet"
    largest: ClassVar[int | None] = None

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._schema = pa.schema([pa.field(column.name, ARROW[column.type]) for column in columns])
        self._rows: list[list[Value]] = []
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")

    def write(self, row: Row) -> None:
        """Add a row."""
        self._rows.append(values(self._columns, row))
        if len(self._rows) == GROUP:
            self._flush()

    def _flush(self) -> None:
        arrays = [pa.array(cells, field.type) for cells, field in zip(zip(*self._rows, strict=True), self._schema, strict=True)]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self._rows.clear()

    def finish(self, about: Mapping[str, Any]) -> tuple[str, ...]:
        """Nothing is lost; `about` goes into the metadata."""
        if self._rows:
            self._flush()
        self._writer.add_key_value_metadata({KEY: json.dumps(about, ensure_ascii=False).encode()})
        self.close()
        return ()

    def close(self) -> None:
        """Let go of the file."""
        self._writer.close()
