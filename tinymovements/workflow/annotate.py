"""Says of each post what it means, where that was not yet said by this version of the pipeline."""

from collections.abc import Callable, Iterator
from itertools import islice

from sqlalchemy import Engine

from pipelines.assemble import version
from pipelines.processes import annotate_side_by_side
from tinymovements.archive import annotations
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.posts import Archived
from tinymovements.settings import Settings

COMMIT = 500
"""Posts kept in one transaction: what a kill may cost is the work on so many."""

WORTH_PROCESSES = 2000
"""Posts from which on starting further processes (two seconds each, which they spend on loading) is worth it."""


def count_outdated(settings: Settings) -> int:
    """How many posts `annotate_posts` would annotate."""
    archive = open_archive(settings.archive_url)
    with reading(archive) as connection:
        return annotations.count_outdated(connection, version())


def annotate_posts(settings: Settings, advance: Callable[[int], None]) -> int:
    """Annotate what is out of date, in order of arrival; how many posts that were. Each part done is kept."""
    archive = open_archive(settings.archive_url)
    with reading(archive) as connection:
        total = annotations.count_outdated(connection, version())
    if not total:
        return 0
    processes = settings.processes if total >= WORTH_PROCESSES else 1
    waiting: list[Archived] = []

    def posts() -> Iterator[Archived]:
        for item in _outdated(archive):
            waiting.append(item)
            yield item

    said = annotate_side_by_side((item.post for item in posts()), processes)
    while part := list(islice(said, COMMIT)):
        done = waiting[: len(part)]
        del waiting[: len(part)]
        with writing(archive) as connection:
            annotations.put(connection, list(zip(done, part, strict=True)))
        advance(len(part))
    return total


def _outdated(archive: Engine) -> Iterator[Archived]:
    after = 0
    while True:
        with reading(archive) as connection:
            part = annotations.outdated(connection, version(), after, COMMIT)
        if not part:
            return
        yield from part
        after = part[-1].number
