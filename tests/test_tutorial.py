"""The tutorial on a movement of one's own: its commands are read out of the page, run in their order, and do what it says."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tinymovements.settings import PREFIX

PAGE = Path(__file__).parent.parent / "docs" / "new-movement.md"

_BLOCK = re.compile(r"^```sh\n(.*?)^```\n+(?:```\n(.*?)^```)?", re.MULTILINE | re.DOTALL)
"""Commands, and beneath them lines of what they say."""

_END = "---- end of block"


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where somebody has followed the page; by words alone, for to make the encoder and to ask it takes long."""
    folder = tmp_path_factory.mktemp("tutorial")
    blocks = _BLOCK.findall(PAGE.read_text("utf-8"))
    assert len(blocks) == 6
    script = "".join(f"{commands}echo '{_END}'\n" for commands, _ in blocks)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {f"{PREFIX}OFFLINE": "1", f"{PREFIX}ENCODER": "false", "HOME": str(folder)}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    told = subprocess.run(
        ["bash", "-euc", script], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    assert told.returncode == 0, told.stdout
    for (commands, shown), said in zip(blocks, told.stdout.split(f"{_END}\n"), strict=False):
        for line in shown.splitlines():
            assert line in said.splitlines(), f"{commands}does not say {line!r}, but:\n{said}"
    (folder / "said.txt").write_text(told.stdout, "utf-8")
    return folder / "shared-pets"


def _run(home: Path, *arguments: str, reads: str = "") -> str:
    environment = os.environ | {f"{PREFIX}HOME": str(home), f"{PREFIX}OFFLINE": "1", f"{PREFIX}ENCODER": "false"}
    command = [sys.executable, "-m", "tinymovements", *arguments]
    return subprocess.run(command, env=environment, input=reads, capture_output=True, text=True, check=True).stdout


def test_it_is_found_in_three_languages_and_counted(followed: Path) -> None:
    found = json.loads(_run(followed, "search", "--movement", "shared-pets", "--json"))
    assert found["total"] == 3
    counts = {facet["name"]: {value["value"]: value["count"] for value in facet["values"]} for facet in found["facets"]}
    assert counts["movements"]["shared-pets"] == 3
    assert counts["languages"] == {"fi": 1, "sv": 1, "en": 1}
    assert "Shared pets" in _run(followed, "show", found["hits"][0]["id"])
    assert json.loads(_run(followed, "search", "kennel", "--movement", "street-art", "--json"))["total"] == 0


def test_a_program_is_told_of_it(followed: Path) -> None:
    line = next(line for line in (followed.parent / "said.txt").read_text("utf-8").splitlines() if line.startswith('{"id": "x"'))
    told = json.loads(line)
    assert len(told["scores"]) == 21
    assert [movement["id"] for movement in told["movements"]] == ["shared-pets"]


def test_its_dataset_has_its_column_and_tells_where_it_comes_from(followed: Path) -> None:
    with (followed / "pets.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["movement_shared_pets"] for row in rows] == ["1"] * 3
    names = [row["column"] for row in csv.DictReader((followed / "pets.csv.dictionary.csv").read_text("utf-8").splitlines())]
    assert names == list(rows[0])
    about = json.loads((followed / "pets.csv.provenance.json").read_text("utf-8"))
    assert about["taxonomy"]["own_movements"] == ["shared-pets"]
    assert about["query"] == {"movements": ["shared-pets"]}


def test_nothing_is_left_to_do_and_nothing_was_written_beside_the_home(followed: Path) -> None:
    left = json.loads(_run(followed, "status", "--json"))["unfinished"]
    assert {what["command"] for what in left} <= {"tinymovements resolve"}
    assert sorted(path.name for path in (followed / "models").iterdir()) == ["own.npz"]
    assert sorted(path.name for path in followed.parent.iterdir() if not path.name.startswith(".")) == ["said.txt", "shared-pets"]
