"""The status tells what is unfinished, who is at work, and what finishes it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from os import getpid
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from pipelines.version import version
from tinymovements.archive import annotations, crawl, posts
from tinymovements.archive.database import open_archive, writing
from tinymovements.archive.locks import held
from tinymovements.cli import main
from tinymovements.errors import FormatError
from tinymovements.model import Annotation, Post
from tinymovements.settings import Settings
from tinymovements.workflow.import_files import ImportOrder, Watch, import_files
from tinymovements.workflow.index import index_posts
from tinymovements.workflow.resolve import resolve_posts
from tinymovements.workflow.status import status


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An archive on each database in turn, for this process and the commands it runs."""
    if request.param == "postgresql":
        monkeypatch.setenv("TINYMOVEMENTS_ARCHIVE", request.getfixturevalue("postgresql_url"))
    return Settings(home=settings.home, processes=1)


@pytest.fixture
def archive(settings: Settings) -> Iterator[Engine]:
    engine = open_archive(settings.archive_url)
    yield engine
    engine.dispose()


def begin(archive: Engine, source: str, step: str) -> int:
    with writing(archive) as connection:
        return crawl.start_run(connection, source, step)


def end(archive: Engine, run: int, outcome: str) -> None:
    with writing(archive) as connection:
        crawl.finish_run(connection, run, outcome, {})


def told() -> str:
    return CliRunner().invoke(main, ["status"]).stdout


class TestRuns:
    def test_one_that_was_killed(self, archive: Engine, settings: Settings) -> None:
        begin(archive, "helka", "collect")
        begin(archive, "groups", "import")
        known = status(settings)
        assert {source: last.state for source, last in known.runs.items()} == {"groups": "interrupted", "helka": "interrupted"}
        assert [(left.what, left.command) for left in known.unfinished] == [
            ("import into groups was killed", "tinymovements import …, with the same files again"),
            ("collect helka was killed", "tinymovements collect helka"),
        ]
        assert ": interrupted" in told()
        assert "To do     collect helka was killed: tinymovements collect helka" in told()

    def test_one_that_lasts(self, archive: Engine, settings: Settings) -> None:
        begin(archive, "helka", "collect")
        with held(archive, "collect helka"):
            known = status(settings)
            assert known.runs["helka"].state == "running"
            assert known.runs["helka"].by is not None
            assert known.runs["helka"].by.pid == getpid()
            assert known.unfinished == ()
            assert f"running by process {getpid()} on " in told()

    @pytest.mark.parametrize(("outcome", "says"), [("failed", "failed"), ("stopped", "was stopped"), ("killed", "was killed")])
    def test_one_that_did_not_come_to_its_end(self, archive: Engine, settings: Settings, outcome: str, says: str) -> None:
        end(archive, begin(archive, "helka", "collect"), outcome)
        assert [(left.what, left.command) for left in status(settings).unfinished] == [
            (f"collect helka {says}", "tinymovements collect helka")
        ]

    def test_an_import_of_a_file_that_is_none_leaves_nothing(self, settings: Settings, tmp_path: Path) -> None:
        no_table = tmp_path / "letter.csv"
        no_table.write_text("Hei, miten menee?\nKiitos hyvin.\n", "utf-8")
        with pytest.raises(FormatError):
            import_files(settings, ImportOrder("crowdtangle", [no_table]), Watch())
        assert status(settings).runs["imported-files"].state == "failed"
        assert status(settings).unfinished == ()

    def test_an_import_that_failed_among_its_rows_is_unfinished(self, archive: Engine, settings: Settings) -> None:
        with writing(archive) as connection:
            run = crawl.start_run(connection, "groups", "import")
            crawl.finish_run(connection, run, "failed", {"rows": 2}, "Line 3 is no JSON.")
        assert [left.what for left in status(settings).unfinished] == ["import into groups failed"]

    def test_one_that_was_done_leaves_nothing(self, archive: Engine, settings: Settings) -> None:
        end(archive, begin(archive, "helka", "collect"), "done")
        assert status(settings).unfinished == ()

    def test_the_next_run_closes_the_record_of_a_killed_one(self, archive: Engine, settings: Settings) -> None:
        first = begin(archive, "helka", "collect")
        other = begin(archive, "helka", "import")
        end(archive, begin(archive, "helka", "collect"), "done")
        with archive.connect() as connection:
            assert [run.id for run in crawl.unfinished(connection)] == [other]
            history = crawl.histories(connection, ["helka"])["helka"]
        assert first < history.last.id
        assert (history.last.outcome, history.failures) == ("done", 0)


