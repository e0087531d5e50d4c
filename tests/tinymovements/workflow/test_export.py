"""A dataset from the archive: which posts, which files, and what happens when something goes wrong."""

import csv
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from search.query import Box, Near, Query
from tinymovements.archive import annotations, posts
from tinymovements.archive.database import open_archive, writing
from tinymovements.archive.posts import Archived
from tinymovements.errors import FileError, FormatError, UnknownSource
from tinymovements.exports import EXPORTERS
from tinymovements.exports.csv_table import CsvTable
from tinymovements.exports.excel import Excel
from tinymovements.model import Annotation, MovementScore, Place, Post
from tinymovements.settings import Settings
from tinymovements.workflow.export import ExportSummary, count_candidates, export
from tinymovements.workflow.index import index_posts

KALLIO = Place(name="Kallio", start=0, end=6, lat=60.1819, lon=24.9502, district="Kallio", municipality="Helsinki")
BERGHALL = KALLIO.model_copy(update={"name": "Berghäll"})
MALMI = Place(name="Malmi", lat=60.2472, lon=25.0106, district="Malmi", municipality="Helsinki")

POSTS: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "a": ({"text": "Kirpputori Kallion pihalla", "posted": datetime(2026, 3, 1, 22, 30, tzinfo=UTC)}, {"places": (KALLIO,)}),
    "b": ({"text": "Loppis i Berghäll på lördag", "kind": "event"}, {"language": "sv", "places": (BERGHALL,)}),
    "c": (
        {"text": "Seinämaalaus Malmille", "posted": datetime(2026, 4, 1, tzinfo=UTC)},
        {"movements": ("street-art",), "places": (MALMI,)},
    ),
    "d": ({"text": "Kirppis taas", "source": "toinen"}, {"movements": ("street-art", "mutual-aid")}),
    "e": ({"text": "Vielä lukematta"}, None),
}
SOURCE = """
title = "Pihalista"
description = "Invented."
platform = "file"
publisher = "Pihaväki"
languages = ["fi"]
legal_basis = "Invented posts have no authors."
licence = "CC0 1.0"
"""


def _post(key: str, source: str = "pihalista", **given: Any) -> Post:
    return Post(id=key * 26, native_id=key, source=source, content_hash=hashlib.sha256(key.encode()).hexdigest(), **given)


def _annotation(movements: tuple[str, ...] = (), **given: Any) -> Annotation:
    found = tuple(MovementScore(id=id, score=0.9) for id in movements)
    facts: dict[str, Any] = {"version": "0.1.0-12345678", "language": "fi", "initiative": 0.9, "self_organised": 0.8}
    return Annotation.model_validate(facts | {"movements": found} | given)


def _annotate(connection: Connection, item: Archived, told: Annotation) -> None:
    read = annotations.Outdated(item.number, item.post.content_hash, None, "", None, None, None, None)
    annotations.put(connection, told.version, [read], [told.model_dump_json()])


@pytest.fixture(autouse=True)
def filled(settings: Settings) -> Settings:
    """A home folder with five posts of two sources in its archive."""
    settings.sources_folder.mkdir(parents=True)
    for id in ("pihalista", "toinen"):
        (settings.sources_folder / f"{id}.toml").write_text(SOURCE, "utf-8")
    made = [_post(key, **facts) for key, (facts, _) in POSTS.items()]
    with writing(open_archive(settings.archive_url)) as connection:
        for source in ("pihalista", "toinen"):
            posts.store(connection, source, [post for post in made if post.source == source])
        found = posts.by_id(connection, [post.id for post in made])
        for key, (_, said) in POSTS.items():
            if said is not None:
                _annotate(connection, found[key * 26], _annotation(**said))
    return settings


@pytest.fixture
def write(settings: Settings, tmp_path: Path) -> Callable[..., ExportSummary]:
    def run(name: str = "posts.csv", query: Query | None = None, **given: Any) -> ExportSummary:
        return export(settings, tmp_path / name, query, given.pop("scores", False), lambda steps: None, **given)

    return run


def _rows(summary: ExportSummary) -> list[dict[str, str]]:
    with summary.files[0].open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _keys(summary: ExportSummary) -> str:
    return "".join(row["id"][0] for row in _rows(summary))


