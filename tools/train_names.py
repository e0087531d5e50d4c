"""Trains `tinymovements/privacy/names.npz`: the weights that tell names of persons from those of places and organisations.

    python -m tools.train_names FOLDER

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
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from tinymovements.gazetteer import load_gazetteer
from tinymovements.privacy import lexicon, tagger
from tinymovements.privacy.spans import Taken
from tinymovements.privacy.words import LANGUAGE_BUCKETS, WEIGHTS, Words, language_of, trigrams
from tools.pieces import embedding

ROOT = Path(__file__).parent.parent
HELD_OUT = 1_000
Labelled = tuple[str, list[tuple[int, int, int]]]
"""A text and the spans of its entities, each with the number of its tag."""
_TAGS = {"PER": 1, "LOC": 2, "ORG": 3, "PRO": 3, "EVENT": 3, "MISC": 3}
_ALL, _OTHER, _PERSON, _NO_PERSON = 0b1111, 0b0001, 0b0010, 0b1101
"""The tags a word may have, as bits."""

# Our posts and templates are as people write in groups, the corpora mostly news: they count for more. Each sentence of the corpora
# comes twice, the second time without what tells which word it is. Chosen on parts of the training texts that were held back.
CORPUS, POSTS, TEMPLATES, UNLABELLED = 0.7, 4.0, 2.0, 0.3
SMALL = 3_000
"""Sentences of the corpora that are learnt in small letters, too."""
RIDGE, PIECE_RIDGE = 6.0, 8.0
STEPS = 60
FINEST = 0.002
"""Weights below are left out."""


def read_corpus(path: Path) -> Iterator[Labelled]:
    """The sentences of a file with a word and its tag on each line, as they are written."""
    text = ""
    spans: list[tuple[int, int, int]] = []
    for line in [*path.read_text("utf-8").split("\n"), ""]:
        if "\t" not in line:
            if text and not text.startswith("-DOCSTART-"):
                yield text, spans
            text, spans = "", []
            continue
        word, tag = line.split("\t")[:2]
        word = word.replace("\u00ad", "")
        if text and word not in {".", ",", "!", "?", ":", ";", ")", "..."} and not text.endswith("("):
            text += " "
        kind = _TAGS.get(tag.strip().split("-")[-1])
        if kind:
            spans.append((len(text), len(text) + len(word), kind))
        text += word


def posts() -> Iterator[Labelled]:
    """Our own example posts, whose names are labelled."""
    for path in sorted((ROOT / "pipelines" / "corpus").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            for part in ("title", "text"):
                text = row[part] or ""
                people = [re.escape(name) for name in row["gold"]["people"]]
                found = re.finditer(rf"(?<!\w)(?:{'|'.join(people)})(?!\w)", text) if people else ()
                yield text, [(*match.span(), 1) for match in found]


def templates(chance: random.Random) -> Iterator[Labelled]:
    """Sentences that we wrote, with names from the lists and places from the gazetteer put in."""
    table = tomllib.loads((ROOT / "tools" / "names_templates.toml").read_text("utf-8"))
    given = sorted(name for name, level in lexicon.given_names().items() if level >= 3 and len(name) > 2)
    rare = sorted(lexicon.given_names())
    family = sorted(name for name, tier in lexicon.family_names().items() if tier < "4")
    entries = load_gazetteer().entries
    for language, countries in (("fi", ("FI",)), ("sv", ("SE", "FI")), ("en", ("GB", "IE", "FI"))):
        own, sentences = table[language]["given"].split(), table[language]["sentences"]
        names = sorted({entry.name for entry in entries if entry.country in countries})
        for template in sentences:
            for _ in range(table["copies"]):
                yield _filled(template, chance, (own, given, rare, family, names))


def _filled(template: str, chance: random.Random, lists: tuple[list[str], ...]) -> Labelled:
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
            spans.append((len(text), len(text) + len(filled), 1))
        text += filled
    return text, spans


def _inflected(name: str, ending: str) -> str:
    if ending in ("n", "lle", "lta", "lla", "a") and name[-1] not in "aeiouyäö":
        name += "i"
    if ending in ("lta", "lla", "a") and not re.search("[aou]", name):
        ending = ending.replace("a", "ä")
    return name + ("" if ending == "s" and name.endswith("s") else ending)


def charities(folder: Path) -> Iterator[Labelled]:
    """Activities of charities, in which nearly no person is named."""
    with (folder / "ukcat" / "dev.csv").open(encoding="utf-8", newline="") as file:
        yield from ((row["activities"], []) for row in csv.DictReader(file))


def proposals(folder: Path) -> Iterator[Labelled]:
    """What residents propose to their city; nearly no person is named."""
    with (folder / "omastadi" / "proposals.csv").open(encoding="utf-8-sig", newline="") as file:
        yield from ((f"{row['title']}\n{row['texts']}", []) for row in csv.DictReader(file))


def languages(texts: tuple[list[Labelled], list[Labelled], list[Labelled]]) -> np.ndarray:
    """For each group of three letters, how much it speaks for each language: log probabilities, as small whole numbers."""
    counts = np.ones((LANGUAGE_BUCKETS, len(texts)))
    for language, labelled in enumerate(texts):
        seen = Counter(word for text, _ in labelled for word in re.findall(r"[^\W\d_]+", text) if word.islower())
        for word, count in seen.items():
            for number in trigrams(word):
                counts[number, language] += count**0.5
    odds = np.log(counts / counts.sum(axis=0))
    small: np.ndarray = np.clip(np.round(8 * (odds - odds.mean(axis=1, keepdims=True))), -127, 127).astype(np.int8)
    return small


@dataclass
class Chains:
    """Words that may be names, in chains: their features, the tags they may have, and how much each chain counts."""

    indices: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    allowed: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    counts_as: list[float] = field(default_factory=list)
    pieces: list[list[int]] = field(default_factory=list)

    def add(
        self, labelled: Iterable[Labelled], unmarked: int, counts_as: float, *, anonymous: bool = False, lists: bool = True
    ) -> None:
        """Add texts; `unmarked`: the tags of what is not marked; `anonymous`: without what tells which word it is.

        Without `lists`, words on lists of names are left out: nobody has looked whether they are persons there.
        """
        for text, spans in labelled:
            words = Words(text, Taken(text))
            language = language_of(words)
            for chain in tagger.chains(words):
                if not lists and any(set("VGgS") & set(lexicon.look_up(words.texts[index]).kind) for index in chain):
                    continue
                for index in chain:
                    self._add(words, index, language, anonymous)
                    start, end = words.spans[index]
                    tag = next((kind for first, last, kind in spans if first < end and start < last), None)
                    self.allowed.append(unmarked if tag is None else 1 << tag)
                self.lengths.append(len(chain))
                self.counts_as.append(counts_as)

    def _add(self, words: Words, index: int, language: int, anonymous: bool) -> None:
        known = lexicon.look_up(words.texts[index])
        features = set(tagger.nature(known, language))
        if not anonymous:
            features.update(tagger.identity(known, language))
        for _, (tell, *by) in tagger.around(words, index, language):
            features.update(tell(*by))
        pieces = tagger.pieces(words, index)
        self.pieces.append([-1, *pieces[1:]] if anonymous else pieces)
        self.indices += sorted({tagger.bucket(feature) for feature in features})
        self.starts.append(len(self.indices))


def _log_sum(values: np.ndarray, axis: int) -> np.ndarray:
    most = values.max(axis=axis, keepdims=True)
    return (most + np.log(np.exp(values - most).sum(axis=axis, keepdims=True))).squeeze(axis)  # type: ignore[no-any-return]


def _expected(scores: np.ndarray, transitions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of chains of one length (chain, word, tag): the log of all that is possible, summed up, and how often each tag, and each
    tag after another, is expected in each chain."""
    length, tags = scores.shape[1:]
    forward = [transitions[-1] + scores[:, 0]]
    for place in range(1, length):
        forward.append(_log_sum(forward[-1][:, :, None] + transitions[None, :tags], 1) + scores[:, place])
    backward = [np.zeros_like(forward[0])]
    for place in range(length - 1, 0, -1):
        backward.insert(0, _log_sum(transitions[None, :tags] + (scores[:, place] + backward[0])[:, None, :], 2))
    whole = _log_sum(forward[-1], 1)
    of_tags = np.stack([np.exp(forward[place] + backward[place] - whole[:, None]) for place in range(length)], 1)
    of_steps = np.zeros((len(scores), tags + 1, tags))
    of_steps[:, -1] = of_tags[:, 0]
    for place in range(1, length):
        ahead = (scores[:, place] + backward[place])[:, None, :]
        of_steps[:, :tags] += np.exp(forward[place - 1][:, :, None] + transitions[None, :tags] + ahead - whole[:, None, None])
    return whole, of_tags, of_steps


