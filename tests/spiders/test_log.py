import io
import logging
from collections.abc import Iterator

import pytest

from spiders.log import be_discreet, place
from spiders.platforms.base import Answer
from spiders.platforms.mastodon import parse
from tinymovements.errors import CrawlError


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the program logs at WARNING."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    others, root.handlers = root.handlers, [handler]
    try:
        be_discreet("WARNING")
        yield written
    finally:
        root.handlers = others


def wrong() -> ValueError:
    try:
        int("Aatu Salakari")
    except ValueError as error:
        return error
    raise AssertionError


def test_an_exception_is_told_by_type_and_place(log: io.StringIO) -> None:
    logging.getLogger("scrapy.core.scraper").error("Trouble", exc_info=wrong())
    assert "Trouble (ValueError in test_log.py, line" in log.getvalue()
    assert "Salakari" not in log.getvalue()


def test_of_twisteds_own_tracebacks_only_the_first_line_is_told(log: io.StringIO) -> None:
    logging.getLogger("twisted").critical("Unhandled error in Deferred:\nTraceback:\nValueError: Aatu Salakari")
    assert log.getvalue() == "Unhandled error in Deferred:\n"


def test_what_is_below_the_level_is_not_told_though_scrapy_opens_its_loggers(log: io.StringIO) -> None:
    scrapy = logging.getLogger("scrapy")
    before = scrapy.level
    scrapy.setLevel(logging.DEBUG)
    scrapy.debug("Crawled")
    scrapy.setLevel(before)
    assert log.getvalue() == ""


def test_the_place_is_the_innermost_of_ours() -> None:
    with pytest.raises(CrawlError) as caught:
        parse(Answer("https://example.org/", b"{", {}), "example.org")
    assert place(caught.value).startswith("CrawlError in base.py, line ")
