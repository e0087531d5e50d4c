"""`tinymovements export` and the filters it shares with `search`."""

import csv
import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from search.query import Box, Near, Query
from tinymovements.archive import posts
from tinymovements.archive.database import open_archive, writing
from tinymovements.cli import main
from tinymovements.cli.filters import make_query, query_options
from tinymovements.exports import EXPORTERS
from tinymovements.model import Post
from tinymovements.settings import Settings

SOURCE = """
title = "Pihalista"
description = "Invented."
platform = "file"
publisher = "Pihaväki"
languages = ["fi"]
legal_basis = "Invented posts have no authors."
"""


@pytest.fixture
def filled(settings: Settings) -> None:
    """Three posts, not annotated."""
    settings.sources_folder.mkdir(parents=True)
    (settings.sources_folder / "pihalista.toml").write_text(SOURCE, "utf-8")
    made = [
        Post(id=str(i) * 26, native_id=str(i), source="pihalista", kind="event" if i else "message", text="", content_hash=str(i))
        for i in range(3)
    ]
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "pihalista", made)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["export", *arguments])


@pytest.mark.usefixtures("filled")
def test_it_tells_the_files_the_citation_and_what_is_lacking(tmp_path: Path) -> None:
    file = tmp_path / "posts.csv"
    result = _run(str(file))
    assert result.exit_code == 0, result.output
    assert f"3 posts in {file}" in result.stdout
    assert f"{file}.dictionary.csv" in result.stdout
    assert "Cite as: Tiny Movements" in result.stdout
    assert "3 posts are not annotated yet: `tinymovements annotate`" in result.stderr
    with file.open(encoding="utf-8", newline="") as opened:
        assert len(list(csv.DictReader(opened))) == 3


@pytest.mark.usefixtures("filled")
def test_filters_choose_and_json_tells_it_to_programs(tmp_path: Path) -> None:
    result = _run(str(tmp_path / "posts.jsonl"), "--kind", "event", "--source", "pihalista", "--json")
    told = json.loads(result.stdout)
    assert (told["rows"], told["not_annotated"]) == (2, 2)
    assert [Path(file).exists() for file in told["files"]] == [True, True, True]


@pytest.mark.usefixtures("filled")
def test_a_file_that_is_there_needs_force(tmp_path: Path) -> None:
    file = str(tmp_path / "posts.csv")
    assert _run(file).exit_code == 0
    refused = _run(file)
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert _run(file, "--force").exit_code == 0


def test_an_ending_it_does_not_know_is_a_misuse_that_names_those_it_knows(tmp_path: Path) -> None:
    result = _run(str(tmp_path / "posts.doc"))
    assert result.exit_code == 2
    assert all(suffix in result.stderr for suffix in EXPORTERS)


def test_words_without_an_index_say_how_to_make_one(tmp_path: Path) -> None:
    result = _run(str(tmp_path / "posts.csv"), "kirpputori")
    assert result.exit_code == 1
    assert "tinymovements index" in result.stderr
    assert not (tmp_path / "posts.csv").exists()


def test_its_help_ends_with_an_example() -> None:
    assert "Example: tinymovements export" in " ".join(_run("--help").output.split())


@pytest.fixture
def query_of() -> Any:
    @click.command(context_settings={"ignore_unknown_options": True})
    @click.argument("words", nargs=-1)
    @query_options
    def command(words: tuple[str, ...], **filters: Any) -> Query:
        return make_query(words, size=5, **filters)

    return lambda *arguments: command.main(arguments, standalone_mode=False)