def _ones(rows: np.ndarray, columns: np.ndarray, width: int, height: int) -> tuple[csr_matrix, csr_matrix]:
    """A matrix of ones in these rows and columns, and turned."""
    made = csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(height, width))
    return made, made.T.tocsr()


def learn(chains: Chains, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The weights of the features, of the pieces at each of their positions, and of the steps from tag to tag.

    By L-BFGS on the likelihood of what is marked. A piece's weights are linear in its vector, so that those which never came up in
    training have theirs, too.
    """
    tags, width, count = len(tagger.TAGS), vectors.shape[1], len(chains.allowed)
    of_rows = np.repeat(np.arange(count), np.diff(chains.starts))
    features, turned = _ones(of_rows, np.array(chains.indices), tagger.BUCKETS, count)
    positions = np.array(chains.pieces).T
    pieces = [_ones(np.flatnonzero(at >= 0), at[at >= 0], len(vectors), count) for at in positions]
    forbidden = np.array([[0.0 if bits >> tag & 1 else -1e9 for tag in range(tags)] for bits in range(_ALL + 1)])[chains.allowed]
    lengths, counts = np.array(chains.lengths), np.array(chains.counts_as)
    begins = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    groups = [
        (begins[lengths == length][:, None] + np.arange(length), counts[lengths == length])
        for length in sorted(set(chains.lengths))
    ]
    ends = np.cumsum([tagger.BUCKETS * tags, len(pieces) * width * tags, (tags + 1) * tags])

    def unpacked(flat: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        weights, directions, transitions = np.split(flat, ends[:-1])
        return weights.reshape(-1, tags), directions.reshape(-1, width, tags), transitions.reshape(-1, tags)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights, directions, transitions = unpacked(flat)
        scores = features @ weights.astype(np.float32)
        for (held, _), direction in zip(pieces, directions.astype(np.float32), strict=True):
            scores = scores + held @ (vectors @ direction)
        scores = scores.astype(np.float64)
        slope, of_steps, total = np.zeros_like(scores), np.zeros_like(transitions), 0.0
        for at, weight in groups:
            whole, expected, steps = _expected(scores[at], transitions)
            marked, observed, taken = _expected(scores[at] + forbidden[at], transitions)
            total += float((weight * (whole - marked)).sum())
            slope[at] = (expected - observed) * weight[:, None, None]
            of_steps += ((steps - taken) * weight[:, None, None]).sum(axis=0)
        slope = slope.astype(np.float32)
        gradients = [turned @ slope + RIDGE * weights, *(vectors.T @ (held @ slope) for _, held in pieces)]
        gradients[1:] = [found + PIECE_RIDGE * direction for found, direction in zip(gradients[1:], directions, strict=True)]
        total += 0.5 * RIDGE * float((weights**2).sum()) + 0.5 * PIECE_RIDGE * float((directions**2).sum())
        return total, np.concatenate([part.ravel().astype(np.float64) for part in (*gradients, of_steps)])

    found = minimize(loss, np.zeros(ends[-1]), jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 6}).x
    weights, directions, transitions = unpacked(found)
    return weights, np.stack([vectors @ direction for direction in directions], axis=1), transitions


def save(weights: np.ndarray, pieces: np.ndarray, transitions: np.ndarray, of_languages: np.ndarray) -> None:
    """Write the weights in half precision, those of pieces as small whole numbers. What speaks for no tag more is left out."""
    weights = weights - weights.mean(axis=1, keepdims=True)
    weights[np.abs(weights) < FINEST] = 0
    pieces = pieces - pieces.mean(axis=2, keepdims=True)
    scale = float(np.abs(pieces).max()) / 127 or 1.0
    np.savez_compressed(
        WEIGHTS,
        weights=weights.astype(np.float16),
        pieces=np.round(pieces / scale).astype(np.int8),
        scale=np.float32(scale),
        transitions=transitions.astype(np.float32),
        languages=of_languages,
    )


def main(folder: Path) -> int:
    """Train and write the weights."""
    finnish = list(read_corpus(folder / "ner" / "turku_train.tsv"))
    swedish = list(read_corpus(folder / "ner" / "swedish_train.txt"))[:-HELD_OUT]
    return train(folder, finnish, swedish, list(posts()))


def train(folder: Path, finnish: list[Labelled], swedish: list[Labelled], own: list[Labelled]) -> int:
    """Train on these corpora and posts, and on what else FOLDER holds."""
    english, of_residents = list(charities(folder)), list(proposals(folder))
    of_languages = languages((finnish + of_residents, swedish, english))
    _, vectors = embedding()
    save(np.zeros((1, 1)), np.zeros((1, 1, 1)), np.zeros((1, 1)), of_languages)  # to tell languages by, from here on
    chance = random.Random(4)
    corpora = finnish + swedish
    small = [(text.lower(), spans) for text, spans in chance.sample(corpora, SMALL) if len(text.lower()) == len(text)]
    chains = Chains()
    chains.add(corpora, _OTHER, CORPUS)
    chains.add(corpora, _OTHER, CORPUS, anonymous=True)
    chains.add(((text, [span for span in spans if span[2] == 1]) for text, spans in small), _NO_PERSON, 1.0)
    chains.add(own, _NO_PERSON, POSTS)
    chains.add(templates(chance), _NO_PERSON, TEMPLATES)
    chains.add(english + of_residents, _NO_PERSON, UNLABELLED, lists=False)
    save(*learn(chains, vectors), of_languages)
    names = sum(bits == _PERSON for bits in chains.allowed)
    print(f"{len(chains.allowed):,} words, {names:,} of names, {WEIGHTS.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
