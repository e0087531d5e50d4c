"""Invented rows that hold all that a format may stumble over."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tinymovements.archive.initiatives import Belonging
from tinymovements.corrections import Correction
from tinymovements.exports.posts import posts_unit
from tinymovements.exports.rows import Row, make_row
from tinymovements.exports.unit import Column, Unit
from tinymovements.model import Annotation, Counts, Place, Post, Source, Span
from tinymovements.taxonomy import load_taxonomy

SEEN = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@pytest.fixture
def unit() -> Unit[Row]:
    return posts_unit(load_taxonomy().movements, with_scores=True)


@pytest.fixture
def columns(unit: Unit[Row]) -> tuple[Column[Row], ...]:
    return unit.columns


@pytest.fixture
def source() -> Source:
    return Source(
        id="pihalista",
        title="Pihalista",
        description="Invented.",
        platform="file",
        publisher="Pihaväki",
        languages=("fi",),
        legal_basis="Invented posts have no authors.",
        licence="CC0 1.0",
    )


@pytest.fixture
def rows(make_post: Callable[..., Post], make_annotation: Callable[..., Annotation], source: Source) -> list[Row]:
    text = 'Tarvitsemme tilaa Kalliossa.\r\nOtsikossa on "lainaus", pilkku; puolipiste | pystyviiva.\n\nRivi 🪴 ja \x0bmerkki.'
    kallio = Place(name="Kallio", start=18, end=27, lat=60.1819, lon=24.95, district="Kallio", municipality="Helsinki")
    whole = make_post(
        "1",
        kind="event",
        title="=2+2 talkoot",
        text=text,
        author="p1",
        group="+Pihaväki",
        url="https://example.org/1",
        posted=datetime(2026, 3, 1, 17, 30, tzinfo=UTC),
        language="fi",
        place="Kallion kirjasto",
        lat=60.1841,
        lon=-0.5,
        starts=datetime(2026, 3, 5, 15, 0, 30, 250000, tzinfo=UTC),
        ends=datetime(1899, 12, 31, tzinfo=UTC),
        counts=Counts(reactions=0, comments=12),
    )
    told = make_annotation(
        "street-art",
        "repair-and-reuse",
        places=(kallio, Place(name="Malmi", district="Malmi", municipality="Helsinki")),
        needs=(Span(text="Tarvitsemme tilaa Kalliossa", start=0, end=27, kind="space"),),
        offers=(Span(text="=lainaus", start=0, end=8, kind="things"), Span(text="pilkku", start=9, end=15, kind="skills")),
    )
    bare = make_post("2", text="-", title="\tsarkain", author="'@nimi")
    said = (
        Correction("repair-and-reuse", True, "Kirjasto, 2. kerros", SEEN, whole.content_hash),
        Correction("repair-and-reuse", False, "asukas; kaupunki", datetime(2026, 3, 3, 4, 0, 0, 5000, tzinfo=UTC), "0" * 64),
        Correction("initiative", True, "Kirjasto, 2. kerros", SEEN, whole.content_hash),
        Correction("mutual-aid", None, "asukas; kaupunki", SEEN, whole.content_hash),
    )
    kept = source.model_copy(update={"texts_exportable": False, "licence": None})
    return [
        make_row(whole, told, source, SEEN, None, said, Belonging((f"i{'b' * 25}", f"i{'c' * 25}"), "forming")),
        make_row(bare, None, source, SEEN, whole.id),
        make_row(whole.model_copy(update={"id": "c" * 26}), told, kept, SEEN, None),
        make_row(whole.model_copy(update={"id": "d" * 26}), make_annotation("peer-support", places=(kallio,)), source, SEEN, None),
    ]