def test_every_filter_becomes_part_of_the_query(query_of: Any) -> None:
    filters = "--movement street_art --movement mutual-aid --place Kallio --language sv --source pihalista --kind event --kind page"
    got = query_of("katu", "taide", *filters.split(), "--since", "1.3.2026", "--until", "2026-04-01")
    assert got.model_dump(exclude_defaults=True, mode="json") == {
        "words": "katu taide",
        "movements": ["street-art", "mutual-aid"],
        "places": ["Kallio"],
        "languages": ["sv"],
        "sources": ["pihalista"],
        "kinds": ["event", "page"],
        "since": "2026-03-01",
        "until": "2026-04-01",
        "size": 5,
    }


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (("--near", "60.19,24.96"), Near(lat=60.19, lon=24.96, km=2)),
        (("--near", "-33.5; -70.25", "--within", "500m"), Near(lat=-33.5, lon=-70.25, km=0.5)),
        (("--near", "60,25", "--within", "1,5 km"), Near(lat=60, lon=25, km=1.5)),
        (("--near", "60,25", "--within", "5"), Near(lat=60, lon=25, km=5)),
    ],
)
def test_points_and_distances_are_read_as_people_write_them(query_of: Any, arguments: tuple[str, ...], near: Near) -> None:
    assert query_of(*arguments).near == near


def test_a_box_goes_by_its_corners(query_of: Any) -> None:
    assert query_of("--box", "60.15,24.9; 60.2, 25").box == Box(south=60.15, west=24.9, north=60.2, east=25)


def test_a_point_goes_by_the_name_of_a_place(query_of: Any) -> None:
    near = query_of("--near", "berghäll", "--within", "1km").near
    assert (round(near.lat, 1), round(near.lon, 1), near.km) == (60.2, 24.9, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--movement", "street-arts"), "street-art"),
        (("--movement", "xyzzy"), "'xyzzy' is no movement. There are: asylum-seeker-support, mutual-aid, food-sharing"),
        (("--movement", "kirpputorit"), "Did you mean flea-markets-and-swaps? There are: asylum-seeker-support, "),
        (("--movement", "katutaidet"), "Did you mean street-art? There are: "),
        (("--near", "Ei-missään"), "60.19,24.96"),
        (("--near", "Kontulla"), "Did you mean Kontula"),
        (("--near", "Haga, Göteborg"), "`tinymovements places find Haga` tells what we know of Haga."),
        (("--near", "124,60"), "latitude first"),
        (("--near", "60,25", "--within", "kauas"), "write 5km"),
        (("--near", "60,25", "--within", "0"), "write 5km"),
        (("--box", "60,25"), "south, west, north and east"),
        (("--box", "61,24,60,25"), "south, west, north and east"),
        (("--box", "60,24,91,25"), "south, west, north and east"),
        (("--within", "5km"), "--within needs --near"),
        (("--since", "1.3.2026", "--until", "28.2.2026"), "No day is both"),
        (("--since", "eilen"), "2026-03-01"),
        (("--source", "Piha Lista"), "sources list"),
        (("--plaec", "Kallio"), "no option --plaec"),
    ],
)
def test_what_makes_no_sense_is_told_with_what_would(query_of: Any, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(click.UsageError) as error:
        query_of(*arguments)
    assert said in error.value.message


@pytest.mark.parametrize("name", ["Katutaide", "GATUKONST", "street art", "Street_art", "street-art"])
def test_a_movement_goes_by_its_names(query_of: Any, name: str) -> None:
    assert query_of("--movement", name).movements == ("street-art",)


def test_which_of_several_places_is_meant_is_told(query_of: Any, capsys: pytest.CaptureFixture[str]) -> None:
    query_of("--near", "Kallio")
    assert capsys.readouterr().err == ""
    query_of("--near", "Haga")
    others = "`tinymovements places find Haga` names the others that are called so"
    assert capsys.readouterr().err == f"Around Haaga (Helsinki, FI); {others}.\n"


def test_a_shell_completes_the_ids_of_movements() -> None:
    from tinymovements.cli.filters import MovementId

    found = MovementId().shell_complete(click.Context(main), click.Option(["--movement"]), "peer")
    assert [item.value for item in found] == ["peer-support", "peer-learning"]
