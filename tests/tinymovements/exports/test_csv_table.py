"""CSV down to its bytes."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinymovements.exports.csv_table import CsvTable, guarded, quoted
from tinymovements.exports.rows import Row
from tinymovements.exports.unit import Unit


def _bytes(path: Path, unit: Unit[Row], rows: list[Row], *names: str) -> bytes:
    some = replace(unit, columns=tuple(column for column in unit.columns if column.name in names))
    writer = CsvTable(path, some)
    writer.write(CsvTable.prepare(some, rows))
    writer.finish({})
    return path.read_bytes()


def test_it_is_plain_utf_8_with_the_line_ends_of_rfc_4180(tmp_path: Path, unit: Unit[Row], rows: list[Row]) -> None:
    got = _bytes(tmp_path / "a.csv", unit, rows[1:2], "id", "text", "author", "reactions", "movements")
    assert got.decode("utf-8") == f"id,text,author,reactions,movements\r\n{rows[1].post.id},'-,''@nimi,,\r\n"


def test_what_is_missing_is_empty_and_not_zero(tmp_path: Path, unit: Unit[Row], rows: list[Row]) -> None:
    lines = _bytes(tmp_path / "a.csv", unit, rows[:1], "reactions", "comments", "shares", "movement_street_art").split(b"\r\n")
    assert lines[1] == b"0,12,,1"


def test_moments_are_iso_8601_in_utc(tmp_path: Path, unit: Unit[Row], rows: list[Row]) -> None:
    lines = _bytes(tmp_path / "a.csv", unit, rows[:1], "posted", "starts", "lon").split(b"\r\n")
    assert lines[1] == b"2026-03-01T17:30:00Z,-0.5,2026-03-05T15:00:30.250000Z"


@pytest.mark.parametrize("text", ["=1+1", "+358", "-x", "@sum", "\tx", "\rx", "\n=x", "＝x", "'=x"])
def test_what_a_spreadsheet_would_run_has_an_apostrophe_before_it(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["talkoot", "", "1=1", "'lainaus'", " =x", "2026-03-01"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text


@given(st.text(alphabet="'=-@+\tax\r\n＝", max_size=6))
def test_the_documented_rule_gives_every_text_back(text: str) -> None:
    cell = guarded(text)
    assert (cell[1:] if re.match(r"^'+[=+\-@\t\r\n＝＋－＠]", cell) else cell) == text


@given(st.text(alphabet="a\"',;\r\n \t\u2028", max_size=6))
def test_a_text_is_quoted_as_the_csv_module_quotes_it(text: str) -> None:
    line = io.StringIO(newline="")
    csv.writer(line).writerow(["", text])
    assert f",{quoted(text)}\r\n" == line.getvalue()
