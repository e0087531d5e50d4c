"""Waiting for what a server or a process does by itself."""

import time
from collections.abc import Callable
from threading import Event

_LONGEST = 120
"""Seconds."""


def wait_until(so: Callable[[], bool]) -> None:
    """Until it is so."""
    longest = time.monotonic() + _LONGEST
    while not so():
        assert time.monotonic() < longest, "waited for in vain"
        Event().wait(0.02)
