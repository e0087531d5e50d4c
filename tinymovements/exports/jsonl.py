"""JSON Lines: one object a row, with nothing left out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from tinymovements.exports.files import TextFile
from tinymovements.exports.unit import R, Unit


class JsonLines:
    """Nested and lossless, where a unit has more than its columns."""

    title: ClassVar[str] = "JSON Lines"
    largest: ClassVar[int | None] = None

    def __init__(self, path: Path, unit: Unit[Any]) -> None:
        self._file = TextFile(path)

    @classmethod
    def prepare(cls, unit: Unit[R], rows: Sequence[R]) -> str:
        """The lines of rows."""
        return "".join(f"{unit.line(row)}\n" for row in rows)

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
