import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from spiders.files import IMPORTERS
from tinymovements.archive import crawl, posts
from tinymovements.archive.database import open_archive, reading
from tinymovements.cli import STOPPED, main
from tinymovements.errors import ArchiveError, FormatError
from tinymovements.model import Post
from tinymovements.settings import Settings
from tinymovements.workflow import import_files as workflow
from tinymovements.workflow.import_files import COMMIT, ImportOrder, Refusal, Watch, import_files

Run = Callable[..., Result]

ROWS = """id,round,body,name,writer
1,1,Pihakirppis lauantaina. Soita 040 123 4567,Pihakirppis,Testi Testaaja
1,2,Roskatalkoot sunnuntaina,Talkoot,Testi Testaaja
2,1,,,Testi Testaaja
2,1,Siementen vaihto kirjastossa
1,1,Pihakirppis lauantaina. Soita 040 123 4567,Pihakirppis,Testi Testaaja
3,1,Korjauspaja,Paja,
"""
MAP = ("--map", "id={id}-{round}", "--map", "author=writer")


@pytest.fixture
def run() -> Run:
    def _run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(main, ["import", *map(str, arguments)])

    return _run


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS, "utf-8")
    return path


def kept(settings: Settings) -> dict[str, Post]:
    with reading(open_archive(settings.archive_url)) as connection:
        return {item.post.native_id: item.post for item in posts.stream(connection)}


def last_run(settings: Settings, source: str = "imported-files") -> crawl.Run:
    with reading(open_archive(settings.archive_url)) as connection:
        return crawl.last_runs(connection)[source]


def test_rows_are_posts_duplicates_and_rejected(run: Run, rows: Path, settings: Settings) -> None:
    result = run("csv", rows, *MAP)
    assert result.exit_code == 0
    assert result.stdout == "6 rows: 3 posts (3 new, 0 updated), 1 duplicate, 2 rejected.\n"
    assert "rows.csv, line 4: no text\n" in result.stderr
    assert "rows.csv, line 5: 3 cells where the header has 5\n" in result.stderr
    assert "id from {id}-{round}" in result.stderr
    assert set(kept(settings)) == {"1-1", "1-2", "3-1"}


def test_a_second_import_changes_nothing(run: Run, rows: Path, settings: Settings) -> None:
    run("csv", rows, *MAP)
    before = kept(settings)
    assert run("csv", rows, *MAP).stdout == "6 rows: 0 posts (0 new, 0 updated), 4 duplicates, 2 rejected.\n"
    assert kept(settings) == before


def test_a_changed_row_is_an_update(run: Run, rows: Path, settings: Settings) -> None:
    run("csv", rows, *MAP)
    rows.write_text(ROWS.replace("Roskatalkoot", "Puistotalkoot"), "utf-8")
    assert "1 post (0 new, 1 updated), 3 duplicates" in run("csv", rows, *MAP).stdout
    assert kept(settings)["1-2"].text == "Puistotalkoot sunnuntaina"


