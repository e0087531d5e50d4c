"""`evaluate` measures labelled posts; `classify` and the derived steps work through the door."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tinymovements.cli import main

POST = {
    "id": "1",
    "language": "fi",
    "title": None,
    "text": "Pihakirppis lauantaina, tule myymään ja vaihtamaan vanhat vaatteet! Kaivataan pöytiä.",
    "gold": {
        "movements": {"required": ["flea-markets-and-swaps"], "allowed": ["flea-markets-and-swaps", "repair-and-reuse"]},
        "initiative": True,
        "self_organised": True,
        "needs": ["Kaivataan pöytiä"],
        "offers": [],
        "asks": [],
    },
}
ADVERT = {
    "id": "2",
    "language": "en",
    "title": None,
    "text": "For sale: winter tyres, 40 euros, collect from Leppävaara",
    "gold": {
        "movements": {"required": [], "allowed": []},
        "initiative": False,
        "self_organised": False,
        "needs": [],
        "offers": [],
        "asks": [],
    },
}


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in (POST, ADVERT)), "utf-8")
    return path


def test_evaluate_measures_each_thing(labelled: Path) -> None:
    told = CliRunner().invoke(main, ["evaluate", str(labelled), "--json"])
    assert told.exit_code == 0, told.output
    scores = {score["measure"]: score for score in json.loads(told.stdout)}
    assert scores["movements (micro-F1)"]["cases"] == 2
    assert scores["movements (micro-F1)"]["value"] > 0.5
    assert scores["language"]["value"] == 1.0
    assert scores["initiative (average precision)"]["value"] == 1.0
    assert "needs (F1 of clauses)" in scores
    people = CliRunner().invoke(main, ["evaluate", str(labelled)])
    assert "1.000  initiative (average precision), 2 texts" in people.stdout


def test_evaluate_of_nothing_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "none.jsonl"
    path.write_text("\n", "utf-8")
    told = CliRunner().invoke(main, ["evaluate", str(path)])
    assert told.exit_code == 2
    assert told.stderr.startswith("Error: ")


def test_classify_through_the_door() -> None:
    lines = [json.dumps({"id": "a", "text": POST["text"]}), "no json", json.dumps({"id": "b", "text": "Moi"})]
    told = CliRunner().invoke(main, ["classify", "--scores"], input="\n".join(lines))
    assert told.exit_code == 0
    answers = [json.loads(line) for line in told.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", None, "b"]
    assert answers[0]["movements"][0]["id"] == "flea-markets-and-swaps"
    assert len(answers[0]["scores"]) == 20


def test_import_annotate_index_search_and_again(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('id,text\n1,"Pihakirppis Kalliossa lauantaina, myydään ja vaihdetaan vaatteita"\n2,Kissa katosi\n', "utf-8")
    run = CliRunner()
    for command, first, second in (
        (["import", "csv", str(path)], "2 new", "2 duplicates"),
        (["annotate"], "2 posts annotated.", "Nothing to annotate"),
        (["index"], "2 posts indexed.", "Nothing to index"),
    ):
        for said in (first, second):
            told = run.invoke(main, command)
            assert told.exit_code == 0, told.output
            assert said in told.output
    found = run.invoke(main, ["search", "kirpputorilla", "--place", "Kallio", "--movement", "flea-markets-and-swaps", "--json"])
    assert [hit["snippet"]["text"] for hit in json.loads(found.stdout)["hits"]] == [
        "Pihakirppis Kalliossa lauantaina, myydään ja vaihdetaan vaatteita"
    ]
