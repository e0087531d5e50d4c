"""Does work in processes beside the one that reads and keeps, in the order it comes in."""

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from tinymovements.errors import ProcessDied
from tinymovements.settings import PREFIX, home_folder

_T = TypeVar("_T")
_R = TypeVar("_R")

_AHEAD = 8
"""Items that wait for each process, so that none is idle while this one writes, and memory does not grow with the items."""


def side_by_side(
    work: Callable[[_T], _R], items: Iterable[_T], processes: int, loaded: str, ahead: int = _AHEAD
) -> Generator[_R, None, None]:
    """What `work` makes of each item, in their order. One process: here, as they are asked for.

    `loaded` names a module that loads what the work needs when it is imported. That is done once, and the processes share its
    memory. They do not hear Ctrl-C and end with this process, however it ends. Raises `ProcessDied` where one ends before.
    """
    if processes == 1:
        yield from map(work, items)
        return
    context = _forking(loaded)
    started: list[_Process[_T, _R]] = []
    waiting: deque[_Process[_T, _R]] = deque()
    try:
        items = iter(items)
        # The first are read while the server loads: then it forks at once.
        for number, item in enumerate(chain(list(islice(items, ahead * processes)), items)):
            if len(started) < processes:
                started.append(_Process(context, work))
            process = started[number % processes]
            process.ask(item)
            waiting.append(process)
            if len(waiting) > ahead * processes:
                yield waiting.popleft().answer()
        while waiting:
            yield waiting.popleft().answer()
    finally:
        for process in started:
            process.end()


class _Process(Generic[_T, _R]):
    """Answers in the order it is asked, over a pipe that nobody else holds: when either end dies, the other one sees it.

    Not a pool of the standard library: its processes write their answers into one pipe, which all hold open. One killed in the
    middle of an answer leaves whoever reads it waiting for the rest, for ever.
    """

    def __init__(self, context: ForkServerContext, work: Callable[[_T], _R]) -> None:
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_answer, args=(theirs, work, home_folder()), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, item: _T) -> None:
        """Give it something to do."""
        with _told_of_death():
            self._pipe.send(item)

    def answer(self) -> _R:
        """What it made of the first item that it has not answered; raises what the work raised."""
        with _told_of_death():
            answer, error = self._pipe.recv()
        if error is not None:
            raise error
        made: _R = answer
        return made

    def kill(self) -> None:
        """Whatever it is doing."""
        self._process.kill()

    def end(self) -> None:
        """Killed, and nothing of it is left."""
        self.kill()
        self._process.join()
        self._pipe.close()


@contextmanager
def _told_of_death() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError):
        raise ProcessDied(
            "A process that works beside this one has died.", "Perhaps memory ran out: set TINYMOVEMENTS_PROCESSES=1 and go on."
        ) from None


def _answer(pipe: "Connection[Any, Any]", work: Callable[[Any], Any], home: str) -> None:
    os.environ[f"{PREFIX}HOME"] = home  # the server's environment is that of the moment when it was started
    gc.freeze()  # What was loaded stays shared where no collection touches it, and none spends a quarter of the time on looking.
    asked: SimpleQueue[Any] = SimpleQueue()
    # Read while the work is done: else one that asks and one that answers, each at a full pipe, would wait for each other.
    threading.Thread(target=_receive, args=(pipe, asked), daemon=True).start()
    while True:
        item = asked.get()
        try:
            pipe.send((work(item), None))
        except Exception as error:
            pipe.send((None, error))


def _receive(pipe: "Connection[Any, Any]", asked: "SimpleQueue[Any]") -> None:
    try:
        while True:
            asked.put(pipe.recv())
    finally:  # nobody will ask any more
        os._exit(1)


@contextmanager
def workers(processes: int, loaded: str) -> Iterator[Executor]:
    """Processes that do whatever they are handed, in whatever order; what they have not begun when the block ends is left."""
    pool = _Workers(processes, _forking(loaded))
    try:
        yield pool
    finally:
        pool.shutdown()


class _Workers(Executor):
    """A thread for each process waits for its answers; a process that dies fails all that it is handed from then on."""

    def __init__(self, processes: int, context: ForkServerContext) -> None:
        self._threads = ThreadPoolExecutor(processes)
        self._processes: list[_Process[tuple[Any, ...], Any]] = [_Process(context, _call) for _ in range(processes)]
        self._free: SimpleQueue[_Process[tuple[Any, ...], Any]] = SimpleQueue()
        for process in self._processes:
            self._free.put(process)

    def submit(self, work: Callable[..., _R], /, *given: Any, **_named: Any) -> Future[_R]:
        return self._threads.submit(self._do, (work, *given))

    def _do(self, asked: tuple[Any, ...]) -> Any:
        process = self._free.get()
        try:
            process.ask(asked)
            return process.answer()
        finally:
            self._free.put(process)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = True) -> None:
        """Ends the processes first: a thread that waits for an answer then hears of it."""
        self._threads.shutdown(wait=False, cancel_futures=cancel_futures)
        for process in self._processes:
            process.kill()
        self._threads.shutdown(wait=wait)
        for process in self._processes:
            process.end()


def _call(asked: tuple[Any, ...]) -> Any:
    work, *given = asked
    return work(*given)


def _forking(loaded: str) -> ForkServerContext:
    """Forks from a server that has one thread and has imported the module; this process has threads (the progress bar's)."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([loaded])
    # The server would start it first, and starting it unblocks Ctrl-C, whoever had blocked it.
    resource_tracker.ensure_running()
    # Blocked here, Ctrl-C stays blocked in the server and in all that it forks; what comes meanwhile is heard after.
    heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)
    return context
