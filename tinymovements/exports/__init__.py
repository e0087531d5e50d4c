"""Datasets for other programs: one small file per format, all with the same rows and the same columns."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

from tinymovements.errors import FormatError
from tinymovements.exports.csv_table import CsvTable
from tinymovements.exports.excel import Excel
from tinymovements.exports.geojson import GeoJson
from tinymovements.exports.graphs import Gexf, GraphMl
from tinymovements.exports.jsonl import JsonLines
from tinymovements.exports.parquet import Parquet
from tinymovements.exports.unit import R, Unit


class Exporter(Protocol):
    """Writes one file. The same rows in the same order make the same bytes, and memory does not grow with their number."""

    title: ClassVar[str]
    """What people call the format."""
    largest: ClassVar[int | None]
    """The most rows it can hold; None: any number."""

    def __init__(self, path: Path, unit: Unit[Any]) -> None:
        """Begin a file, in a folder that is the exporter's own until it has finished."""
        ...

    @classmethod
    def prepare(cls, unit: Unit[R], rows: Sequence[R]) -> Any:
        """Rows as `write` takes them: the greater part of the work, which another process may do."""
        ...

    def write(self, prepared: Any) -> None:
        """Add rows that were prepared."""
        ...

    def finish(self, about: Mapping[str, Any]) -> tuple[str, ...]:
        """Complete the file, with the dataset's provenance where the format has room for it.

        Gives back what the format could not hold, a sentence each.
        """
        ...

    def close(self) -> None:
        """Let go of the file, complete or not."""
        ...


EXPORTERS: dict[str, type[Exporter]] = {
    ".csv": CsvTable,
    ".csv.gz": CsvTable,
    ".geojson": GeoJson,
    ".jsonl": JsonLines,
    ".jsonl.gz": JsonLines,
    ".parquet": Parquet,
    ".xlsx": Excel,
}
"""By the ending of a file's name."""

GRAPHS: dict[str, type[GraphMl] | type[Gexf]] = {".graphml": GraphMl, ".gexf": Gexf}
"""What writes ties together with what they tie, by the ending of a file's name."""


def suffix_of(path: Path, endings: Sequence[str] = tuple(EXPORTERS)) -> str:
    """The ending that tells the format. Raises `FormatError` with those that there are."""
    name = path.name.lower()
    for suffix in sorted(endings, key=len, reverse=True):
        if name.endswith(suffix) and name != suffix:
            return suffix
    if name.endswith(tuple(GRAPHS)):
        raise FormatError(f"{path.name}: graphs hold the ties of initiatives.", "Say --unit ties.")
    raise FormatError(
        f"The name {path.name} does not tell in which format to write.", f"Let it end with one of {', '.join(endings)}."
    )
