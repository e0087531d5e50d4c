"""What a row of posts is, and what JSON Lines has of it."""

import json

from tinymovements.exports.columns import make_columns
from tinymovements.exports.corrections import as_said
from tinymovements.exports.rows import Row
from tinymovements.exports.unit import Unit, iso
from tinymovements.model import Movement


def posts_unit(movements: dict[str, Movement], with_scores: bool) -> Unit[Row]:
    """One row a post. JSON has the whole `Post` and the whole `Annotation`, as `tinymovements.model` has them."""
    return Unit("posts", make_columns(movements, with_scores), _line, _point)


def _line(row: Row) -> str:
    rest = {
        "near_duplicate_of": row.near_duplicate_of,
        "first_seen": iso(row.first_seen),
        "licence": row.licence,
        "text_withheld": row.withheld,
        "corrections": [as_said(correction) for correction in row.corrections],
        "initiatives": row.initiatives,
        "stage": row.stage,
    }
    annotation = row.annotation.model_dump_json() if row.annotation else "null"
    return f'{{"post":{row.post.model_dump_json()},"annotation":{annotation},{json.dumps(rest, ensure_ascii=False)[1:]}'


def _point(row: Row) -> tuple[float, float] | None:
    if row.post.lat is not None and row.post.lon is not None:
        return row.post.lat, row.post.lon
    for place in row.annotation.places if row.annotation else ():
        if place.lat is not None and place.lon is not None:
            return place.lat, place.lon
    return None
