"""`evaluate` measures labelled posts; `classify` and the derived steps work through the door."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tinymovements.cli import main
from tinymovements.taxonomy import load_taxonomy

POST: dict[str, Any] = {
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
ADVERT: dict[str, Any] = {
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
    report = json.loads(told.stdout)
    assert (report["texts"], report["writers"], report["folds"]) == (2, 1, None)
    measures = report["measures"]
    assert measures["movements_micro_f1"]["value"] > 0.5
    assert measures["movements_micro_f1"]["cases"] == 1
    assert measures["language"] == {"value": 1.0, "low": 1.0, "high": 1.0, "cases": 2}
    assert measures["initiative_ap"]["value"] == 1.0
    assert {"needs_f1", "movement_where_none", "movements_ece"} <= measures.keys()
    assert not {"offers_f1", "places_f1", "people_gone"} & measures.keys()


def test_evaluate_is_read_by_people_within_a_hundred_columns(labelled: Path) -> None:
    told = CliRunner().invoke(main, ["evaluate", str(labelled)])
    assert told.stdout.startswith("2 texts, the model in use;")
    assert re.search(r"initiative ap +1\.000 +1\.00–1\.00 +1\b", told.stdout)
    assert re.search(r"flea-markets-and-swaps +1\.000", told.stdout)
    assert max(map(len, told.stdout.splitlines())) <= 100


def test_a_picture_is_a_page(labelled: Path, tmp_path: Path) -> None:
    page = tmp_path / "worth.html"
    told = CliRunner().invoke(main, ["evaluate", str(labelled), "--picture", str(page)])
    assert told.exit_code == 0, told.output
    assert "flea-markets-and-swaps" in page.read_text("utf-8")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["labelled.jsonl", "worth.html"]
    lost = CliRunner().invoke(main, ["evaluate", str(labelled), "--picture", str(tmp_path / "none" / "worth.html")])
    assert (lost.exit_code, lost.stderr.count("Error: ")) == (1, 1)


def test_messages_about_no_initiative_get_no_movement(tmp_path: Path) -> None:
    path = tmp_path / "forum.txt"
    path.write_text("standard\tMikä on paras talvirengas?\ncolloquial\thuomenna sataa taas\n", "utf-8")
    told = CliRunner().invoke(main, ["evaluate", str(path), "--json"])
    report = json.loads(told.stdout)
    assert report["measures"]["movement_where_none"] == {"value": 0.0, "low": 0.0, "high": 0.0, "cases": 2}
    assert list(report["registers"]) == ["chatter"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "Give a FILE of labelled texts, or --folds."),
        (["FILE", "--folds", "5"], "Give a FILE of labelled texts, or --folds."),
        (["FILE", "--chatter", "FILE"], "give them with --folds"),
        (["--folds", "5", "--labels", "FILE"], "give --rows TEXTS LABELS"),
        (["ROWS"], "rows.csv holds rows: give their labels with --labels"),
        (["FILE", "--picture", "worth.png"], "a name that ends with .html"),
    ],
)
def test_what_does_not_go_together_is_told(labelled: Path, given: list[str], says: str) -> None:
    rows = labelled.with_name("rows.csv")
    rows.write_text("id,title,texts\n1,,Kirppis\n", "utf-8")
    files = {"FILE": str(labelled), "ROWS": str(rows)}
    told = CliRunner().invoke(main, ["evaluate", *(files.get(word, word) for word in given)])
    assert told.exit_code == 2
    assert says in told.stderr


def test_evaluate_of_nothing_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "none.jsonl"
    path.write_text("\n", "utf-8")
    told = CliRunner().invoke(main, ["evaluate", str(path)])
    assert told.exit_code == 2
    assert told.stderr.startswith("Error: ")


@pytest.fixture
def small_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four voices, each with two posts about each movement, and two about none for each."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for voice in ("en-a", "en-b", "en-c", "en-d"):
        made = []
        for number in range(2):
            for id in load_taxonomy().ids:
                gold = {**POST["gold"], "movements": {"required": [id], "allowed": [id]}, "needs": ["We need hands"]}
                text = f"We need hands. {id} {id}! Free tea for all. Mend the lamp?"
                gold |= {"offers": ["Free tea for all"], "asks": ["Mend the lamp"]}
                made.append({**ADVERT, "id": f"{voice}-{id}-{number}", "voice": voice, "text": text, "gold": gold})
                made.append({**ADVERT, "id": f"{voice}-{id}-no-{number}", "voice": voice})
        (folder / f"{voice}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in made), "utf-8")
    monkeypatch.setattr("pipelines.examples.CORPUS", folder)


@pytest.mark.usefixtures("small_corpus")
def test_folds_go_by_the_voices_of_the_corpus_or_by_rows(tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["evaluate", "--folds", "2", "--json"])
    assert told.exit_code == 0, told.output
    assert told.stderr.splitlines()[0] == "fold 1 of 2: learning from 160 texts, 160 held out"
    report = json.loads(told.stdout)
    assert (report["texts"], report["writers"], report["folds"]) == (320, 4, 2)
    assert report["measures"]["movements_micro_f1"]["value"] > 0.9
    texts, labels = tmp_path / "rows.csv", tmp_path / "labels.tsv"
    texts.write_text("id,title,texts\n1,,Painted street-art street-art\n2,,Lost: a cat\n", "utf-8")
    labels.write_text("key\tmovements\tself_organised\n1\tstreet-art\ty\n2\t\tn\n", "utf-8")
    told = CliRunner().invoke(main, ["evaluate", "--folds", "2", "--rows", str(texts), str(labels)])
    assert told.stderr.splitlines()[0] == "fold 1 of 2: learning from 321 texts, 1 held out"
    assert told.stdout.startswith("2 texts, 2 folds;")


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
