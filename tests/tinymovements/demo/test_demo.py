"""The tour runs by itself, offline, inside its home, and what it shows is what it promises."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tinymovements.demo.posts import by_channel, load_posts
from tinymovements.demo.tour import steps
from tinymovements.model import LANGUAGES


def test_the_posts_are_a_year_in_three_languages() -> None:
    posts = load_posts()
    assert len(posts) >= 400
    assert len({post.id for post in posts}) == len(posts)
    assert {post.language for post in posts} == set(LANGUAGES)
    assert {post.channel for post in posts} == {"rss", "events", "mastodon", "facebook", "download"}
    months = {(post.posted.year, post.posted.month) for post in posts}
    assert len(months) == 12


def test_the_steps_write_into_the_home_only(tmp_path: Path) -> None:
    files = {"crowdtangle": [tmp_path / "a"], "facebook-download": [tmp_path / "b"]}
    for step in steps(files, tmp_path / "c"):
        assert all(not word.startswith("/") or word.startswith(str(tmp_path)) for word in step.command)


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The home folder after the tour, and what it said."""
    base = tmp_path_factory.mktemp("tour")
    (base / "elsewhere").mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TINYMOVEMENTS_")}
    environment |= {"TINYMOVEMENTS_HOME": str(base / "home"), "HOME": str(base / "elsewhere"), "TMPDIR": str(base / "elsewhere")}
    ended = subprocess.run(
        [sys.executable, "-m", "tinymovements", "demo"],
        cwd=base / "elsewhere",
        env=environment | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    assert re.fullmatch("Making the encoder, once: .+\n", ended.stderr)
    return base, ended.stdout


def test_each_command_is_printed_before_its_result(tour: tuple[Path, str]) -> None:
    commands = re.findall(r"^\$ .*?tinymovements (\w+)", tour[1], re.MULTILINE)
    derived = ["annotate", "resolve", "index", "status"]
    assert commands == ["collect", "import", "import", *derived, *(["search"] * 4), "export", "classify"]
    assert "\n0 initiatives." not in tour[1], "a search of the tour finds nothing"


def test_posts_of_all_channels_arrive_but_those_of_people_who_do_not_want_it(tour: tuple[Path, str]) -> None:
    total = sum(int(found) for found in re.findall(r"^  demo-\S+ +(\d+),", tour[1], re.MULTILINE))
    assert total == len(load_posts()) - len(by_channel("mastodon")) // 12
    assert total >= 400


def test_nothing_is_written_elsewhere(tour: tuple[Path, str]) -> None:
    assert list((tour[0] / "elsewhere").iterdir()) == []
    assert [path.name for path in (tour[0] / "home").iterdir()] == ["demo"]


def test_nothing_personal_is_in_any_file_but_the_imported_ones(tour: tuple[Path, str]) -> None:
    contacts = {
        found for post in load_posts() for found in re.findall(r"[\w.]+@[\w.]+\w|\b0[45]0[ -]?\d{3}[ -]?\d{3,4}\b", post.text)
    }
    assert len(contacts) >= 15
    authors = {post.author for post in load_posts() if post.channel in ("facebook", "mastodon", "download")}
    kept = b"".join(
        path.read_bytes()
        for path in (tour[0] / "home" / "demo").rglob("*")
        if path.is_file() and path.parent.name not in ("files", "sources")
    )
    assert not [contact for contact in contacts if contact.encode() in kept]
    assert not [author for author in authors if re.fullmatch(r"[A-ZÅÄÖ]\w+ [A-ZÅÄÖ]\w+", author) and author.encode() in kept]


def test_the_readme_shows_what_the_tour_shows(tour: tuple[Path, str]) -> None:
    def without_ids(text: str) -> str:
        return re.sub(r" · \w{8}$", "", text, flags=re.MULTILINE)  # ids of downloaded posts hang on the key of the home

    readme = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
    blocks = [block.strip() for block in readme.split("```")[1::2]]
    shown = [block for block in blocks if re.match(r"\$ (?:echo .* \| )?tinymovements (?:search|classify)", block)]
    assert len(shown) == 3
    for block in shown:
        assert without_ids(block) in without_ids(tour[1])


def test_the_dataset_can_be_read(tour: tuple[Path, str]) -> None:
    path = tour[0] / "home" / "demo" / "flea-markets.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert {row["movement_flea_markets_and_swaps"] for row in rows} == {"1"}
    assert {row["language"] for row in rows} == set(LANGUAGES)
    provenance = json.loads(path.with_name("flea-markets.csv.provenance.json").read_text("utf-8"))
    assert provenance


def test_it_says_what_to_type_next(tour: tuple[Path, str]) -> None:
    last = tour[1].splitlines()[-1]
    assert last.endswith("--help")
