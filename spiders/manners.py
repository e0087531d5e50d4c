"""Manners that Scrapy does not have by itself."""

import asyncio
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

LONGEST_WAIT = 120.0
"""Seconds. Who is asked to come back later than that gives up for this run."""


def asked_to_wait(response: Response) -> float | None:
    """Seconds that a site asks us to wait (Retry-After), or None."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if not value:
        return None
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


class RetryAfter:
    """Waits before a retry as long as the site asks; Scrapy's own retry follows at once."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RetryAfter":
        """As Scrapy makes it."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response:
        """The same response, later."""
        wait = asked_to_wait(response) if response.status in (429, 503) else None
        if wait is not None and wait > LONGEST_WAIT:
            request.meta["dont_retry"] = True
        elif wait is not None:
            until = time.monotonic() + wait
            while self._crawler.crawling and (left := until - time.monotonic()) > 0:  # Ctrl-C must not wait
                await asyncio.sleep(min(left, 0.5))
        return response


class SameSite:
    """Refuses to be sent on to another site. Scrapy's own drops such a request without a word, and the crawl seems to be done."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "SameSite":
        """As Scrapy makes it."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raises `IgnoreRequest`, which the spider hears. A robots.txt may lie elsewhere (RFC 9309)."""
        site: str = self._crawler.spider.site  # type: ignore[union-attr]
        host = urlsplit(request.url).hostname or ""
        if not request.meta.get("dont_obey_robotstxt") and host != site and not host.endswith(f".{site}"):
            raise IgnoreRequest("offsite")


class RobotsFault:
    """Where a site cannot give its robots.txt, nothing is allowed (RFC 9309); Scrapy by itself would then allow all."""

    def process_response(self, request: Request, response: Response) -> Response:
        """The response, or "disallow all" for a robots.txt with an error of the site's."""
        if request.meta.get("dont_obey_robotstxt") and response.status >= 500:
            return response.replace(status=200, body=b"User-agent: *\nDisallow: /\n")
        return response
