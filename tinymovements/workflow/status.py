"""Tells what is in the archive, what is derived from it, and what is left to do."""

from dataclasses import dataclass

from pipelines.assemble import version
from tinymovements.archive import annotations, crawl, posts
from tinymovements.archive.crawl import Run
from tinymovements.archive.database import open_archive, reading
from tinymovements.settings import Settings
from tinymovements.workflow.index import count_behind


@dataclass(frozen=True, slots=True)
class Status:
    """How many posts are where, the last run of each source, and the commands that finish what is unfinished."""

    home: str
    archive: str
    posts: dict[str, int]
    near_duplicates: int
    annotated: int
    outdated: int
    behind: int
    pipeline: str
    runs: dict[str, Run]
    next: tuple[str, ...]


def status(settings: Settings) -> Status:
    """The state of archive and index."""
    archive = open_archive(settings.archive_url)
    with reading(archive) as connection:
        count = posts.count(connection)
        duplicates = posts.count_near_duplicates(connection)
        annotated = annotations.count(connection)
        outdated = annotations.count_outdated(connection, version())
        runs = crawl.last_runs(connection)
    behind = count_behind(settings)
    return Status(
        home=str(settings.home),
        archive=archive.url.render_as_string(hide_password=True),
        posts=count,
        near_duplicates=duplicates,
        annotated=annotated,
        outdated=outdated,
        behind=behind,
        pipeline=version(),
        runs=runs,
        next=_next(count, outdated, behind, runs),
    )


def _next(count: dict[str, int], outdated: int, behind: int, runs: dict[str, Run]) -> tuple[str, ...]:
    commands = [
        f"tinymovements {'collect ' + run.source if run.step == 'collect' else 'import'}   (the last run of {run.source} {how})"
        for run in runs.values()
        if (how := {None: "did not end", "stopped": "was stopped", "failed": "failed"}.get(run.outcome))
    ]
    if outdated:
        commands.append("tinymovements annotate")
    if outdated or behind:
        commands.append("tinymovements index")
    if not count:
        commands = ["tinymovements demo", "tinymovements collect", "tinymovements import csv FILE"]
    return tuple(commands)
