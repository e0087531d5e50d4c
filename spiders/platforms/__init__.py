"""What sources run on: one class per software, loaded only when a source of it is crawled or checked."""

import importlib
from typing import TYPE_CHECKING

from pydantic import ValidationError

from tinymovements.errors import SourceError
from tinymovements.model import Source

if TYPE_CHECKING:
    from spiders.platforms.base import Platform

PLATFORMS = {
    "linked-events": "linked_events:LinkedEvents",
    "mastodon": "mastodon:Mastodon",
    "rss": "rss:Rss",
}
"""Name of a platform, and where its class is: module and class."""

FILE = "file"
"""The platform of sources that only an importer brings."""


def load_platform(source: Source) -> "type[Platform]":
    """The class that crawls a source. Raises `SourceError` that names the option which that class cannot use."""
    if source.platform not in PLATFORMS:
        raise SourceError(f"{source.id} is not crawled: its posts come as files.", "Use `tinymovements import`.")
    module, _, name = PLATFORMS[source.platform].partition(":")
    platform: type[Platform] = getattr(importlib.import_module(f"spiders.platforms.{module}"), name)
    try:
        platform.Options(**source.options)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        field = ".".join(("options", *(str(part) for part in first["loc"])))
        raise SourceError(f"{source.id}: {field}: {first['msg']}.", "Correct that field; docs/sources.md lists them.") from None
    return platform