def test_every_post_is_a_row_in_order_of_id(write: Callable[..., ExportSummary]) -> None:
    summary = write()
    rows = _rows(summary)
    assert [row["id"][0] for row in rows] == list("abcde")
    assert (summary.rows, summary.not_annotated, summary.withheld, summary.behind) == (5, 1, 0, 0)
    assert rows[0]["posted"] == "2026-03-01T22:30:00Z"
    assert rows[0]["licence"] == "CC0 1.0"
    assert all(row["first_seen"].endswith("Z") for row in rows)


QUERIES = [
    ("ab", Query(places=("Kallio",))),
    ("abc", Query(places=("Helsinki",))),
    ("cd", Query(movements=("street-art",))),
    ("d", Query(movements=("street-art",), sources=("toinen",))),
    ("b", Query(kinds=("event",))),
    ("be", Query(languages=("sv", "unknown"))),
    ("a", Query(since=date(2026, 3, 1), until=date(2026, 3, 1))),
    ("c", Query(near=Near(lat=60.25, lon=25.01, km=1))),
    ("ab", Query(box=Box(south=60.18, west=24.95, north=60.19, east=24.96))),
    ("ac", Query(since=date(2026, 1, 1))),
    ("", Query(places=("Espoo",))),
]


@pytest.mark.parametrize(("keys", "query"), QUERIES)
def test_filters_need_no_index(keys: str, query: Query, write: Callable[..., ExportSummary], settings: Settings) -> None:
    assert _keys(write(query=query)) == keys
    assert not settings.index_folder.exists()


@pytest.mark.parametrize(("keys", "query"), QUERIES)
def test_the_engine_says_the_same_of_every_filter(keys: str, query: Query, settings: Settings) -> None:
    from tinymovements.workflow.search import matching_ids

    index_posts(settings, lambda steps: None)
    assert "".join(id[0] for id in matching_ids(settings, query)) == keys


def test_words_ask_the_index(write: Callable[..., ExportSummary], settings: Settings) -> None:
    index_posts(settings, lambda steps: None)
    summary = write(query=Query(words="kirpputorilla", places=("Kallio",)))
    assert "a" in _keys(summary)
    assert set(_keys(summary)) <= {"a", "b"}
    assert summary.behind == 0


def test_what_the_index_does_not_know_yet_is_told(write: Callable[..., ExportSummary], settings: Settings) -> None:
    index_posts(settings, lambda steps: None)
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "pihalista", [_post("f", text="Kirpputori Malmilla")])
        posts.remove(connection, ["d" * 26])
    summary = write(query=Query(words="kirpputori"))
    assert set(_keys(summary)).isdisjoint("df")
    assert summary.behind == 2


def test_a_near_duplicate_names_its_original(write: Callable[..., ExportSummary], settings: Settings) -> None:
    text = "Tulkaa kaikki talkoisiin lauantaina kello kymmenen, kahvia ja pullaa on tarjolla koko pihalle"
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "pihalista", [_post("y", text=text)])
        posts.store(connection, "pihalista", [_post("x", text=f"{text}!")])
    originals = {row["id"][0]: row["near_duplicate_of"] for row in _rows(write())}
    assert (originals["x"], originals["y"], originals["a"]) == ("y" * 26, "", "")


def test_the_provenance_tells_where_it_all_comes_from(write: Callable[..., ExportSummary], settings: Settings) -> None:
    summary = write(query=Query(places=("Kallio", "Malmi"), size=50))
    text = summary.files[2].read_text("utf-8")
    told = json.loads(text)
    assert summary.files[2].name == "posts.csv.provenance.json"
    assert told["sha256"] == summary.sha256 == hashlib.sha256(summary.files[0].read_bytes()).hexdigest()
    assert told["query"] == {"places": ["Kallio", "Malmi"]}
    assert (told["file"], told["rows"]) == ("posts.csv", 3)
    assert told["pipeline_versions"] == {"0.1.0-12345678": 3}
    assert told["sources"] == [
        {
            "id": "pihalista",
            "title": "Pihalista",
            "publisher": "Pihaväki",
            "url": None,
            "licence": "CC0 1.0",
            "legal_basis": "Invented posts have no authors.",
            "posts": 3,
            "first_posted": "2026-03-01",
            "last_posted": "2026-04-01",
        }
    ]
    assert told["cite"] == summary.citation
    assert "3 public posts, posted 2026-03-01 to 2026-04-01" in told["cite"]
    assert summary.sha256 in told["cite"]
    assert "\n" not in told["cite"]
    assert str(settings.home) not in text
    assert settings.contact not in text


