"""Public posts under hashtags of a Mastodon instance, of people who let themselves be indexed."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from pydantic import BaseModel, Field, StringConstraints, TypeAdapter, ValidationError

from spiders.faults import LOOK
from spiders.platforms.base import Answer, Platform, Step, decoded
from spiders.platforms.text import plain
from spiders.platforms.values import count, identifier, written_moment
from tinymovements.errors import CrawlError
from tinymovements.model import LANGUAGES, Batch, Counts, Draft, Frozen

LIMIT = 40
"""Posts in one answer; more than 40 no instance gives."""

_LINK = re.compile(r"<([^>]*)>\s*;[^,]*rel=\"?(\w+)")


class Account(BaseModel):
    """Who wrote a post, as far as it matters."""

    acct: str
    indexable: bool | None = None
    noindex: bool | None = None


class Status(BaseModel):
    """A post as the API gives it, as far as it matters."""

    id: Annotated[str, StringConstraints(pattern=r"^\w+$")]
    created_at: str
    account: Account
    content: str = ""
    spoiler_text: str = ""
    visibility: str
    language: str | None = None
    url: str | None = None
    reblog: Any = None
    favourites_count: int | None = None
    replies_count: int | None = None
    reblogs_count: int | None = None

    def may_be_kept(self) -> bool:
        """Public, their own, and of somebody who lets themselves be indexed: not to have said so means no."""
        consents = self.account.indexable is True and self.account.noindex is not True
        return consents and self.visibility in ("public", "unlisted") and self.reblog is None


_STATUSES = TypeAdapter(list[Status])


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a page of a timeline says."""

    drafts: tuple[Draft, ...]
    gone: tuple[str, ...]
    """Native ids of posts that may not be kept, or not any more."""
    newest: str | None
    older: str | None
    """The `max_id` of the next older page, if there is one."""


class Mastodon(Platform):
    """For each hashtag: what is new since the last run, and page by page what is older than the first one."""

    accept = "application/json"

    class Options(Frozen):
        """Which timelines to read."""

        hashtags: Annotated[list[Annotated[str, StringConstraints(pattern=r"^#?\w+$", to_lower=True)]], Field(min_length=1)]

    def steps(self) -> Iterator[Step]:
        """News of all hashtags first, then where the way back was left."""
        options = self.Options(**self.job.source.options)
        tags = [tag.removeprefix("#") for tag in options.hashtags]
        state = self.job.state
        for tag in tags:
            newest = state.get(_newest(tag))
            yield self._step(tag, min_id=newest) if newest else self._step(tag)
        for tag in tags:
            if oldest := state.get(_oldest(tag)):
                yield self._step(tag, max_id=oldest)

    def _step(self, tag: str, **cursor: str) -> Step:
        query = urlencode({"limit": LIMIT, **cursor})
        url = f"{self.url.rstrip('/')}/api/v1/timelines/tag/{quote(tag)}?{query}"
        return Step(url, part=tag, conditional="min_id" in cursor)

    def explain(self, status: int) -> str:
        """As elsewhere, but instances that want only members to read say so in several ways."""
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY):
            closed = f"This instance closed its hashtag timelines to the public ({self.host} answered {status})."
            return f"{closed} Take another instance, or set `enabled = false` in its facts."
        return super().explain(status)

    def read(self, step: Step, answer: Answer) -> tuple[Batch, Step | None]:
        """Posts as drafts, and which of the two ways to go on."""
        timeline = parse(answer, self.host)
        asked = parse_qs(urlsplit(step.url).query)
        state: dict[str, str] = {}
        following: Step | None = None
        if "min_id" in asked:
            if timeline.newest and _age(timeline.newest) > _age(asked["min_id"][0]):
                state = {_newest(step.part): timeline.newest}
                following = self._step(step.part, min_id=timeline.newest)
        else:
            leads_back = timeline.older and ("max_id" not in asked or _age(timeline.older) < _age(asked["max_id"][0]))
            older = timeline.older if leads_back else None
            state = {_oldest(step.part): older or ""}
            following = self._step(step.part, max_id=older) if older else None
            if "max_id" not in asked and timeline.newest:
                state[_newest(step.part)] = timeline.newest
        return Batch(drafts=timeline.drafts, gone=timeline.gone, state=state), following

    def ended(self, step: Step) -> dict[str, str]:
        """As elsewhere, for each hashtag by itself."""
        return {_oldest(step.part): ""}


def _newest(tag: str) -> str:
    return f"newest.{tag}"


def _oldest(tag: str) -> str:
    return f"oldest.{tag}"


def parse(answer: Answer, host: str) -> Timeline:
    """The posts of a page of a hashtag's timeline. Raises `CrawlError` where it is none."""
    body = decoded(answer)
    if not isinstance(body, list):
        raise CrawlError(f"{host} answered with JSON that is no timeline.", LOOK)
    try:
        statuses = _STATUSES.validate_python(body)
    except ValidationError as error:  # its own text quotes the post
        field = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise CrawlError(f"{host} answered with posts in another form than Mastodon's: {field}.", LOOK) from None
    drafts = (_draft(status, host) for status in statuses if status.may_be_kept())
    return Timeline(
        drafts=tuple(draft for draft in drafts if draft.text or draft.title),
        gone=tuple(identifier(f"{host}/{status.id}") for status in statuses if not status.may_be_kept()),
        newest=max((status.id for status in statuses), key=_age, default=None),
        older=_older(answer, statuses),
    )


def _age(id: str) -> tuple[int, str]:
    # Ids are whole numbers too long for some programs, so they come as strings: 99 is older than 100.
    return len(id), id


def _older(answer: Answer, statuses: Iterable[Status]) -> str | None:
    oldest = min((status.id for status in statuses), key=_age, default=None)
    if oldest is None or "link" not in answer.headers:
        return oldest
    links = {rel: url for url, rel in _LINK.findall(answer.headers["link"])}
    cursors = parse_qs(urlsplit(links.get("next", "")).query).get("max_id")
    return cursors[0] if cursors else None


def _draft(status: Status, host: str) -> Draft:
    language = (status.language or "")[:2].lower()
    acct = status.account.acct
    return Draft(
        native_id=identifier(f"{host}/{status.id}"),
        kind="message",
        title=plain(status.spoiler_text) or None,
        text=plain(status.content),
        author=acct if "@" in acct else f"{acct}@{host}",
        group=host,
        url=status.url,
        posted=written_moment(status.created_at),
        language=next((known for known in LANGUAGES if known == language), None),
        counts=Counts(
            reactions=count(status.favourites_count), comments=count(status.replies_count), shares=count(status.reblogs_count)
        ),
    )
