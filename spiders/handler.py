"""Scrapy's handler of HTTP, with the limit that it lacks: on what comes before the body of an answer."""

from functools import partial
from typing import Any

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from twisted.web._newclient import BODY, HTTP11ClientProtocol

MAXIMUM_HEAD = 256 * 1024
"""Bytes, as browsers have it. Without it, headers that never ended took 1 GB of memory in the three seconds of a test."""


class BoundedHandler(HTTP11DownloadHandler):
    """Breaks off an answer whose headers do not end."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        make: Any = self._pool._factory

        class Bounded(make):  # type: ignore[misc]  # whichever factory this Scrapy has
            def buildProtocol(self, addr: object) -> HTTP11ClientProtocol:  # noqa: N802  # Twisted's name
                protocol: HTTP11ClientProtocol = super().buildProtocol(addr)
                # Only what the instance has is changed, for Scrapy builds protocols of a class of its own.
                protocol.dataReceived = partial(_received, protocol, protocol.dataReceived)  # type: ignore[method-assign]
                return protocol

        self._pool._factory = Bounded


def _received(protocol: Any, go_on: Any, data: bytes) -> None:
    parser = protocol._parser
    if parser is not None and parser.state != BODY:
        parser.head = getattr(parser, "head", 0) + len(data)
        if parser.head > MAXIMUM_HEAD:
            protocol.transport.abortConnection()
            return
    go_on(data)
