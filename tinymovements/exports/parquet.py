"""Parquet: typed columns, for pandas, R, DuckDB and their like."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from tinymovements.exports.unit import R, Type, Unit, values

ARROW: dict[Type, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "flag": pa.int8(),
    "moment": pa.timestamp("us", tz="UTC"),
    "list": pa.list_(pa.string()),
}

GROUP = 10_000
"""Rows that are in memory at a time and are compressed together, at the least."""

KEY = b"tinymovements"
"""Under which the file's metadata carry the provenance, as JSON."""


class Parquet:
    """A file of columns, compressed with Zstandard; lists are lists, and what is not known is null."""

    title: ClassVar[str] = "Parquet"
    largest: ClassVar[int | None] = None

    def __init__(self, path: Path, unit: Unit[Any]) -> None:
        self._waiting: list[pa.RecordBatch] = []
        self._writer = pq.ParquetWriter(path, _schema(unit), compression="zstd")

    @classmethod
    def prepare(cls, unit: Unit[R], rows: Sequence[R]) -> pa.RecordBatch:
        """Rows by column."""
        cells = zip(*values(unit.columns, rows), strict=True) if rows else [()] * len(unit.columns)
        schema = _schema(unit)
        return pa.RecordBatch.from_arrays([pa.array(c, field.type) for c, field in zip(cells, schema, strict=True)], schema=schema)

    def write(self, prepared: pa.RecordBatch) -> None:
        """Add rows."""
        self._waiting.append(prepared)
        if sum(batch.num_rows for batch in self._waiting) >= GROUP:
            self._flush()

    def _flush(self) -> None:
        self._writer.write_table(pa.Table.from_batches(self._waiting), row_group_size=GROUP * 2)
        self._waiting.clear()

    def finish(self, about: Mapping[str, Any]) -> tuple[str, ...]:
        """Nothing is lost; `about` goes into the metadata."""
        if self._waiting:
            self._flush()
        self._writer.add_key_value_metadata({KEY: json.dumps(about, ensure_ascii=False).encode()})
        self.close()
        return ()

    def close(self) -> None:
        """Let go of the file."""
        self._writer.close()


def _schema(unit: Unit[Any]) -> pa.Schema:
    return pa.schema([pa.field(column.name, ARROW[column.type]) for column in unit.columns])
