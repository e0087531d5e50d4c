import gzip
import io
import zipfile
from collections import deque
from pathlib import Path

import pytest

from spiders.files import ImportOptions
from spiders.files.csv_file import CsvFile
from spiders.files.reading import HARMLESS, RATIO, check_size, open_bytes
from tinymovements.errors import FileError, FormatError


def test_a_gzip_bomb_stops_at_the_bound(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    with gzip.open(path, "wb") as file:
        file.write(b"text\n")
        for _ in range(HARMLESS // 1024**2 + 10):
            file.write((b"x" * 1023 + b"\n") * 1024)
    with open_bytes(path) as stream, pytest.raises(FormatError, match="unpacks to far more"):
        deque(iter(lambda: stream.read(1024 * 1024), b""), maxlen=0)


def test_what_is_small_or_packs_like_text_passes() -> None:
    path = Path("x")
    check_size(HARMLESS, 1, path)
    check_size(HARMLESS * 10, HARMLESS * 10 // RATIO + 1, path)
    with pytest.raises(FormatError):
        check_size(HARMLESS + 1, 1, path)


def test_a_gzip_cut_short_is_told_after_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    rows = "".join(f"{n},{n * 7919 % 10007} {n * 104729 % 1299709}\n" for n in range(20_000))
    path.write_bytes(gzip.compress(f"id,text\n{rows}".encode())[:-1000])
    with pytest.raises(FormatError, match="not complete"):
        list(CsvFile().read(path, ImportOptions()))


@pytest.mark.parametrize("names", [[], ["a.csv", "b.csv"]])
def test_a_zip_must_hold_one_file(names: list[str], tmp_path: Path) -> None:
    path = tmp_path / "rows.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "text\nHei\n")
    with pytest.raises(FormatError, match=f"holds {len(names)} files"):
        list(CsvFile().read(path, ImportOptions()))


def test_a_zip_packed_in_a_rare_way_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("rows.csv", "text\nHei\n")
    with pytest.raises(FormatError, match="packed in a way"):
        list(CsvFile().read(path, ImportOptions()))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"), open_bytes(tmp_path / "none.csv"):
        pass


def test_the_stream_of_a_packed_file_can_look_ahead(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"text\n"))
    with open_bytes(path) as stream:
        assert isinstance(stream, io.BufferedReader)
        assert stream.peek(1)[:1] == b"t"
