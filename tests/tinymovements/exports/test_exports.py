"""What every exporter in the registry must do: one contract, read back by another program's library."""

import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from tinymovements.corrections import Correction, verdicts
from tinymovements.errors import FormatError
from tinymovements.exports import EXPORTERS, suffix_of
from tinymovements.exports.rows import Row
from tinymovements.exports.unit import Column, Unit, Value, values
from tinymovements.model import Annotation, Post

ABOUT = {"program": {"name": "tinymovements"}, "rows": 4}


def _read_csv(file: io.BytesIO, columns: Sequence[Column[Row]]) -> list[list[Value]]:
    lines = list(csv.reader(io.TextIOWrapper(file, "utf-8", newline="")))
    assert lines[0] == [column.name for column in columns]
    return [[_parsed(cell, column) for cell, column in zip(line, columns, strict=True)] for line in lines[1:]]


def _parsed(cell: str, column: Column[Row]) -> Value:
    if not cell:
        return None
    if re.match(r"'+[=+\-@\t\r\n＝＋－＠]", cell):
        cell = cell[1:]
    if column.type in ("integer", "flag"):
        return int(cell)
    if column.type == "number":
        return float(cell)
    if column.type == "moment":
        return datetime.fromisoformat(cell)
    return tuple(cell.split(column.separator)) if column.type == "list" else cell


def _read_lines(file: io.BytesIO, columns: Sequence[Column[Row]]) -> list[list[Value]]:
    return list(values(columns, (_row(json.loads(line)) for line in io.TextIOWrapper(file, "utf-8"))))


def _row(given: Mapping[str, Any]) -> Row:
    annotation = None if given["annotation"] is None else Annotation.model_validate(given["annotation"])
    movements = frozenset(movement.id for movement in annotation.movements) if annotation else None
    seen = datetime.fromisoformat(given["first_seen"])
    post, original = Post.model_validate(given["post"]), given["near_duplicate_of"]
    said = tuple(_correction(**one) for one in given["corrections"])
    return Row(
        *(post, annotation, movements, seen, original, given["licence"], given["text_withheld"], False, said, verdicts(said)),
        *(tuple(given["initiatives"]), given["stage"]),
    )


def _correction(label: str, says: str, by: str, at: str, content_hash: str) -> Correction:
    return Correction(label, {"yes": True, "no": False, "undo": None}[says], by, datetime.fromisoformat(at), content_hash)


def _read_features(path: Path, columns: Sequence[Column[Row]]) -> list[list[Value]]:
    features = json.loads(path.read_text("utf-8"))["features"]
    assert all(list(feature["properties"]) == [column.name for column in columns] for feature in features)
    return [[_of_json(feature["properties"][column.name], column) for column in columns] for feature in features]


def _of_json(value: Any, column: Column[Row]) -> Value:
    if column.type == "moment" and value:
        return datetime.fromisoformat(value)
    return tuple(value.split(column.separator)) if column.type == "list" and value else value


def _read_parquet(path: Path, columns: Sequence[Column[Row]]) -> list[list[Value]]:
    table = pq.read_table(path)
    assert table.column_names == [column.name for column in columns]
    cells = [[row[column.name] for column in columns] for row in table.to_pylist()]
    return [[tuple(cell) if isinstance(cell, list) else cell for cell in row] for row in cells]


def _read_excel(path: Path, columns: Sequence[Column[Row]]) -> list[list[Value]]:
    book = openpyxl.load_workbook(path)
    lines = list(book["posts"].iter_rows(values_only=True))
    book.close()
    assert list(lines[0]) == [column.name for column in columns]
    return [[_typed(cell, column) for cell, column in zip(line, columns, strict=True)] for line in lines[1:]]


def _typed(cell: Any, column: Column[Row]) -> Value:
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=UTC)
    if column.type == "moment" and cell:
        return datetime.fromisoformat(cell)
    if column.type == "list" and cell:
        return tuple(cell.split(column.separator))
    return float(cell) if column.type == "number" and cell is not None else cell


READERS: dict[str, Callable[[Path, Sequence[Column[Row]]], list[list[Value]]]] = {
    ".csv": lambda path, columns: _read_csv(io.BytesIO(path.read_bytes()), columns),
    ".csv.gz": lambda path, columns: _read_csv(io.BytesIO(gzip.decompress(path.read_bytes())), columns),
    ".geojson": _read_features,
    ".jsonl": lambda path, columns: _read_lines(io.BytesIO(path.read_bytes()), columns),
    ".jsonl.gz": lambda path, columns: _read_lines(io.BytesIO(gzip.decompress(path.read_bytes())), columns),
    ".parquet": _read_parquet,
    ".xlsx": _read_excel,
}


