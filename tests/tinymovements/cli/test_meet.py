"""`allies`, `matches` and `asks`, as people and programs see them."""

import json
import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from tests.tinymovements.workflow.meeting import ALPPILA, TAMPERE, One, asking, put
from tinymovements.archive import initiatives, posts
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.cli import main
from tinymovements.model import Post
from tinymovements.settings import Settings

ONES = (
    One("Pyöräpaja", needs=["Tarvitsemme pakettiauton"], asks=["Kaupungin pitäisi tuoda penkkejä torille"]),
    One("Larder", offers=["You can borrow our van"], language="en", sites=[ALPPILA]),
    One("Vanha paja", stage="ended", rule="over", sites=[TAMPERE]),
)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture
def ids(settings: Settings) -> dict[str, str]:
    return put(settings, *ONES)


def test_allies_with_their_reasons(ids: dict[str, str]) -> None:
    told = run("allies", ids["Pyöräpaja"])
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert lines[0] == "Pyöräpaja: 2 allies."
    assert "  Larder, 800 m away, offers what Pyöräpaja needs: both name car." in lines
    assert any("“You can borrow our van” (1.5.2026, " in line for line in lines)
    assert any(line.startswith("Vanha paja (an elder) · i") for line in lines)


def test_allies_for_programs(ids: dict[str, str]) -> None:
    said = json.loads(run("allies", ids["Pyöräpaja"], "--within", "5km", "--json").stdout)
    assert said["of"] == ids["Pyöräpaja"]
    [ally] = said["allies"]
    assert (ally["initiative"], ally["is_elder"]) == (ids["Larder"], False)
    assert {"movement", "place", "has_what_you_need", "language"} == {reason["why"] for reason in ally["reasons"]}


def test_nobody_within_the_distance(ids: dict[str, str]) -> None:
    told = run("allies", ids["Vanha paja"], "--within", "5km")
    assert told.stdout.splitlines() == ["Vanha paja: 0 allies.", "Try it without --within."]


def test_matches_with_both_quotes(ids: dict[str, str]) -> None:
    lines = run("matches").stdout.splitlines()
    assert lines[0] == "1 match."
    assert lines[2] == "Larder, 800 m away, offers what Pyöräpaja needs: both name car."
    assert re.fullmatch(r"  needs  “Tarvitsemme pakettiauton” \(1\.5\.2026, \w{8}\)", lines[3])
    assert re.fullmatch(r"  offers “You can borrow our van” \(1\.5\.2026, \w{8}\)", lines[4])


@pytest.mark.parametrize("command", ["matches", "asks", "emerging"])
def test_a_place_that_no_list_has_is_named(ids: dict[str, str], command: str) -> None:
    told = run(command, "--place", "Xyzzylä", "--place", "Tampereella")
    assert "No place called Xyzzylä is known" in told.stdout
    assert "Did you mean Kontula" in run(command, "--place", "Kontulla").stdout
    assert "called Tampereella" not in told.stdout


def test_a_place_is_found_in_any_form(ids: dict[str, str]) -> None:
    [there] = json.loads(run("asks", "--place", "Helsingissä", "--json").stdout)["districts"]
    assert there["municipality"] == "Helsinki"
    assert run("matches", "--place", "Helsingfors").stdout.startswith("1 match.")


def test_matches_for_programs(ids: dict[str, str]) -> None:
    said = json.loads(run("matches", ids["Larder"], "--kind", "transport", "--json").stdout)
    [match] = said["matches"]
    assert (match["need"]["initiative"], match["offer"]["initiative"]) == (ids["Pyöräpaja"], ids["Larder"])
    assert json.loads(run("matches", "--within", "100m", "--json").stdout)["total"] == 0


def test_people_are_told_that_a_program_finds_matches_and_asks(ids: dict[str, str]) -> None:
    for command in ("matches", "asks"):
        assert run(command).stdout.count("A program finds these") == 1
        assert "A program" not in run(command, "--place", "Tampere").stdout
        assert "A program" not in run(command, "--json").stdout


def test_asks_by_district(ids: dict[str, str]) -> None:
    lines = run("asks", "--place", "Kallio").stdout.splitlines()
    assert lines[0] == "1 voice asks the city for something, in 1 area."
    assert lines[2].startswith("Kallio, Helsinki · 1 voice, 1 different ask · ")
    assert lines[4].startswith("      Pyöräpaja: “Kaupungin pitäisi tuoda penkkejä torille” (1.5.2026, ")


def test_asks_for_programs(ids: dict[str, str]) -> None:
    said = json.loads(run("asks", "--json").stdout)
    [district] = said["districts"]
    assert (said["askers"], district["district"], district["askers"]) == (1, "Kallio", 1)
    assert district["biggest"][0]["voices"][0]["initiative"] == ids["Pyöräpaja"]


def test_an_id_of_the_other_kind_is_told_as_such(ids: dict[str, str], settings: Settings) -> None:
    one = ids["Larder"]
    with reading(open_archive(settings.archive_url)) as connection:
        post = initiatives.get(connection, one).initiative.members[0].post
    lone = asking(settings, "Kaupungin pitäisi tuoda penkkejä torille").id
    told = {id: run("allies", id).stderr for id in (post, lone)}
    assert told[post] == f"Error: {post} is the id of a post, not of an initiative. That of its initiative is {one}.\n"
    assert told[lone] == f"Error: {lone} is the id of a post, not of an initiative. It belongs to no initiative.\n"
    of_initiative = (
        f"Error: {one} is the id of an initiative, not of a post. `tinymovements show {one}` prints those of its posts.\n"
    )
    assert run("label", one, "+street-art", "--by", "library").stderr == of_initiative
    of_nobody = run("initiative", "split", one, "zzzzzz", "--by", "library").stderr
    assert of_nobody.startswith("Error: No post has the id zzzzzz. `tinymovements search --unit posts` or ")


@pytest.mark.parametrize("command", [("asks",), ("matches",), ("asks", "--json"), ("emerging",), ("spread", "street-art")])
def test_where_nothing_is_found_it_says_what_is_left_to_do(
    settings: Settings, make_post: Callable[..., Post], command: tuple[str, ...]
) -> None:
    assert run(*command).stderr.startswith("To begin  tinymovements demo")
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "pihalista", [make_post()])
    told = run(*command)
    assert told.stderr.splitlines()[0] == "To do     posts not annotated: 1: tinymovements annotate"
    assert "To do" not in told.stdout


def test_what_is_found_comes_without_what_is_left_to_do(ids: dict[str, str]) -> None:
    assert run("status").stdout.count("To do") > 0
    assert run("matches").stderr == run("asks").stderr == ""


@pytest.mark.parametrize("command", ["allies", "matches"])
def test_an_unknown_id_ends_in_one_sentence(settings: Settings, command: str) -> None:
    told = run(command, "ixyz")
    assert told.exit_code == 1
    assert told.stderr == "Error: No initiative has the id ixyz. `tinymovements search` prints the ids.\n"
