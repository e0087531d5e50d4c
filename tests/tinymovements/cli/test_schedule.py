"""`schedule list`: how each source is, for people and for programs; what it is told of how often."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from os import getpid
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from spiders.sources import read_source
from tinymovements.archive import crawl
from tinymovements.archive.database import open_archive, writing
from tinymovements.archive.locks import held
from tinymovements.cli import main
from tinymovements.errors import SourceError
from tinymovements.model import interval
from tinymovements.settings import Settings

FACTS = """
title = "T"
description = "D"
platform = "rss"
url = "http://127.0.0.1:9/feed"
publisher = "P"
languages = ["fi"]
legal_basis = "L"
"""


@pytest.fixture
def archive(settings: Settings) -> Iterator[Engine]:
    engine = open_archive(settings.archive_url)
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def paper(home: Path) -> Path:
    """A source on this machine; those that ship are out of reach."""
    path = home / "sources" / "paper.toml"
    path.parent.mkdir(parents=True)
    path.write_text(FACTS, "utf-8")
    return path


def listed() -> str:
    ended = CliRunner().invoke(main, ["schedule", "list"])
    assert ended.exit_code == 0
    return ended.stdout


def line(id: str) -> str:
    return next(line for line in listed().splitlines() if line.startswith(id))


def ran(archive: Engine, ago: timedelta, outcome: str, message: str | None = None, **counts: int) -> None:
    began = datetime.now(UTC) - ago
    with writing(archive) as connection:
        run = crawl.start_run(connection, "paper", "collect", at=began)
        crawl.finish_run(connection, run, outcome, counts, message, at=began)


class TestHealth:
    def test_never_run(self) -> None:
        assert "never run" in line("paper")
        assert "due now" in line("paper")
        assert listed().startswith("No scheduler runs. `tinymovements schedule run` starts one.")

    def test_ok(self, archive: Engine) -> None:
        ran(archive, timedelta(hours=1), "done", new=3)
        assert line("paper").split()[1] == "ok"
        assert "(done), next 20" in line("paper")
        assert "every 6 h" in line("paper")

    def test_failing(self, archive: Engine) -> None:
        ran(archive, timedelta(hours=2), "failed", "It answered 500.")
        ran(archive, timedelta(minutes=5), "failed", "It answered 502.")
        assert line("paper").split()[1] == "failing"
        assert "left alone until 20" in line("paper")
        assert "failed 2 times in a row since 20" in listed()
        assert "It answered 502." in listed()

    def test_stale_where_no_scheduler_runs(self, archive: Engine) -> None:
        ran(archive, timedelta(days=3), "done")
        assert "stale" in line("paper")
        with held(archive, "schedule"):
            assert line("paper").split()[1] == "ok"
            assert listed().startswith(f"A scheduler runs: process {getpid()} on ")

    def test_being_collected(self, archive: Engine) -> None:
        ran(archive, timedelta(hours=1), "done")
        with held(archive, "collect paper"):
            assert f"being collected  by process {getpid()} on" in line("paper")

    def test_left_out(self, home: Path) -> None:
        (home / "sources" / "wrong.toml").write_text(FACTS.replace('"T"', "1"), "utf-8")
        (home / "sources" / "fresh.toml").write_text(FACTS.replace('"D"', '"EDIT: x"'), "utf-8")
        (home / "sources" / "off.toml").write_text(FACTS + "enabled = false\n", "utf-8")
        assert "title" in line("wrong")
        assert "description: still says what the template said" in line("fresh")
        assert "offline" in line("helsinki-linked-events")
        assert "off " not in listed()

    def test_for_programs(self, archive: Engine) -> None:
        ran(archive, timedelta(hours=1), "done", new=3, more=1)
        known = json.loads(CliRunner().invoke(main, ["schedule", "list", "--json"]).stdout)
        assert known["scheduler"] is None
        (item,) = known["sources"]
        assert (item["source"], item["health"], item["last"]["counts"]) == ("paper", "ok", {"new": 3, "more": 1})
        assert datetime.fromisoformat(item["due"]) < datetime.now(UTC), "it goes on soon where there is more"
        assert "helka" not in known["left_out"], "what is collected only when named is no business of the scheduler"


class TestInterval:
    @pytest.mark.parametrize(
        ("text", "length"),
        [
            ("10 min", timedelta(minutes=10)),
            ("6 h", timedelta(hours=6)),
            ("7 d", timedelta(days=7)),
            ("90 min", timedelta(hours=1.5)),
        ],
    )
    def test_is_a_number_and_a_unit(self, text: str, length: timedelta) -> None:
        assert interval(text) == length

    @pytest.mark.parametrize("text", ["", "6", "h", "6h", "six h", "6 hours", "-6 h", "0 h", "9 min", "1.5 h", "99999 d", "٦ h"])
    def test_anything_else_is_told_with_the_file_and_the_field(self, paper: Path, text: str) -> None:
        paper.write_text(f'{FACTS}every = "{text}"\n', "utf-8")
        with pytest.raises(SourceError, match=r"paper\.toml: every: .*(whole number and min, h or d|10 min or more)"):
            read_source(paper)
