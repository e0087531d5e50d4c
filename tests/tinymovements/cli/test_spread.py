"""`tinymovements spread`, and `export` of what is made of initiatives."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.tinymovements.invented import fill, id_of, initiative_of
from tinymovements.cli import main
from tinymovements.exports import GRAPHS
from tinymovements.exports.spread import NO_CAUSE
from tinymovements.settings import Settings


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_it_tells_places_in_order_with_words_and_since_when_they_are_observed(settings: Settings) -> None:
    fill(settings)
    result = _run("spread", "repair-and-reuse")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "Repair and reuse: 4 initiatives in 3 places, first seen 1.2.2025."
    assert "  2  1.6.2025    Malmi, Helsinki  1 initiative" in lines
    assert f"     Malmin korjausilta: “Malmin korjausilta alkaa” ({initiative_of('b')[:8]})" in lines
    assert "     Observed since 1.3.2025 (pihalista)." in lines
    assert "     Observed since 20.8.2025 (muualta), so there may have been earlier ones." in lines
    speech = "Malmin korjausilta (Malmi, Helsinki) speaks of Kyläpajan ilta (Kallio, Helsinki)"
    assert f"  1.6.2025    {speech}: {id_of('b1')[:8]}" in lines
    assert lines[-1] == NO_CAUSE


def test_several_words_are_one_idea(settings: Settings) -> None:
    fill(settings)
    assert _run("spread", "Repair", "and", "reuse").stdout == _run("spread", "repair-and-reuse").stdout


def test_programs_are_told_the_same(settings: Settings) -> None:
    fill(settings)
    told = json.loads(_run("spread", "repair-and-reuse", "--by", "municipality", "--json").stdout)
    assert [(step["place"], step["first"]) for step in told["steps"]] == [
        ("Helsinki", "2025-02-01T00:00:00Z"),
        ("Turku", "2025-09-01T00:00:00Z"),
    ]
    assert told["caveat"] == NO_CAUSE


def test_initiatives_that_are_nowhere_are_told(settings: Settings) -> None:
    fill(settings)
    assert "Of 1 more initiative no post tells where it is." in _run("spread", "food-sharing").stdout


def test_nothing_found_is_told_with_what_to_try() -> None:
    assert "No initiative shows Street art." in _run("spread", "street-art").stdout


def test_it_writes_a_map(settings: Settings, tmp_path: Path) -> None:
    fill(settings)
    file = tmp_path / "spread.geojson"
    result = _run("spread", "repair-and-reuse", "--out", str(file))
    assert f"3 places in {file}" in result.stdout
    assert f"Beside it: {file}.provenance.json" in result.stdout
    told = json.loads(Path(f"{file}.provenance.json").read_text("utf-8"))
    assert told["query"] == {"spread": "repair-and-reuse", "by": "district"}
    assert any("no cause" in caveat for caveat in told["caveats"])
    # A text of a source that does not allow it is shown here, and not passed on.
    kallio, malmi, _ = json.loads(file.read_text("utf-8"))["features"]
    assert (kallio["properties"]["quote"], malmi["properties"]["quote"]) == (None, "Malmin korjausilta alkaa")
    assert _run("spread", "repair-and-reuse", "--out", str(file)).exit_code == 1
    assert _run("spread", "repair-and-reuse", "--out", str(file), "--force").exit_code == 0


def test_force_without_a_file_is_a_misuse() -> None:
    assert _run("spread", "street-art", "--force").exit_code == 2


def test_export_writes_initiatives_once_there_are_any_and_says_so(settings: Settings, tmp_path: Path) -> None:
    assert "0 posts in" in _run("export", str(tmp_path / "before.csv")).stdout
    fill(settings)
    result = _run("export", str(tmp_path / "after.csv"))
    assert "7 initiatives in" in result.stdout
    assert "For posts, say --unit posts." in result.stderr
    result = _run("export", str(tmp_path / "posts.csv"), "--unit", "posts")
    assert "11 posts in" in result.stdout
    assert "--unit" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--unit", "wants"), "3 needs, offers and asks in"),
        (("--unit", "ties"), "8 ties between initiatives in"),
        (("--scores",), "11 posts in"),
        (("--stage", "active"), "1 initiative in"),
        (("--unit", "initiatives", "--movement", "food-sharing"), "2 initiatives in"),
    ],
)
def test_what_is_written_follows_from_what_is_asked(
    arguments: tuple[str, ...], said: str, settings: Settings, tmp_path: Path
) -> None:
    fill(settings)
    result = _run("export", str(tmp_path / "out.csv"), *arguments)
    assert said in result.stdout, result.output


@pytest.mark.parametrize("suffix", GRAPHS)
def test_a_graph_is_one_of_ties(suffix: str, settings: Settings, tmp_path: Path) -> None:
    fill(settings)
    told = json.loads(_run("export", str(tmp_path / f"out{suffix}"), "--json").stdout)
    assert (told["unit"], told["rows"]) == ("ties", 8)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--unit", "ties", "--scores"), "Only posts have --scores"),
        (("--unit", "posts", "--stage", "active"), "Posts have no stage"),
    ],
)
def test_what_makes_no_sense_is_a_misuse(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    result = _run("export", str(tmp_path / "out.csv"), *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_what_cannot_be_told_of_a_source_is_said(settings: Settings, tmp_path: Path) -> None:
    fill(settings)
    (settings.sources_folder / "muualta.toml").unlink()
    result = _run("export", str(tmp_path / "out.csv"), "--unit", "initiatives")
    assert "Texts of muualta are left out" in result.stderr


def test_the_help_of_both_ends_with_an_example() -> None:
    for command in ("spread", "export"):
        assert f"Example: tinymovements {command}" in " ".join(_run(command, "--help").output.split())
