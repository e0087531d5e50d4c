"""Measures what places are found: beside the pins that people set on a map, and in labelled posts.

    python -m bench.places PROPOSALS.csv [POSTS.jsonl]

PROPOSALS.csv has the columns title, texts, latitude and longitude; only title and texts are read for places, and proposals with the
pin that the form has before anybody moves it are left out. POSTS.jsonl has the fields of docs/classifier.md. The yardstick looks up
every word with a capital as it stands.
"""

import argparse
import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from spacy.tokens import Doc

from bench.measure import Measure
from pipelines.assemble import build, make_doc
from pipelines.terms import WORD
from search.distance import are_within
from search.query import Near
from tinymovements.gazetteer import load_gazetteer
from tinymovements.model import Language

DEFAULT_PINS = {(60.17116, 24.93266), (60.16868, 24.94095)}
NEAR = 3.0
"""Kilometres: a district's centre lies so far from its edge."""

Named = tuple[str, float | None, float | None]
"""A place that was found, with its point."""
Finder = Callable[[str, str, Language], list[Named]]


def measure(proposals: Path, posts: Path | None = None) -> Iterator[Measure]:
    """The shares of proposals, and the F1 of posts by language; the pipeline's places beside plain looking up."""
    found, plain = ours(), looked_up
    rows = list(pinned(proposals))
    figures = [pins(rows, finder) for finder in (found, plain)]
    bars = (
        ("get a place with a point", ">= 60 %"),
        ("of those within 3 km of the pin", ">= 85 %"),
        ("the nearest of several within", ""),
    )
    for at, (what, bar) in enumerate(bars):
        note = f"of {len(rows):,} with a pin of their own"
        yield Measure(f"proposals: {what}", figures[0][at], "%", "words as they stand", figures[1][at], bar, note)
    labelled = [json.loads(line) for line in posts.read_text("utf-8").splitlines()] if posts else []
    for language in dict.fromkeys(row["language"] for row in labelled):
        part = [row for row in labelled if row["language"] == language]
        (f1, note), (plainly, _) = (agreement(part, finder) for finder in (found, plain))
        yield Measure(f"posts, {language}: places", f1, "F1", "words as they stand", plainly, ">= 0.7", note)


def ours() -> Finder:
    """The places of the pipeline."""
    nlp = build()
    component: Any = nlp.get_pipe("places")

    def found(title: str, text: str, language: Language) -> list[Named]:
        doc: Doc = make_doc(nlp, title or None, text)
        doc._.language = language
        return [(place["name"], place.get("lat"), place.get("lon")) for place in component(doc)._.places]

    return found


def looked_up(title: str, text: str, language: Language) -> list[Named]:
    """The words with a capital that are a place's name."""
    named = [(word, load_gazetteer().find(word)) for word in WORD.findall(f"{title}\n{text}") if word[0].isupper()]
    return [(word, entries[0].lat, entries[0].lon) for word, entries in named if entries and entries[0].kind != "country"]


def pinned(path: Path) -> Iterator[tuple[str, str, float, float]]:
    """Title, text and pin of the proposals whose pin somebody set."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["latitude"] and row["longitude"]:
                lat, lon = float(row["latitude"]), float(row["longitude"])
                if (round(lat, 5), round(lon, 5)) not in DEFAULT_PINS:
                    yield row["title"], row["texts"], lat, lon


def pins(rows: Iterable[tuple[str, str, float, float]], finder: Finder) -> tuple[float, float, float]:
    """Shares in per cent: with a point, of those the first within `NEAR` of the pin, and any within it."""
    total = 0
    first: list[bool] = []
    any_of_them: list[bool] = []
    for title, text, lat, lon in rows:
        total += 1
        points = [(north, east) for _, north, east in finder(title, text, "fi") if north is not None and east is not None]
        near = are_within(Near(lat=lat, lon=lon, km=NEAR), *zip(*points, strict=True)).tolist() if points else []
        if near:
            first.append(near[0])
            any_of_them.append(any(near))
    placed = max(len(first), 1)
    return 100 * len(first) / max(total, 1), 100 * sum(first) / placed, 100 * sum(any_of_them) / placed


def agreement(rows: Iterable[dict[str, Any]], finder: Finder) -> tuple[float, str]:
    """The F1 of the names of places, a post's names each counted once; and its two sides in words."""
    counts: Counter[str] = Counter()
    for row in rows:
        got = {name for name, _, _ in finder(row["title"] or "", row["text"], row["language"])}
        wanted = set(row["gold"]["places"])
        counts.update(right=len(got & wanted), found=len(got), wanted=len(wanted))
    f1 = 2 * counts["right"] / max(counts["found"] + counts["wanted"], 1)
    precision, recall = (counts["right"] / max(counts[side], 1) for side in ("found", "wanted"))
    return f1, f"precision {precision:.2f}, recall {recall:.2f}, {counts['wanted']} places"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("proposals", type=Path)
    parser.add_argument("posts", type=Path, nargs="?")
    arguments = parser.parse_args()
    for line in measure(arguments.proposals, arguments.posts):
        print(line, flush=True)


if __name__ == "__main__":
    main()
