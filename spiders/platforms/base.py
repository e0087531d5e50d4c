"""What all platforms share: a source is read page by page, politely, from where the last run ended."""

import asyncio
import json
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from spiders.faults import LOOK, by_error, by_status
from spiders.job import Job
from spiders.log import place
from tinymovements.errors import ArchiveError, CrawlError
from tinymovements.model import Batch, Frozen

MAXIMUM = 16 * 1024 * 1024
"""Bytes of one answer. The largest page that is asked for (100 events with their places) has some 750,000."""

REPEATS = 3
"""Pages without anything new in a row. One or two come about when posts are added while their pages are read."""

NEXT, PENDING, SINCE = "next", "pending", "since"
"""Names in the crawl state, for sources that are read in passes: see `Platform.turned`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One page to ask for, and the part of the source (a hashtag) that it belongs to."""

    url: str
    part: str = ""
    conditional: bool = False
    """Ask only for what has changed since this address was last read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, without Scrapy: platforms read it as a test can write it."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    """Names in lower case."""


class Platform(Spider, ABC):
    """Asks for pages and hands on what they bring. A platform says where to begin (`steps`) and what an answer holds (`read`)."""

    accept: ClassVar[str] = "*/*"

    class Options(Frozen):
        """What the facts of a source may say under `options`."""

    def __init__(self, job: Job) -> None:
        super().__init__(name=job.source.id)
        self.job = job
        self.url = str(job.source.url)
        self.host = urlsplit(self.url).hostname or ""
        self.site = self.host.removeprefix("www.")
        self._asked = 0
        self._seen: dict[str, tuple[set[str], int]] = {}
        self._has_turn = False

    @abstractmethod
    def steps(self) -> Iterable[Step]:
        """The pages a run begins with, by the crawl state in `self.job.state`."""

    @abstractmethod
    def read(self, step: Step, answer: Answer) -> tuple[Batch, Step | None]:
        """What an answer brings, and the page after it. Raises `CrawlError` where it is not what was promised."""

    def explain(self, status: int) -> str:
        """Why an answer with this status brought nothing, as a sentence."""
        return by_status(self.host, status)

    async def start(self) -> AsyncIterator[Request]:
        """The first requests, once no other source on this host is being read."""
        follows_another = self.job.turn.locked()
        await self.job.turn.acquire()
        self._has_turn = True
        if follows_another:
            await asyncio.sleep(self.job.settings.crawl_delay)
        try:
            self.job.begin()
            requests = [request for step in self.steps() for request in self._ask(step)]
        except ArchiveError as error:
            self.job.fail(str(error))
            return
        for request in requests:
            yield request

    def closed(self, reason: str) -> None:
        """Called by Scrapy at the end, whatever it was."""
        try:
            self.job.close(stopped=reason == "shutdown")
        finally:
            if self._has_turn:
                self.job.turn.release()

    def _ask(self, step: Step) -> Iterator[Request]:
        if self._asked >= self.job.settings.crawl_pages:
            self.job.note(more=True)
            return
        self._asked += 1
        headers = {"Accept": self.accept, **(self._conditions(step) if step.conditional else {})}
        yield Request(step.url, headers=headers, callback=self.receive, errback=self.missed, cb_kwargs={"step": step})

    def _conditions(self, step: Step) -> dict[str, str]:
        kept = json.loads(self.job.state.get(_validators(step), "{}"))
        if kept.get("url") != step.url:
            return {}
        names = {"etag": "If-None-Match", "modified": "If-Modified-Since"}
        return {header: kept[name] for name, header in names.items() if kept.get(name)}

    def receive(self, response: Response, step: Step) -> Iterator[Batch | Request]:
        """The batch of an answer, then the request for the page after it."""
        self.job.note(pages=self.job.outcome.pages + 1)
        if response.status == HTTPStatus.NOT_MODIFIED:
            return
        following: Step | None = None
        try:
            if response.status == HTTPStatus.NOT_FOUND and step.url == self.job.state.get(NEXT):
                batch = Batch(state=self.turned(None, None))  # the list has become shorter: that was its end
            else:
                batch, following = self._understood(step, response)
            if following and self._repeats(step, batch):
                batch, following = batch.model_copy(update={"state": {**batch.state, **self.ended(step)}}), None
                self.job.note(warning=f"{self.host} gives the same posts page after page, so it was read no further in this run.")
        except CrawlError as error:
            self.job.fail(str(error))
            return
        except Exception as error:  # of any kind: its own message may quote what was read, so only its place is told
            self.job.fail(f"What {self.host} answered could not be understood: {place(error)}.")
            return
        yield batch
        # The batch is at the gate now, for Scrapy does one thing after the other (CONCURRENT_ITEMS = 1).
        if following and not self.job.broken:
            yield from self._ask(following)

    def _repeats(self, step: Step, batch: Batch) -> bool:
        """Whether the last pages of this part of the source brought nothing but what this run had already."""
        ids = {*(draft.native_id for draft in batch.drafts), *batch.gone}
        seen, idle = self._seen.get(step.part, (set(), 0))
        idle = idle + 1 if ids and ids <= seen else 0
        self._seen[step.part] = (seen | ids, idle)
        return idle >= REPEATS

    def _understood(self, step: Step, response: Response) -> tuple[Batch, Step | None]:
        if response.status != HTTPStatus.OK:
            raise CrawlError(self.explain(response.status))
        raw = {name.lower(): b", ".join(values) for name, values in response.headers.items()}
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in raw.items()}
        answer = Answer(response.url, response.body, headers)
        if forbids_indexing(answer):
            raise CrawlError(
                f"{self.host} asks that this address is not indexed (noindex), so it was not read.",
                "Ask its publisher, or set `enabled = false` in its facts.",
            )
        batch, following = self.read(step, answer)
        if step.conditional:
            batch = batch.model_copy(update={"state": {**batch.state, _validators(step): _validator(step, headers)}})
        return batch, following

    def missed(self, failure: Failure) -> None:
        """Says why there was no answer."""
        self.job.fail(by_error(self.host, failure.value, self.job.settings.crawl_timeout, MAXIMUM))

    def ended(self, step: Step) -> dict[str, str]:
        """The crawl state that says that the part of this step has been read to its end."""
        return self.turned(None, None)

    def turned(self, following: str | None, newest: str | None) -> dict[str, str]:
        """The crawl state after a page of a pass: where the pass goes on or, at its end, from when on the next one looks.

        `newest` is the time mark of the pass's first page; it comes into force only when the pass is over.
        """
        state = self.job.state
        mark = state.get(PENDING) or newest or state.get(SINCE, "")
        return {NEXT: following, PENDING: mark} if following else {NEXT: "", PENDING: "", SINCE: mark}


def _validators(step: Step) -> str:
    return f"validators.{step.part}"


def _validator(step: Step, headers: Mapping[str, str]) -> str:
    """What the next conditional request needs; empty where the site gives nothing to compare by."""
    kept = {"etag": headers.get("etag"), "modified": headers.get("last-modified")}
    return json.dumps({"url": step.url} | kept) if any(kept.values()) else ""


_META = re.compile(rb"<(?:\w+:)?meta\s[^>]*>", re.IGNORECASE)
_ROBOTS = re.compile(rb"name\s*=\s*[\"']?(?:robots|tinymovements)\b", re.IGNORECASE)
_NO_INDEX = re.compile(rb"content\s*=\s*[\"'][^\"']*\b(?:noindex|none)\b", re.IGNORECASE)


def forbids_indexing(answer: Answer) -> bool:
    """Whether a page says noindex, in its headers or in its head (of a feed: before its first entry)."""
    for rule in answer.headers.get("x-robots-tag", "").lower().split(","):
        bot, colon, words = rule.rpartition(":")
        if words.strip() in ("noindex", "none") and (not colon or bot.strip() == "tinymovements"):
            return True
    if answer.body.lstrip()[:1] != b"<":
        return False
    head = re.split(rb"<(?:item|entry|body)\b", answer.body, maxsplit=1)[0]
    return any(_ROBOTS.search(meta) and _NO_INDEX.search(meta) for meta in _META.findall(head))


def decoded(answer: Answer) -> Any:
    """The JSON of an answer. Raises `CrawlError` where it is something else."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise unexpected(answer, "JSON") from None


def unexpected(answer: Answer, promised: str, otherwise: str = "something else") -> CrawlError:
    """That an answer is not what was promised: often a page that asks to log in, or that says what is wrong there."""
    is_html = re.match(rb"\s*<(!doctype\s+html|html)", answer.body, re.IGNORECASE)
    what = "nothing" if not answer.body.strip() else "an HTML page" if is_html else otherwise
    return CrawlError(f"{urlsplit(answer.url).hostname} answered with {what} where {promised} was promised.", LOOK)
