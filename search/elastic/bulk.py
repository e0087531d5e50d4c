"""Writes many documents: several requests at a time, and no faster than the cluster takes them.

Whatever is sent may be sent again: a document is named by its id and carries its version, so that what has arrived already, though
nobody heard so, changes nothing, and what arrives late never takes the place of what is newer.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event
from typing import Any

import orjson
from elasticsearch import ApiError, Elasticsearch, TransportError

from search.elastic.patience import comes_again, passes, pauses
from search.elastic.refusals import plain, refused
from tinymovements.errors import IndexUnavailable

_SENDERS = 4
"""Requests under way at once: with as many the cluster of one node on two cores is never without work (docs/elasticsearch.md)."""

_BYTES, _DOCUMENTS = 2_000_000, 2000
"""Of a request, at the most. Elastic advises to begin with a few megabytes and to measure: see docs/elasticsearch.md."""

_TOLD = "errors,items.*.status,items.*.error.type"

Operation = tuple[bytes, bytes]
"""Two lines of a bulk request: what to do, and the document (none where one is taken out)."""


def put(index: str, id: str, version: int, document: dict[str, Any]) -> Operation:
    """Puts a document in, unless a newer one is there."""
    return _line("index", index, id, version), orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)


def take_out(index: str, id: str, version: int) -> Operation:
    """Takes a document out, unless a newer one is there."""
    return _line("delete", index, id, version), b""


def _line(does: str, index: str, id: str, version: int) -> bytes:
    return orjson.dumps({does: {"_index": index, "_id": id, "version": version, "version_type": "external_gte"}})


@dataclass(slots=True)
class Bulk:
    """Sends operations. `patience`: seconds that a request is tried again for, before it is said to have failed."""

    client: Elasticsearch
    patience: float

    def send(self, operations: Iterable[Operation]) -> None:
        """Send them all; when this returns all are done. Raises `IndexUnavailable` where some could not be done."""
        stop = Event()
        with ThreadPoolExecutor(_SENDERS) as pool:
            under_way: set[Future[None]] = set()
            try:
                for request in _requests(operations):
                    if len(under_way) == _SENDERS + 1:  # one waits, so that no sender does
                        under_way = _some_done(under_way)
                    under_way.add(pool.submit(self._send, request, stop))
                while under_way:
                    under_way = _some_done(under_way)
            except BaseException:
                stop.set()
                raise

    def _send(self, request: list[Operation], stop: Event) -> None:
        """One request, and again what of it was refused for the moment; nothing more once another one has failed for good."""
        why = IndexUnavailable("")
        for pause in pauses(self.patience):
            if stop.is_set():
                return
            request, why = self._once(request)
            if not request:
                return
            stop.wait(pause)
        raise why

    def _once(self, request: list[Operation]) -> tuple[list[Operation], IndexUnavailable]:
        """What of a request is to be sent again, and why. Raises `IndexUnavailable` where that would not help."""
        lines = [line for operation in request for line in operation if line]
        try:
            answer = self.client.options(max_retries=0).bulk(
                operations=lines,  # type: ignore[arg-type]  # lines that are made already are passed on as they are
                filter_path=_TOLD,
            )
        except (ApiError, TransportError) as error:
            if not comes_again(error):
                raise plain(error, self.client) from None
            return request, plain(error, self.client)
        again, why = [], IndexUnavailable("")
        for operation, item in zip(request, answer["items"], strict=True):
            (told,) = item.values()
            if "error" in told and passes(told["status"], told["error"]["type"]):
                again.append(operation)
                why = _refused(told)
            elif not _is_done(told):
                raise _refused(told)
        return again, why


def _is_done(told: dict[str, Any]) -> bool:
    # 409: a newer one is there. 404 without an error: what is to be taken out is not there.
    return told["status"] < 300 or told["status"] == 409 or (told["status"] == 404 and "error" not in told)


def _refused(told: dict[str, Any]) -> IndexUnavailable:
    return refused(told["status"], (told["error"]["type"],))


def _requests(operations: Iterable[Operation]) -> Iterator[list[Operation]]:
    request: list[Operation] = []
    size = 0
    for operation in operations:
        request.append(operation)
        size += len(operation[0]) + len(operation[1])
        if size >= _BYTES or len(request) == _DOCUMENTS:
            yield request
            request, size = [], 0
    if request:
        yield request


def _some_done(under_way: set[Future[None]]) -> set[Future[None]]:
    done, others = wait(under_way, return_when=FIRST_COMPLETED)
    for future in done:
        future.result()
    return others
