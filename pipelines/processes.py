"""Runs the pipeline in several processes, each with a pipeline of its own."""

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from itertools import islice

from spacy.language import Language as Pipeline

from pipelines.assemble import annotate, build
from tinymovements.errors import PipelineError
from tinymovements.model import Annotation, Post

BATCH = 100
"""Posts handed over at once: some 50 ms of work, beside which the handing over is nothing."""

_AHEAD = 2
"""Batches that wait for each process, so that none is idle and memory does not grow with the posts."""


def annotate_side_by_side(posts: Iterable[Post], processes: int) -> Iterator[Annotation]:
    """What the pipeline says of each post, in their order.

    Not spaCy's own `n_process`: interrupted by Ctrl-C it waits for ever. Here the processes do not hear Ctrl-C and end with this
    one. Raises `PipelineError` where one of them dies.
    """
    if processes == 1:
        yield from annotate(_pipeline(), posts)
        return
    batches = _batches(iter(posts))
    # Spawned, not forked: by now there are threads (the progress bar's), and a fork would inherit their locks.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_ignore_interrupts) as pool:
        waiting: deque[Future[list[Annotation]]] = deque()
        try:
            for batch in batches:
                waiting.append(pool.submit(_annotate_batch, batch))
                if len(waiting) > _AHEAD * processes:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        except BrokenProcessPool:
            raise PipelineError(
                "A process that annotates has died.", "Perhaps memory ran out: set TINYMOVEMENTS_PROCESSES=1 and go on."
            ) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _batches(posts: Iterator[Post]) -> Iterator[list[Post]]:
    while batch := list(islice(posts, BATCH)):
        yield batch


@cache
def _pipeline() -> Pipeline:
    return build()


def _annotate_batch(posts: Sequence[Post]) -> list[Annotation]:
    return list(annotate(_pipeline(), posts))


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