def _write(suffix: str, folder: Path, unit: Unit[Row], rows: Sequence[Row]) -> Path:
    folder.mkdir()
    path = folder / f"posts{suffix}"
    writer = EXPORTERS[suffix](path, unit)
    for start in range(0, len(rows), 900):
        writer.write(writer.prepare(unit, rows[start : start + 900]))
    assert writer.finish(ABOUT) == ()
    writer.close()
    return path


def _comparable(lines: Sequence[Sequence[Value]]) -> list[list[Value]]:
    return [[None if cell in ((), "") else cell for cell in line] for line in lines]


@pytest.mark.parametrize("suffix", EXPORTERS)
class TestEveryExporter:
    def test_its_file_holds_every_value_of_every_row(self, suffix: str, tmp_path: Path, unit: Unit[Row], rows: list[Row]) -> None:
        path = _write(suffix, tmp_path / "a", unit, rows)
        got, wanted = _comparable(READERS[suffix](path, unit.columns)), _comparable(list(values(unit.columns, rows)))
        if suffix == ".xlsx":
            wanted = [[_in_excel(cell) for cell in line] for line in wanted]
        assert len(got) == len(wanted)
        for line, expected in zip(got, wanted, strict=True):
            for column, cell, value in zip(unit.columns, line, expected, strict=True):
                # Excel keeps moments as numbers of days: exact to the millisecond.
                assert cell == value or _close(cell, value), column.name

    def test_the_same_rows_are_the_same_bytes(self, suffix: str, tmp_path: Path, unit: Unit[Row], rows: list[Row]) -> None:
        first, second = (_write(suffix, tmp_path / name, unit, rows).read_bytes() for name in "ab")
        assert first == second

    def test_no_rows_make_a_file_that_can_be_read(self, suffix: str, tmp_path: Path, unit: Unit[Row]) -> None:
        assert READERS[suffix](_write(suffix, tmp_path / "a", unit, []), unit.columns) == []

    def test_many_rows_come_out_in_order(self, suffix: str, tmp_path: Path, unit: Unit[Row], rows: list[Row]) -> None:
        some = replace(unit, columns=tuple(column for column in unit.columns if column.name in ("id", "movements")))
        path = _write(suffix, tmp_path / "a", some, [rows[i % 2] for i in range(12_001)])
        got = [line[0] for line in READERS[suffix](path, some.columns)]
        assert got == [rows[i % 2].post.id for i in range(12_001)]

    def test_a_part_without_rows_adds_none(self, suffix: str, tmp_path: Path, unit: Unit[Row], rows: list[Row]) -> None:
        writer = EXPORTERS[suffix](path := tmp_path / f"posts{suffix}", unit)
        for part in ([], rows, []):
            writer.write(writer.prepare(unit, part))
        writer.finish(ABOUT)
        writer.close()
        assert len(READERS[suffix](path, unit.columns)) == len(rows)

    def test_it_can_be_left_half_way(self, suffix: str, tmp_path: Path, unit: Unit[Row], rows: list[Row]) -> None:
        writer = EXPORTERS[suffix](tmp_path / f"posts{suffix}", unit)
        writer.write(writer.prepare(unit, rows[:1]))
        writer.close()
        writer.close()


def _in_excel(value: Value) -> Value:
    """What a cell can hold of a text: line breaks of one kind, no control characters."""
    return value.replace("\r\n", "\n").replace("\x0b", "") if isinstance(value, str) else value


def _close(cell: Value, value: Value) -> bool:
    return isinstance(cell, datetime) and isinstance(value, datetime) and abs((cell - value).total_seconds()) < 0.001


@pytest.mark.parametrize(
    ("name", "suffix"), [("a.csv", ".csv"), ("b.v2.CSV.gz", ".csv.gz"), ("c.JSONL", ".jsonl"), ("d.xlsx", ".xlsx")]
)
def test_the_ending_of_a_name_tells_the_format(name: str, suffix: str) -> None:
    assert suffix_of(Path(name)) == suffix


@pytest.mark.parametrize("name", ["posts", "posts.xls", "posts.gz", ".csv"])
def test_another_ending_is_refused_with_those_that_there_are(name: str) -> None:
    with pytest.raises(FormatError) as error:
        suffix_of(Path(name))
    assert all(suffix in error.value.hint for suffix in EXPORTERS)
