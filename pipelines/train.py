"""Makes the models that ship, movements.npz, needs.npz and blend.json: the same bytes from the same inputs.

The encoder's adapter is made before, by `tools/train_adapter.py`.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines import blend, movements, needs
from pipelines.adapter import load as load_adapter
from pipelines.asked import sentence_features
from pipelines.blend import Blend, ClauseWeighing, Weighing, others_saying
from pipelines.encoder import Encoder
from pipelines.encoder import Floats as Vectors
from pipelines.examples import Example
from pipelines.features import Vocabulary, features
from pipelines.fit import Fitted, Floats, as_matrix, fit, joined, weigh, weigh_clauses
from pipelines.held_out import key as key_of
from pipelines.held_out import load as load_held_out
from pipelines.movements import INITIATIVE, SELF_ORGANISED
from pipelines.needs import NEED, OFFER
from pipelines.registers import REGISTERS, columns, expert
from pipelines.sentences import sentences
from pipelines.vectors import ASK, log_odds_of_sentences, meanings, most_asking, unpack
from tinymovements.errors import FileError, FormatError
from tinymovements.taxonomy import shipped_taxonomy

WEIGHTS = {"post": 1.0, "description": 1.0, "proposal": 0.15, "charity": 0.15, "chatter": 0.05}
"""How much a text of each register counts. Posts are what is to be understood; other rows, mixed in at full weight, harm them."""

EXPERT_WEIGHTS = {"post": 0.1, "description": 1.0, "proposal": 1.0, "charity": 1.0}
"""The same for the expert in other registers. Five-fold on 3,697 proposals micro-F1 of movements is 0.669, without posts 0.644;
what is self-organised it learns without them, average precision 0.549, with them 0.512."""

FEWEST = 200
"""Rows of other registers from which on there is an expert, and of one for weights of its own: from fewer one learns chance."""

WORTH_READING = 0.05
"""Probability, by words, of initiative or of any movement, from which on the encoder reads a post. Of held-out posts about
something 0.04 % have less, of those about nothing 20 %, of forum chatter 54 %; with 0.1 it would be 0.5, 35 and 73 %."""

OFFERING = 0.4
"""Share of a voice's posts with an offer from which on it tells nothing of how usual offers are: eight of ours were asked for
them, and have them in 45 to 48 posts of a hundred, the others in 10 to 32. With thresholds that those had a part in, 0.49 of the
sentences of other voices that were told to offer something did, in place of 0.53, at the same F1."""

_AT_LEAST = {"movements": 3, "needs": 2}
"""Texts that must have a feature for it to be kept: the coefficients of one that stands in a single text say nothing."""


def train(examples: Sequence[Example], folder: Path, tell: Callable[[str], None], encoder: Encoder | None = None) -> None:
    """Write the models into a folder. Raises `FormatError` where there are too few posts to learn from.

    Without an encoder only texts that were held out when the adapter was made tell how words and vectors are weighed.
    """
    voices = {example.group for example in examples if example.register == "post"}
    if len(voices) < 2:
        raise FormatError("Posts of at least two voices are needed to train.", "See docs/classifier.md for the corpus.")
    tell(f"movements: {len(examples):,} texts, {len(voices)} voices")
    words = fit_movements(examples)
    posts = [example for example in examples if example.needs is not None]
    tell(f"needs, offers, asks: {len(posts):,} posts")
    said = fit_needs(posts)
    tell("words and vectors")
    weighed = weigh_both(examples, words, posts, said, encoder)
    made = {movements.MODEL: words.model.to_bytes(), needs.MODEL: said.model.to_bytes(), blend.FILE: weighed.to_bytes()}
    # All at the end, for they belong together. A kill in the moment between two of these writes still leaves new beside old, until
    # the next training.
    for path, content in made.items():
        write(folder / path.name, content)


def weigh_both(
    examples: Sequence[Example], words: Fitted, posts: Sequence[Example], said: Fitted, encoder: Encoder | None
) -> Blend:
    """How what words say is weighed against what vectors say: by texts that neither had seen."""
    known = vector_log_odds(examples, encoder)
    adapter = load_adapter()
    ids = [id for id in shipped_taxonomy().ids if id in adapter.texts.labels]
    labels = (*ids, INITIATIVE, SELF_ORGANISED)
    known_by = (words.model.labels, adapter.texts.labels)
    by_posts = [[of.index(label) for label in labels] for of in known_by]
    by_expert = [columns(of, labels) for of in known_by]
    told = movement_targets(examples)[:, by_posts[0]]

    def weigh_texts(
        register: str, sets: Sequence[Sequence[str]], by: Sequence[Sequence[int]], fewest: int, by_asks: bool = False
    ) -> dict[str, Weighing]:
        marked = of_register(examples, register) & [example.usual for example in examples]
        rows = [row for row in np.flatnonzero(marked).tolist() if row in known.texts and (row in known.sentences or not by_asks)]
        if len(rows) < fewest:
            return {}
        by_words, by_vector = by
        vectors = np.array([known.texts[row] for row in rows], dtype=np.float64)[:, by_vector]
        asks = np.array([most_asking(known.sentences[row], adapter.sentences) for row in rows]) if by_asks else None
        return weigh(labels, words.held_out[rows][:, by_words], vectors, told[rows], sets, asks)

    of_texts = weigh_texts("post", (ids, (INITIATIVE,)), by_posts, fewest=1)
    # What the city is asked for, residents do not run: log loss on voices held out 0.286 with what asks, 0.309 without.
    of_texts |= weigh_texts("post", ((SELF_ORGANISED,),), by_posts, fewest=1, by_asks=True)
    of_others = {
        register: weigh_texts(register, (ids, (SELF_ORGANISED,)), by_expert, FEWEST)
        for register in REGISTERS
        if expert(SELF_ORGANISED) in words.model.labels
    }
    rows = [row for row, example in enumerate(examples) if example.needs is not None]
    of_rows = {at: known.sentences[row] for at, row in enumerate(rows) if row in known.sentences}
    of_sentences, of_clauses = _weigh_sentences(posts, said, of_rows)
    return Blend(of_texts | of_sentences, of_others, of_clauses, WORTH_READING)


def _weigh_sentences(
    posts: Sequence[Example], said: Fitted, known: Mapping[int, Vectors]
) -> tuple[dict[str, Weighing], dict[str, ClauseWeighing]]:
    targets, _ = sentence_targets(posts)
    usual = _usual_voices(posts)
    known = {row: of for row, of in known.items() if posts[row].group in usual}
    lengths = [sum(1 for _ in sentences(post.whole)) for post in posts]
    of_known = np.repeat([row in known for row in range(len(posts))], lengths)
    vectors = np.concatenate([known[row] for row in range(len(posts)) if row in known])
    labels = (NEED, OFFER, ASK)
    words, vectors, targets = said.held_out[of_known], vectors.astype(np.float64), targets[of_known]
    alone = weigh(labels, words, vectors, targets, [(label,) for label in labels])
    own = np.stack([alone[label].log_odds(words[:, at], vectors[:, at]) for at, label in enumerate(labels)], axis=1)
    others = others_saying(own, [length for row, length in enumerate(lengths) if row in known])
    return alone, weigh_clauses(labels, own.astype(np.float64), others.astype(np.float64), targets)


class VectorLogOdds(NamedTuple):
    """What vectors say of examples by their number: of texts, and of the sentences of each."""

    texts: dict[int, Vectors]
    sentences: dict[int, Vectors]


def vector_log_odds(examples: Sequence[Example], encoder: Encoder | None) -> VectorLogOdds:
    """What encoders that had not seen the texts say of them; of texts that are in no such record this encoder has seen none."""
    held_out, adapter = load_held_out(), load_adapter()
    told = VectorLogOdds({}, {})
    unseen: list[int] = []
    for row, example in enumerate(examples):
        key = key_of(example.whole)
        if key in held_out.texts:
            told.texts[row] = held_out.texts[key]
            if key in held_out.sentences:
                told.sentences[row] = held_out.sentences[key]
        elif encoder is not None and key not in held_out.seen:
            unseen.append(row)
    if encoder is not None:
        read = meanings(encoder, adapter, [examples[row].whole for row in unseen])
        for row, meaning in zip(unseen, read, strict=True):
            told.texts[row] = adapter.texts.log_odds(unpack(meaning.vector))
            told.sentences[row] = log_odds_of_sentences(meaning, adapter.sentences)
    return told


def movement_targets(examples: Sequence[Example]) -> Floats:
    """What people said of each movement, of initiative and of self_organised: 1, 0, or NaN where they did not say."""
    ids = shipped_taxonomy().ids
    targets = np.zeros((len(examples), len(ids) + 2))
    for row, example in enumerate(examples):
        for column, id in enumerate(ids):
            # What a careful reader may or may not give is no evidence either way.
            borderline = id in example.allowed and id not in example.required
            targets[row, column] = np.nan if borderline else id in example.required
        for column, value in enumerate((example.initiative, example.self_organised), len(ids)):
            targets[row, column] = np.nan if value is None else value
    return targets


def of_register(examples: Sequence[Example], register: str) -> NDArray[np.bool_]:
    """Which of the examples are of a register."""
    return np.array([example.register == register for example in examples])


def fit_movements(examples: Sequence[Example]) -> Fitted:
    """A model of the movements, of initiative and self_organised, of the registers, and of what the expert in these says."""
    documents = [features(example.whole, example.language) for example in examples]
    vocabulary = Vocabulary.of(documents, _AT_LEAST["movements"])
    matrix = as_matrix(vocabulary, documents)
    ids = shipped_taxonomy().ids
    targets = movement_targets(examples)
    groups = [example.group for example in examples]
    posts = of_register(examples, "post")
    usual = np.array([example.usual for example in examples])
    by_posts = fit(
        vocabulary,
        matrix,
        (*ids, INITIATIVE, SELF_ORGANISED, *REGISTERS),
        np.column_stack([targets, *(of_register(examples, register) for register in REGISTERS)]),
        np.array([WEIGHTS[example.register] for example in examples]),
        groups,
        posts | of_register(examples, "description"),
        posts,
        (ids, (INITIATIVE,), (SELF_ORGANISED,)),
    )
    others = np.logical_or.reduce([of_register(examples, register) for register in REGISTERS])
    taught = taught_expert(examples, targets)
    judged = others & usual
    if judged.sum() < FEWEST or any(len(np.unique(said[judged])) < 2 for said in (taught[:, :-1].max(axis=1), taught[:, -1])):
        return by_posts
    by_others = [expert(id) for id in ids]
    by_expert = fit(
        vocabulary,
        matrix,
        (*by_others, expert(SELF_ORGANISED)),
        taught,
        np.array([EXPERT_WEIGHTS.get(example.register, 0) for example in examples]),
        groups,
        others,
        judged,
        (by_others, (expert(SELF_ORGANISED),)),
    )
    return joined(by_posts, by_expert)


def taught_expert(examples: Sequence[Example], targets: Floats) -> Floats:
    """What the expert learns of each movement and of self_organised: of no other texts than count, and the last neither of posts
    nor of descriptions, of which three in five are."""
    taught = np.delete(targets, -2, axis=1)
    taught[[example.register not in EXPERT_WEIGHTS for example in examples]] = np.nan
    taught[of_register(examples, "post") | of_register(examples, "description"), -1] = np.nan
    return taught


def sentence_targets(examples: Sequence[Example]) -> tuple[Floats, list[str]]:
    """Whether each sentence of the posts says a need, an offer, an ask, and who wrote it."""
    rows, groups = [], []
    for example in examples:
        for start, end in sentences(example.whole):
            said = example.whole[start:end]
            rows.append([_says(said, marked) for marked in (example.needs, example.offers, example.asks)])
            groups.append(example.group)
    return np.array(rows, dtype=np.float64), groups


def fit_needs(examples: Sequence[Example]) -> Fitted:
    """A model of which sentences say a need, an offer or an ask."""
    documents = []
    for example in examples:
        spans = list(sentences(example.whole))
        documents += [sentence_features(example.whole, spans, at, example.language) for at in range(len(spans))]
    targets, groups = sentence_targets(examples)
    everything = np.ones(len(groups), dtype=np.bool_)
    usual = np.isin(groups, list(_usual_voices(examples)))
    labels = (NEED, OFFER, ASK)
    alone = [(label,) for label in labels]
    vocabulary = Vocabulary.of(documents, _AT_LEAST["needs"])
    matrix = as_matrix(vocabulary, documents)
    return fit(vocabulary, matrix, labels, targets, np.ones(len(groups)), groups, everything, usual, alone)


def _usual_voices(posts: Sequence[Example]) -> set[str]:
    """The voices that offer as often as people do; all where none does."""
    every, offering = Counter(post.group for post in posts), Counter(post.group for post in posts if post.offers)
    return {voice for voice, count in every.items() if offering[voice] < OFFERING * count} or set(every)


def _says(sentence: str, marked: Sequence[str] | None) -> bool:
    """Whether a marked clause stands in the sentence, or the sentence in it."""
    return any(clause in sentence or sentence in clause for clause in marked or ())


def write(path: Path, content: bytes) -> None:
    """Put the file in place whole: a training that is killed meanwhile leaves the old one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error}.", "Check the folder and the disk.") from None
