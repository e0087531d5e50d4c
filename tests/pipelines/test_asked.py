"""What is put together from remembered words is what the features say by name."""

import numpy as np
import pytest

from pipelines import blend, movements, needs
from pipelines.asked import Sentence, SentenceTable, Words, asks, sentence_features
from pipelines.assemble import build, make_doc
from pipelines.examples import read_corpus
from pipelines.features import Vocabulary, features
from pipelines.movements import MovementsComponent
from pipelines.registers import REGISTERS, shares
from pipelines.registers import columns as columns_of
from pipelines.sentences import sentences
from pipelines.words import WordsComponent

TEXTS = [
    *((example.whole, example.language) for example in read_corpus()[::27]),
    ("", "fi"),
    ("Tarvitsemme penkkejä! Penkkejä? Penkkejä!! Vai penkkejä… penkkejä. PENKKEJÄ", "fi"),
    ('what_is this_one - a_b_c, _x_ "and" ’s', "en"),
    ("что-то другое. Ещё?", "unknown"),
]


def _row(vocabulary: Vocabulary, names: list[str]) -> dict[int, float]:
    columns = np.array(vocabulary.columns(names), dtype=np.int64)
    return _entries(vocabulary.matrix(np.zeros(len(columns), dtype=np.int64), columns, 1))


def _entries(row: object) -> dict[int, float]:
    return dict(zip(row.indices.tolist(), row.data.tolist(), strict=True))  # type: ignore[attr-defined]


def test_sentences_together_have_the_features_that_each_has_by_name() -> None:
    vocabulary = needs.load_model().vocabulary
    table = SentenceTable(vocabulary)
    words = Words(table)
    asked, expected = [], []
    for text, language in TEXTS:
        spans = list(sentences(text))
        numbers = [0, *(words.add(text[start:end], language) for start, end in spans), 0]
        for at, (_, end) in enumerate(spans):
            asked.append(Sentence(numbers[at + 1], numbers[at], numbers[at + 2], asks(text, end), at))
            expected.append(_row(vocabulary, sentence_features(text, spans, at, language)))
    matrix = table.matrix(words, asked)
    assert len(asked) > 100
    for row, wanted in enumerate(expected):
        assert _entries(matrix[[row]]) == pytest.approx(wanted, abs=1e-6)


def test_a_post_among_others_is_scored_by_the_features_it_has_by_name() -> None:
    nlp, model = build(), movements.load_model()
    docs = [make_doc(nlp, None, text) for text, _ in TEXTS]
    for doc, (_, language) in zip(docs, TEXTS, strict=True):
        doc._.language = language
    weighed = blend.load()
    WordsComponent(model, weighed.worth_reading).annotate(docs)
    MovementsComponent(model, weighed).annotate(docs)
    for doc, (text, language) in zip(docs, TEXTS, strict=True):
        columns = np.array(model.vocabulary.columns(features(text, language)), dtype=np.int64)
        row = model.vocabulary.matrix(np.zeros(len(columns), dtype=np.int64), columns, 1)
        odds = model.log_odds(row)
        labels = (*doc._.scores, movements.INITIATIVE)
        by_posts, by_expert = odds[:, [model.labels.index(label) for label in labels]], odds[:, columns_of(model.labels, labels)]
        of_posts = shares(odds[:, columns_of(model.labels, REGISTERS)])[:, :1]
        told = model.probabilities(of_posts * by_posts + (1 - of_posts) * by_expert)
        expected = dict(zip(labels, told[0].tolist(), strict=True))
        assert doc._.scores == pytest.approx({id: expected[id] for id in doc._.scores}, abs=1.1e-4)
        assert doc._.initiative == pytest.approx(expected[movements.INITIATIVE], abs=1.1e-4)
