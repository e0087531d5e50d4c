"""Datasets of initiatives, of what they want, and of what ties them."""

import csv
import gzip
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from search.query import Box, Near, Query
from tests.tinymovements.invented import POSTS, SOURCE, fill, id_of, initiative_of
from tinymovements.archive import posts
from tinymovements.archive.database import open_archive, writing
from tinymovements.errors import FileError, FormatError, UnknownSource
from tinymovements.exports.excel import Excel
from tinymovements.settings import Settings
from tinymovements.workflow.export import ExportSummary, export
from tinymovements.workflow.export_initiatives import ENDINGS, Name, count_initiatives, export_initiatives
from tinymovements.workflow.export_spread import export_spread
from tinymovements.workflow.index import index_initiatives, index_posts

Write = Callable[..., ExportSummary]


@pytest.fixture(autouse=True)
def filled(settings: Settings) -> Settings:
    fill(settings)
    return settings


@pytest.fixture
def write(settings: Settings, tmp_path: Path) -> Write:
    def run(name: Name = "initiatives", file: str = "out.csv", query: Query | None = None, **given: bool) -> ExportSummary:
        return export_initiatives(settings, name, tmp_path / file, query or Query(unit="initiatives"), lambda steps: None, **given)

    return run


def _rows(summary: ExportSummary) -> list[dict[str, str]]:
    with summary.files[0].open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _keys(summary: ExportSummary) -> str:
    return "".join(row["id"][2] for row in _rows(summary))


def test_every_initiative_is_a_row_in_order_of_id(write: Write) -> None:
    summary = write()
    assert _keys(summary) == "abcdefg"
    assert (summary.unit, summary.rows, summary.withheld, summary.behind) == ("initiatives", 7, 2, 0)


QUERIES = [
    ("abce", Query(unit="initiatives", movements=("repair-and-reuse",))),
    ("adef", Query(unit="initiatives", places=("Berghäll",))),
    ("abdef", Query(unit="initiatives", places=("Helsinki",))),
    ("c", Query(unit="initiatives", sources=("muualta",))),
    ("a", Query(unit="initiatives", stages=("active", "ended"))),
    ("ab", Query(unit="initiatives", since=date(2025, 6, 1), until=date(2025, 7, 1))),
    ("b", Query(unit="initiatives", near=Near(lat=60.25, lon=25.01, km=1))),
    ("c", Query(unit="initiatives", box=Box(south=60, west=22, north=61, east=23))),
    ("abcdefg", Query(unit="initiatives", kinds=("message",))),
    ("", Query(unit="initiatives", kinds=("event",))),
    ("", Query(unit="initiatives", near=Near(lat=60.1869, lon=24.9603, km=0.1))),  # where the sensitive one meets
]


@pytest.mark.parametrize(("keys", "query"), QUERIES)
def test_filters_need_no_index(keys: str, query: Query, write: Write, settings: Settings) -> None:
    assert _keys(write(query=query)) == keys
    assert not settings.initiatives_index_folder.exists()


@pytest.mark.parametrize(("keys", "query"), QUERIES)
def test_the_engine_says_the_same_of_every_filter(keys: str, query: Query, settings: Settings) -> None:
    from tinymovements.workflow.search import matching_ids

    index_initiatives(settings, lambda steps: None)
    assert "".join(id[2] for id in matching_ids(settings, query)) == keys


def test_words_ask_the_index_of_initiatives(write: Write, settings: Settings) -> None:
    index_initiatives(settings, lambda steps: None)
    summary = write(query=Query(unit="initiatives", words="korjausilta"))
    assert set(_keys(summary)) == {"b", "c"}
    with writing(open_archive(settings.archive_url)) as connection:
        posts.remove(connection, [id_of("c1")])
    summary = write(query=Query(unit="initiatives", words="korjausilta"), force=True)
    assert (_keys(summary), summary.behind) == ("b", 1)


def test_posts_tell_what_they_show(settings: Settings, tmp_path: Path) -> None:
    summary = export(settings, tmp_path / "posts.csv", None, False, lambda steps: None)
    told = {row["native_id"]: (row["initiatives"], row["stage"]) for row in _rows(summary)}
    assert told["native-b1"] == (f"{initiative_of('b')};{initiative_of('a')}", "spark")
    assert told["native-a1"] == (initiative_of("a"), "forming")
    assert told["native-c1"] == (initiative_of("c"), "")
    assert told["native-c0"] == ("", "")


def test_wants_are_rows_with_their_evidence(write: Write) -> None:
    rows = _rows(write("wants"))
    assert [(row["initiative"][2], row["wish"], row["kind"], row["status"]) for row in rows] == [
        ("a", "need", "space", "fulfilled"),
        ("c", "offer", "things", "open"),
        ("f", "ask", "permission", "open"),
    ]
    need, offer, ask = rows
    assert (need["text"], need["post"], need["fulfilled_post"]) == ("tarvitsemme tilaa", id_of("a1"), id_of("a2"))
    assert (offer["until"], offer["district"]) == ("2025-12-24T00:00:00Z", "Varissuo")
    assert (ask["text"], ask["text_withheld"]) == ("", "1")


def test_ties_are_those_among_the_initiatives_that_answer(write: Write) -> None:
    every = {(row["source"][2], row["target"][2], row["kind"]) for row in _rows(write("ties"))}
    assert ("a", "d", "same_group") in every
    some = write("ties", query=Query(unit="initiatives", movements=("repair-and-reuse",)), force=True)
    assert {(row["source"][2], row["target"][2], row["kind"]) for row in _rows(some)} == {
        ends for ends in every if "d" not in ends[:2]
    }


def test_an_author_ties_no_sensitive_initiative(write: Write) -> None:
    kinds = {row["kind"] for row in _rows(write("ties")) if initiative_of("d") in (row["source"], row["target"])}
    assert kinds == {"same_group"}


