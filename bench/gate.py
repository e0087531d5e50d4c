"""Measures the gate: on labelled texts that it was not trained on, on planted contacts, and by the clock.

    python -m bench.gate [FOLDER] [--misses]

FOLDER holds `ner/turku_dev.tsv`, `ner/swedish_train.txt` (its last 1,000 sentences) and `posts/dev.jsonl`; without it, contacts are
planted and posts invented, and nothing else is measured. `--misses` prints what was missed and what was lost, in its line: for
working on the rules with other texts than those.
"""

import argparse
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import planted, synthetic
from bench.measure import Measure
from tinymovements.model import Draft
from tinymovements.privacy import Gate, contacts, names
from tinymovements.privacy.spans import Found

HELD_OUT = 1_000
NO_SPACE_BEFORE = {".", ",", "!", "?", ":", ";", ")", "..."}
PLANTED = 5_000
WARM, TIMED = 2_000, 4_000
"""Posts that go through the gate before the clock is started, and after."""
Span = tuple[int, int]
Text = tuple[str, list[tuple[str, Span]]]
"""A text with the entities in it."""


def find(text: str) -> list[Found]:
    """What the gate takes out of a text in its first round."""
    found, taken = contacts.find(text)
    return found + names.find(text, taken)


def sentences(path: Path) -> list[list[Text]]:
    """The sentences of a file, by document where the file tells."""
    documents: list[list[Text]] = [[]]
    text, last = "", "O"
    entities: list[tuple[str, Span]] = []
    for line in [*path.read_text("utf-8").split("\n"), ""]:
        if "\t" not in line:
            if text.startswith("-DOCSTART-"):
                documents.append([])
            elif text:
                documents[-1].append((text, entities))
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
    return [document for document in documents if document]


def whole(document: list[Text]) -> Text:
    """A document as one text, each sentence on its line."""
    text, entities = "", list[tuple[str, Span]]()
    for sentence, found in document:
        entities += [(kind, (start + len(text), end + len(text))) for kind, (start, end) in found]
        text += f"{sentence}\n"
    return text, entities


def touched(span: Span, found: list[Found]) -> bool:
    return any(start < span[1] and span[0] < end for start, end, _ in found)


def gone(text: str, span: Span, found: list[Found]) -> bool:
    """Whether no letter or digit of it stands any more."""
    covered = {position for start, end, _ in found for position in range(max(start, span[0]), min(end, span[1]))}
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


def entities(texts: list[Text], misses: bool) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text, labelled in texts:
        found = find(text)
        for kind, span in labelled:
            if kind in ("PER", "LOC", "ORG"):
                lost = gone(text, span, found) if kind == "PER" else touched(span, found)
                counts[kind] += 1
                counts[f"{kind} out"] += lost
                if misses and lost != (kind == "PER"):
                    print(kind, repr(text[slice(*span)]), "|", around(text, span))
        persons = [span for kind, span in labelled if kind == "PER"]
        for start, end, what in found:
            if what == "name" and not any(start < last and first < end for first, last in persons):
                counts["other"] += 1
                if misses and not any(touched(span, [Found(start, end, what)]) for _, span in labelled):
                    print("OTHER", repr(text[start:end]), "|", around(text, (start, end)))
    return counts


def around(text: str, span: Span) -> str:
    return text[max(0, span[0] - 60) : span[1] + 30].replace("\n", "/")


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
                print(row["id"], kind, repr(text[slice(*span)]), "|", around(text, span))
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


def contacts_gone(language: str, misses: bool) -> float:
    """The share of planted contacts that are gone."""
    chance, gate, missed = random.Random(language), Gate(bytes(32)), 0
    for _ in range(PLANTED):
        made = planted.planted(chance, language)
        scrubbed = gate.scrub(made.text)
        if planted.stands(scrubbed, made.parts):
            missed += 1
            if misses:
                print(language, repr(made.contact), "|", repr(made.text[-80:]), "->", repr(scrubbed[-80:]))
    return 1 - missed / PLANTED


def speed() -> tuple[float, float]:
    """Invented posts per second of one core through the gate, and through a plain pass of two patterns, in turns."""
    drafts = [
        Draft(native_id=post["id"], text=post["text"], author=post["author"], group=post["group"])
        for post in synthetic.posts(WARM + TIMED)
    ]
    gate, plain = Gate(bytes(32)), re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+?\d[\d ()-]{6,}\d")

    def admit(part: list[Draft]) -> None:
        for draft in part:
            gate.admit(draft, "bench")

    def substitute(part: list[Draft]) -> None:
        for draft in part:
            draft.model_copy(update={"text": plain.sub("[contact]", draft.text)})

    admit(drafts[:WARM])
    spent = [0.0, 0.0]
    for start in range(WARM, WARM + TIMED, 500):
        for number, work in enumerate((admit, substitute)):
            spent[number] += _processor_seconds(work, drafts[start : start + 500])
    return TIMED / spent[0], TIMED / spent[1]


def _processor_seconds(work: Callable[[list[Draft]], None], part: list[Draft]) -> float:
    began = time.process_time()
    work(part)
    return time.process_time() - began


def edited(folder: Path, misses: bool) -> Iterator[tuple[str, Counter[str]]]:
    """The corpora that were not trained on: in whole documents, as texts pass the gate, and each sentence by itself."""
    finnish = sentences(folder / "ner" / "turku_dev.tsv")
    swedish = [text for document in sentences(folder / "ner" / "swedish_train.txt") for text in document][-HELD_OUT:]
    yield f"Finnish, {len(finnish)} documents", entities([whole(document) for document in finnish], misses)
    alone = [text for document in finnish for text in document]
    yield f"Finnish, {len(alone):,} sentences one by one", entities(alone, False)
    yield f"Swedish, {len(swedish):,} sentences one by one", entities(swedish, misses)


def measure(folder: Path | None = None, misses: bool = False) -> list[Measure]:
    """All of it, as lines of the table of measures."""
    made: list[Measure] = []
    if folder:
        for title, counts in edited(folder, misses):
            made.append(_share(f"{title}: persons gone", counts, "PER", ">= 85 %"))
            made.append(_share(f"{title}: places lost", counts, "LOC", "<= 3 %"))
        for language, counts in posts(folder / "posts" / "dev.jsonl", misses).items():
            made.append(_share(f"posts, {language}: persons gone", counts, "people", ">= 85 %"))
            made.append(_share(f"posts, {language}: contacts gone", counts, "contacts", ">= 97 %"))
            made.append(_share(f"posts, {language}: places lost", counts, "places", "<= 3 %"))
    for language in planted.LANGUAGES:
        value = 100 * contacts_gone(language, misses)
        made.append(Measure(f"planted contacts gone, {language}", value, "%", bar=">= 99 %", note=f"of {PLANTED:,}"))
    ours, plain = speed()
    what = "posts through the gate, 31 words, 1 % never seen"
    made.append(Measure(what, ours, "posts/s", "two plain patterns, which find no name", plain, ">= 2,000 posts/s", "one core"))
    return made


def _share(what: str, counts: Counter[str], kind: str, bar: str) -> Measure:
    note = f"of {counts[kind]}; {counts['other']} other words taken"
    return Measure(what, 100 * counts[f"{kind} out"] / counts[kind], "%", bar=bar, note=note)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--misses", action="store_true")
    arguments = parser.parse_args()
    for line in measure(arguments.folder, arguments.misses):
        print(f"{line.what:58} {line.value:8,.1f} {line.unit:8} {line.bar:18} {line.note}", flush=True)


if __name__ == "__main__":
    main()
