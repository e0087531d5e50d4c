"""Collects what is new at the sources."""

from collections.abc import Callable, Sequence

from spiders.crawl import crawl
from spiders.job import Outcome
from spiders.sources import find_source, load_sources
from tinymovements.errors import SourceError
from tinymovements.model import Source
from tinymovements.settings import Settings
from tinymovements.workflow.sources import FILE, OUT_OF_REACH, out_of_reach, unedited


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
    """How the crawl of each source went. Raises `KeyboardInterrupt` where it was stopped: then what was done is kept."""
    done: dict[str, int] = {}

    def report(source: str, outcome: Outcome) -> None:
        posts = outcome.new + outcome.updated + outcome.unchanged
        advance(posts - done.get(source, 0))
        done[source] = posts

    away = [source for source in sources if out_of_reach(settings, source)]
    outcomes = {source.id: Outcome(failed=OUT_OF_REACH) for source in away}
    if near := [source for source in sources if source not in away]:
        outcomes |= crawl(settings, near, report)
    if any(outcome.stopped for outcome in outcomes.values()):
        raise KeyboardInterrupt
    return {source.id: outcomes[source.id] for source in sources}
