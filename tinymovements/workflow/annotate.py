"""Says of each post what it means, where that was not yet said by this version of the pipeline."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial

from sqlalchemy import Engine

from pipelines.processes import BATCH, Said, annotate_batch
from pipelines.version import version
from tinymovements.archive import annotations
from tinymovements.archive.annotations import Claim, Outdated
from tinymovements.archive.batches import parts
from tinymovements.archive.database import open_archive, read_once, reading
from tinymovements.archive.locks import held
from tinymovements.settings import Settings
from tinymovements.workflow.encoder import name, ready
from tinymovements.workflow.side_by_side import side_by_side

COMMIT = 500
"""Posts claimed and kept in one transaction: a kill costs the work on so many, for each process one or two claims."""

_AHEAD = 2
"""Batches that wait for each process: what is claimed is then kept within a second."""

WORTH_PROCESSES = 2000
"""Posts from which on starting further processes is worth it: they load the pipeline once for all, which takes some seconds."""


def count_outdated(settings: Settings) -> int:
    """How many posts `annotate_posts` would annotate."""
    archive = open_archive(settings.archive_url)
    with reading(archive) as connection:
        return annotations.count_outdated(connection, version(settings.encoder))


def annotate_posts(settings: Settings, advance: Callable[[int], None]) -> int:
    """Annotate what is out of date, in order of arrival; how many posts that were. Each part done is kept.

    On PostgreSQL any number of processes do this side by side, on as many machines, and each post is done by one of them. On
    SQLite one process does it: raises `Busy` where another is at it.
    """
    archive = open_archive(settings.archive_url)
    done = 0
    with held(archive, "annotate") if archive.dialect.name == "sqlite" else nullcontext():
        while True:
            with reading(archive) as connection:
                read_once(connection)
                left = annotations.count_outdated(connection, version(settings.encoder), WORTH_PROCESSES)
            if not left:  # the encoder, which may have to be made first, is then not needed
                return done
            kept = _once_through(archive, settings, settings.processes if left == WORTH_PROCESSES else 1, advance)
            if kept is None:
                return done
            done += kept


def _once_through(archive: Engine, settings: Settings, processes: int, advance: Callable[[int], None]) -> int | None:
    """How many posts were annotated from the first to the last; None where there was nothing that nobody else had claimed."""
    under_way: deque[Claim] = deque()
    encoder = name(settings)

    def batches() -> Iterator[Sequence[Outdated]]:
        after = 0
        while claim := annotations.claim(archive, version(settings.encoder), after, COMMIT, encoder):
            under_way.append(claim)
            after = claim.posts[-1].number
            yield from parts(claim.posts, BATCH)

    kept = None
    said: list[Said] = []
    # One process reads with as many threads as there might be processes; of several each has one.
    work = partial(annotate_batch, encoder=ready(settings), threads=settings.processes if processes == 1 else 1)
    try:
        for answer in side_by_side(work, batches(), processes, "pipelines.loaded", _AHEAD):
            said += answer
            if len(said) == len(under_way[0].posts):
                done = _keep(under_way.popleft(), said)
                kept, said = (kept or 0) + done, []
                advance(done)
    finally:
        for claim in under_way:
            claim.give_back()
    return kept


def _keep(claim: Claim, said: Sequence[Said]) -> int:
    """Keep what was said of the posts of a claim, and what was read of those of which it was not known."""
    both = zip(claim.posts, said, strict=True)
    read = {post.number: meaning for post, (_, meaning) in both if meaning is not None and post.vector is None}
    return claim.keep([annotation for annotation, _ in said], read)
