"""`label` and `corrections` as people and programs see them."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tinymovements.archive import annotations, posts
from tinymovements.archive.database import open_archive, writing
from tinymovements.cli import main
from tinymovements.model import Annotation, MovementScore, Post
from tinymovements.settings import Settings
from tinymovements.workflow.index import index_posts

ID = "4k7q2m5x" + "a" * 18


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture(autouse=True)
def filled(settings: Settings) -> None:
    """A post, annotated and indexed."""
    archive = open_archive(settings.archive_url)
    with writing(archive) as connection:
        posts.store(connection, "forum", [Post(id=ID, native_id="1", source="forum", text="Soppaa.", content_hash="1" * 64)])
    claim = annotations.claim(archive, "1", 0, 1)
    assert claim is not None
    movements = (MovementScore(id="pop-up-food", score=0.91),)
    told = Annotation(version="1", language="fi", movements=movements, initiative=0.9, self_organised=0.8)
    claim.keep([told.model_dump_json()])
    index_posts(settings, lambda steps: None)


def _without_days(text: str) -> list[str]:
    return [re.sub(r"\b\d{1,2}\.\d{1,2}\.\d{4}\b", "DAY", line) for line in text.splitlines()]


def test_people_say_what_a_post_is_and_see_it_everywhere() -> None:
    result = run("label", ID[:8], "+street-art", "-pop-up-food", "+initiative", "--by", "library")
    assert (result.exit_code, result.output) == (0, "3 corrections of 1 post kept.\n")
    assert run("label", ID, "+street-art", "--by", "library").output == "0 corrections of 0 posts kept; 1 was known already.\n"
    assert run("search", "--movement", "street-art").output.splitlines()[3].startswith("Street art · forum · 4k7q2m5x")
    lines = _without_days(run("show", ID).output)
    assert "Movements      Street art 1.00" in lines
    assert [line for line in lines if line.startswith("Corrected")] == [
        "Corrected      initiative: yes (library, DAY)",
        "Corrected      pop-up-food: no (library, DAY)",
        "Corrected      street-art: yes (library, DAY)",
    ]


def test_disagreement_is_told_at_once_and_listed() -> None:
    run("label", ID, "+street-art", "+mutual-aid", "--by", "library")
    result = run("label", ID, "-street-art", "--by", "resident")
    assert result.output.splitlines() == [
        "1 correction of 1 post kept.",
        "People disagree on 1 label: `tinymovements corrections --disputed`.",
    ]
    disputed = "street-art: no, disputed (yes: library, DAY; no: resident, DAY)"
    assert _without_days(run("corrections", "--disputed").output) == [f"4k7q2m5x  {disputed}"]
    assert _without_days(run("corrections").output) == ["4k7q2m5x  mutual-aid: yes (library, DAY)", f"4k7q2m5x  {disputed}"]
    assert f"Corrected      {disputed}" in _without_days(run("show", ID).output)
    assert run("label", ID, "--undo", "--by", "resident").output == "Taken back: 1 correction of 1 post.\n"
    assert run("corrections", "--disputed").output == "People disagree on nothing.\n"


def test_programs_read_json(tmp_path: Path) -> None:
    told = json.loads(run("label", ID, "+street-art", "--by", "library", "--json").stdout)
    assert told == {"new": 1, "known": 0, "posts": 1, "not_annotated": 0, "disputed": 0, "behind": 0}
    (post,) = json.loads(run("corrections", "--json").stdout)
    shown = json.loads(run("show", ID, "--json").stdout)
    assert post == {"post": ID, "labels": shown["corrections"]}
    (label,) = post["labels"]
    assert (label["label"], label["says"], label["disputed"]) == ("street-art", "yes", False)
    assert [(vote["by"], vote["says"], vote["older_text"]) for vote in label["votes"]] == [("library", "yes", False)]
    file = tmp_path / "all.csv"
    assert json.loads(run("corrections", str(file), "--json").stdout) == {
        "corrections": 1,
        "files": [str(file), f"{file}.dictionary.csv"],
    }
    assert json.loads(run("label", "--file", str(file), "--json").stdout)["known"] == 1


def test_a_file_goes_in_and_the_history_comes_out(tmp_path: Path) -> None:
    said, written = tmp_path / "said.csv", tmp_path / "all.jsonl"
    said.write_text("post;label;says;by\n4k7q2m5x;street-art;yes;Björn\n", "cp1252")
    result = run("label", "--file", str(said))
    assert result.stdout == "1 correction of 1 post kept.\n"
    assert result.stderr == "said.csv is not UTF-8: read as Windows-1252.\n"
    assert run("corrections", str(written)).output == f"1 correction in {written}\nBeside it: {written}.dictionary.csv\n"
    assert json.loads(written.read_text("utf-8"))["by"] == "Björn"
    assert run("corrections", str(written)).exit_code == 1
    assert run("corrections", str(written), "--force").exit_code == 0


def test_what_was_said_of_an_older_text_is_told_as_such(settings: Settings) -> None:
    run("label", ID, "+street-art", "--by", "library")
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "forum", [Post(id=ID, native_id="1", source="forum", text="Keittoa.", content_hash="2" * 64)])
    assert _without_days(run("corrections").output) == ["4k7q2m5x  street-art: yes (library, DAY, of an older text)"]


def test_before_anybody_has_spoken_it_says_how() -> None:
    assert run("corrections").output == "Nobody has said anything yet: `tinymovements label --help`.\n"


def test_what_was_taken_back_counts_no_more_and_is_in_the_history(tmp_path: Path) -> None:
    run("label", ID, "+street-art", "+initiative", "--by", "library")
    assert run("label", ID, "--undo", "--by", "library").output == "Taken back: 2 corrections of 1 post.\n"
    told = run("corrections").output
    assert told == "Nothing that people said counts now: `tinymovements corrections history.csv` writes all that was ever said.\n"
    assert run("corrections", str(tmp_path / "history.csv")).output.startswith("4 corrections in ")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([], 2, "Give a POST and what it is"),
        ([ID], 2, "Give a POST and what it is"),
        ([ID, "+street-art"], 2, "Write --by and a role, such as library."),
        ([ID, "+street-art", "--undo", "--by", "x"], 2, "Give a POST and what it is"),
        ([ID, "+street-arts", "--by", "x"], 2, "+street-arts: no label is called so (perhaps street-art)."),
        ([ID, "-hoito", "--by", "x"], 2, "-hoito: no label is called so"),
        ([ID, "street-art", "--by", "x"], 2, "Write +street-art or -street-art."),
        ([ID, "+street-art", "--bye", "x"], 2, "--bye"),
        (["zzz", "+street-art", "--by", "x"], 1, "No post has the id zzz."),
        ([ID, "--undo", "--by", "x"], 2, "x has said nothing of this post that counts."),
        ([ID, "--file", __file__], 2, "--file says of which posts"),
        (["--file", "none.csv"], 2, "none.csv"),
    ],
)
def test_what_cannot_be_understood_is_told(arguments: list[str], code: int, told: str) -> None:
    result = run("label", *arguments)
    assert result.exit_code == code, result.output
    assert told in result.stderr
    assert run("corrections").output.startswith("Nobody has said anything yet")
