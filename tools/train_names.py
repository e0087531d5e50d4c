"""Trains `tinymovements/privacy/names.npz`: the weights that tell names of persons from other words.

    python tools/train_names.py FOLDER

FOLDER holds `ner/turku_train.tsv` (Turku NER corpus, CC BY-SA 4.0), `ner/swedish_train.txt` (Swedish NER corpus, CC BY 4.0; its
last 1,000 sentences are left for measuring), `ukcat/dev.csv` (activities of UK charities, CC BY 4.0) and `omastadi/proposals.csv`
(proposals of Helsinki residents, MIT). Our own example posts and sentences made of `names_templates.toml` are added. The same input
gives the same bytes.
"""

import csv
import json
import random
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from tinymovements.gazetteer import load_gazetteer
from tinymovements.privacy import lexicon, tagger

ROOT = Path(__file__).parent.parent
HELD_OUT = 1_000
Sentence = tuple[str, list[tuple[int, int]]]
"""A text and the spans of its names."""
# Our posts and templates are as people write in groups, the corpora mostly news: they count for more.
WEIGHT = {"corpus": 1.0, "posts": 3.0, "templates": 1.0, "unlabelled": 0.3}


def read_corpus(path: Path) -> list[list[tuple[str, str]]]:
    """The sentences of a file with a word and its tag on each line."""
    sentences: list[list[tuple[str, str]]] = [[]]
    for line in path.read_text("utf-8").split("\n"):
        if "\t" in line:
            word, tag = line.split("\t")[:2]
            sentences[-1].append((word, tag.strip()))
        elif sentences[-1]:
            sentences.append([])
    return [sentence for sentence in sentences if sentence and sentence[0][0] != "-DOCSTART-"]


def written(sentence: list[tuple[str, str]], tag: str) -> Sentence:
    """A sentence as it is written, with the spans of the entities of a kind."""
    text, inside = "", False
    spans: list[tuple[int, int]] = []
    for word, label in sentence:
        word = word.replace("\u00ad", "")
        if text and word not in {".", ",", "!", "?", ":", ";", ")", "..."} and not text.endswith("("):
            text += " "
        is_in = label.removeprefix("B-").removeprefix("I-") == tag
        if is_in and inside and not label.startswith("B-"):
            spans[-1] = (spans[-1][0], len(text) + len(word))
        elif is_in:
            spans.append((len(text), len(text) + len(word)))
        inside = is_in
        text += word
    return text, spans


