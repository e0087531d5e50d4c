"""What may not be passed on does not leave."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

import pytest

from tinymovements.exports.rows import make_row
from tinymovements.model import Annotation, Post, Source, Span

SEEN = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize("described", [True, False])
def test_texts_are_withheld_where_their_source_or_nobody_allows_them(
    described: bool, make_post: Callable[..., Post], make_annotation: Callable[..., Annotation], source: Source
) -> None:
    post = make_post(title="Salaisuus talkoot", text="Tarvitaan Salaisuus ja vasara.", group="Pihaväki")
    spans = (Span(text="Tarvitaan Salaisuus", start=0, end=19, kind="things"),)
    told = make_annotation("street-art", needs=spans, offers=spans, asks=spans)
    row = make_row(post, told, source.model_copy(update={"texts_exportable": False}) if described else None, SEEN, None)
    assert row.withheld
    assert "Salaisuus" not in repr(asdict(row))
    assert row.post.group == "Pihaväki"
    assert row.annotation is not None
    assert [span.kind for span in row.annotation.needs] == ["things"]
    assert row.movements == frozenset({"street-art"})


def test_other_posts_are_whole(make_post: Callable[..., Post], make_annotation: Callable[..., Annotation], source: Source) -> None:
    post, told = make_post(lat=60.1841, lon=24.9501, place="Kallion kirjasto"), make_annotation("street-art")
    row = make_row(post, told, source, SEEN, "b" * 26)
    assert (row.post, row.annotation, row.withheld, row.coarsened) == (post, told, False, False)
    assert (row.licence, row.near_duplicate_of, row.first_seen) == ("CC0 1.0", "b" * 26, SEEN)
