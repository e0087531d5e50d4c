"""What holds for every importer."""

import gzip
import json
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spiders.files import IMPORTERS, ImportOptions, Rejected
from spiders.files.csv_file import CsvFile
from tinymovements.errors import FormatError
from tinymovements.model import Draft

WORDS = "Naapuruston kirppis levittäytyy taas sisäpihoille lauantaina, tule mukaan! " * 4


def csv_rows(count: int) -> Iterator[str]:
    yield "id,text,likes\n"
    yield from (f'{n},"{n} {WORDS}",3\n' if n % 10 else f"{n},broken\n" for n in range(count))


def jsonl_rows(count: int) -> Iterator[str]:
    yield from (json.dumps({"id": n, "text": f"{n} {WORDS}"}) + "\n" if n % 10 else "{broken\n" for n in range(count))


def crowdtangle_rows(count: int) -> Iterator[str]:
    yield "Page Name,Facebook Id,Post Created,Likes,URL,Message\n"
    for n in range(count):
        posted = "2021-07-05 18:05:52 EEST" if n % 10 else "when it rained"
        yield f'Pihakirppis,1000,{posted},"1,234",https://www.facebook.com/1000/posts/{20000 + n},"{n} {WORDS}"\n'


def download_rows(count: int) -> Iterator[str]:
    yield "["
    for n in range(count):
        item = {"timestamp": 1_600_000_000 + n, "data": [{"post": f"{n} {WORDS}"}] if n % 10 else []}
        yield ("," if n else "") + json.dumps(item)
    yield "]"


def graph_rows(count: int) -> Iterator[str]:
    yield '{"data": ['
    for n in range(count):
        post = {"id": f"1000_{20000 + n}", "created_time": "2026-03-01T18:05:52+0000"}
        said = {"message": f"{n} {WORDS}"} if n % 10 else {"story": "Pihakirppis updated their cover photo."}
        yield ("," if n else "") + json.dumps(post | said)
    yield '], "paging": {"next": "https://graph.facebook.com/v19.0/1000/feed?limit=25"}}'


FILES: dict[str, tuple[str, Callable[[int], Iterator[str]]]] = {
    "csv": ("rows.csv", csv_rows),
    "jsonl": ("rows.jsonl", jsonl_rows),
    "crowdtangle": ("rows.csv", crowdtangle_rows),
    "facebook-download": ("your_posts_1.json", download_rows),
    "graph-api": ("feed.json", graph_rows),
}


def write(folder: Path, form: str, count: int) -> Path:
    name, rows = FILES[form]
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w", encoding="utf-8") as file:
        file.writelines(rows(count))
    return folder / name


def peak(path: Path, form: str) -> int:
    tracemalloc.start()
    try:
        for _ in IMPORTERS[form].read(path, ImportOptions()):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_every_format_has_a_sample_here() -> None:
    assert set(FILES) == set(IMPORTERS)


@pytest.mark.parametrize("form", IMPORTERS)
def test_the_registry_names_it_as_it_names_itself(form: str) -> None:
    importer = IMPORTERS[form]
    assert importer.format == form
    assert importer.title


@pytest.mark.parametrize("form", IMPORTERS)
def test_every_row_becomes_a_draft_or_a_rejection_with_its_place(form: str, tmp_path: Path) -> None:
    rows = list(IMPORTERS[form].read(write(tmp_path, form, 100), ImportOptions()))
    assert len(rows) == 100
    rejected = [row for row in rows if isinstance(row, Rejected)]
    assert len(rejected) == 10
    assert all((row.line or row.within) and row.reason and WORDS[:10] not in row.reason for row in rejected)
    drafts = [row for row in rows if isinstance(row, Draft)]
    assert len({draft.native_id for draft in drafts}) == 90


@pytest.mark.parametrize("form", IMPORTERS)
def test_memory_does_not_grow_with_the_file(form: str, tmp_path: Path) -> None:
    small, large = write(tmp_path / "small", form, 1_000), write(tmp_path / "large", form, 20_000)
    peak(small, form)  # what is loaded once is loaded now
    first = peak(small, form)
    assert large.stat().st_size > 5_000_000
    assert peak(large, form) < first + 100_000


@pytest.mark.parametrize("form", IMPORTERS)
def test_progress_ends_at_the_size_of_the_file(form: str, tmp_path: Path) -> None:
    path = write(tmp_path, form, 2_000)
    steps: list[int] = []
    list(IMPORTERS[form].read(path, ImportOptions(advance=steps.append)))
    assert len(steps) > 3
    assert path.stat().st_size <= sum(steps) <= path.stat().st_size * 1.2


@pytest.mark.parametrize("form", IMPORTERS)
@pytest.mark.parametrize("content", [b"\x00\x01\x02\x03", b"\x89PNG\r\n\x1a\n\x00", b"[1, 2", b"PK\x03\x04", b"\x1f\x8b\x08"])
def test_what_is_no_such_file_is_refused(form: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "your_posts_1.json"
    path.write_bytes(content)
    if form == "jsonl" and not content.startswith((b"[", b"PK", b"\x1f")):
        assert [row.line for row in IMPORTERS[form].read(path, ImportOptions()) if isinstance(row, Rejected)][:1] == [1]
        return
    with pytest.raises(FormatError) as refused:
        list(IMPORTERS[form].read(path, ImportOptions()))
    assert str(path) in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize("form", ["csv", "jsonl", "crowdtangle"])
@pytest.mark.parametrize("packed", ["gz", "zip"])
def test_a_packed_file_reads_as_the_plain_one(form: str, packed: str, tmp_path: Path) -> None:
    plain = write(tmp_path, form, 50)
    path = tmp_path / f"rows.{packed}"
    if packed == "gz":
        path.write_bytes(gzip.compress(plain.read_bytes()))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(plain, plain.name)
            archive.writestr("__MACOSX/._rows", b"shadow")
    read = IMPORTERS[form].read
    assert list(read(path, ImportOptions())) == list(read(plain, ImportOptions()))


LONG_ROWS = {
    "csv": "id,text\n1,",
    "jsonl": '{"text": "',
    "crowdtangle": "Page Name,Post Created,Message\nPihakirppis,2021-07-05 18:05:52,",
    "facebook-download": '[{"timestamp": 1600000000, "data": [{"post": "',
    "graph-api": '{"data": [{"id": "1000_1", "message": "',
}


@pytest.mark.parametrize("form", IMPORTERS)
def test_a_row_of_fifty_megabytes_in_a_zip_is_told_and_not_held_in_memory(form: str, tmp_path: Path) -> None:
    path = tmp_path / "long.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("your_posts_1.json", "w") as file,
    ):
        file.write(LONG_ROWS[form].encode())
        for _ in range(50):
            file.write(b"x" * 1_000_000)
    told: list[str] = []
    tracemalloc.start()
    try:
        told += [row.reason for row in IMPORTERS[form].read(path, ImportOptions()) if isinstance(row, Rejected)]
    except FormatError as error:
        told.append(str(error))
    finally:
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert highest < 25_000_000
    assert len(told) == 1
    assert "longer than" in told[0] or "item of more than" in told[0]


def test_ids_made_from_content_need_the_key_to_be_made_again(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text\nRing 040 1234567\n", "utf-8")

    def native_id(key: bytes) -> str:
        (row,) = CsvFile().read(path, ImportOptions(key=key))
        assert isinstance(row, Draft)
        return row.native_id

    assert native_id(b"one") == native_id(b"one") != native_id(b"two")
