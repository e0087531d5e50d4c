"""Tells what is in the archive, what is derived from it, who is at work, and what is left to do."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from pipelines.initiatives.version import version as resolver
from pipelines.models import untrained
from pipelines.version import version
from search.query import UNITS
from tinymovements.archive import annotations, crawl, initiatives, posts, signals
from tinymovements.archive.crawl import Run
from tinymovements.archive.database import open_archive, reading
from tinymovements.archive.locks import Holder, holder, holders
from tinymovements.errors import EngineUnavailable
from tinymovements.settings import Settings
from tinymovements.workflow.index import INITIATIVES, POSTS, count_behind, open_engine
from tinymovements.workflow.index_unit import Unit

_ENDED = {"failed": "failed", "stopped": "was stopped", "killed": "was killed", "interrupted": "was killed"}
"""What the last run of a source must have been for there to be something left of it."""


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run of a source, and how it is: its outcome, or `running` (then by whom), or `interrupted` where it was killed."""

    run: Run
    state: str
    by: Holder | None


@dataclass(frozen=True, slots=True)
class Leftover:
    """What a killed run left in the home folder or in the cluster: in nobody's way, and taken away by this command."""

    path: str
    command: str


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What was begun, or is behind, and the command that finishes it."""

    what: str
    command: str


@dataclass(frozen=True, slots=True)
class Status:
    """How many posts are where, the last run of each source, who is at work, and what is unfinished."""

    home: str
    archive: str
    posts: dict[str, int]
    near_duplicates: int
    annotated: int
    outdated: int
    initiatives: int
    unresolved: int
    """Annotated posts that resolution has not looked at as they are now."""
    behind: int | None
    """Posts. None: the engine's server does not say; then `index` tells why."""
    initiatives_behind: int | None
    engine: str
    index: str
    """What is wrong with it."""
    pipeline: str
    runs: dict[str, LastRun]
    locks: tuple[Holder, ...]
    leftovers: tuple[Leftover, ...]
    unfinished: tuple[Unfinished, ...]


def status(settings: Settings) -> Status:
    """The state of archive and index."""
    archive = open_archive(settings.archive_url)
    with reading(archive) as connection:
        count = posts.count(connection)
        duplicates = posts.count_near_duplicates(connection)
        annotated = annotations.count(connection)
        outdated = annotations.count_outdated(connection, version(settings.encoder))
        made = initiatives.count(connection)
        unresolved = signals.count_unresolved(connection, resolver())
        last = crawl.last_runs(connection)
    runs = {source: _last_run(archive, run) for source, run in last.items()}
    locks = tuple(holders(archive))
    behind, trouble = _behind(settings, POSTS)
    initiatives_behind, _ = _behind(settings, INITIATIVES)
    return Status(
        home=str(settings.home),
        archive=archive.url.render_as_string(hide_password=True),
        posts=count,
        near_duplicates=duplicates,
        annotated=annotated,
        outdated=outdated,
        initiatives=made,
        unresolved=unresolved,
        behind=behind,
        initiatives_behind=initiatives_behind,
        engine=settings.engine,
        index=trouble,
        pipeline=version(settings.encoder),
        runs=runs,
        locks=locks,
        leftovers=_leftovers(settings, {lock.name.split()[0] for lock in locks}, asks_engine=not trouble),
        unfinished=_unfinished(untrained(), outdated, unresolved, behind or 0, initiatives_behind or 0, runs),
    )


def _behind(settings: Settings, unit: Unit[Any]) -> tuple[int | None, str]:
    try:
        return count_behind(settings, unit), ""
    except EngineUnavailable as error:
        return None, str(error)


def _last_run(archive: Engine, run: Run) -> LastRun:
    if run.outcome:
        return LastRun(run, run.outcome, None)
    by = holder(archive, f"{run.step} {run.source}")
    return LastRun(run, "running" if by else "interrupted", by)


def _leftovers(settings: Settings, at_work: set[str], asks_engine: bool) -> tuple[Leftover, ...]:
    paths = [*settings.home.glob(f".{settings.key_file.name}.*"), *settings.sources_folder.glob("*.new")]
    if "import" not in at_work:
        paths += settings.home.glob(".import-*")
    found = [Leftover(str(path), f"rm '{path}'") for path in sorted(paths)]
    if asks_engine and "index" not in at_work:
        with suppress(EngineUnavailable):
            names = [name for unit in UNITS for name in open_engine(settings, unit=unit).leftovers()]
            found += [Leftover(name, "tinymovements index --anew") for name in names]
    return tuple(found)


def _refused(run: Run) -> bool:
    """Whether an import ended before its first row, of which whoever ran it was told: its file is no such file."""
    return run.step == "import" and run.outcome == "failed" and not run.counts.get("rows")


def _unfinished(
    new: tuple[str, ...], outdated: int, unresolved: int, behind: int, initiatives_behind: int, runs: dict[str, LastRun]
) -> tuple[Unfinished, ...]:
    found = [
        Unfinished(f"collect {source} {how}", f"tinymovements collect {source}")
        if last.run.step == "collect"
        else Unfinished(f"import into {source} {how}", "tinymovements import …, with the same files again")
        for source, last in runs.items()
        if (how := _ENDED.get(last.state)) and not _refused(last.run)
    ]
    found += [Unfinished(f"movement not learnt yet: {id}", "tinymovements train") for id in new]
    if outdated:
        found.append(Unfinished(f"posts not annotated: {outdated}", "tinymovements annotate"))
    if outdated or unresolved:
        found.append(Unfinished(f"posts not resolved: {outdated + unresolved}", "tinymovements resolve"))
    if outdated or behind:
        found.append(Unfinished(f"posts not indexed: {behind or outdated}", "tinymovements index"))
    if initiatives_behind:
        found.append(Unfinished(f"initiatives not indexed: {initiatives_behind}", "tinymovements index"))
    return tuple(found)