@pytest.mark.parametrize("name", ["initiatives", "wants", "ties"])
def test_no_pseudonym_leaves(name: Name, write: Write) -> None:
    assert "p1" not in write(name, "out.jsonl").files[0].read_text("utf-8")


FILES = [(name, suffix) for name in ENDINGS for suffix in ENDINGS[name]]


@pytest.mark.parametrize(("name", "suffix"), FILES)
def test_the_same_archive_gives_the_same_bytes(name: Name, suffix: str, write: Write) -> None:
    first, second = write(name, f"a{suffix}"), write(name, f"b{suffix}")
    assert first.sha256 == second.sha256
    assert first.rows == second.rows > 0


@pytest.mark.parametrize(("name", "suffix"), FILES)
def test_each_file_has_a_dictionary_and_tells_where_it_comes_from(name: Name, suffix: str, write: Write) -> None:
    data, dictionary, origin = write(name, f"out{suffix}").files
    told = json.loads(origin.read_text("utf-8"))
    assert (told["unit"], told["file"], told["resolver_versions"]) == (name, data.name, ["resolver-1"])
    assert told["cite"].startswith("Tiny Movements")
    assert any("judges" in caveat for caveat in told["caveats"])
    counts = {source["id"]: source["posts"] for source in told["sources"]}
    assert counts == {"pihalista": 7, "muualta": 1, "salainen": 2}  # one that shows two initiatives is one post
    with dictionary.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == told["columns"] == len({line["column"] for line in lines})


def test_a_typed_table_carries_its_provenance(write: Write) -> None:
    path = write(file="out.parquet").files[0]
    about = json.loads(pq.read_metadata(path).metadata[b"tinymovements"])
    assert (about["unit"], about["rows"]) == ("initiatives", 7)


def test_a_map_of_ties_is_refused_with_what_there_is(write: Write) -> None:
    with pytest.raises(FormatError) as error:
        write("ties", "out.geojson")
    assert ".graphml" in error.value.hint
    with pytest.raises(FormatError):
        write("initiatives", "out.graphml")


def test_a_file_that_is_there_is_replaced_only_by_force(write: Write) -> None:
    write("ties", "out.graphml")
    with pytest.raises(FileError, match="there already"):
        write("ties", "out.graphml")
    assert write("ties", "out.graphml", force=True).rows == 8


def test_more_rows_than_a_format_holds_leave_nothing(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Excel, "largest", 3)
    before = set(tmp_path.iterdir())
    with pytest.raises(FileError, match="holds 3 rows at the most"):
        write(file="out.xlsx")
    assert set(tmp_path.iterdir()) == before
    assert write("wants", "out.xlsx").rows == 3


def test_a_source_that_there_is_not_is_told(write: Write) -> None:
    with pytest.raises(UnknownSource):
        write(query=Query(unit="initiatives", sources=("pihalist",)))


def test_crowds_are_told(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinymovements.workflow.ties.MOST_TOGETHER", 2)
    summary = write("ties")
    assert summary.notes[0].startswith("1 groups or authors")
    assert "same_group" not in {row["kind"] for row in _rows(summary)}
    assert summary.notes[0] in json.loads(summary.files[2].read_text("utf-8"))["caveats"]


def test_progress_counts_to_what_was_said_before(settings: Settings, tmp_path: Path) -> None:
    steps: list[int] = []
    query = Query(unit="initiatives", movements=("peer-support",))
    export_initiatives(settings, "initiatives", tmp_path / "a.csv", query, steps.append)
    assert sum(steps) == count_initiatives(settings, query) == 7
    assert count_initiatives(settings, Query(unit="initiatives", words="kirppis")) is None


def _said(path: Path) -> str:
    """All that a file says, unpacked."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "\n".join(book.read(name).decode("utf-8") for name in book.namelist())
    if path.suffix == ".parquet":
        return str(pq.read_table(path).to_pylist())
    return gzip.decompress(path.read_bytes()).decode("utf-8") if path.suffix == ".gz" else path.read_text("utf-8")


@pytest.mark.parametrize("key", [key for key in POSTS if key != "c0"])
def test_no_word_of_a_withdrawn_post_leaves(key: str, settings: Settings, write: Write, tmp_path: Path) -> None:
    # All sources may be passed on, so that nothing else leaves words out.
    (settings.sources_folder / "salainen.toml").write_text(SOURCE.format(title="Salainen", exportable="true"), "utf-8")
    with writing(open_archive(settings.archive_url)) as connection:
        posts.remove(connection, [id_of(key)])
    index_posts(settings, lambda steps: None)
    for name, suffix in FILES:
        assert id_of(key) not in _said(write(name, f"{name}{suffix}").files[0]), (name, suffix)
        said = _said(tmp_path / f"{name}{suffix}")
        assert not any(words in said for words in _quoted(key))
    for asked in ("repair-and-reuse", "peer-support", "food-sharing", "korjausilta"):
        path = tmp_path / f"{asked}.jsonl"
        said = _said(export_spread(settings, asked, "district", path, lambda steps: None).files[0])
        assert id_of(key) not in said
        assert not any(words in said for words in _quoted(key))


def _quoted(key: str) -> list[str]:
    """Words that only this post says, and that records quote."""
    return {
        "a1": ["avaa ovensa", "tarvitsemme tilaa"],
        "a2": ["saimme tilan", "Byverkstadens"],
        "b1": ["korjausilta alkaa"],
        "c1": ["lainaamme"],
        "d1": ["Vertaisilta"],
        "e1": ["Kalliossa"],
        "f1": ["lupaa", "Hiljainen"],
        "g1": ["Talkoot"],
    }.get(key, [])
