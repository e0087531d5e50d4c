"""`emerging`: tells what rises, for people and for programs."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tinymovements.cli import main

END = date(2026, 5, 31)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def _lines(weeks: int) -> Iterator[dict[str, str]]:
    """Each third week somebody shares food in Kallio, and in the last eight weeks three do, among posts about other things."""
    for ago in range(weeks):
        day = f"{END - timedelta(7 * ago)}T12:00:00Z"
        for number in range(3 if ago < 8 else ago % 3 == 0):
            text = f"Hävikkiruokaa jaetaan Kalliossa naapureille, jääkaappi on auki kello {8 + number + ago % 7}, hae {ago}"
            yield {"id": f"f{ago}-{number}", "posted": day, "text": text}
        for number in range(3):
            yield {"id": f"o{ago}-{number}", "posted": day, "text": f"Myydään polkupyörä numero {ago}-{number}, hinta sopuisa"}


@pytest.fixture
def home_of(tmp_path: Path) -> Path:
    file = tmp_path / "posts.jsonl"
    file.write_text("\n".join(map(json.dumps, _lines(80))), "utf-8")
    assert run("import", "jsonl", str(file)).exit_code == 0
    assert run("annotate").exit_code == 0
    return file


@pytest.mark.usefixtures("home_of")
def test_what_rises_is_told_and_why() -> None:
    told = run("emerging", "--place", "Kallio")
    assert told.exit_code == 0
    assert told.stdout.startswith("1 rise and 0 new themes until 31.5.2026, of 1 movement in a place and 0 words, by 79 weeks.\n")
    assert "Food sharing in Kallio\n24 signs of life in the 8 weeks since 6.4.2026" in told.stdout
    assert "food-sharing/Kallio" in told.stdout
    why = run("emerging", "--why", "food-sharing/kallio").stdout
    assert why.startswith("Food sharing in Kallio\nIt rises: 24 signs of life in the last 8 weeks")
    assert "imported-files" in why
    assert "24 posts, the latest first" in why
    assert "31.5.2026" in why


@pytest.mark.usefixtures("home_of")
def test_programs_get_json() -> None:
    told = json.loads(run("emerging", "--json").stdout)
    (rise,) = told["rises"]
    assert (rise["movement"], rise["district"], rise["municipality"], rise["weeks"]) == ("food-sharing", "Kallio", "Helsinki", 8)
    why = json.loads(run("emerging", "--why", rise["id"], "--json").stdout)
    assert why["rise"]["id"] == rise["id"]
    assert why["posts"][0]["text"].startswith("Hävikkiruokaa")
    assert sum(piece["signs"] for piece in why["pieces"]) >= rise["signs"]


@pytest.mark.usefixtures("home_of")
def test_nothing_is_told_of_another_time_or_movement() -> None:
    assert run("emerging", "--until", "31.3.2026").stdout.startswith("0 rises")
    assert run("emerging", "--movement", "repair-and-reuse").stdout.startswith("0 rises")


def test_an_archive_that_knows_nothing_says_so() -> None:
    assert run("emerging").stdout == "No post of that time has a date, so nothing can be said to rise.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--why", "food-sharing/Kallio"), "No post of that time has a date"),
        (("--rate", "0"), "--rate"),
        (("--weeks", "1"), "--weeks"),
        (("--movement", "food"), "food-sharing"),
        (("--since", "2026-03-02", "--until", "2026-03-01"), "No day is both since"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(arguments: tuple[str, ...], said: str) -> None:
    told = run("emerging", *arguments)
    assert told.exit_code == 2
    assert said in told.stderr
