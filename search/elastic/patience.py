"""Tries again what a cluster could not do for the moment, or of which nobody heard whether it was done.

For what may be done twice without harm, and that is all that we ask of a cluster.
"""

import random
from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import TypeVar

from elastic_transport import TlsError
from elasticsearch import ApiError, TransportError

from search.elastic.refusals import types_of

_T = TypeVar("_T")

_LONGEST_PAUSE = 20.0
"""Seconds. Pauses are drawn between nothing and a bound that doubles ("full jitter"): many writers do not come back together."""

_COMES_AGAIN = frozenset({429, 502, 503, 504})
"""Statuses of what may succeed a moment later: too many requests, and shards that have no running copy yet."""


def patiently(ask: Callable[[], _T], patience: float) -> _T:
    """What `ask` gives, tried again for so many seconds. Raises the error of the last try, or of one that would not come again."""
    for pause in pauses(patience):
        try:
            return ask()
        except (ApiError, TransportError) as error:
            if not comes_again(error):
                raise
        sleep(pause)
    return ask()


def pauses(patience: float) -> Iterator[float]:
    """Seconds between tries, for as long as the patience lasts."""
    until, bound = monotonic() + patience, 0.25
    while True:
        yield random.uniform(0, bound)
        if monotonic() > until:
            return
        bound = min(2 * bound, _LONGEST_PAUSE)


def comes_again(error: ApiError | TransportError) -> bool:
    """Whether the same request may succeed later."""
    # Nobody answered, or not in time, or with half an answer: it may or may not have been done.
    return passes(error.status_code, *types_of(error.body)) if isinstance(error, ApiError) else not isinstance(error, TlsError)


def passes(status: int, *types: str) -> bool:
    """Whether what was refused with this status, and for these reasons, may succeed later."""
    # A block that is answered with 503 ends with the start of the cluster; one with 429 ends when its disks have room.
    return status in _COMES_AGAIN and (status == 503 or "cluster_block_exception" not in types)