def test_of_two_rows_with_one_id_the_first_is_kept_however_far_apart_they_are(run: Run, tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "rows.csv"
    filler = "".join(f"f{n},Filler {n}\n" for n in range(COMMIT + 10))
    path.write_text(f"id,text\na,First\n{filler}a,Second\n", "utf-8")
    assert f"{COMMIT + 11:,} posts" in run("csv", path).stdout
    rows = f"{COMMIT + 12:,}"
    assert run("csv", path).stdout == f"{rows} rows: 0 posts (0 new, 0 updated), {rows} duplicates, 0 rejected.\n"
    assert kept(settings)["a"].text == "First"


def test_nothing_unscrubbed_reaches_the_disk_or_the_screen(run: Run, rows: Path, home: Path) -> None:
    result = run("csv", rows, *MAP, "--json")
    written = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"Pihakirppis" in written
    for secret in ("123 4567", "Testaaja"):
        assert secret.encode() not in written
        assert secret not in result.output


def test_a_dry_run_shows_scrubbed_examples_and_keeps_nothing(run: Run, rows: Path, home: Path) -> None:
    result = run("csv", rows, *MAP, "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.endswith("6 rows: 3 posts, 1 duplicate, 2 rejected. Nothing was kept.\n")
    assert "Pihakirppis lauantaina" in result.stdout
    assert "123 4567" not in result.stdout
    assert not home.exists()


def test_json(run: Run, rows: Path) -> None:
    told = json.loads(run("csv", rows, *MAP, "--json").stdout)
    assert {name: told[name] for name in ("rows", "posts", "new", "updated", "duplicates", "rejected")} == {
        "rows": 6, "posts": 3, "new": 3, "updated": 0, "duplicates": 1, "rejected": 2,
    }  # fmt: skip
    assert told["reasons"] == {"no text": 1, "3 cells where the header has 5": 1}
    assert told["first_rejected"][0] == {"file": "rows.csv", "line": 4, "within": "", "reason": "no text"}


def test_rejected_rows_are_all_written_down_and_ten_are_shown(run: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "rows.jsonl", tmp_path / "rejected.csv"
    path.write_text('{"text": "secret"\n' * 30 + '{"text": "Hei"}\n')
    result = run("jsonl", path, "--rejected", out)
    assert result.stderr.count("not valid JSON") == 11  # ten rows and the sum
    assert "and 20 more rows" in result.stderr
    with out.open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    assert [int(row["line"]) for row in written] == list(range(1, 31))
    assert {row["reason"] for row in written} == {"not valid JSON"}
    assert "secret" not in out.read_text("utf-8") + result.output


def test_the_rejected_file_may_not_be_the_file_itself(run: Run, rows: Path) -> None:
    assert run("csv", rows, "--rejected", rows).exit_code == 2
    assert rows.read_text("utf-8") == ROWS


def test_a_rejected_file_that_cannot_be_written(run: Run, rows: Path, tmp_path: Path) -> None:
    result = run("csv", rows, *MAP, "--rejected", tmp_path / "none" / "x.csv")
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


def test_several_files_are_one_import(run: Run, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(f"id,text\n{name},Hei {name}\nboth,Moi\n", "utf-8")
    assert "4 rows: 3 posts (3 new, 0 updated), 1 duplicate" in run("csv", tmp_path / "a.csv", tmp_path / "b.csv").stdout


def test_a_facebook_download(run: Run, tmp_path: Path, settings: Settings) -> None:
    text = "Kirppis Töölössä".encode().decode("latin-1")
    items = [{"timestamp": 1_600_000_000, "title": "Testi Testaaja posted in Pihat.", "data": [{"post": text}]}]
    comments = [{"timestamp": 1, "data": [{"comment": {"comment": "x"}}]}]
    with zipfile.ZipFile(tmp_path / "facebook.zip", "w") as archive:
        archive.writestr("groups/group_posts_and_comments.json", json.dumps({"group_posts_v2": items}))
        archive.writestr("groups/your_comments_in_groups.json", json.dumps({"group_comments_v2": comments}))
    result = run("facebook-download", tmp_path / "facebook.zip")
    assert "2 rows: 1 post (1 new, 0 updated), 0 duplicates, 1 rejected." in result.stdout
    assert "your_comments_in_groups.json, item 1: comments are not read" in result.stderr
    (post,) = kept(settings).values()
    assert (post.text, post.group) == ("Kirppis Töölössä", "Pihat")


def test_kind_language_and_source(run: Run, rows: Path, home: Path, settings: Settings) -> None:
    facts = dict.fromkeys(("title", "description", "publisher", "legal_basis"), "x") | {"platform": "file"}
    (home / "sources").mkdir(parents=True)
    lines = [f"{name} = {json.dumps(value)}" for name, value in facts.items()]
    (home / "sources" / "ideas.toml").write_text("\n".join([*lines, 'languages = ["fi"]']))
    run("csv", rows, *MAP, "--source", "ideas", "--kind", "proposal", "--language", "fi")
    assert {(post.source, post.kind, post.language) for post in kept(settings).values()} == {("ideas", "proposal", "fi")}
    assert last_run(settings, "ideas").outcome == "done"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("cvs", "rows.csv"), 2, "There is no format cvs. Formats: csv, jsonl, crowdtangle, facebook-download, graph-api."),
        (("csv", "none.csv"), 1, "There is no file none.csv."),
        (("csv", "folder"), 2, "folder is a folder."),
        (("csv", "empty.csv"), 2, "empty.csv is empty."),
        (("csv", "rows.csv", "--map", "text=nothing"), 2, "has no column nothing. It has the columns id, round, body, name"),
        (("csv", "rows.csv", "--map", "colour=body"), 2, "The fields are id, kind, title"),
        (("csv", "rows.csv", "--timezone", "Mars/Base"), 2, "There is no time zone Mars/Base."),
        (("csv", "rows.csv", "--source", "imported-fils"), 2, "No source has the id imported-fils. Did you mean imported-files?"),
        (("crowdtangle", "rows.csv"), 2, "has not the columns of a CrowdTangle export"),
        (("crowdtangle", "rows.csv", "--map", "text=body"), 2, "--map has no use"),
        (("facebook-download", "folder"), 2, "holds no posts of a Facebook download"),
    ],
)
def test_errors_are_one_sentence(
    run: Run, rows: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, said: str
) -> None:
    monkeypatch.chdir(rows.parent)
    (rows.parent / "folder").mkdir()
    (rows.parent / "empty.csv").touch()
    result = run(*arguments)
    assert result.exit_code == code
    assert result.stderr.startswith("Error: ")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("path", ["pipe", "/dev/zero"])
def test_a_pipe_or_device_is_no_file(run: Run, path: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    refused = run("csv", tmp_path / path)
    assert refused.exit_code == 2
    assert "is no ordinary file. Save what comes from there" in refused.stderr


def test_a_file_of_which_nothing_could_be_read_is_a_failure_that_gives_the_reasons(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "photo.jsonl"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    refused = run("jsonl", path)
    assert refused.exit_code == 2
    assert "photo.jsonl, line 1: not valid JSON" in refused.stderr
    assert "Error: Not one row could be read. The reasons stand above; is this the format jsonl?" in refused.stderr
    assert json.loads(run("jsonl", path, "--json").stdout)["rejected"] == 3


def test_answers_of_the_graph_api(run: Run, tmp_path: Path, settings: Settings) -> None:
    post = {
        "id": "1000_2000",
        "message": "Kirppis, soita 040 1234567",
        "created_time": "2026-03-01T16:05:52+0000",
        "from": {"id": "7"},
    }
    (tmp_path / "feed.json").write_text(json.dumps({"data": [post, {"id": "1000_2001", "story": "Sivu updated its cover photo."}]}))
    (tmp_path / "tabs.json").write_text(json.dumps({"data": [{"id": "1/tabs/photos", "is_permanent": False}]}))
    refused = run("graph-api", tmp_path / "tabs.json")
    assert refused.exit_code == 2
    assert f"{tmp_path / 'tabs.json'} holds tabs of a page, no posts. Leave it out" in refused.stderr
    assert "3 rows: 1 post (1 new, 0 updated), 0 duplicates, 2 rejected." in run("graph-api", tmp_path).stdout
    (kept_post,) = kept(settings).values()
    assert (kept_post.text, kept_post.url) == ("Kirppis, soita [phone]", "https://www.facebook.com/1000/posts/2000")
    assert kept_post.author
    assert kept_post.author.startswith("p-")


def test_every_format_is_in_the_help(run: Run) -> None:
    text = " ".join(run("--help").output.split())
    assert all(form in text for form in IMPORTERS)
    assert "Example: tinymovements import" in text


def test_ctrl_c_keeps_finished_batches_and_the_next_import_goes_on(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    good = "".join(f"{n},Viesti numero {n}\n" for n in range(COMMIT + 20))
    path.write_text(f"id,text\n{good}broken\n{COMMIT + 20},Last\n", "utf-8")

    def stop(_: Refusal) -> None:
        raise KeyboardInterrupt

    order = ImportOrder("csv", [path])
    with pytest.raises(KeyboardInterrupt):
        import_files(settings, order, Watch(refused=stop))
    assert len(kept(settings)) == COMMIT
    assert (last_run(settings).outcome, last_run(settings).counts["new"]) == ("stopped", COMMIT)
    summary = import_files(settings, order, Watch())
    assert (summary.new, summary.duplicates, summary.rejected, summary.rows) == (21, COMMIT, 1, COMMIT + 22)
    assert (last_run(settings).step, last_run(settings).outcome, last_run(settings).counts) == ("import", "done", summary.counts())


def test_ctrl_c_is_told_also_where_it_cannot_be_noted(run: Run, rows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    def fail(*_: object) -> None:
        raise ArchiveError("The archive cannot be used.")

    monkeypatch.setattr(workflow, "store", stop)
    monkeypatch.setattr(crawl, "finish_run", fail)
    result = run("csv", rows, *MAP)
    assert result.exit_code == STOPPED
    assert "Stopped. What was done is kept" in result.stderr
    assert "cannot be used" not in result.stderr


def test_a_file_that_breaks_off_keeps_all_that_came_before_and_says_so(settings: Settings, tmp_path: Path) -> None:
    broken, whole = tmp_path / "rows.json", tmp_path / "more.json"
    items = [{"id": n, "text": f"Viesti numero {n}"} for n in range(COMMIT + 20)]
    broken.write_text(json.dumps(items)[:-5])
    whole.write_text('[{"id": "whole", "text": "Viesti"}]')
    with pytest.raises(FormatError):
        import_files(settings, ImportOrder("jsonl", [broken, whole]), Watch())
    assert set(kept(settings)) == {str(n) for n in range(COMMIT + 19)}
    run: Any = last_run(settings)
    assert (run.outcome, run.counts["new"]) == ("failed", COMMIT + 19)
    assert "not valid JSON" in run.message


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Rows for several processes: of three texts one is another's, one in ten rows is none, one comes twice."""
    path = tmp_path / "many.csv"
    said = "kahvit päälle ja tervetuloa kaikki naapurit samasta talosta"
    texts = (f"Talkoot numero {n // 3}: {said} {('meidän', 'sinun', 'heidän')[n % 3]}" for n in range(1200))
    lines = (f"{n},{text if n % 10 else ''}" for n, text in enumerate(texts))
    path.write_text("\n".join(("id,text", *lines, "7,Again")), "utf-8")
    return path


def content(settings: Settings) -> list[tuple[Any, ...]]:
    """All that an import leaves, in order of arrival, but for the moments and the gaps in the numbers."""
    with reading(open_archive(settings.archive_url)) as connection:
        items = sorted(posts.stream(connection), key=lambda item: item.number)
        return [(item.post, item.revision, posts.same(connection, item.number)) for item in items]


def test_side_by_side_gives_what_one_process_gives(
    settings: Settings, tmp_path: Path, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflow, "WORTH_PROCESSES", 1)
    told = import_files(settings, ImportOrder("csv", [many]), Watch())
    other = settings.model_copy(update={"home": tmp_path / "other", "processes": 2})
    other.home.mkdir()
    shutil.copy(settings.key_file, other.key_file)
    assert import_files(other, ImportOrder("csv", [many]), Watch()).as_dict() == told.as_dict()
    assert (told.new, told.rejected, told.duplicates) == (1080, 120, 1)
    assert content(other) == content(settings)
    assert sum(bool(same) for _, _, same in content(settings)) > 500


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("os.killpg(0, signal.SIGINT)", -signal.SIGINT),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("[child.kill() for child in multiprocessing.active_children()]", 1),
    ],
    ids=["Ctrl-C", "kill -9", "a process that dies"],
)
def test_stopped_half_way_the_next_import_ends_where_an_undisturbed_one_does(
    settings: Settings, tmp_path: Path, many: Path, said: str, code: int
) -> None:
    program = (
        "import multiprocessing, os, signal\n"
        "from pathlib import Path\n"
        "from tinymovements.settings import load\n"
        "from tinymovements.workflow import import_files as workflow\n"
        "workflow.WORTH_PROCESSES, workflow.HANDFUL, workflow.COMMIT = 1, 20, 100\n"
        "seen = 0\n"
        "def stop(_):\n"
        "    global seen\n"
        f"    if (seen := seen + 1) == 100: {said}\n"
        f"order = workflow.ImportOrder('csv', [Path({str(many)!r})])\n"
        "workflow.import_files(load(processes=2), order, workflow.Watch(refused=stop))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, start_new_session=True, check=False
    )
    assert ended.returncode == code, ended.stderr
    if code == 1:
        assert ended.stderr.strip().endswith("set TINYMOVEMENTS_PROCESSES=1 and go on.")
    assert 100 <= len(kept(settings)) < 1080
    import_files(settings, ImportOrder("csv", [many]), Watch())
    other = settings.model_copy(update={"home": tmp_path / "other"})
    other.home.mkdir()
    shutil.copy(settings.key_file, other.key_file)
    import_files(other, ImportOrder("csv", [many]), Watch())
    assert content(settings) == content(other)


def test_nothing_but_the_archive_and_the_key_is_left_in_the_home(run: Run, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id,text\n1,Kirppis\n1,Kirppis\n2,Talkoot\n", "utf-8")
    assert "2 new" in run("csv", path).stdout
    assert {file.name.removesuffix("-wal").removesuffix("-shm") for file in home.iterdir()} == {"archive.db", "pseudonym.key"}


def test_a_day_without_a_time_is_shown_found_and_exported_as_that_day(run: Run, tmp_path: Path, settings: Settings) -> None:
    path, again = tmp_path / "posts.csv", tmp_path / "again.csv"
    path.write_text("id,posted,text\n1,2026-08-01,Kirppis pihalla\n", "utf-8")
    assert "1 new" in run("csv", path).stdout
    post = kept(settings)["1"]
    assert "1.8.2026" in CliRunner().invoke(main, ["show", post.id]).stdout
    exporting = ["export", str(again), "--unit", "posts", "--since", "1.8.2026", "--until", "1.8.2026"]
    assert CliRunner().invoke(main, exporting).exit_code == 0
    assert "1 duplicate" in run("csv", again).stdout
    assert kept(settings) == {"1": post}


def test_fields_of_other_names_are_mapped_and_the_id_stays_as_it_is(run: Run, tmp_path: Path, settings: Settings) -> None:
    """`source` is a field like any other, and a day needs no hour."""
    path = tmp_path / "posts.jsonl"
    row = {"id": "X-001", "source": "Mäen naapurit", "when": "2024-01-22", "text": "Läksykerho alkaa kirjastossa"}
    path.write_text(json.dumps(row), "utf-8")
    result = run("jsonl", path, "--map", "native_id=id", "--map", "group=source", "--map", "posted=when", "--timezone", "UTC")
    assert result.stdout == "1 row: 1 post (1 new, 0 updated), 0 duplicates, 0 rejected.\n"
    post = kept(settings)["X-001"]
    assert (post.group, str(post.posted), post.source) == ("Mäen naapurit", "2024-01-22 12:00:00+00:00", "imported-files")
    exported = CliRunner().invoke(main, ["export", str(tmp_path / "posts.csv"), "--unit", "posts"])
    assert exported.exit_code == 0
    with (tmp_path / "posts.csv").open(encoding="utf-8", newline="") as file:
        assert [(line["native_id"], line["group"]) for line in csv.DictReader(file)] == [("X-001", "Mäen naapurit")]
