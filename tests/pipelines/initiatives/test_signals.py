"""What is read of a post for comparing: marks that stand each for something said."""

import numpy as np

from pipelines.initiatives.signals import FAMILIES, Signal, from_bytes, read_signal
from tests.pipelines.initiatives.conftest import MakeEvidence

ALIKE = ("jinömi", "molyrehypo")
"""Two words with one mark, by chance."""


def test_two_words_with_one_mark_are_one_mark(evidence_of: MakeEvidence) -> None:
    """Where a row has a column twice, scipy lays out all thousand million columns to compare it: 11 GB."""
    signals = [read_signal(post) for post in evidence_of(*(("Kylä", f"{word} paja avautuu") for word in (" ".join(ALIKE), *ALIKE)))]
    both, one, other = (_words(signal) for signal in signals)
    assert len(set(one) & set(other) & set(both)) == len(set(both)) == len(both)
    assert (np.diff(both) > 0).all()


def test_it_is_kept_as_it_was_read(evidence_of: MakeEvidence) -> None:
    [signal] = map(read_signal, evidence_of(("Kylä", "Kyläpaja avautuu torstaina klo 18 Malmilla")))
    kept = from_bytes(signal.to_bytes())
    assert kept.to_bytes() == signal.to_bytes()
    assert (kept.sizes, kept.keys, kept.id) == (signal.sizes, signal.keys, signal.id)


def _words(signal: Signal) -> list[int]:
    marks: list[int] = signal.family(FAMILIES.index("words"))[0].tolist()
    return marks
