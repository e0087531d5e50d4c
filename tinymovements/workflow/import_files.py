"""Brings files in: read row by row, through the gate, into the archive; and says of every row what became of it."""

import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Engine

from spiders.files import IMPORTERS, Importer, ImportOptions, Rejected
from spiders.files.contract import ignore
from spiders.sources import find_source
from tinymovements.archive import crawl
from tinymovements.archive.database import open_archive, writing
from tinymovements.archive.locks import held
from tinymovements.archive.posts import Stored, store
from tinymovements.errors import ArchiveError, FileError, FormatError, SettingsError, TinyMovementsError
from tinymovements.model import LONGEST_TEXT, Draft, Kind, Language, Post
from tinymovements.privacy import Gate, load_key
from tinymovements.settings import Settings
from tinymovements.workflow.side_by_side import side_by_side

COMMIT = 2000
"""Posts kept in one transaction: what a kill may cost is the work on so many, half a second's. Each transaction writes a page
for nearly every post's id, and the more posts the fewer."""

HANDFUL = 100
"""Posts scrubbed together: some 30 ms of work, beside which handing them to another process is little."""

WORTH_PROCESSES = 1_000_000
"""Bytes of files (some 4,000 short posts) from which on starting further processes, of two seconds, is worth it."""

_MUCH = 20 * LONGEST_TEXT
"""Characters that make a transaction full with fewer posts: memory does not grow with their length."""

_LOADED = "tinymovements.workflow.gate_loaded"

SHOWN = 10
"""Rejected rows that a summary tells of one by one."""

EXAMPLES = 3
"""Scrubbed posts that a dry run shows."""


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What to import, and how to read it."""

    format: str
    paths: Sequence[Path]
    source: str = "imported-files"
    mapping: tuple[str, ...] = ()
    timezone: str = "Europe/Helsinki"
    language: Language | None = None
    kind: Kind = "message"
    dry_run: bool = False
    """Read everything, keep nothing."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was kept out: where it stands and why, never what it says."""

    file: str
    line: int | None
    within: str
    reason: str

    def __str__(self) -> str:
        where = f"line {self.line}" if self.line else self.within
        return f"{self.file}, {where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told what while an import runs."""

    tell: Callable[[str], None] = ignore
    advance: Callable[[int], None] = ignore
    refused: Callable[[Refusal], None] = ignore


@dataclass(slots=True)
class ImportSummary:
    """What became of the rows: `rows` is the sum of posts, duplicates and rejected."""

    rows: int = 0
    new: int = 0
    updated: int = 0
    duplicates: int = 0
    """Here already word for word, or a second time in the same import."""
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    first_rejected: list[Refusal] = field(default_factory=list)
    examples: list[Post] = field(default_factory=list)

    @property
    def posts(self) -> int:
        """Those that were kept, or would be."""
        return self.new + self.updated

    def counts(self) -> dict[str, int]:
        """The figures alone."""
        names = ("rows", "posts", "new", "updated", "duplicates", "rejected")
        return {name: getattr(self, name) for name in names}

    def as_dict(self) -> dict[str, object]:
        """All of it for JSON."""
        rejected = [asdict(refusal) for refusal in self.first_rejected]
        examples = [post.model_dump(mode="json", exclude_none=True) for post in self.examples]
        return self.counts() | {"reasons": dict(self.reasons), "first_rejected": rejected, "examples": examples}


def count_bytes(paths: Sequence[Path]) -> int:
    """How much there is to read, for a progress bar; what cannot be looked at counts for nothing."""
    with suppress(OSError):
        files = (file for path in paths for file in (path.rglob("*.json") if path.is_dir() else (path,)))
        return sum(file.stat().st_size for file in files if file.is_file())
    return 0


def import_files(settings: Settings, order: ImportOrder, watch: Watch) -> ImportSummary:
    """Import files in order. What was committed before an error or Ctrl-C stays; the same import again changes nothing."""
    importer = _importer(order)
    source = find_source(settings.sources_folder, order.source).id
    options = _options(settings, order, watch)
    for path in order.paths:
        _check(path, importer)
    processes = settings.processes if count_bytes(order.paths) >= WORTH_PROCESSES else 1
    work = _Work(source, options.key, processes, watch, ImportSummary())
    if order.dry_run:
        work.run(importer, order.paths, options)
        return work.summary
    work.archive, work.folder = open_archive(settings.archive_url), settings.home
    with held(work.archive, f"import {source}"), _recorded(work.archive, source, work.summary):
        work.run(importer, order.paths, options)
    return work.summary


def _importer(order: ImportOrder) -> Importer:
    if order.format not in IMPORTERS:
        raise FormatError(f"There is no format {order.format}.", f"Formats: {', '.join(IMPORTERS)}.")
    importer = IMPORTERS[order.format]
    if order.mapping and not importer.takes_map:
        raise FormatError(f"The format {order.format} knows its columns itself: --map has no use.", "Leave it out.")
    return importer


