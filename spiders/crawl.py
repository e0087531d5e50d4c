"""Crawls sources: Scrapy with several spiders at once, one for each source."""

import signal
import threading
from asyncio import Lock
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from scrapy.crawler import AsyncCrawlerProcess

from spiders.gate import GatePipeline
from spiders.handler import BoundedHandler
from spiders.job import Job, Outcome, Report
from spiders.log import Discreet, be_discreet
from spiders.manners import RetryAfter, Robots, SameSite
from spiders.platforms import load_platform
from spiders.platforms.base import MAXIMUM
from tinymovements import __version__
from tinymovements.archive.database import open_archive
from tinymovements.errors import SettingsError
from tinymovements.model import Source
from tinymovements.privacy import load_key
from tinymovements.settings import Settings


def crawl(
    settings: Settings, sources: Sequence[Source], report: Report, pool: Executor | None = None, keep: bool = True
) -> dict[str, Outcome]:
    """How the crawl of each source went. One that fails does not hold up the others. Once in a process: Twisted starts once.

    With a `pool` the gate works there, while the next pages are fetched here. Without `keep` nothing is stored, and the archive is
    not even opened: it shows whether the sources can be read.
    """
    if not settings.contact:
        raise SettingsError(
            "Nothing is crawled without a contact that sites can complain to.",
            "Set TINYMOVEMENTS_CONTACT=you@example.org in the environment, or `contact` in settings.toml.",
        )
    platforms = [load_platform(source) for source in sources]
    archive = open_archive(settings.archive_url) if keep else None
    key = load_key(settings.key_file) if keep else None
    turns: defaultdict[str | None, Lock] = defaultdict(Lock)
    jobs = [Job(source, settings, report, turns[urlsplit(str(source.url)).hostname], archive, key, pool) for source in sources]
    be_discreet(settings.log_level)
    with _own_signal_handlers():
        process = AsyncCrawlerProcess(_scrapy_settings(settings))
        for platform, job in zip(platforms, jobs, strict=True):
            process.crawl(platform, job=job)
        process.start(install_signal_handlers=_in_main_thread())
    for job in jobs:
        if not job.closed:
            job.fail("The crawl could not be started, or was broken off.")
    return {job.source.id: job.outcome for job in jobs}


def user_agent(settings: Settings) -> str:
    """How we introduce ourselves."""
    return f"tinymovements/{__version__} (+{settings.contact})"


def _scrapy_settings(settings: Settings) -> dict[str, Any]:
    return {
        "BOT_NAME": "tinymovements",
        "USER_AGENT": user_agent(settings),
        "DEFAULT_REQUEST_HEADERS": {"Accept-Language": "fi, sv, en"},
        # Manners
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": "tinymovements",
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": settings.crawl_delay,
        "DOWNLOAD_DELAY_JITTER": 0,  # it would make some waits shorter than the setting promises
        "AUTOTHROTTLE_ENABLED": settings.crawl_delay > 0,
        "AUTOTHROTTLE_START_DELAY": settings.crawl_delay,
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            SameSite: 50,
            Robots: 100,
            RetryAfter: 560,
        },
        "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",
        # Limits
        "DOWNLOAD_TIMEOUT": settings.crawl_timeout,
        "DOWNLOAD_MAXSIZE": MAXIMUM,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "REDIRECT_MAX_TIMES": 5,
        "METAREFRESH_ENABLED": False,
        "URLLENGTH_LIMIT": 0,  # it would drop a page with a longer address without a word, and the crawl would seem to be done
        "DOWNLOAD_HANDLERS": {"http": BoundedHandler, "https": BoundedHandler} | dict.fromkeys(("data", "file", "ftp", "s3")),
        # The platform decides what to do with any status, and its cursors may bring one address twice.
        "HTTPERROR_ALLOW_ALL": True,
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        # Batches come to the gate in the order of their pages; pages of all hashtags of a source take turns.
        "ITEM_PIPELINES": {GatePipeline: 100},
        "CONCURRENT_ITEMS": 1,
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
        # Nothing unscrubbed is written, and no door is opened: the remote control runs code that it is sent.
        "LOG_INSTALL_ROOT_HANDLER": False,
        "LOG_LEVEL": settings.log_level,
        "LOG_FORMATTER": Discreet,
        "HTTPCACHE_ENABLED": False,
        "COOKIES_ENABLED": False,
        "REFERRER_POLICY": "no-referrer",
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "STATS_DUMP": False,
        # It would parse the source of our own callback for every page, which takes as long as to fetch one from this machine.
        "WARN_ON_GENERATOR_RETURN_VALUE": False,
    }


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextmanager
def _own_signal_handlers() -> Iterator[None]:
    """Puts our handlers back at the end: with Scrapy's, Ctrl-C would go on stopping a crawl that is over, and nothing else."""
    if not _in_main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
