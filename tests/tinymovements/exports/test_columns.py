"""The columns are a promise."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tinymovements.exports.columns import make_columns
from tinymovements.exports.page import data_format_page
from tinymovements.exports.rows import Row, make_row
from tinymovements.exports.unit import Column, iso, values
from tinymovements.model import Annotation, Place, Post, Source
from tinymovements.taxonomy import load_taxonomy

PAGE = Path(__file__).parents[3] / "docs" / "data-format.md"


def test_their_names_and_order_never_change() -> None:
    names = [column.name for column in make_columns(load_taxonomy().movements, with_scores=False)]
    assert names[:18] == [
        *("id", "source", "kind", "title", "text", "language", "posted", "url", "group", "author", "place", "lat", "lon"),
        *("starts", "ends", "reactions", "comments", "shares"),
    ]
    assert names[18:21] == ["initiative", "self_organised", "movements"]
    assert names[21:41] == [f"movement_{id.replace('-', '_')}" for id in load_taxonomy().ids]
    assert names[41:] == [
        *("places", "districts", "municipalities", "place_lat", "place_lon"),
        *("needs", "need_kinds", "offers", "offer_kinds", "asks", "ask_kinds"),
        *("near_duplicate_of", "pipeline_version", "content_hash", "first_seen", "licence", "text_withheld"),
        *("corrected_yes", "corrected_no", "corrected_by", "corrected_at", "disputed"),
        *("native_id", "initiatives", "stage"),
    ]


def test_scores_come_only_when_asked_for(columns: tuple[Column[Row], ...]) -> None:
    assert [column.name for column in columns[41:61]] == [f"score_{id.replace('-', '_')}" for id in load_taxonomy().ids]


def test_every_column_says_what_it_means(columns: tuple[Column[Row], ...]) -> None:
    assert len({column.name for column in columns}) == len(columns)
    assert all(column.meaning.endswith(".") and column.values for column in columns)
    assert all(bool(column.separator) == (column.type == "list") for column in columns)


def _named(columns: tuple[Column[Row], ...], row: Row) -> dict[str, object]:
    (cells,) = values(columns, [row])
    return dict(zip((column.name for column in columns), cells, strict=True))


def test_a_post_that_is_not_annotated_has_nothing_an_annotation_would_tell(
    columns: tuple[Column[Row], ...], rows: list[Row]
) -> None:
    got = _named(columns, rows[1])
    told = {"language", "initiative", "self_organised", "movements", "places", "districts", "municipalities", "place_lat", "needs"}
    told |= {"ask_kinds", "pipeline_version", "movement_street_art", "score_street_art"}
    assert {name for name in told if got[name] is not None} == set()
    assert got["text"] == "-"


def test_movements_are_flags_and_probabilities(columns: tuple[Column[Row], ...], rows: list[Row]) -> None:
    got = _named(columns, rows[0])
    assert got["movements"] == ("street-art", "repair-and-reuse")
    assert sum(int(str(value)) for name, value in got.items() if name.startswith("movement_")) == 2
    assert (got["movement_street_art"], got["movement_time_banking"]) == (1, 0)
    assert (got["score_street_art"], got["score_time_banking"]) == (0.75, 0.125)


def test_the_point_is_that_of_the_first_place_that_has_one(
    columns: tuple[Column[Row], ...], make_post: Callable[..., Post], make_annotation: Callable[..., Annotation], source: Source
) -> None:
    helsinki = {"municipality": "Helsinki"}
    places = (Place(name="Oodi", **helsinki), Place(name="Malmi", lat=60.25, lon=0.0, district="Malmi", **helsinki))
    row = make_row(make_post(), make_annotation(places=(*places, places[0])), source, datetime(2026, 3, 2, tzinfo=UTC), None)
    got = _named(columns, row)
    assert (got["place_lat"], got["place_lon"]) == (60.25, 0.0)
    assert (got["places"], got["districts"], got["municipalities"]) == (("Oodi", "Malmi"), ("Malmi",), ("Helsinki",))


def test_moments_have_a_fraction_only_where_there_is_one() -> None:
    assert iso(datetime(2026, 3, 1, 7, 5, tzinfo=UTC)) == "2026-03-01T07:05:00Z"
    assert iso(datetime(2026, 3, 1, 7, 5, 0, 5000, tzinfo=UTC)) == "2026-03-01T07:05:00.005000Z"


def test_the_page_of_the_documentation_is_what_the_program_does() -> None:
    assert PAGE.read_text("utf-8") == data_format_page(), "Run `make docs`."


@pytest.mark.usefixtures("pets")
def test_a_movement_of_the_users_own_has_columns_after_the_others(rows: list[Row]) -> None:
    columns = make_columns(load_taxonomy().movements, with_scores=True)
    names = [column.name for column in columns]
    assert names[40:43] == ["movement_digital_commons", "movement_shared_pets", "score_asylum_seeker_support"]
    assert names[62] == "score_shared_pets"
    assert columns[41].meaning == "Shared pets: whether the post belongs to it."
    assert _named(columns, rows[0])["movement_shared_pets"] == 0


@pytest.mark.usefixtures("pets")
def test_the_page_of_the_documentation_knows_what_ships_alone() -> None:
    assert data_format_page() == PAGE.read_text("utf-8")
