"""The taxonomy has its 20 movements and the user's own, and a broken file names its line."""

import subprocess
import sys
from pathlib import Path

import pytest

from tinymovements.errors import TaxonomyError
from tinymovements.model import LANGUAGES
from tinymovements.taxonomy import FILE, load_taxonomy, own_file, read_taxonomy, shipped_taxonomy


def test_it_has_twenty_movements_in_six_families_in_three_languages() -> None:
    taxonomy = load_taxonomy()
    assert len(taxonomy.ids) == len(set(taxonomy.ids)) == 20
    assert {movement.family for movement in taxonomy.movements.values()} == set(taxonomy.families)
    assert len(taxonomy.families) == 6
    for movement in taxonomy.movements.values():
        assert set(movement.labels) == set(movement.definitions) == set(LANGUAGES)
    for language in LANGUAGES:
        labels = [movement.labels[language] for movement in taxonomy.movements.values()]
        assert len(set(labels)) == 20, f"two movements share a label in {language}"


def _broken(tmp_path: Path, old: str, new: str) -> Path:
    text = FILE.read_text("utf-8")
    assert text.count(old) >= 1
    path = tmp_path / "movements.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('family = "care"', 'family = "cars"', "'cars' is no family"),
        ('family = "care"', "family = 3", "family"),
        ('family = "care"', 'famly = "care"', "famly"),
        ('family = "care"', 'id = "x"\nfamily = "care"', "no field"),
        ('family = "care"', 'family = "care', "no valid TOML"),
        ('sv = "Frivilliga hjälper', 'se = "Frivilliga hjälper', "definitions"),
        ("[movements.street-art.definitions]", "[movements.street-art.defs]", "defs"),
        ("[movements.time-banking]", "[movements.Time_Banking]", "Time_Banking"),
        ("[movements.time-banking]", "[initiatives.time-banking]", "initiatives"),
    ],
)
def test_a_broken_file_names_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = _broken(tmp_path, old, new)
    with pytest.raises(TaxonomyError, match=r"line \d+") as caught:
        read_taxonomy(path)
    assert said in str(caught.value)


def test_the_line_named_is_the_line_that_is_wrong(tmp_path: Path) -> None:
    path = _broken(tmp_path, 'family = "care"', 'family = "cars"')
    wrong = next(number for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if "cars" in line)
    with pytest.raises(TaxonomyError, match=f"line {wrong}:"):
        read_taxonomy(path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[movements]\n"])
def test_a_file_without_movements_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "movements.toml"
    path.write_bytes(content)
    with pytest.raises(TaxonomyError):
        read_taxonomy(path)


OWN = """
[families.animals]
labels = { fi = "Eläimet", sv = "Djur", en = "Animals" }

[movements.shared-pets]
family = "animals"
sensitive = true
labels = { fi = "Yhteiset lemmikit", sv = "Delade husdjur", en = "Shared pets" }
[movements.shared-pets.definitions]
fi = "Naapurien yhteisiä koiria."
sv = "Grannars gemensamma hundar."
en = "Dogs that neighbours share."

[movements.toy-libraries]
family = "sharing"
labels = { fi = "Lelulainaamot", sv = "Leksaksbibliotek", en = "Toy libraries" }
definitions = { fi = "Leluja lainaksi.", sv = "Leksaker att låna.", en = "Toys to borrow." }
"""


@pytest.fixture
def own(home: Path) -> Path:
    home.mkdir()
    path = home / "movements.toml"
    path.write_text(OWN, "utf-8")
    return path


def test_movements_of_the_home_folder_come_after_those_that_ship(own: Path) -> None:
    taxonomy = load_taxonomy()
    assert own_file() == str(own)
    assert taxonomy.ids == (*shipped_taxonomy().ids, "shared-pets", "toy-libraries")
    assert taxonomy.own == ("shared-pets", "toy-libraries")
    assert [*taxonomy.families] == [*shipped_taxonomy().families, "animals"]
    assert taxonomy.sensitive == shipped_taxonomy().sensitive | {"shared-pets"}


def test_a_change_of_the_file_is_seen_at_once(own: Path) -> None:
    assert len(load_taxonomy().ids) == 22
    own.write_text(OWN[: OWN.index("[movements.toy-libraries]")], "utf-8")
    assert load_taxonomy().own == ("shared-pets",)
    own.unlink()
    assert load_taxonomy() is shipped_taxonomy()


def test_another_process_sees_the_same_home(own: Path) -> None:
    program = "from tinymovements.taxonomy import load_taxonomy; print(*load_taxonomy().own)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["shared-pets", "toy-libraries"]


def test_a_file_that_says_nothing_adds_nothing(own: Path) -> None:
    own.write_text("# nothing yet\n", "utf-8")
    assert load_taxonomy().ids == shipped_taxonomy().ids


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("[movements.shared-pets]", "[movements.street-art]", 5, "there already"),
        ("[families.animals]", "[families.care]", 2, "there already"),
        ("[movements.shared-pets]", "[movements.initiative]", 5, "there already"),
        ("[movements.shared-pets]", "[movements.self-organised]", 5, "there already"),
        ('family = "sharing"', 'family = "shares"', 15, "'shares' is no family"),
        ('sv = "Grannars', 'se = "Grannars', 11, "definitions"),
        ("sensitive = true", "sensitive = maybe", 7, "no valid TOML"),
        ("sensitive = true", "secret = true", 7, "secret"),
        ("[movements.shared-pets]", "[movement.shared-pets]", 5, "no such table"),
    ],
)
def test_what_is_wrong_in_the_own_file_is_told_with_its_line(own: Path, old: str, new: str, line: int, said: str) -> None:
    own.write_text(OWN.replace(old, new), "utf-8")
    with pytest.raises(TaxonomyError, match=rf"line {line}\b") as caught:
        load_taxonomy()
    assert said in str(caught.value)
    assert str(own) in str(caught.value)


def test_a_file_that_cannot_be_read_is_one_sentence(own: Path) -> None:
    own.write_bytes(b"\xff\xfe")
    with pytest.raises(TaxonomyError, match="cannot be read"):
        load_taxonomy()
