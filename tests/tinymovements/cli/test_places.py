"""`places`: adds, lists, removes and finds, for people and for programs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tinymovements.cli import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["places", *arguments])


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "osat.csv"
    path.write_text("name,lat,lon,municipality\nVättilä,61.5,23.8,Tampere\nKrypelä,61.51,23.81,Tampere\n", "utf-8")
    return str(path)


def test_what_is_added_is_listed_found_and_removed(file: str) -> None:
    assert "No places were added" in run("list").stdout
    assert run("add", file).stdout.startswith("Added 2 districts as osat, 0 of them with polygons.")
    assert run("list").stdout == "osat: 2 districts, 0 with polygons, in Tampere\n"
    assert run("find", "vättilä").stdout == "Vättilä  district (Tampere, FI)  61.5000,23.8000  added: osat\n"
    assert "Removed osat" in run("remove", "osat").stdout
    assert run("find", "vättilä").stdout.startswith("We know no place called vättilä.")


def test_programs_get_json(file: str) -> None:
    made = json.loads(run("add", file, "--name", "own", "--json").stdout)
    assert (made["name"], made["districts"], made["polygons"], made["municipalities"]) == ("own", 2, 0, ["Tampere"])
    assert json.loads(run("list", "--json").stdout) == [made]
    (found,) = json.loads(run("find", "Krypelä", "--json").stdout)
    assert (found["name"], found["lat"], found["municipality"], found["added"]) == ("Krypelä", 61.51, "Tampere", "own")
    assert json.loads(run("find", "Eiolekaan", "--json").stdout) == []
    assert json.loads(run("remove", "own", "--json").stdout)["name"] == "own"


def test_several_of_one_name_stand_in_the_order_in_which_they_are_likely() -> None:
    lines = run("find", "Haga").stdout.splitlines()
    assert lines[0].startswith("Haaga  district (Helsinki, FI)")
    assert len(lines) > 3


def test_what_cannot_be_done_is_one_sentence(file: str, tmp_path: Path) -> None:
    run("add", file)
    again = run("add", file)
    assert (again.exit_code, again.stderr) == (
        1,
        "Error: There are places named osat already. Give another --name, or --replace.\n",
    )
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("name,lat,lon\nVättilä,x,1\n", "utf-8")
    told = run("add", str(wrong))
    assert told.exit_code == 2
    assert "row 2: lat is 'x'" in told.stderr
    assert run("add", file, "--name", "Ei Käy").exit_code == 2
    assert run("remove", "other").exit_code == 1
    assert run("add", str(tmp_path / "none.csv")).exit_code == 2
