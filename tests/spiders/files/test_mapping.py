from pathlib import Path

import pytest

from spiders.files.drafts import FIELDS
from spiders.files.mapping import ALIASES, listed, parse_map, resolve
from tinymovements.errors import FormatError

PATH = Path("rows.csv")
ROW = {"id": "12", "round": "3", "body": "Text", "name": "Title", "District": "Kallio", "empty": ""}


def fields(*entries: str) -> dict[str, str]:
    return resolve(entries, list(ROW), PATH).row(ROW.__getitem__)


def test_columns_are_known_by_name() -> None:
    assert fields() == {"native_id": "12", "text": "Text", "title": "Title", "place": "Kallio"}


def test_what_is_typed_wins_and_the_rest_is_still_taken() -> None:
    assert fields("text=name") == {"native_id": "12", "text": "Title", "title": "Title", "place": "Kallio"}


def test_a_template_joins_columns_and_words() -> None:
    assert fields("id={id}-{round}", "title={name} in {District}!")["native_id"] == "12-3"
    assert fields("title={name} in {District}!")["title"] == "Title in Kallio!"


def test_a_template_without_its_columns_is_empty_and_an_id_needs_all_of_them() -> None:
    assert fields("group=Group {empty}")["group"] == ""
    assert fields("group=Group {empty}{round}")["group"] == "Group 3"
    assert fields("id={id}-{empty}")["native_id"] == ""


def test_a_constant_and_a_field_left_out() -> None:
    row = fields("kind==proposal", "place=")
    assert row["kind"] == "proposal"
    assert "place" not in row


def test_the_first_alias_wins_whatever_the_order_of_the_columns() -> None:
    columns = ["description", "Created Time", "text", "date"]
    assert str(resolve((), columns, PATH)) == "text from text, posted from Created Time"


@pytest.mark.parametrize(
    ("columns", "taken"),
    [
        (
            "Id;Luotu;Otsikko;Teksti;Kaupunginosa;Linkki;Osoite",
            "native_id Id;posted Luotu;title Otsikko;text Teksti;place Kaupunginosa;url Linkki",
        ),
        ("Viesti;Päivämäärä;Aika;Paikka", "text Viesti;posted Päivämäärä;place Paikka"),
        ("Sisältö;Pvm;Verkko-osoite", "text Sisältö;posted Pvm;url Verkko-osoite"),
        ("Text;Rubrik;Skapad;Stadsdel;Länk;Adress", "text Text;title Rubrik;posted Skapad;place Stadsdel;url Länk"),
        ("Titel;Datum;Innehåll", "title Titel;posted Datum;text Innehåll"),
    ],
)
def test_columns_are_known_by_their_finnish_and_swedish_names(columns: str, taken: str) -> None:
    names = columns.split(";")
    row = resolve((), names, PATH).row(lambda column: column)
    assert row == dict(pair.split() for pair in taken.split(";"))


@pytest.mark.parametrize("entry", ["text", "nothing=body", "text=", "=body"])
def test_a_map_that_cannot_be_meant_is_refused(entry: str) -> None:
    with pytest.raises(FormatError):
        resolve((entry,), ["body"], PATH)


def test_naming_a_field_twice_is_refused() -> None:
    with pytest.raises(FormatError, match="twice"):
        parse_map(["id=a", "native_id=b"])


def test_a_column_that_is_not_there_lists_those_that_are() -> None:
    with pytest.raises(FormatError) as refused:
        fields("text=texts")
    assert refused.value.exit_code == 2
    assert "no column texts" in refused.value.message
    assert "id, round, body, name, District, empty" in refused.value.hint


def test_a_file_without_any_text_says_how_to_name_it() -> None:
    with pytest.raises(FormatError, match="--map text="):
        resolve((), ["a", "b"], PATH)


def test_a_file_without_a_header_is_asked_for_one_and_not_quoted() -> None:
    for first in (
        ["17", "Testi Testaaja", "Pihakirppis", "Kallio"],
        ["Testi Testaaja", "Kirppis lauantaina, tervetuloa!"],
        ["Kallio", "Kirppis lauantaina kello kymmenen koko kadun mitalta"],
    ):
        with pytest.raises(FormatError, match="Is its first line a header") as refused:
            resolve((), first, PATH)
        assert f"of {len(first)} columns." in refused.value.hint
        assert not any(cell in str(refused.value) for cell in first)


def test_names_that_look_like_names_are_listed_and_an_object_has_no_header() -> None:
    with pytest.raises(FormatError) as refused:
        resolve((), ["Nro", "Kuka (rooli)", "", "media.alt"], PATH, lambda key: False)
    assert "header" not in refused.value.hint
    assert "Nro, Kuka (rooli), , media.alt" in refused.value.hint


def test_a_column_that_is_there_twice_is_refused_only_where_it_is_used() -> None:
    assert resolve((), ["text", "x", "x"], PATH)
    with pytest.raises(FormatError, match="two columns text"):
        resolve((), ["text", "text"], PATH)


def test_a_long_list_of_long_names_is_shortened() -> None:
    assert listed(["a" * 1000] * 1000) == "1000 columns"
    assert listed(["a"] * 14) == f"the columns {', '.join('a' * 12)} and 2 more"


def test_every_field_has_an_alias_of_its_own_name() -> None:
    assert set(ALIASES) == set(FIELDS)
    assert all(field in names for field, names in ALIASES.items())
