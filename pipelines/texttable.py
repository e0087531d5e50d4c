"""Makes the matrix of a batch of documents with a vocabulary; of each word its columns are remembered."""

from array import array
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array
from spacy.tokens import Doc

from pipelines.batches import text_of
from pipelines.features import Vocabulary, of_word
from pipelines.terms import WORD, terms
from pipelines.wordtable import WordTable


class TextTable:
    """The words that were met, with their columns."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._words = WordTable(lambda word, language: (vocabulary.columns(of_word(word, terms(word, language))),))

    def matrix(self, docs: Sequence[Doc]) -> csr_array:
        """The documents as rows."""
        self._words.tidy()
        numbers = array("q")
        ends = []
        for doc in docs:
            numbers.extend(self._words.numbers(WORD.findall(text_of(doc)), doc._.language))
            ends.append(len(numbers))
        word, columns = self._words.gather(np.frombuffer(numbers, np.int64))
        return self.vocabulary.matrix(np.searchsorted(ends, word, side="right"), columns, len(docs))
