"""Measures the encoder beside itself without us: CTranslate2 on the same lists of tokens, in the same batches of one length."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

import ctranslate2

from bench import synthetic
from bench.measure import Measure
from pipelines import adapter
from pipelines.encoder import Encoder, make
from pipelines.vectors import meanings, parts

THREADS = 2
TIMES = 5
BATCH = 8


def measure(posts: int = 800) -> Iterator[Measure]:
    """Texts to meanings, all that `annotate` does for a vector, and the bare encoder; in turn."""
    texts = [post["text"] for post in synthetic.posts(posts)]
    with tempfile.TemporaryDirectory(prefix="encoder-") as folder:
        made = make(Path(folder), lambda line: None)
        ours, bare = Encoder(made, THREADS), ctranslate2.Encoder(str(made), inter_threads=THREADS, intra_threads=1)
        tokens = [[0, *(token for part in text for token in part), 2] for text in ours.tokens([parts(text) for text in texts])]
        same = (list(group) for _, group in groupby(sorted(tokens, key=len), key=len))
        batches = [group[start : start + BATCH] for group in same for start in range(0, len(group), BATCH)]
        works: dict[str, Callable[[], object]] = {
            "ours": lambda: meanings(ours, adapter.load(), texts),
            "bare": lambda: _forward(bare, batches),
        }
        speeds: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(TIMES):
            for name, work in works.items():
                begun = time.perf_counter()
                work()
                speeds[name].append(posts / (time.perf_counter() - begun))
    rates = {name: statistics.median(several) for name, several in speeds.items()}
    words = f"{sum(map(len, tokens)) / posts:.0f} tokens each"
    yield Measure("texts to vectors, two threads", rates["ours"], "texts/s", "bare CTranslate2", rates["bare"], ">= 0.8 x", words)


def _forward(encoder: ctranslate2.Encoder, batches: list[list[list[int]]]) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(lambda batch: encoder.forward_batch(batch), batches):
            pass


if __name__ == "__main__":
    for line in measure():
        print(line)
