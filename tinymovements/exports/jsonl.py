"""JSON Lines: one object a post, with all that the archive has of it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from tinymovements.exports.columns import Column, iso
from tinymovements.exports.corrections import as_said
from tinymovements.exports.files import TextFile
from tinymovements.exports.rows import Row


class JsonLines:
    """Nested and lossless: the whole `Post` and the whole `Annotation`, as `tinymovements.model` has them."""

    title: ClassVar[str] = "JSON Lines"
    largest: ClassVar[int | None] = None

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._file = TextFile(path)

    @classmethod
    def prepare(cls, columns: Sequence[Column], rows: Sequence[Row]) -> str:
        """The lines of rows."""
        return "".join(map(_line, rows))

    def write(self, prepared: str) -> None:
        """Add rows."""
        self._file.text.write(prepared)

    def finish(self, about: Mapping[str, Any]) -> tuple[str, ...]:
        """Nothing is lost, and there is no room for `about`."""
        self.close()
        return ()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _line(row: Row) -> str:
    rest = {
        "near_duplicate_of": row.near_duplicate_of,
        "first_seen": iso(row.first_seen),
        "licence": row.licence,
        "text_withheld": row.withheld,
        "corrections": [as_said(correction) for correction in row.corrections],
    }
    annotation = row.annotation.model_dump_json() if row.annotation else "null"
    return f'{{"post":{row.post.model_dump_json()},"annotation":{annotation},{json.dumps(rest, ensure_ascii=False)[1:]}\n'
