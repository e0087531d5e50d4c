"""Killed at any moment, the next run makes whole what the killed one began. More often: `pytest -k test_kills --kills 200`.

A kill is `kill -9` of the command, half of the times with all the processes it has started, half of the times of it alone.
"""

import csv
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bench.postgres_server import Server
from bench.synthetic import COLUMNS, posts
from search.query import FACETS, Query
from tinymovements.archive import tables
from tinymovements.archive.database import open_archive, reading
from tinymovements.demo.site import serve
from tinymovements.demo.tour import EVENTS, FEDIVERSE, WEBSITES, sources
from tinymovements.settings import PREFIX, Settings
from tinymovements.workflow.search import search

POSTS = 2_100
"""So many that `annotate` shares them among processes."""
PATIENCE = 120
QUERIES = ("", "pakettiauto skåpbil van", "kirppis", "plats", '"we have"', "garden -street")


@dataclass
class House:
    """A home folder, its archive, and the commands that fill it."""

    home: Path
    archive: str = ""
    key: Path | None = None
    lasted: dict[int, float] = field(default_factory=dict)

    def prepare(self, base: str) -> None:
        (self.home / "sources").mkdir(parents=True)
        for id, facts in sources(base).items():
            (self.home / "sources" / f"{id}.toml").write_text(facts, "utf-8")
        if self.key:  # ids and pseudonyms are made with it
            shutil.copy(self.key, self.settings.key_file)

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, archive=self.archive, processes=2)

    @property
    def dataset(self) -> Path:
        return self.home / "dataset.csv"

    def start(self, command: Sequence[str]) -> "subprocess.Popen[bytes]":
        given = {"HOME": str(self.home), "OFFLINE": "1", "CONTACT": "tests@example.org", "CRAWL_DELAY": "0", "PROCESSES": "2"}
        given |= {"ARCHIVE": self.archive} if self.archive else {}
        environment = os.environ | {f"{PREFIX}{name}": value for name, value in given.items()}
        return subprocess.Popen(
            [sys.executable, "-m", "tinymovements", *command], env=environment, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def finish(self, command: Sequence[str]) -> None:
        process = self.start(command)
        told, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, f"{' '.join(command)}: {told.decode()}"

    def kill(self, command: Sequence[str], after: float, whole: bool) -> bool:
        """Start a command and kill it so many seconds later; whether it still ran then."""
        process = self.start(command)
        try:
            process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            if whole:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            # Its output is open for as long as one of its processes lives: none may stay behind.
            process.communicate(timeout=PATIENCE)
            return True
        return False

    def status(self) -> bytes:
        told, _ = self.start(("status", "--json")).communicate(timeout=PATIENCE)
        return told

    def content(self) -> dict[str, Any]:
        """All that must be equal, whatever happened on the way. The crawl states are not: they tell what was asked last."""
        archive = open_archive(self.settings.archive_url)
        with reading(archive) as connection:

            def rows(table: Any) -> list[dict[str, Any]]:
                return [dict(row) for row in connection.execute(select(table)).mappings()]

            ids = {row["number"]: row["id"] for row in rows(tables.posts)}
            named = _named(rows(tables.initiatives))
            own = {"number", "first_seen", "revision"}
            kept = {
                "posts": {row["id"]: {name: row[name] for name in row.keys() - own} for row in rows(tables.posts)},
                "annotations": {ids[row["post"]]: row["annotation"] for row in rows(tables.annotations)},
                "versions": Counter((ids[row["post"]], row["sequence"], row["content_hash"]) for row in rows(tables.versions)),
                "near duplicates": {ids[row["post"]]: ids[row["original"]] for row in rows(tables.near_duplicates)},
                "initiatives": {named(row["id"]): (named(row["record"]), row["vector"]) for row in rows(tables.initiatives)},
                "initiatives of posts": Counter(
                    (ids[row["post"]], named(row["initiative"]), row["stage"]) for row in rows(tables.initiative_posts)
                ),
                "not indexed": [row["id"] for row in (*rows(tables.changes), *rows(tables.initiative_changes))],
            }
        archive.dispose()
        with self.dataset.open(encoding="utf-8", newline="") as file:
            exported = Counter(
                tuple(sorted((name, named(row[name])) for name in row.keys() - {"first_seen"})) for row in csv.DictReader(file)
            )
        found = {words: search(self.settings, Query(words=words, size=50, facets=FACETS)) for words in QUERIES}
        hits = {words: (page.total, [named(hit.id) for hit in page.hits], page.facets) for words, page in found.items()}
        return kept | {"exported": exported, "hits": hits}


def _named(initiatives: Sequence[dict[str, Any]]) -> Callable[[str], str]:
    """Calls initiatives by the least of their posts: their ids go by which post came first, and a crawl asks several at a time."""
    members = {row["id"]: json.loads(row["record"])["members"] for row in initiatives}
    # Of those that are first of all about it, for what stands beside belongs to another one as well.
    least = {id: min(member["post"] for member in some if member["main"]) for id, some in members.items()}
    assert len(set(least.values())) == len(least)
    return lambda text: re.sub("i1[a-z2-7]{24}", lambda id: f"that of {least[id[0]]}" if id[0] in least else id[0], text)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Posts, and a later file with some of them changed and some that are new."""
    folder = tmp_path_factory.mktemp("files")
    made = posts(POSTS + 300, seed=5)
    first = list(islice(made, POSTS))
    changed = [row | {"text": f"{row['text']} Nyt uudessa paikassa."} for row in first[:600]]
    written = (folder / "first.csv", folder / "second.csv")
    for path, rows in zip(written, (first, [*changed, *first[600:], *made]), strict=True):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
    return written


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with serve() as base:
        yield base


def commands(house: House, files: tuple[Path, Path]) -> list[tuple[str, ...]]:
    understand = [("annotate",), ("resolve",), ("index",)]
    return [
        ("collect", *WEBSITES, EVENTS, FEDIVERSE),
        ("import", "csv", str(files[0])), *understand,
        ("import", "csv", str(files[1])), *understand,
        ("export", str(house.dataset), "--force"),
    ]  # fmt: skip


def undisturbed(house: House, files: tuple[Path, Path], base: str) -> dict[str, Any]:
    house.prepare(base)
    for number, command in enumerate(commands(house, files)):
        began = time.monotonic()
        house.finish(command)
        house.lasted[number] = time.monotonic() - began
    return house.content()


def disturbed(
    house: House, files: tuple[Path, Path], base: str, lasted: dict[int, float], chance: random.Random, times: int
) -> int:
    """Run every command so many times to a random moment and then to its end; how many kills that were."""
    house.prepare(base)
    kills = 0
    for number, command in enumerate(commands(house, files)):
        for _ in range(times):
            kills += house.kill(command, chance.uniform(0.2, lasted[number]), chance.random() < 0.5)
            if command[0] == "export" and house.dataset.exists():
                assert house.dataset.read_bytes().endswith(b"\r\n")
        house.finish(command)
    return kills


@pytest.fixture(params=["sqlite", "postgresql"])
def new_archive(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Makes an empty archive of this name; its URL, or nothing for the file in the home folder."""
    if request.param == "sqlite":
        return lambda name: ""
    server: Server = request.getfixturevalue("postgresql")

    def make(name: str) -> str:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
        return server.url(name)

    return make


def test_killed_at_random_moments_it_ends_as_if_nothing_had_happened(
    tmp_path: Path, files: tuple[Path, Path], site: str, new_archive: Callable[[str], str], request: pytest.FixtureRequest
) -> None:
    wanted, seed = request.config.getoption("--kills"), request.config.getoption("--kills-seed")
    wanted = wanted if not new_archive("undisturbed") else max(1, wanted // 4)
    chance = random.Random(seed)
    reference = House(tmp_path / "reference", new_archive("undisturbed"))
    expected = undisturbed(reference, files, site)
    assert len(expected["posts"]) > POSTS
    assert expected["annotations"].keys() == expected["posts"].keys()
    assert expected["initiatives"]
    kills = turn = 0
    while kills < wanted:
        turn += 1
        house = House(tmp_path / str(turn), new_archive("disturbed"), reference.settings.key_file)
        kills += disturbed(house, files, site, reference.lasted, chance, 1 if wanted <= 10 else 3)
        content = house.content()
        for what in expected:
            assert content[what] == expected[what], f"{what} differ in turn {turn} of the seed {seed}"
        told = json.loads(house.status())
        assert (told["unfinished"], told["leftovers"], told["locks"]) == ([], [], [])
        shutil.rmtree(house.home)
    print(f"{kills} kills in {turn} turns")
