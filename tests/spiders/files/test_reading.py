import gzip
import io
import stat
import zipfile
from collections import deque
from pathlib import Path

import pytest

from spiders.files import ImportOptions
from spiders.files.csv_file import CsvFile
from spiders.files.reading import HARMLESS, RATIO, check_size, open_bytes, open_files
from tinymovements.errors import FileError, FormatError
from tinymovements.model import Draft


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


@pytest.mark.parametrize("name", ["../../evil.csv", "/etc/evil.csv", "C:\\evil.csv", "..\\evil.csv"])
def test_the_name_of_a_file_in_a_zip_leads_nowhere(name: str, tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    path = tmp_path / "a" / "b" / "rows.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "text\nHei\n")
    (row,) = CsvFile().read(path, ImportOptions())
    assert isinstance(row, Draft)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.zip"
    link = zipfile.ZipInfo("rows.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(FormatError, match="holds a link"):
        list(CsvFile().read(path, ImportOptions()))


@pytest.mark.parametrize("outer", ["gz", "zip"])
@pytest.mark.parametrize("inner", ["gz", "zip"])
def test_a_packed_file_in_a_packed_file_is_refused(outer: str, inner: str, tmp_path: Path) -> None:
    def pack(content: bytes, how: str) -> bytes:
        if how == "gz":
            return gzip.compress(content)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("inner", content)
        return packed.getvalue()

    path = tmp_path / "rows"
    path.write_bytes(pack(pack(b"text\nHei\n", inner), outer))
    with pytest.raises(FormatError, match="holds another packed file"):
        list(CsvFile().read(path, ImportOptions()))


def test_many_files_that_are_harmless_alone_are_a_bomb_together(tmp_path: Path) -> None:
    path = tmp_path / "answers.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}.json", b" " * (HARMLESS // 2))
    with pytest.raises(FormatError, match="unpacks to far more"), open_files(path, lambda _: None):
        pass


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_encodings_of_two_and_four_bytes_without_and_with_their_mark(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes("id,text\n1,Töölön kirppis – på gården\n".encode(encoding))
    told: list[str] = []
    (row,) = CsvFile().read(path, ImportOptions(tell=told.append))
    assert isinstance(row, Draft)
    assert row.text == "Töölön kirppis – på gården"
    assert any("read as UTF-16" in line for line in told) == (encoding != "utf-32")


def test_a_file_that_was_spoiled_before_says_how_to_put_it_right(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    whole = "id,text\n1,Töölön kirppis – på gården\n2,Käpylän talkoot\n"
    path.write_text(whole.encode().decode("cp1252"), "utf-8")
    with pytest.raises(FormatError, match="saved in a wrong encoding") as refused:
        list(CsvFile().read(path, ImportOptions()))
    assert "iconv -f utf-8 -t cp1252" in refused.value.hint
    path.write_bytes(path.read_text("utf-8").encode("cp1252"))  # what iconv does
    assert [row.text for row in CsvFile().read(path, ImportOptions()) if isinstance(row, Draft)][1] == "Käpylän talkoot"


def test_a_few_letters_that_were_spoiled_before_do_not_hold_up_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text\nHyvää päivää Töölöön\nKÃ¤pylÃ¤\nÀ propos: “ja” – niin\n", "utf-8")
    assert len(list(CsvFile().read(path, ImportOptions()))) == 3
