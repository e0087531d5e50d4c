"""Collects what is new at the sources."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from spiders.crawl import crawl
from spiders.job import Outcome
from spiders.sources import find_source, load_sources
from tinymovements.archive.database import open_archive
from tinymovements.archive.locks import held
from tinymovements.errors import Busy, SourceError
from tinymovements.model import Source
from tinymovements.settings import Settings
from tinymovements.workflow.side_by_side import workers
from tinymovements.workflow.sources import FILE, OUT_OF_REACH, out_of_reach, unedited

GATE_LOADED = "tinymovements.workflow.gate_loaded"


def chosen(settings: Settings, names: Sequence[str]) -> list[Source]:
    """The sources of these names, or all that are enabled and can be crawled. Raises `SourceError` for one that cannot be."""
    if not names:
        found = load_sources(settings.sources_folder).values()
        return [source for source in found if source.enabled and source.platform != FILE and not unedited(source)]
    sources = [find_source(settings.sources_folder, name) for name in dict.fromkeys(names)]
    for source in sources:
        if source.platform == FILE:
            raise SourceError(f"{source.id} is not crawled: its posts come as files.", "Use `tinymovements import`.")
        if field := unedited(source):
            raise SourceError(f"{source.id}: {field} is still that of the template.", "Write what is true in its file.")
    return sources


def collect(settings: Settings, sources: Sequence[Source], advance: Callable[[int], None]) -> dict[str, Outcome]:
    """How the crawl of each source went. Raises `KeyboardInterrupt` where it was stopped: then what was done is kept.

    One that is out of reach, or that another process is collecting, is said to have failed; the others are crawled.
    """
    done: dict[str, int] = {}

    def report(source: str, outcome: Outcome) -> None:
        posts = outcome.new + outcome.updated + outcome.unchanged
        advance(posts - done.get(source, 0))
        done[source] = posts

    archive = open_archive(settings.archive_url)
    outcomes: dict[str, Outcome] = {}
    near: list[Source] = []
    with ExitStack() as locks:
        for source in sources:
            if out_of_reach(settings, source):
                outcomes[source.id] = Outcome(failed=OUT_OF_REACH)
                continue
            try:
                locks.enter_context(held(archive, f"collect {source.id}"))
            except Busy as error:
                outcomes[source.id] = Outcome(failed=error.message)
            else:
                near.append(source)
        if near:
            pool = locks.enter_context(workers(settings.processes, GATE_LOADED)) if settings.processes > 1 else None
            outcomes |= crawl(settings, near, report, pool)
    if any(outcome.stopped for outcome in outcomes.values()):
        raise KeyboardInterrupt
    return {source.id: outcomes[source.id] for source in sources}
