"""All measures, each beside its yardstick: `python -m bench`. Writes docs/performance.md.

make bench                        the measures that need nothing but this repository (some ten minutes)
make bench DATA=FOLDER            those of the gate on labelled texts, too
make bench MILLION=1              a million posts through every step, too (some half an hour)
"""

import argparse
import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from bench import (
    annotate,
    crawl,
    elastic,
    encoder,
    export,
    gate,
    importing,
    known_items,
    meeting,
    million,
    places,
    postgres,
    resolve,
    rises,
    search,
)
from bench.elastic_node import serving
from bench.measure import Measure

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
LIBRARIES = ("spacy", "Scrapy", "tantivy", "elasticsearch", "SQLAlchemy", "pyarrow", "pydantic", "numpy")
Part = Callable[[], Iterator[Measure]]


def parts(data: Path | None, with_million: bool) -> dict[str, Part]:
    """What is measured, by the heading it goes under."""
    made: dict[str, Part] = {
        "The gate": lambda: iter(gate.measure(data)),
        "Import": lambda: iter(importing.measure()),
        "Crawl": lambda: iter(crawl.measure()),
        "Annotate": lambda: iter(annotate.measure()),
        "The encoder": lambda: iter(encoder.measure()),
        "Four processes on one PostgreSQL": lambda: iter(postgres.measure()),
        "Search": lambda: iter([*search.measure(100_000), *search.measure(1_000_000)]),
        "Elasticsearch": lambda: iter(elastic.measure()),
        "Export": lambda: iter(export.measure()),
        "Initiatives": lambda: iter(resolve.measure()),
        "Allies, matches, asks": lambda: iter(meeting.measure()),
        "What emerges": lambda: iter(rises.measure()),
    }
    if data:
        made["Known items"] = lambda: iter(known_items.measure(data / "omastadi" / "proposals.csv"))
        made["Places"] = lambda: iter(places.measure(data / "omastadi" / "proposals.csv", data / "posts" / "dev.jsonl"))
    if with_million:
        made["A million posts through every step"] = _million
        made["A million posts into Elasticsearch"] = _million_elastic
    return made


def _million() -> Iterator[Measure]:
    with tempfile.TemporaryDirectory(prefix="million-") as folder:
        yield from million.measure(1_000_000, Path(folder))


def _million_elastic() -> Iterator[Measure]:
    with tempfile.TemporaryDirectory(prefix="million-") as folder, serving(heap_mb=elastic.HEAP_MB, java=()) as cluster:
        yield from million.measure(1_000_000, Path(folder), ("import", "index", "search"), cluster.url)


def line(measure: Measure) -> str:
    """A line of the table."""
    ratio = f"{measure.ratio:.2f}" if measure.ratio is not None else ""
    yardstick = f"{measure.yardstick}: {_figure(measure.yardstick_value)}" if measure.yardstick_value is not None else ""
    return f"| {measure.what} | {_figure(measure.value)} {measure.unit} | {yardstick} | {ratio} | {measure.bar} | {measure.note} |"


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def machine() -> str:
    """What it ran on."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    return (
        f"{os.cpu_count()} cores of {cpu}, {memory:.0f} GiB of memory, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}; {versions}."
    )


HEADER = "| what | figure | yardstick in the same run | ratio | the bar | note |\n|---|---|---|---|---|---|"


def main() -> None:
    """Print every line as it is measured, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with ner/, posts/ and omastadi/ (labelled texts)")
    parser.add_argument("--million", action="store_true", help="a million posts through every step, too")
    parser.add_argument("--only", help="the headings that have this in them; the page is not written then")
    arguments = parser.parse_args()
    sections: list[str] = []
    for title, part in parts(arguments.data, arguments.million).items():
        if arguments.only and arguments.only.lower() not in title.lower():
            continue
        print(f"\n{title}\n{HEADER}", flush=True)
        lines = []
        for measure in part():
            lines.append(line(measure))
            print(lines[-1], flush=True)
        sections.append(f"## {title}\n\n{HEADER}\n" + "\n".join(lines) + "\n")
    if not arguments.only:
        PAGE.write_text(_INTRODUCTION.format(day=datetime.now(UTC).date(), machine=machine()) + "\n".join(sections), "utf-8")


_INTRODUCTION = """# How fast it is

*Made by `make bench` on {day}: real figures of one machine, none of them asserted by a test.*

{machine}

Figures are medians of several runs; a yardstick is measured in the same run, in turns with ours, for machines are noisy and
differ: the ratio says more than the figure. The posts are invented by `bench/synthetic.py`: three languages, 31 words on the
average, every hundredth word never seen before.

"""


if __name__ == "__main__":
    main()
