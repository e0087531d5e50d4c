"""The facts of every source: one TOML file each, those that ship here and the user's own beside them."""

import difflib
import tomllib
from pathlib import Path

from pydantic import ValidationError

from spiders.platforms import FILE, PLATFORMS
from tinymovements.errors import SourceError, UnknownSource
from tinymovements.model import Source

FOLDER = Path(__file__).parent
"""Where the sources that ship lie."""


def source_files(own: Path) -> dict[str, Path]:
    """The file of each source by its id, in order; the user's own file wins over one that ships."""
    files = {path.stem: path for folder in (FOLDER, own) if folder.is_dir() for path in folder.glob("*.toml")}
    return dict(sorted(files.items()))


def load_sources(own: Path) -> dict[str, Source]:
    """All sources by id. Raises `SourceError` that names the file and the field that is wrong."""
    return {id: read_source(path) for id, path in source_files(own).items()}


def find_source(own: Path, id: str) -> Source:
    """The source of this id. Raises `UnknownSource` with the ids that are like it."""
    files = source_files(own)
    if id not in files:
        near = difflib.get_close_matches(id, files, n=3)
        hint = f"Did you mean {' or '.join(near)}?" if near else "`tinymovements sources list` names them all."
        raise UnknownSource(f"No source has the id {id}.", hint)
    return read_source(files[id])


def read_source(path: Path) -> Source:
    """The source that a file states; its id is the file's name. Raises `SourceError` that names the field that is wrong."""
    try:
        facts = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"{path} is no valid TOML: {error}.", "Correct that line.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} cannot be read: {error}.", "Check the file.") from None
    if "id" in facts:
        raise _wrong(path, "id", "the id is the name of the file, no field")
    try:
        source = Source(id=path.stem, **facts)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise _wrong(path, ".".join(str(part) for part in first["loc"]), first["msg"]) from None
    for field in ("title", "description", "publisher", "legal_basis", "languages"):
        if not getattr(source, field):
            raise _wrong(path, field, "must not be empty")
    if source.platform not in (FILE, *PLATFORMS):
        raise _wrong(path, "platform", f"there is no {source.platform}: write one of {', '.join((*PLATFORMS, FILE))}")
    if source.platform in PLATFORMS and source.url is None:
        raise _wrong(path, "url", f"the platform {source.platform} needs the address to crawl")
    return source


def _wrong(path: Path, field: str, message: str) -> SourceError:
    return SourceError(f"{path}: {field}: {message}.", "Correct that field.")
