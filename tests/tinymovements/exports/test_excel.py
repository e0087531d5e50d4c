"""What a workbook looks like to the person who opens it, and what it cannot hold."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from tinymovements.exports.excel import LONGEST, Excel
from tinymovements.exports.rows import Row, make_row
from tinymovements.exports.unit import Unit
from tinymovements.model import Post, Source


def _written(path: Path, unit: Unit[Row], rows: list[Row]) -> tuple[Worksheet, tuple[str, ...]]:
    writer = Excel(path, unit)
    writer.write(Excel.prepare(unit, rows))
    notes = writer.finish({})
    writer.close()
    sheet = openpyxl.load_workbook(path)["posts"]
    assert isinstance(sheet, Worksheet)
    return sheet, notes


def test_the_header_stays_and_filters(tmp_path: Path, unit: Unit[Row], rows: list[Row]) -> None:
    sheet, _ = _written(tmp_path / "a.xlsx", unit, rows)
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:{get_column_letter(len(unit.columns))}{len(rows) + 1}"
    assert sheet["A1"].font.bold


def test_texts_are_texts_and_moments_are_dates(tmp_path: Path, unit: Unit[Row], rows: list[Row]) -> None:
    sheet, _ = _written(tmp_path / "a.xlsx", unit, rows)
    at = {column.name: number for number, column in enumerate(unit.columns, 1)}
    title, posted, url = (sheet.cell(2, at[name]) for name in ("title", "posted", "url"))
    assert (title.data_type, title.value) == ("s", "=2+2 talkoot")
    assert (posted.data_type, posted.value) == ("d", datetime(2026, 3, 1, 17, 30))
    assert url.hyperlink is None
    assert sheet.cell(3, at["reactions"]).value is None


def test_texts_longer_than_a_cell_are_cut_and_counted(
    tmp_path: Path, unit: Unit[Row], make_post: Callable[..., Post], source: Source
) -> None:
    seen = datetime.fromisoformat("2026-03-02T04:00:00Z")
    texts = ["a" * LONGEST, "a" * (LONGEST + 1), "🪴" * 17_000, "🪴" * 16_000]
    rows = [make_row(make_post(str(i), text=text), None, source, seen, None) for i, text in enumerate(texts)]
    sheet, notes = _written(tmp_path / "a.xlsx", unit, rows)
    at = 1 + next(number for number, column in enumerate(unit.columns) if column.name == "text")
    got = [str(sheet.cell(line, at).value) for line in range(2, 6)]
    assert got[0] == texts[0]
    assert got[3] == texts[3]
    assert got[1] == "a" * (LONGEST - 4) + " […]"
    assert got[2] == "🪴" * ((LONGEST - 4) // 2) + " […]"
    assert len(notes) == 1
    assert notes[0].startswith("2 texts")