def test_it_tells_who_is_at_work(archive: Engine, settings: Settings) -> None:
    with held(archive, "annotate"), held(archive, "schedule"):
        assert [lock.name for lock in status(settings).locks] == ["annotate", "schedule"]
        assert f"At work   annotate: process {getpid()} on " in told()
    assert status(settings).locks == ()


def test_posts_that_are_not_annotated_resolved_or_indexed(
    archive: Engine, settings: Settings, make_post: Callable[..., Post]
) -> None:
    with writing(archive) as connection:
        posts.store(connection, "pihalista", [make_post()])
    assert [(left.what, left.command) for left in status(settings).unfinished] == [
        ("posts not annotated: 1", "tinymovements annotate"),
        ("posts not resolved: 1", "tinymovements resolve"),
        ("posts not indexed: 1", "tinymovements index"),
    ]
    claim = annotations.claim(archive, version(), 0, 10)
    assert claim is not None
    said = Annotation(version=version(), language="fi", initiative=0.5, self_organised=0.5)
    claim.keep([said.model_dump_json()])
    assert "Resolved  0 initiatives, 1 post out of date" in told()
    resolve_posts(settings, lambda _steps: None)
    assert status(settings).unresolved == 0
    assert [left.command for left in status(settings).unfinished] == ["tinymovements index"]


def test_what_killed_runs_left_and_what_takes_it_away(archive: Engine, settings: Settings, make_post: Callable[..., Post]) -> None:
    with writing(archive) as connection:
        posts.store(connection, "pihalista", [make_post()])
    index_posts(settings, lambda _count: None)
    assert status(settings).leftovers == ()
    (settings.index_folder / "4-00112233aabbccdd").mkdir()
    settings.sources_folder.mkdir()
    for path in (settings.home / ".import-x", settings.home / ".pseudonym.key.7.ab", settings.sources_folder / "malmi.new"):
        path.touch()
    found = {leftover.path.removeprefix(f"{settings.home}/"): leftover.command for leftover in status(settings).leftovers}
    assert found == {
        "index/4-00112233aabbccdd": "tinymovements index --anew",
        ".import-x": f"rm '{settings.home}/.import-x'",
        ".pseudonym.key.7.ab": f"rm '{settings.home}/.pseudonym.key.7.ab'",
        "sources/malmi.new": f"rm '{settings.sources_folder}/malmi.new'",
    }
    assert "Left over" in told()
    with held(archive, "import groups"), held(archive, "index"):
        assert {leftover.command[:2] for leftover in status(settings).leftovers} == {"rm"}
        assert len(status(settings).leftovers) == 2
    index_posts(settings, lambda _count: None, anew=True)
    assert not any("index" in leftover.command for leftover in status(settings).leftovers)


class TestHistories:
    def test_failures_in_a_row_are_counted_since_the_last_success(self, archive: Engine) -> None:
        at = datetime(2026, 5, 1, tzinfo=UTC)
        for number, outcome in enumerate(["failed", "done", "failed", "stopped", "killed"]):
            with writing(archive) as connection:
                run = crawl.start_run(connection, "helka", "collect", at=at + timedelta(hours=number))
                crawl.finish_run(connection, run, outcome, {}, at=at + timedelta(hours=number, minutes=5))
        begin(archive, "helka", "import")
        with archive.connect() as connection:
            history = crawl.histories(connection, ["helka", "nobody"])
        assert list(history) == ["helka"]
        assert (history["helka"].failures, history["helka"].failing_since) == (2, at + timedelta(hours=2))
        assert (history["helka"].last.outcome, history["helka"].last.step) == ("killed", "collect")
        begin(archive, "helka", "collect")
        with archive.connect() as connection:
            assert crawl.histories(connection, ["helka"])["helka"].failures == 3


@pytest.mark.usefixtures("pets")
def test_a_movement_that_no_model_knows_is_left_to_do(settings: Settings) -> None:
    assert [(left.what, left.command) for left in status(settings).unfinished] == [
        ("movement not learnt yet: shared-pets", "tinymovements train")
    ]
