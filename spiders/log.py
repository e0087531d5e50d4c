"""Keeps what is read out of the logs: they tell what happens, never with which words."""

import logging
import traceback
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure

_OURS = Path(__file__).parents[1]

_TOLD = (".robotstxt", ".http11", ".httpcompression")
"""Loggers that warn of what the outcome says in a sentence."""


def place(error: BaseException) -> str:
    """Type and place of an exception. Its message stays out: it may quote what was read."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_OURS) and "site-packages" not in frame.filename]
    if not (frames := ours or frames):  # type: ignore[assignment]
        return type(error).__name__
    return f"{type(error).__name__} in {Path(frames[-1].filename).name}, line {frames[-1].lineno}"


class Discreet(LogFormatter):
    """Scrapy's messages without items and bodies."""

    def scraped(self, item: Any, response: Response | Failure | None, spider: Spider) -> LogFormatterResult:
        """That a batch was kept."""
        return {"level": logging.DEBUG, "msg": "Kept a batch of %(source)s", "args": {"source": spider.name}}

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """That a batch was not kept. Why is said in the outcome."""
        return {"level": logging.DEBUG, "msg": "Did not keep a batch of %(source)s", "args": {"source": spider.name}}

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """Where keeping a batch went wrong."""
        args = {"source": spider.name, "place": place(exception)}
        return {"level": logging.ERROR, "msg": "Could not keep a batch of %(source)s: %(place)s", "args": args}

    def spider_error(self, failure: Failure, request: Request, response: Response | Failure, spider: Spider) -> LogFormatterResult:
        """Where reading a page went wrong."""
        args = {"source": spider.name, "place": place(failure.value) if failure.value else "?"}
        return {"level": logging.ERROR, "msg": "Could not read a page of %(source)s: %(place)s", "args": args}


class _NoContent(logging.Filter):
    """Puts type and place in the stead of a traceback, whose last line is the exception's message."""

    def __init__(self, level: str) -> None:
        super().__init__()
        self._level = logging.getLevelNamesMapping()[level]

    def filter(self, record: logging.LogRecord) -> bool:
        # Scrapy sets the level of its own loggers to DEBUG.
        least = logging.CRITICAL if record.name.endswith(_TOLD) and self._level > logging.DEBUG else self._level
        if record.levelno < least:
            return False
        if record.exc_info and isinstance(record.exc_info, tuple) and record.exc_info[1]:
            record.msg, record.args = f"{record.getMessage()} ({place(record.exc_info[1])})", ()
        record.exc_info = record.exc_text = None
        if record.name == "twisted":  # writes its tracebacks into the message itself
            record.msg, record.args = record.getMessage().partition("\n")[0], ()
        return True


def be_discreet(level: str) -> None:
    """From now on log at this level, to where the program logs, and nothing of what was read."""
    logging.basicConfig(level=level)  # does nothing where the program has set up its log
    for handler in logging.getLogger().handlers:
        handler.addFilter(_NoContent(level))
