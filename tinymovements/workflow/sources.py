"""Shows the sources, checks their facts, and makes new ones."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from spiders.platforms import FILE, PLATFORMS, load_platform
from spiders.sources import find_source, load_sources, read_source, source_files
from tinymovements.errors import FileError, SourceError, UnknownSource
from tinymovements.model import Identifier, Source
from tinymovements.settings import Settings
from tinymovements.workflow.offline import is_local

EDIT = "EDIT:"
"""How what a template leaves open begins."""

TEMPLATE = """\
# The facts of one source; docs/sources.md explains them. Its id is the name of this file.
# Replace all that begins with EDIT, then try it: tinymovements sources check {id} --live

title = {title}
description = "EDIT: what is collected here, and what is not, in plain words."
platform = {platform}
{url}publisher = "EDIT: who publishes it."
languages = ["fi"]
legal_basis = "EDIT: why this may be collected and kept, as a sentence that people can check."
# licence = "CC BY 4.0"
expected_minimum = 1
# false: collected only when it is named
enabled = true
# how often the scheduler collects it: so many min, h or d
every = "6 h"
{options}"""

_OPTIONS = {
    "mastodon": '\n[options]\nhashtags = ["naapuriapu"]\n',
    "linked-events": '\n[options]\nevent_types = ["General", "Volunteering"]\n# divisions = ["malmi"]\n',
}

OUT_OF_REACH = "It is on another machine, and the setting `offline` is on."

__all__ = ["FILE", "OUT_OF_REACH", "Checked", "all_sources", "check", "new", "out_of_reach", "show", "unedited"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of a source found: `fault` is None where all is well."""

    id: str
    fault: str | None
    note: str | None = None


def all_sources(settings: Settings) -> list[Source]:
    """All sources in order of their ids."""
    return list(load_sources(settings.sources_folder).values())


def show(settings: Settings, id: str) -> tuple[Source, Path]:
    """A source and the file that states it."""
    source = find_source(settings.sources_folder, id)
    return source, source_files(settings.sources_folder)[id]


def unedited(source: Source) -> str | None:
    """The first field that still says what the template said."""
    return next((field for field in ("description", "publisher", "legal_basis") if getattr(source, field).startswith(EDIT)), None)


def out_of_reach(settings: Settings, source: Source) -> bool:
    """Whether a source lies beyond this machine while the program must not leave it."""
    return settings.offline and source.url is not None and not is_local(source.url.host)


def check(settings: Settings, ids: Sequence[str], live: bool) -> list[Checked]:
    """The state of the named sources, or of all; `live` also reads robots.txt and one page of those that are crawled."""
    files = source_files(settings.sources_folder)
    for id in ids:
        if id not in files:
            find_source(settings.sources_folder, id)  # raises, with what is like it
    found = {id: _checked(files[id]) for id in ids or files}
    if live:
        _look(settings, found)
    return [state if isinstance(state, Checked) else Checked(id, None) for id, state in found.items()]


def _checked(path: Path) -> Source | Checked:
    try:
        source = read_source(path)
        if source.platform != FILE:
            load_platform(source)
    except SourceError as error:
        return Checked(path.stem, error.message)
    if field := unedited(source):
        return Checked(path.stem, f"{path}: {field}: still says what the template said.")
    return source


def _look(settings: Settings, found: dict[str, Source | Checked]) -> None:
    from spiders.crawl import crawl

    sources = []
    for id, state in found.items():
        if isinstance(state, Source) and out_of_reach(settings, state):
            found[id] = Checked(id, OUT_OF_REACH)
        elif isinstance(state, Source) and state.platform != FILE:
            sources.append(state)
    if not sources:
        return
    outcomes = crawl(settings.model_copy(update={"crawl_pages": 1}), sources, lambda _id, _outcome: None, keep=False)
    for id, outcome in outcomes.items():
        note = f"its first page brought {outcome.new} posts"
        found[id] = Checked(id, outcome.failed, None if outcome.failed else note)


def new(settings: Settings, id: str, platform: str, url: str | None, title: str) -> Path:
    """The file of a new source, made from a template in the user's own folder. Never writes over one that is there."""
    try:
        TypeAdapter(Identifier).validate_python(id)
    except ValidationError:
        raise SourceError(f"{id!r} is no id.", "Write lower-case words joined by hyphens: malmi-seura.") from None
    if platform not in (FILE, *PLATFORMS):
        raise SourceError(f"There is no platform {platform}.", f"Write one of {', '.join((*PLATFORMS, FILE))}.")
    if platform != FILE and not url:
        raise SourceError(f"The platform {platform} needs an address.", "Give it with --url.")
    try:
        there = find_source(settings.sources_folder, id)
    except UnknownSource:
        there = None
    if there:
        raise SourceError(f"There is a source {id} already.", "Take another id, or edit its file: `tinymovements sources show`.")
    text = TEMPLATE.format(
        id=id,
        title=_quoted(title),
        platform=_quoted(platform),
        url=f"url = {_quoted(url)}\n" if url else "",
        options=_OPTIONS.get(platform, ""),
    )
    return _write(settings.sources_folder / f"{id}.toml", text)


def _write(path: Path, text: str) -> Path:
    """Whole or not at all, and checked before it is where others read it."""
    draft = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, "utf-8")
        read_source(draft)
        draft.replace(path)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error}.", "Check the folder.") from None
    finally:
        draft.unlink(missing_ok=True)
    return path


def _quoted(text: str) -> str:
    """The text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