def _options(settings: Settings, order: ImportOrder, watch: Watch) -> ImportOptions:
    try:
        zone = ZoneInfo(order.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(f"There is no time zone {order.timezone}.", "Write one like Europe/Helsinki.") from None
    # A dry run makes nothing, no key file either.
    key = b"" if order.dry_run and not settings.key_file.exists() else load_key(settings.key_file)
    return ImportOptions(order.mapping, zone, order.language, order.kind, key, watch.tell, watch.advance)


def _check(path: Path, importer: Importer) -> None:
    try:
        if path.is_dir():
            if not importer.takes_folder:
                raise FormatError(f"{path} is a folder.", f"The format {importer.format} reads files: name them, FOLDER/* for all.")
            return
        if path.exists() and not path.is_file():
            raise FormatError(f"{path} is no ordinary file.", "Save what comes from there into a file first.")
        with path.open("rb") as file:
            if not file.read(1):
                raise FormatError(f"{path} is empty.", "Check that it was saved or downloaded to its end.")
    except FileNotFoundError:
        raise FileError(f"There is no file {path}.", "Check its name and folder.") from None
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.", "Check its name and rights.") from None


@contextmanager
def _recorded(archive: Engine, source: str, summary: ImportSummary) -> Iterator[None]:
    """Notes the run in the archive, however it ends."""
    with writing(archive) as connection:
        run = crawl.start_run(connection, source, "import")
    try:
        yield
    except BaseException as error:
        outcome = "stopped" if isinstance(error, KeyboardInterrupt) else "failed"
        message = error.message if isinstance(error, TinyMovementsError) else None
        with suppress(ArchiveError), writing(archive) as connection:  # what ended it is told, not that this could not be noted
            crawl.finish_run(connection, run, outcome, summary.counts(), message)
        raise
    with writing(archive) as connection:
        crawl.finish_run(connection, run, "done", summary.counts())


_SEEN = "CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID"


class _Seen:
    """The ids of this import. In a nameless file of the home folder: after 64 MiB of them memory grows no further."""

    def __init__(self, folder: Path | None) -> None:
        if folder is None:
            self._db = sqlite3.connect(":memory:")
            self._db.execute(_SEEN)
            return
        # Not SQLite's own temporary store, which lies in the system's folder. Without a name it is gone with the process.
        handle, name = tempfile.mkstemp(dir=folder, prefix=".import-")
        os.close(handle)
        self._db = sqlite3.connect(name)
        self._db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536; {_SEEN}")
        Path(name).unlink()

    def is_new(self, id: str) -> bool:
        """Whether it comes for the first time."""
        try:
            return self._db.execute("INSERT OR IGNORE INTO seen VALUES (?)", (id,)).rowcount == 1
        except sqlite3.Error:
            raise FileError(
                "The home folder's disk is full, or fails.", "Make room, and do the same again: what was kept is kept."
            ) from None

    def close(self) -> None:
        """Forget them."""
        self._db.close()


def _scrubbed(key: bytes, source: str, drafts: Sequence[Draft]) -> list[Post]:
    gate = Gate(key)
    return [gate.admit(draft, source) for draft in drafts]


def _handfuls(drafts: Iterable[Draft]) -> Iterator[list[Draft]]:
    """`HANDFUL` drafts together, or fewer that are as long as a thick book."""
    handful: list[Draft] = []
    size = 0
    for draft in drafts:
        handful.append(draft)
        size += len(draft.text)
        if len(handful) >= HANDFUL or size >= LONGEST_TEXT:
            yield handful
            handful, size = [], 0
    if handful:
        yield handful


@dataclass
class _Work:
    """One import under way: without an archive it keeps nothing."""

    source: str
    key: bytes
    processes: int
    watch: Watch
    summary: ImportSummary
    archive: Engine | None = None
    folder: Path | None = None
    """Where something may be written."""
    broken: TinyMovementsError | None = None
    """Why the files could not be read to their end."""

    def run(self, importer: Importer, paths: Sequence[Path], options: ImportOptions) -> None:
        """All files, `COMMIT` posts at a time. Where one breaks off, what came before is kept, and then the error raised."""
        drafts = (draft for path in paths for draft in self._drafts(path, importer.read(path, options)))
        scrubbed = side_by_side(partial(_scrubbed, self.key, self.source), _handfuls(drafts), self.processes, _LOADED)
        with closing(_Seen(self.folder)) as seen, closing(scrubbed):
            batch: list[Post] = []
            size = 0
            for post in chain.from_iterable(scrubbed):
                # The first of two with one id counts: were it the last, a second import would change both, in turns.
                if not seen.is_new(post.id):
                    self.summary.duplicates += 1
                    continue
                batch.append(post)
                size += len(post.text)
                if len(batch) >= COMMIT or size >= _MUCH:
                    self._keep(batch)
                    batch, size = [], 0
            self._keep(batch)
        if self.broken:
            raise self.broken

    def _drafts(self, path: Path, rows: Iterator[Draft | Rejected]) -> Iterator[Draft]:
        if self.broken:
            return
        try:
            for row in rows:
                self.summary.rows += 1
                if isinstance(row, Rejected):
                    self._refuse(Refusal(path.name, row.line, row.within, row.reason))
                else:
                    yield row
        except TinyMovementsError as error:
            self.broken = error

    def _refuse(self, refusal: Refusal) -> None:
        self.summary.rejected += 1
        self.summary.reasons[refusal.reason] += 1
        if len(self.summary.first_rejected) < SHOWN:
            self.summary.first_rejected.append(refusal)
        self.watch.refused(refusal)

    def _keep(self, batch: Sequence[Post]) -> None:
        if not batch:
            return
        if self.archive is None:
            self.summary.examples += batch[: EXAMPLES - len(self.summary.examples)]
            stored = Stored(new=len(batch))
        else:
            with writing(self.archive) as connection:
                stored = store(connection, self.source, batch)
        self.summary.new += stored.new
        self.summary.updated += stored.updated
        self.summary.duplicates += stored.unchanged
