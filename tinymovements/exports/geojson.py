"""GeoJSON (RFC 7946): a point a row, for maps."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from tinymovements.exports.files import TextFile
from tinymovements.exports.unit import Column, R, Unit, Value, iso


class GeoJson:
    """A collection of features, one a line. A row that is nowhere has no geometry; a list is one text, which every map reads."""

    title: ClassVar[str] = "GeoJSON"
    largest: ClassVar[int | None] = None

    def __init__(self, path: Path, unit: Unit[Any]) -> None:
        self._file = TextFile(path)
        self._before = '{"type": "FeatureCollection", "features": [\n'

    @classmethod
    def prepare(cls, unit: Unit[R], rows: Sequence[R]) -> str:
        """The features of rows, with what stands between them."""
        return ",\n".join(json.dumps(_feature(unit, row), ensure_ascii=False) for row in rows)

    def write(self, prepared: str) -> None:
        """Add rows."""
        if prepared:
            self._file.text.write(f"{self._before}{prepared}")
            self._before = ",\n"

    def finish(self, about: Mapping[str, Any]) -> tuple[str, ...]:
        """Nothing is lost, and there is no room for `about`."""
        self._file.text.write("\n]}\n" if self._before == ",\n" else f"{self._before}]}}\n")
        self.close()
        return ()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _feature(unit: Unit[R], row: R) -> dict[str, Any]:
    point = unit.point(row) if unit.point else None
    # The longitude comes first.
    geometry = {"type": "Point", "coordinates": [point[1], point[0]]} if point else None
    return {"type": "Feature", "geometry": geometry, "properties": {c.name: _property(c, c.of(row)) for c in unit.columns}}


def _property(column: Column[R], value: Value) -> Value:
    if isinstance(value, tuple):
        return column.separator.join(value)
    return iso(value) if isinstance(value, datetime) else value
