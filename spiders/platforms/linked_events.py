"""Events from a Linked Events API, the calendar software of Helsinki and other Finnish cities."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from pydantic import Field

from spiders.faults import LOOK
from spiders.platforms.base import NEXT, SINCE, Answer, Platform, Step, decoded
from spiders.platforms.text import plain, tidy
from spiders.platforms.values import identifier, written_moment
from tinymovements.errors import CrawlError
from tinymovements.model import Batch, Draft, Frozen, Language

ZONE = ZoneInfo("Europe/Helsinki")
"""Of days without an hour: the software is used by Finnish cities."""


@dataclass(frozen=True, slots=True)
class Events:
    """What a page of the API says."""

    drafts: tuple[Draft, ...]
    gone: tuple[str, ...]
    following: str | None
    """The query of the next page."""
    newest: str | None
    """The latest modification on this page, as the API writes it."""


class LinkedEvents(Platform):
    """All events once, in pages; later those that were modified or deleted since."""

    accept = "application/json"

    class Options(Frozen):
        """Which events to ask for."""

        event_types: tuple[str, ...] = ("General", "Volunteering")
        """Without it the API gives General alone."""
        divisions: tuple[str, ...] = ()
        keywords: tuple[str, ...] = ()
        start: str = ""
        """Only events that are still on at this day (`2025-01-01`) or `today`."""
        page_size: int = Field(default=50, ge=1, le=100)
        """At 100 the API asks not to have places included, and a place is what we need."""

    def steps(self) -> Iterable[Step]:
        """Where the last pass was left, else a new pass over what has changed since the one before."""
        if left := self.job.state.get(NEXT):
            return (Step(left),)
        options = self.Options(**self.job.source.options)
        query: dict[str, Any] = {
            "event_type": ",".join(options.event_types),
            "division": ",".join(options.divisions),
            "keyword": ",".join(options.keywords),
            "start": options.start,
            "include": "location",
            "hide_recurring_children": "true",  # a series is one post, not one for every week
            "show_deleted": "true",
            "page_size": options.page_size,
            "last_modified_since": self.job.state.get(SINCE, ""),
        }
        return (Step(self._list(urlencode({name: value for name, value in query.items() if value}, safe=",:")), conditional=True),)

    def _list(self, query: str) -> str:
        root = urlsplit(self.url)
        path = root.path.rstrip("/").removesuffix("/event") + "/event/"
        return urlunsplit((root.scheme, root.netloc, path, query, ""))

    def read(self, step: Step, answer: Answer) -> tuple[Batch, Step | None]:
        """Events as drafts, deleted ones as gone."""
        body = decoded(answer)
        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            raise CrawlError(f"{self.host} answered with JSON that is no list of events.", LOOK)
        events = parse(body, self.job.source.languages)
        # Only the query of `next` is used: behind a proxy its host is often one that nobody can reach.
        following = self._list(events.following) if events.following else None
        state = self.turned(following, events.newest)
        return Batch(drafts=events.drafts, gone=events.gone, state=state), Step(following) if following else None


def parse(body: Any, languages: tuple[Language, ...]) -> Events:
    """The events in the decoded answer: a list of them, or one. Places, keywords and images are no events and make none."""
    body = _snake(body)
    is_list = isinstance(body, dict) and isinstance(body.get("data"), list)
    events = [item for item in (body["data"] if is_list else [body]) if _is_event(item)]
    gone = tuple(identifier(str(event["id"])) for event in events if event.get("deleted"))
    drafts = [_draft(event, languages) for event in events if not event.get("deleted")]
    following = _mapping(body.get("meta")).get("next") if is_list else None
    # One that is no date, or one of a far future, would be asked for ever after and find nothing.
    modified = [event["last_modified_time"] for event in events if written_moment(event.get("last_modified_time"))]
    return Events(
        drafts=tuple(draft for draft in drafts if draft),
        gone=gone,
        following=urlsplit(following).query if isinstance(following, str) else None,
        newest=max(modified, default=None),
    )


def _snake(value: Any) -> Any:
    """The value with the names of its fields as the API has them: programs that pass it on write `startTime` or `internalId`."""
    if isinstance(value, dict):
        return {re.sub(r"(?<=[a-z0-9])([A-Z])", lambda m: f"_{m[1].lower()}", name): _snake(item) for name, item in value.items()}
    return [_snake(item) for item in value] if isinstance(value, list) else value


def _is_event(item: Any) -> bool:
    if not isinstance(item, dict) or not identifier(str(item.get("id") or "")):
        return False
    kind = item.get("@type") or item.get("internal_type")
    return str(kind).startswith("Event") if kind else "start_time" in item or bool(item.get("deleted"))


def _draft(event: Mapping[str, Any], languages: tuple[Language, ...]) -> Draft | None:
    if event.get("publication_status") == "draft":
        return None
    fields = ("description", "short_description", "name")
    language = next((one for field in fields for one in languages if _said(event.get(field), one)), None)
    if language is None:
        return None
    order = (language, *languages)
    title = _localised(event.get("name"), order)
    place = _mapping(event.get("location"))
    lat, lon = _position(place)
    return Draft(
        native_id=identifier(str(event["id"])),
        kind="event",
        title=tidy(title) or None,
        text=_text(event, order) or title,
        group=_localised(event.get("provider"), order) or _localised(_mapping(event.get("super_event")).get("name"), order) or None,
        url=_localised(event.get("info_url"), order) or str(event.get("@id") or event.get("internal_id") or "") or None,
        posted=written_moment(event.get("date_published") or event.get("created_time"), ZONE),
        language=language,
        place=_localised(place.get("name"), order) or None,
        lat=lat,
        lon=lon,
        starts=written_moment(event.get("start_time"), ZONE),
        ends=written_moment(event.get("end_time"), ZONE),
    )


def _text(event: Mapping[str, Any], order: tuple[Language, ...]) -> str:
    """The description, led by the short one where that is not how it begins anyway."""
    short, long = (plain(_localised(event.get(field), order)) for field in ("short_description", "description"))
    return long if short and short.casefold() in long.casefold() else "\n\n".join(part for part in (short, long) if part)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _said(value: Any, language: Language) -> str:
    text = _mapping(value).get(language)
    return text.strip() if isinstance(text, str) else ""


def _localised(value: Any, order: tuple[Language, ...]) -> str:
    return next((text for language in order if (text := _said(value, language))), "")


def _position(place: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Latitude and longitude; the API writes longitude first."""
    match _mapping(place.get("position")).get("coordinates"):
        case [float() | int() as lon, float() | int() as lat] if -90 <= lat <= 90 and -180 <= lon <= 180:
            return lat, lon
    return None, None