def posts() -> Iterator[Sentence]:
    """Our own example posts, whose names are labelled."""
    for path in sorted((ROOT / "pipelines" / "corpus").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            for field in ("title", "text"):
                text = row[field] or ""
                people = [re.escape(name) for name in row["gold"]["people"]]
                found = re.finditer(rf"(?<!\w)(?:{'|'.join(people)})(?!\w)", text) if people else ()
                yield text, [match.span() for match in found]


def templates(chance: random.Random) -> Iterator[Sentence]:
    """Sentences that we wrote, with names from the lists and places from the gazetteer put in."""
    table = tomllib.loads((ROOT / "tools" / "names_templates.toml").read_text("utf-8"))
    given = sorted(name for name, level in lexicon._given().items() if level >= 3 and len(name) > 2)
    rare, family = sorted(lexicon._given()), sorted(lexicon._family())
    entries = load_gazetteer().entries
    for language, countries in (("fi", ("FI",)), ("sv", ("SE", "FI")), ("en", ("GB", "IE", "FI"))):
        own, sentences = table[language]["given"].split(), table[language]["sentences"]
        names = sorted({entry.name for entry in entries if entry.country in countries})
        for template in sentences:
            for _ in range(table["copies"]):
                yield _filled(template, chance, (own, given, rare, family, names))


def _filled(template: str, chance: random.Random, lists: tuple[list[str], ...]) -> Sentence:
    own, given, rare, family, places = lists
    text, spans = "", []
    for part in re.split(r"(\{[^}]*\})", template):
        if not part.startswith("{"):
            text += part
            continue
        what, _, ending = part[1:-1].partition("+")
        if what == "P":
            filled = chance.choice(places)
        elif what in ("F", "Q"):
            filled = chance.choice(family).title()
        else:
            filled = chance.choice(chance.choices((own, given, rare), (5, 4, 1))[0]).title()
        if what == "g":
            filled = filled.lower()
        if ending:
            filled = _inflected(filled, ending)
        if what not in ("P", "Q"):
            spans.append((len(text), len(text) + len(filled)))
        text += filled
    return text, spans


def _inflected(name: str, ending: str) -> str:
    if ending in ("n", "lle", "lta", "lla", "a") and name[-1] not in "aeiouyäö":
        name += "i"
    if ending in ("lta", "lla", "a") and not re.search("[aou]", name):
        ending = ending.replace("a", "ä")
    return name + ("" if ending == "s" and name.endswith("s") else ending)


def unlabelled(folder: Path) -> Iterator[Sentence]:
    """Texts in which nearly no person is named: what no list of names holds there is none."""
    with (folder / "ukcat" / "dev.csv").open(encoding="utf-8", newline="") as file:
        yield from ((row["activities"], []) for row in csv.DictReader(file))
    with (folder / "omastadi" / "proposals.csv").open(encoding="utf-8-sig", newline="") as file:
        yield from ((f"{row['title']}\n{row['texts']}", []) for row in csv.DictReader(file))


def rows(sentence: Sentence, lists_decide: bool) -> Iterator[tuple[list[int], bool]]:
    """The candidates of a sentence: their features, and whether they are names. `lists_decide`: given names are left out."""
    text, spans = sentence
    words = tagger.tokens(text)
    language = tagger.language_of(words)
    before = False
    for index, token in enumerate(words):
        is_name = any(start < token.end and token.start < end for start, end in spans)
        if tagger.is_candidate(token, language) and not (lists_decide and set("VGgS") & set(token.word.kind)):
            yield sorted({tagger.bucket(feature) for feature in tagger.features(words, index, language, before)}), is_name
        before = is_name


def matrix(groups: dict[str, list[Sentence]]) -> tuple[csr_matrix, np.ndarray, np.ndarray]:
    """Features, labels and weights of all candidates."""
    indices: list[int] = []
    starts, labels, weights = [0], [], []
    for group, sentences in groups.items():
        for sentence in sentences:
            for buckets, is_name in rows(sentence, group == "unlabelled"):
                indices += buckets
                starts.append(len(indices))
                labels.append(is_name)
                weights.append(WEIGHT[group])
    values = np.ones(len(indices), dtype=np.float32)
    return csr_matrix((values, indices, starts), shape=(len(labels), tagger.BUCKETS)), np.array(labels), np.array(weights)


def main(folder: Path) -> int:
    """Train and write the weights."""
    finnish = [written(sentence, "PER") for sentence in read_corpus(folder / "ner" / "turku_train.tsv")]
    swedish = [written(sentence, "PER") for sentence in read_corpus(folder / "ner" / "swedish_train.txt")[:-HELD_OUT]]
    chance = random.Random(4)
    small = [(text.lower(), spans) for text, spans in chance.sample(finnish + swedish, 3_000) if len(text.lower()) == len(text)]
    features, labels, weights = matrix(
        {
            "corpus": finnish + swedish + small,
            "posts": list(posts()),
            "templates": list(templates(chance)),
            "unlabelled": list(unlabelled(folder)),
        }
    )
    model = LogisticRegression(C=1.0, max_iter=2000, tol=1e-4).fit(features, labels, sample_weight=weights)
    learnt = model.coef_[0]
    np.savez_compressed(tagger.WEIGHTS, weights=np.round(learnt, 3).astype(np.float16), bias=np.float32(model.intercept_[0]))
    print(f"{len(labels):,} candidates, {int(labels.sum()):,} names, {tagger.WEIGHTS.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
