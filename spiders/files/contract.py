"""What every importer is: it reads a file and yields, row by row, a draft or why there is none."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from tinymovements.model import Draft, Kind, Language

HELSINKI: tzinfo = ZoneInfo("Europe/Helsinki")


def ignore(_: object) -> None:
    """Listens to nothing: for who reads a file without watching."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to read a file, and whom to tell about it."""

    mapping: tuple[str, ...] = ()
    """As people type them after `--map`."""
    zone: tzinfo = HELSINKI
    """Of dates that do not state one."""
    language: Language | None = None
    kind: Kind = "message"
    """What rows are that do not say it themselves."""
    key: bytes = b""
    """Of the ids made from content. Without a key a number could be guessed back out of a scrubbed text by trying them all."""
    tell: Callable[[str], None] = ignore
    """Hears in a sentence how the file was understood."""
    advance: Callable[[int], None] = ignore
    """Hears how many more bytes of the file were read."""

    def fingerprint(self, *content: str) -> str:
        """The same for the same content."""
        return hashlib.blake2b("\0".join(content).encode("utf-8", "replace"), key=self.key, digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be read, and why; never what it says."""

    line: int | None
    """The line of the file in which the row begins; None in a format that is not made of lines."""
    reason: str
    within: str = ""
    """Where it is in a format without lines: `your_posts_1.json, item 3`."""


class Unreadable(Exception):
    """Why a row can be no draft: raised where it is seen, turned to a `Rejected` where the line is known."""


class Importer(Protocol):
    """Reads one format. Memory does not grow with the file; every row of it is yielded as one thing or the other."""

    format: str
    title: str
    takes_map: bool
    """Whether `--map` means anything here."""
    takes_folder: bool

    def read(self, path: Path, options: ImportOptions) -> Iterator[Draft | Rejected]:
        """The rows in order. Raises `FormatError` where the file as a whole is not in the format, or damaged."""
        ...
