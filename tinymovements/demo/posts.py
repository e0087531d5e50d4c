"""The invented posts of the tour: a year, three languages, 24 initiatives a language and much chatter."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from tinymovements.model import LANGUAGES


@dataclass(frozen=True, slots=True)
class DemoPost:
    """One invented post, and by which channel it comes: rss, events, mastodon, facebook or download."""

    id: str
    language: str
    channel: str
    kind: str
    title: str | None
    text: str
    author: str
    group: str
    posted: datetime
    starts: datetime | None
    ends: datetime | None
    place: str | None
    lat: float | None
    lon: float | None
    reactions: int | None
    comments: int | None
    shares: int | None


_MOMENTS = ("posted", "starts", "ends")


@cache
def load_posts() -> tuple[DemoPost, ...]:
    """All posts of the tour, by language, then in order of time."""
    lines = (
        line for language in LANGUAGES for line in Path(__file__).with_name(f"{language}.jsonl").read_text("utf-8").splitlines()
    )
    return tuple(_post(json.loads(line)) for line in lines)


def _post(row: dict[str, str | float | None]) -> DemoPost:
    moments = {name: datetime.fromisoformat(str(row[name])) if row[name] else None for name in _MOMENTS}
    return DemoPost(**{**row, **moments})  # type: ignore[arg-type]  # the file's fields are those of the class; a test loads it


def by_channel(channel: str, language: str | None = None) -> list[DemoPost]:
    """The posts of one channel, of one language or of all."""
    return [post for post in load_posts() if post.channel == channel and language in (None, post.language)]
