"""What may not be passed on of an initiative does not leave, and every column says what it means."""

from collections.abc import Sequence

import pytest

from tests.tinymovements.invented import POSTS, id_of, initiative_of, records
from tinymovements.exports.initiatives import InitiativeRow, initiatives_unit, make_initiative_row
from tinymovements.exports.spread import spread_unit
from tinymovements.exports.ties import DIRECTED, EDGE_COLUMNS, KINDS, NODE_NAMES, TIE_COLUMNS, ties_unit
from tinymovements.exports.unit import Unit, values
from tinymovements.exports.wants import WantRow, wants_unit
from tinymovements.initiative import Initiative
from tinymovements.model import Source
from tinymovements.taxonomy import load_taxonomy

RECORDS = {record.id: record for record in records()}


@pytest.fixture
def sources(source: Source) -> dict[str, Source]:
    told = {id: source.model_copy(update={"id": id}) for id in ("pihalista", "muualta")}
    return told | {"salainen": source.model_copy(update={"id": "salainen", "texts_exportable": False})}


def _words(ids: Sequence[str]) -> str:
    return "\n".join(text for key, (*_, text) in POSTS.items() if id_of(key) in ids)


def _row(initiative: Initiative, sources: dict[str, Source]) -> InitiativeRow:
    return make_initiative_row(initiative, sources, _words)


def _cells(row: InitiativeRow) -> dict[str, object]:
    columns = initiatives_unit(load_taxonomy().movements).columns
    (cells,) = values(columns, [row])
    return dict(zip((column.name for column in columns), cells, strict=True))


@pytest.mark.parametrize("unit", [initiatives_unit(load_taxonomy().movements), wants_unit(), ties_unit(), spread_unit()])
def test_every_column_says_what_it_means(unit: Unit[object]) -> None:
    assert len({column.name for column in unit.columns}) == len(unit.columns)
    assert all(column.meaning.endswith(".") and column.values for column in unit.columns)
    assert all(bool(column.separator) == (column.type == "list") for column in unit.columns)


def test_what_tells_of_an_initiative(sources: dict[str, Source]) -> None:
    got = _cells(_row(RECORDS[initiative_of("a")], sources))
    assert (got["name"], got["other_names"], got["named_by_person"]) == ("Kyläpajan ilta", ("Byverkstadens kväll",), 0)
    assert (got["stage"], got["stage_quote"], got["stage_post"]) == ("active", "saimme tilan", id_of("a2"))
    assert got["stages"] == ("forming 2025-03-01", "active 2025-05-02")
    assert (got["posts"], got["main_posts"], got["post_ids"]) == (3, 2, (id_of("a1"), id_of("a2"), id_of("b1")))
    assert (got["place_lat"], got["place_lon"], got["districts"]) == (60.1819, 24.9502, ("Kallio",))
    assert (got["needs"], got["need_kinds"], got["text_withheld"]) == ((), (), 0)  # its need is met
    assert (got["movement_repair_and_reuse"], got["movement_street_art"]) == (1, 0)


def test_wants_that_are_open_are_told_with_their_kinds(sources: dict[str, Source]) -> None:
    got = _cells(_row(RECORDS[initiative_of("c")], sources))
    assert (got["offers"], got["offer_kinds"]) == (("lainaamme työkaluja",), ("things",))


def test_words_that_may_not_be_passed_on_are_left_out_wherever_they_stand(sources: dict[str, Source]) -> None:
    row = _row(RECORDS[initiative_of("f")], sources)
    assert (row.name, row.withheld) == (None, True)
    said = initiatives_unit(load_taxonomy().movements).line(row)
    for words in ("Hiljainen", "lupaa", "salaa.example"):
        assert words not in said
    assert row.initiative.wants[0].words == ()
    want = WantRow(row, row.initiative.wants[0])
    (cells,) = values(wants_unit().columns, [want])
    told = dict(zip((column.name for column in wants_unit().columns), cells, strict=True))
    assert (told["text"], told["kind"], told["text_withheld"], told["post"]) == (None, "permission", 1, id_of("f1"))


def test_a_name_stays_where_a_post_that_may_be_passed_on_says_it(sources: dict[str, Source]) -> None:
    row = _row(RECORDS[initiative_of("e")], sources)
    assert (row.name, row.withheld, _cells(row)["description"]) == ("Salapaja", True, None)


def test_a_name_that_a_person_gave_stays(sources: dict[str, Source]) -> None:
    name = RECORDS[initiative_of("f")].names[0].model_copy(update={"posts": 0})
    given = RECORDS[initiative_of("f")].model_copy(update={"names": (name,), "named_by_person": True})
    assert _row(given, sources).name == "Hiljainen kerho"


def test_where_a_sensitive_one_meets_is_told_no_finer_than_by_district(sources: dict[str, Source]) -> None:
    row = _row(RECORDS[initiative_of("d")], sources)
    said = initiatives_unit(load_taxonomy().movements).line(row)
    assert row.coarsened
    assert "Vaasankad" not in said
    assert "Vaasankatu" not in said
    assert "hidden" not in said
    assert (_cells(row)["place_lat"], _cells(row)["districts"]) == (None, ("Kallio",))


def test_nodes_and_edges_have_columns_of_initiatives_and_of_ties() -> None:
    named = {column.name for column in initiatives_unit(load_taxonomy().movements).columns}
    assert set(NODE_NAMES) <= named
    assert {column.name for column in TIE_COLUMNS} - {column.name for column in EDGE_COLUMNS} == {"source", "target", "type"}
    assert set(KINDS) >= DIRECTED
