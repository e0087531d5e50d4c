"""The only Scrapy item pipeline: everything that a spider read passes through here on its way to the archive."""

from typing import TYPE_CHECKING

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from spiders.log import place
from tinymovements.errors import TinyMovementsError
from tinymovements.model import Batch

if TYPE_CHECKING:
    from spiders.job import Job


class GatePipeline:
    """Hands each batch to its job, which scrubs and keeps it. Nothing unscrubbed goes on from here."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "GatePipeline":
        """As Scrapy makes it."""
        return cls(crawler)

    def process_item(self, item: Batch) -> Batch:
        """An empty batch: what listens to Scrapy's signals after this has nothing left to tell."""
        job: Job = self._crawler.spider.job  # type: ignore[union-attr]
        if job.broken:
            raise DropItem("nothing more is kept")
        try:
            job.keep(item)
        except TinyMovementsError as error:
            message = str(error)
        except Exception as error:
            message = f"What was read could not be kept: {place(error)}."
        else:
            return Batch()
        # Nothing after a batch that was not kept may move the crawl state past it.
        job.broken = True
        job.fail(message)
        raise DropItem("not kept")