@pytest.mark.usefixtures("pets")
def test_movements_of_the_users_own_are_in_dictionary_and_provenance(
    write: Callable[..., ExportSummary], settings: Settings
) -> None:
    data, dictionary, about = write().files
    told = json.loads(about.read_text("utf-8"))["taxonomy"]
    assert told["own_movements"] == told["movements"][20:] == ["shared-pets"]
    assert told["own_sha256"] == hashlib.sha256((settings.home / "movements.toml").read_bytes()).hexdigest()
    assert "movement_shared_pets" in data.read_text("utf-8").splitlines()[0].split(",")
    assert "movement_shared_pets,flag" in dictionary.read_text("utf-8")


def test_the_dictionary_has_a_line_for_every_column(write: Callable[..., ExportSummary]) -> None:
    summary = write(scores=True)
    with summary.files[1].open(encoding="utf-8", newline="") as file:
        told = [line["column"] for line in csv.DictReader(file)]
    assert summary.files[1].name == "posts.csv.dictionary.csv"
    assert told == list(_rows(summary)[0])
    assert "score_street_art" in told


@pytest.mark.parametrize("suffix", EXPORTERS)
def test_the_same_archive_gives_the_same_bytes(suffix: str, write: Callable[..., ExportSummary]) -> None:
    first, second = write(f"a{suffix}"), write(f"b{suffix}")
    assert first.sha256 == second.sha256


