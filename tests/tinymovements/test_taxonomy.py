"""The taxonomy has its 20 movements, and a broken file names its line."""

from pathlib import Path

import pytest

from tinymovements.errors import TaxonomyError
from tinymovements.model import LANGUAGES
from tinymovements.taxonomy import FILE, load_taxonomy, read_taxonomy


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
        ('family = "care"', 'family = "cars"', "'cars' is not in this file"),
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
