"""Manners that Scrapy does not have by itself."""

import asyncio
import time
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from twisted.internet.defer import Deferred

from spiders.faults import OFFSITE, ROBOTS, UNSAFE

if TYPE_CHECKING:
    from spiders.platforms.base import Platform

LONGEST_WAIT = 120.0
"""Seconds. Who is asked to come back later than that gives up for this run."""

LONGEST_DELAY = 60.0
"""Seconds between two requests, whatever robots.txt asks for: a delay of a day would leave nothing of a crawl."""


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
    """Refuses to be sent on to another site, or to an address that is not encrypted where the source's is.

    Scrapy's own drops such a request without a word, and the crawl seems to be done.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "SameSite":
        """As Scrapy makes it."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raises `IgnoreRequest`, which the spider hears. A robots.txt may lie elsewhere (RFC 9309)."""
        if request.meta.get("dont_obey_robotstxt"):
            return
        spider: Platform = self._crawler.spider  # type: ignore[assignment]
        asked = urlsplit(request.url)
        host = asked.hostname or ""
        if host != spider.site and not host.endswith(f".{spider.site}"):
            raise IgnoreRequest(OFFSITE)
        if asked.scheme == "http" and spider.url.startswith("https:"):
            raise IgnoreRequest(UNSAFE)


class Robots(RobotsTxtMiddleware):
    """Scrapy's own, which allows all where a robots.txt cannot be given, and does not read Crawl-delay.

    Where a site cannot give its robots.txt, nothing is allowed (RFC 9309). One that is not there (404) allows all.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._faults: dict[str, Exception] = {}
        crawler.signals.connect(self._slow_down, signals.robots_parsed)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The robots.txt of the request's site. Scrapy's own gives it to the first only of several requests that wait for it."""
        await super().robot_parser(request)
        parser = self._parsers[urlsplit(request.url).netloc]
        return None if isinstance(parser, Deferred) else parser

    def process_response(self, request: Request, response: Response) -> Response:
        """The response. Raises `IgnoreRequest` for a robots.txt with an error of the site's."""
        is_fault = response.status == HTTPStatus.TOO_MANY_REQUESTS or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        if request.meta.get("dont_obey_robotstxt") and is_fault:
            raise IgnoreRequest(ROBOTS)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Keeps why there was no robots.txt: the page behind it is then missing for the same reason."""
        if request.meta.get("dont_obey_robotstxt") and not isinstance(exception, DownloadCancelledError):
            self._faults[urlsplit(request.url).netloc] = exception

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Raises `IgnoreRequest` where robots.txt does not allow the address, or was not to be had."""
        if rp is None:
            request.meta["dont_retry"] = True  # the robots.txt was asked for again already
            raise self._faults.get(urlsplit(request.url).netloc) or IgnoreRequest(ROBOTS)
        super().process_request_2(rp, request)

    def _slow_down(self, robotparser: RobotParser) -> None:
        delay = min(robotparser.crawl_delay(self._robotstxt_useragent or "") or 0, LONGEST_DELAY)
        if throttle := self.crawler.get_extension(AutoThrottle):
            throttle.mindelay = max(throttle.mindelay, delay)
        for slot in self.crawler.engine.downloader.slots.values():
            slot.delay = max(slot.delay, delay)
