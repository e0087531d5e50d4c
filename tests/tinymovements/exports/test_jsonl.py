"""JSON Lines hold all that the archive has of a post."""

import json
from pathlib import Path

from tinymovements.exports.jsonl import JsonLines
from tinymovements.exports.rows import Row
from tinymovements.exports.unit import Unit
from tinymovements.model import Annotation, Post


def test_a_line_is_the_whole_post_and_the_whole_annotation(tmp_path: Path, unit: Unit[Row], rows: list[Row]) -> None:
    writer = JsonLines(tmp_path / "a.jsonl", unit)
    writer.write(JsonLines.prepare(unit, rows))
    writer.finish({})
    got = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text("utf-8").split("\n")[:-1]]
    for line, row in zip(got, rows, strict=True):
        assert Post.model_validate(line["post"]) == row.post
        assert (line["annotation"] and Annotation.model_validate(line["annotation"])) == row.annotation
        assert line["text_withheld"] is row.withheld
    assert got[1]["near_duplicate_of"] == rows[0].post.id
    assert got[0]["first_seen"] == "2026-03-02T04:00:00Z"
