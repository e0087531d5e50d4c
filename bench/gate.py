"""Measures the gate on labelled texts that it was not trained on.

    python bench/gate.py FOLDER [--misses]

FOLDER holds `ner/turku_dev.tsv`, `ner/swedish_train.txt` (its last 1,000 sentences) and `posts/dev.jsonl`. `--misses` prints what
was missed and what was lost, in its line: for working on the rules with other texts than those.
"""

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tinymovements.privacy import Gate, contacts, names
from tinymovements.privacy.spans import Found

HELD_OUT = 1_000
NO_SPACE_BEFORE = {".", ",", "!", "?", ":", ";", ")", "..."}
Span = tuple[int, int]


def find(text: str) -> list[Found]:
    """What the gate takes out of a text in its first round."""
    found, taken = contacts.find(text)
    return found + names.find(text, taken)


def sentences(path: Path) -> list[tuple[str, list[tuple[str, Span]]]]:
    """Texts with the entities in them."""
    made: list[tuple[str, list[tuple[str, Span]]]] = []
    text, last = "", "O"
    entities: list[tuple[str, Span]] = []
    for line in [*path.read_text("utf-8").split("\n"), ""]:
        if "\t" not in line:
            if text and not text.startswith("-DOCSTART-"):
                made.append((text, entities))
            text, entities, last = "", [], "O"
            continue
        word, tag = line.split("\t")[:2]
        kind = tag.strip().removeprefix("B-").removeprefix("I-")
        text += " " if text and word not in NO_SPACE_BEFORE and not text.endswith("(") else ""
        span = (len(text), len(text) + len(word))
        text += word
        if kind not in "O0":
            if kind == last and not tag.startswith("B-"):
                entities[-1] = (kind, (entities[-1][1][0], span[1]))
            else:
                entities.append((kind, span))
        last = kind
    return made


def touched(span: Span, found: list[Found]) -> bool:
    return any(start < span[1] and span[0] < end for start, end, _ in found)


def gone(text: str, span: Span, found: list[Found]) -> bool:
    """Whether no letter or digit of it stands any more."""
    covered = {position for start, end, _ in found for position in range(start, end)}
    return all(position in covered or not text[position].isalnum() for position in range(*span))


def stem(place: str, language: str) -> str:
    """The beginning that a place's name keeps in all its forms."""
    word = place.split()[0] if language != "en" else place
    if language == "fi":
        return word[: max(3, len(word) - 3)].lower()
    return word[: max(4, len(word) - 1)].lower()


def occurrences(text: str, place: str, language: str) -> Iterator[Span]:
    begins = re.escape(stem(place, language))
    for match in re.finditer(rf"(?<!\w){begins}\w*", text.lower()):
        yield match.span()


def entities(path: Path, last: int | None, misses: bool) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text, labelled in sentences(path)[-last if last else None :]:
        found = find(text)
        for kind, span in labelled:
            if kind in ("PER", "LOC", "ORG"):
                lost = gone(text, span, found) if kind == "PER" else touched(span, found)
                counts[kind] += 1
                counts[f"{kind} out"] += lost
                if misses and lost != (kind == "PER"):
                    print(kind, repr(text[slice(*span)]), "|", text)
        persons = [span for kind, span in labelled if kind == "PER"]
        for start, end, what in found:
            if what == "name" and not any(start < last and first < end for first, last in persons):
                counts["other"] += 1
                if misses and not any(touched(span, [Found(start, end, what)]) for _, span in labelled):
                    print("OTHER", repr(text[start:end]), "|", text)
        counts["sentences"] += 1
    return counts


def posts(path: Path, misses: bool) -> dict[str, Counter[str]]:
    by_language: dict[str, Counter[str]] = {}
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        text = "\n".join(part for part in (row["title"], row["text"]) if part)
        counts = by_language.setdefault(row["language"], Counter())
        for kind, span, wrong in judged(row, text):
            counts[kind] += 1
            counts[f"{kind} out"] += wrong != (kind in ("people", "contacts"))
            if misses and wrong:
                print(row["id"], kind, repr(text[slice(*span)]), "|", text[max(0, span[0] - 60) : span[1] + 30].replace("\n", "/"))
    return by_language


def judged(row: dict[str, Any], text: str) -> Iterator[tuple[str, Span, bool]]:
    """Each person and contact, and whether it still stands; each place, and whether it is lost; each other part taken."""
    found, wanted = find(text), set[Span]()
    for kind in ("people", "contacts"):
        for value in row["gold"][kind]:
            spans = [match.span() for match in re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", text)]
            wanted |= set(spans)
            yield kind, (spans or [(0, 0)])[0], not all(gone(text, span, found) for span in spans)
    for place in row["gold"]["places"]:
        if spans := list(occurrences(text, place, row["language"])):
            yield "places", spans[0], any(touched(span, found) for span in spans if span not in wanted)
    for start, end, _ in found:
        if not any(start < last and first < end for first, last in wanted):
            yield "other", (start, end), True


def speed(path: Path) -> float:
    """Short posts per second on one core, when their words have been seen."""
    texts = [json.loads(line)["text"][:200] for line in path.read_text("utf-8").splitlines()]
    gate = Gate(bytes(32))
    for text in texts:
        gate.scrub(text)
    start = time.process_time()
    for _ in range(5):
        for text in texts:
            gate.scrub(text)
    return 5 * len(texts) / (time.process_time() - start)


def share(counts: Counter[str], kind: str) -> str:
    return f"{counts[f'{kind} out'] / counts[kind]:6.1%} of {counts[kind]}" if counts[kind] else "-"


def main() -> int:
    folder, misses = Path(sys.argv[1]), "--misses" in sys.argv
    print("| edited texts | persons gone | places lost | organisations touched | other words taken |\n|---|---|---|---|---|")
    for title, file, last in (("Finnish", "turku_dev.tsv", None), ("Swedish", "swedish_train.txt", HELD_OUT)):
        counts = entities(folder / "ner" / file, last, misses)
        shares = " | ".join(share(counts, kind) for kind in ("PER", "LOC", "ORG"))
        print(f"| {title}, {counts['sentences']:,} sentences | {shares} | {counts['other']} |")
    print("\n| posts | persons gone | contacts gone | places lost | other words taken |\n|---|---|---|---|---|")
    for language, counts in posts(folder / "posts" / "dev.jsonl", misses).items():
        shares = " | ".join(share(counts, kind) for kind in ("people", "contacts", "places"))
        print(f"| {language} | {shares} | {counts['other']} |")
    print(f"\n{speed(folder / 'posts' / 'dev.jsonl'):,.0f} posts of up to 200 characters a second on one core")
    return 0


if __name__ == "__main__":
    sys.exit(main())
