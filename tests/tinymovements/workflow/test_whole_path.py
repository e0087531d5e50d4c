"""From a file to a dataset: the same on both databases, by the commands that people type."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tinymovements.cli import main
from tinymovements.settings import PREFIX, load
from tinymovements.workflow.status import status

ROWS = """id,text,author,posted
1,Korttelin siivoustalkoot Kalliossa lauantaina: tuokaa omat hanskat ja ämpärit mukaan!,Testi Testaaja,2026-05-02
2,Kirppis Malmilla sunnuntaina. Pöydän saa varata ilmoitustaululta.,Testi Testaaja,2026-05-03
3,Byagården söker frivilliga till loppisen.,,2026-05-04
4,KORTTELIN siivoustalkoot Kalliossa lauantaina: tuokaa omat hanskat ja ämpärit mukaan!!,,2026-05-05
5,We are swapping seedlings at the community garden in Hackney.,,
"""
CHANGED = ROWS.replace("Pöydän saa varata", "Peruttu! Pöytää ei tarvitse varata").replace("3,Byagården", "6,Byagården")


def _run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def _go_the_whole_way(folder: Path) -> dict[str, object]:
    """What searches find and datasets hold, after an import and after a second one that brings changes."""
    found: dict[str, object] = {}
    for name, rows in (("first", ROWS), ("second", CHANGED)):
        (folder / f"{name}.csv").write_text(rows, "utf-8")
        found[f"{name} import"] = _run("import", "csv", folder / f"{name}.csv", "--source", "imported-files").splitlines()[-1]
        for step in ("annotate", "index", "annotate", "index"):
            found[f"{name} {step} {len(found)}"] = _run(step)
        for words in ("siivoustalkoot", "loppis", "+Malmi", ""):
            page = json.loads(_run("search", words, "--json"))
            found[f"{name} {words}"] = (page["total"], [hit["id"] for hit in page["hits"]], page["facets"])
        _run("export", folder / f"{name}.jsonl", "--force")
        lines = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines()]
        found[f"{name} export"] = [{key: value for key, value in line.items() if key != "first_seen"} for line in lines]
    told = status(load())
    found["status"] = (told.posts, told.near_duplicates, told.annotated, told.outdated, told.behind)
    return found


def test_both_databases_give_the_same_to_the_byte(tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for url in ("", postgresql_url):
        folder = tmp_path / ("postgresql" if url else "sqlite")
        (folder / "home").mkdir(parents=True)
        (folder / "home" / "pseudonym.key").write_bytes(b"k" * 32)
        (folder / "home" / "pseudonym.key").chmod(0o600)
        monkeypatch.setenv(f"{PREFIX}ARCHIVE", url)
        monkeypatch.setenv(f"{PREFIX}HOME", str(folder / "home"))
        found.append(_go_the_whole_way(folder))
    assert found[0] == found[1]
    assert found[1]["status"] == ({"imported-files": 6}, 2, 6, 0, 0)
