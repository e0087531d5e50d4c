"""A command that the scheduler runs in a process of its own: what it uses is gone with it, and if it crashes nothing else does."""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence


class Child:
    """`tinymovements ARGUMENTS`, running. It writes its log where the scheduler does."""

    def __init__(self, arguments: Sequence[str]) -> None:
        # In a session of its own: Ctrl-C at the terminal tells the scheduler to end, which lets its children finish.
        self._process = subprocess.Popen(  # noqa: S603 -- this program itself, with ids that were checked
            [sys.executable, "-m", "tinymovements", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )

    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll()

    def said(self) -> str:
        """What it printed, once it has ended: a few lines, which fit into a pipe."""
        out, _ = self._process.communicate()
        return out.decode("utf-8", "replace").strip()

    def interrupt(self) -> None:
        """Ask it to stop, as Ctrl-C does: it keeps what it has done."""
        self._process.send_signal(signal.SIGINT)


def fault(said: str, source: str) -> str | None:
    """Why a crawl did not begin, from what `collect --json` printed."""
    try:
        reason = json.loads(said)[source]["failed"]
    except (ValueError, KeyError, TypeError):
        return None
    return str(reason) if reason else None
