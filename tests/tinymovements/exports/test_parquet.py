"""The types of a Parquet file, and what it says of itself."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tinymovements.exports.parquet import KEY, Parquet
from tinymovements.exports.rows import Row
from tinymovements.exports.unit import Unit


def test_columns_are_typed_and_lists_are_lists(tmp_path: Path, unit: Unit[Row], rows: list[Row]) -> None:
    path = tmp_path / "a.parquet"
    writer = Parquet(path, unit)
    writer.write(Parquet.prepare(unit, rows[:1]))
    writer.write(Parquet.prepare(unit, rows[1:2]))
    writer.finish({"rows": 2, "sources": [{"title": "Pihalista"}]})
    table = pq.read_table(path)
    assert table.schema.field("posted").type == pa.timestamp("us", tz="UTC")
    assert table.schema.field("movement_street_art").type == pa.int8()
    assert table.schema.field("reactions").type == pa.int64()
    assert table.schema.field("lat").type == pa.float64()
    # Nothing found is an empty list, not looked at yet is null.
    assert table["places"].to_pylist() == [["Kallio", "Malmi"], None]
    assert table["asks"].to_pylist() == [[], None]
    assert json.loads(pq.read_metadata(path).metadata[KEY]) == {"rows": 2, "sources": [{"title": "Pihalista"}]}
