"""The only Scrapy item pipeline: everything that a spider read passes through here on its way to the archive."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from spiders.log import place
from tinymovements.errors import TinyMovementsError
from tinymovements.model import Batch, Post
from tinymovements.privacy import Gate

if TYPE_CHECKING:
    from spiders.job import Job

AHEAD = 4
"""Pages of a source that may be read before the one before them is kept. Killed, that many are asked for again."""

Scrubbed = tuple[list[Post], list[str]]
"""Of a batch: posts as they may be kept, and the ids of those that are gone."""


def scrubbed(key: bytes, source: str, batch: Batch) -> Scrubbed:
    """What may be kept of a batch."""
    gate = _gate(key)
    return [gate.admit(draft, source) for draft in batch.drafts], [gate.native_id(native_id) for native_id in batch.gone]


_gate = lru_cache(maxsize=1)(Gate)


class GatePipeline:
    """Has each batch scrubbed and kept, in the order of their pages. Nothing unscrubbed goes on from here."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._waiting: deque[tuple[Batch, asyncio.Future[Scrubbed]]] = deque()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "GatePipeline":
        """As Scrapy makes it."""
        return cls(crawler)

    async def process_item(self, item: Batch) -> Batch:
        """An empty batch: what listens to Scrapy's signals after this has nothing left to tell."""
        job = self._job
        if job.broken:
            raise DropItem("nothing more is kept")
        job.go_on(item)
        if job.key is None:
            job.count(item)
        elif job.pool is None:
            self._keep(item, partial(scrubbed, job.key, job.source.id, item))
        else:
            self._begin(item, job.pool.submit(scrubbed, job.key, job.source.id, item))
            await self._until(AHEAD)
        if job.broken:
            raise DropItem("not kept")
        return Batch()

    async def close_spider(self) -> None:
        """Waits until all is kept."""
        await self._until(0)

    def _begin(self, batch: Batch, future: Future[Scrubbed]) -> None:
        waited_for = asyncio.wrap_future(future)
        self._waiting.append((batch, waited_for))
        waited_for.add_done_callback(self._keep_ready)

    async def _until(self, left: int) -> None:
        while len(self._waiting) > left:
            await asyncio.wait([self._waiting[0][1]])
            self._keep_ready()

    def _keep_ready(self, _future: object = None) -> None:
        while self._waiting and self._waiting[0][1].done():
            batch, future = self._waiting.popleft()
            self._keep(batch, future.result)

    def _keep(self, batch: Batch, scrub: Callable[[], Scrubbed]) -> None:
        if self._job.broken:
            return
        try:
            self._job.keep(*scrub(), batch.state)
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        # Nothing after a batch that was not kept may move the crawl state past it.
        self._job.broken = True
        known = isinstance(error, TinyMovementsError)
        self._job.fail(str(error) if known else f"What was read could not be kept: {place(error)}.")

    @property
    def _job(self) -> "Job":
        return self._crawler.spider.job  # type: ignore[union-attr,no-any-return]
