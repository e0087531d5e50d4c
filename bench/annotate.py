"""How many posts a second are understood, beside spaCy's own blank pipeline: `python -m bench.annotate --posts 30000`."""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import spacy
from sqlalchemy import delete

from bench import synthetic
from bench.measure import Measure, show
from pipelines.assemble import annotate, build
from tinymovements.archive import tables
from tinymovements.archive.database import open_archive, writing
from tinymovements.model import Language
from tinymovements.settings import Settings
from tinymovements.workflow.annotate import annotate_posts
from tinymovements.workflow.classify import classify
from tinymovements.workflow.import_files import ImportOrder, Watch, import_files

TIMES = 3
PROCESSES = 2
_BATCH = 500
_LOADING = 0.4
"""Share of the posts that is not timed: the first, in which processes start, dictionaries are loaded, and most words are new."""

Advance = Callable[[int], None]
"""To be called with the number of posts that are done since it was called before."""


@dataclass(frozen=True, slots=True)
class _Post:
    text: str
    title: str | None = None
    language: Language | None = None
    place: str | None = None
    lat: float | None = None
    lon: float | None = None


def measure(posts: int = 30_000) -> Iterator[Measure]:
    """The pipeline by itself, the whole step on an archive, and the filter; yardsticks and ours in turn."""
    with tempfile.TemporaryDirectory(prefix="annotate-") as folder:
        settings = Settings(home=Path(folder) / "home", offline=True, processes=PROCESSES, encoder=False)
        path = synthetic.write(Path(folder) / "posts.csv", posts)
        import_files(settings, ImportOrder("csv", [path]), Watch())
        texts = [post["text"] for post in synthetic.posts(posts)]
        few = posts // 10
        works: dict[str, Callable[[Advance], object]] = {
            "blank spaCy": lambda advance: _each(spacy.blank("xx").pipe(texts), advance),
            "pipeline": lambda advance: _each(annotate(build(), map(_Post, texts)), advance),
            "blank spaCy, two processes": lambda advance: _each(spacy.blank("xx").pipe(texts, n_process=PROCESSES), advance),
            "its tokenizer on two that hand nothing back": lambda advance: _tokenized(texts, advance),
            "step": lambda advance: _annotated(settings, advance),
            "classify": lambda advance: _each(classify(settings, _lines(texts[:few])), advance),
        }
        speeds: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(TIMES):
            for name, work in works.items():
                speeds[name].append(_speed(work, few if name == "classify" else posts))
    rates = {name: statistics.median(several) for name, several in speeds.items()}
    words = f"{sum(len(text.split()) for text in texts) / posts * rates['pipeline']:,.0f} words/s"
    alone, handing, bare = ((name, rates[name]) for name in works if "spaCy" in name or "tokenizer" in name)
    yield Measure("the pipeline, one process", rates["pipeline"], "posts/s", *alone, "", words)
    yield Measure("annotate, two processes", rates["step"], "posts/s", *handing, ">= 0.5 x")
    yield Measure("the same", rates["step"], "posts/s", *bare)
    yield Measure("classify, one line at a time", rates["classify"], "posts/s", *alone)


def _speed(work: Callable[[Advance], object], posts: int) -> float:
    """Posts per second, when all is loaded."""
    moments: list[tuple[float, int]] = []
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        moments.append((time.perf_counter(), done))

    work(advance)
    began, loading = next(moment for moment in moments if moment[1] >= _LOADING * posts)
    ended, everything = moments[-1]
    return (everything - loading) / (ended - began)


def _each(made: Iterable[object], advance: Advance) -> None:
    for _ in made:
        advance(1)


@cache
def _tokenizer() -> Callable[[str], object]:
    return spacy.blank("xx").tokenizer


def _tokenize(texts: Sequence[str]) -> int:
    tokenizer = _tokenizer()
    return sum(tokenizer(text) is not None for text in texts)


def _tokenized(texts: Sequence[str], advance: Advance) -> None:
    batches = [texts[at : at + _BATCH] for at in range(0, len(texts), _BATCH)]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        for count in pool.map(_tokenize, batches):
            advance(count)


def _annotated(settings: Settings, advance: Advance) -> None:
    """The whole step on an archive in which nothing is annotated."""
    with writing(open_archive(settings.archive_url)) as connection:
        connection.execute(delete(tables.annotations))
    annotate_posts(settings, advance)


def _lines(texts: Iterable[str]) -> Iterator[bytes]:
    return (json.dumps({"id": str(number), "text": text}).encode() for number, text in enumerate(texts))


if __name__ == "__main__":
    show(measure, "--posts", 30_000, __doc__)