def test_nothing_but_the_three_files_is_left(write: Callable[..., ExportSummary], tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    summary = write("posts.xlsx")
    assert set(tmp_path.iterdir()) - before == set(summary.files)


def test_a_file_that_is_there_is_replaced_only_by_force(write: Callable[..., ExportSummary], tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text("mine", "utf-8")
    with pytest.raises(FileError, match="there already"):
        write()
    assert (tmp_path / "posts.csv").read_text("utf-8") == "mine"
    assert write(force=True).rows == 5
    assert _keys(write(force=True)) == "abcde"


class _Broken(CsvTable):
    def write(self, prepared: str) -> None:
        super().write(prepared)
        raise OSError(28, "No space left on device")

    def finish(self, about: Mapping[str, Any]) -> tuple[str, ...]:
        raise AssertionError


def test_when_writing_fails_the_old_file_is_as_it_was(
    write: Callable[..., ExportSummary], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {path: path.read_bytes() for path in write().files}
    before = set(tmp_path.iterdir())
    monkeypatch.setitem(EXPORTERS, ".csv", _Broken)
    with pytest.raises(FileError, match="No space left on device"):
        write(force=True)
    assert set(tmp_path.iterdir()) == before
    assert {path: path.read_bytes() for path in files} == files


def test_a_folder_that_is_not_there_is_told(write: Callable[..., ExportSummary]) -> None:
    with pytest.raises(FileError, match="No such file or directory"):
        write("missing/posts.csv")


def test_another_ending_is_refused(write: Callable[..., ExportSummary]) -> None:
    with pytest.raises(FormatError):
        write("posts.pdf")


def test_more_rows_than_a_format_holds_are_refused_before_writing(
    write: Callable[..., ExportSummary], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Excel, "largest", 2)
    monkeypatch.setattr(Excel, "write", None)
    with pytest.raises(FileError, match="holds 2 posts at the most, and these are 3"):
        write("posts.xlsx", Query(places=("Helsinki",)))
    monkeypatch.undo()
    monkeypatch.setattr(Excel, "largest", 2)
    assert write("posts.xlsx", Query(places=("Kallio",))).rows == 2


def test_a_source_that_there_is_not_is_told(write: Callable[..., ExportSummary]) -> None:
    with pytest.raises(UnknownSource) as error:
        write(query=Query(sources=("pihalist",)))
    assert "pihalista" in error.value.hint


def test_texts_of_a_source_that_nobody_describes_are_withheld(write: Callable[..., ExportSummary], settings: Settings) -> None:
    (settings.sources_folder / "toinen.toml").unlink()
    summary = write()
    rows = _rows(summary)
    assert (summary.unknown_sources, summary.withheld) == (("toinen",), 1)
    assert [(row["id"][0], row["text"]) for row in rows if row["text_withheld"] == "1"] == [("d", "")]


def test_progress_counts_to_what_was_said_before(settings: Settings, tmp_path: Path) -> None:
    steps: list[int] = []
    query = Query(places=("Kallio",))
    export(settings, tmp_path / "posts.csv", query, False, steps.append)
    assert sum(steps) == count_candidates(settings, query) == 5
    assert count_candidates(settings, Query(words="kirppis")) is None


def test_rows_are_written_while_posts_are_read(
    write: Callable[..., ExportSummary], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = _post("z", text="x")
    many = [one.model_copy(update={"id": f"z{i:025}", "native_id": str(i)}) for i in range(3000)]
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "pihalista", many)
    read = 0
    waiting: list[int] = []
    rows = posts.rows

    def counted(connection: Any, size: int) -> Iterator[Any]:
        nonlocal read
        for part in rows(connection, size):
            read += len(part)
            yield part

    class _Watched(CsvTable):
        written = 0

        def write(self, prepared: str) -> None:
            super().write(prepared)
            self.written += prepared.count("\r\n")
            waiting.append(read - self.written)

    monkeypatch.setattr(posts, "rows", counted)
    monkeypatch.setitem(EXPORTERS, ".csv", _Watched)
    assert write().rows == 3005
    assert max(waiting) < 1000


def test_processes_side_by_side_make_the_same_bytes(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [_post("y", text=f"Kirppis {i}").model_copy(update={"id": f"y{i:025}", "native_id": str(i)}) for i in range(2000)]
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "pihalista", many)
    query = Query(sources=("pihalista",))
    alone = export(settings, tmp_path / "alone.csv", query, True, lambda steps: None)
    monkeypatch.setattr("tinymovements.workflow.export.WORTH_PROCESSES", 1)
    steps: list[int] = []
    beside = export(settings.model_copy(update={"processes": 2}), tmp_path / "beside.csv", query, True, steps.append)
    assert beside.rows == alone.rows == 2004
    assert beside.sha256 == alone.sha256
    assert sum(steps) == count_candidates(settings, query)
    told = [json.loads(summary.files[2].read_text("utf-8")) for summary in (alone, beside)]
    assert told[0]["sources"] == told[1]["sources"]


def test_what_a_killed_export_left_goes_with_the_next(write: Callable[..., ExportSummary], tmp_path: Path) -> None:
    left = tmp_path / ".posts.csv.unfinished"
    left.mkdir()
    (left / "posts.csv").write_text("half", "utf-8")
    assert write().rows == 5
    assert not left.exists()


def test_two_that_write_the_same_file_do_not_mix(write: Callable[..., ExportSummary], tmp_path: Path) -> None:
    folder = tmp_path / ".posts.csv.unfinished"
    folder.mkdir()
    other = os.open(folder, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(FileError, match="Another process is writing"):
        write()
    os.close(other)
    assert write().rows == 5


def test_a_filter_knows_no_more_of_a_sensitive_post_than_an_index_does(settings: Settings, tmp_path: Path) -> None:
    street = Place(name="Vaasankatu", start=9, end=20, lat=60.1869, lon=24.9603, district="Kallio", municipality="Helsinki")
    told = _annotation(("peer-support",), places=(street,))
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "pihalista", [_post("s", text="Ryhmä on Vaasankadulla")])
        _annotate(connection, posts.get(connection, "s" * 26), told)
    for number, (query, rows) in enumerate(
        (
            (Query(near=Near(lat=60.1869, lon=24.9603, km=0.1)), 0),
            (Query(places=("Vaasankatu",)), 0),
            (Query(places=("Kallio",)), 3),  # and those of a and b
        )
    ):
        assert export(settings, tmp_path / f"{number}.csv", query, False, lambda steps: None).rows == rows
