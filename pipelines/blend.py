"""Weighs what words say of a label against what the vector says of it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.models import in_force
from tinymovements.errors import PipelineError
from tinymovements.settings import Stamp, stamp

FILE = Path(__file__).with_name("blend.json")

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weighing:
    """Of one label: what its log-odds by words and by the vector count, what is added, and from which probability it is given.

    And what it counts how surely a sentence of the post asks something of the city.
    """

    words: float
    vector: float
    offset: float
    threshold: float
    asks: float = 0.0

    def log_odds(self, words: Floats, vector: Floats, asks: Floats | float = 0.0) -> Floats:
        """Of the label, for each post."""
        return np.asarray(self.words * words + self.vector * vector + self.asks * asks + self.offset, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class ClauseWeighing:
    """Of needs, offers or asks: what the log-odds of each of the three in a sentence count, and how many others say each.

    What is added, and from which probability it is given.
    """

    own: tuple[float, ...]
    others: tuple[float, ...]
    offset: float
    threshold: float

    def log_odds(self, own: Floats, others: Floats) -> Floats:
        """Of each sentence, from the log-odds of the three (sentences x 3), and from `others_saying` them."""
        # Summed row by row: a product of matrices may round a sentence otherwise among others than alone.
        return np.asarray((own * self.own).sum(axis=1) + (others * self.others).sum(axis=1) + self.offset, dtype=np.float32)


def others_saying(log_odds: Floats, lengths: Sequence[int]) -> Floats:
    """How many of the other sentences of its text say a need, an offer, an ask (sentences x 3): the sum of their probabilities."""
    probable = 1 / (1 + np.exp(-log_odds))
    texts = np.repeat(np.arange(len(lengths)), lengths)
    sums = np.zeros((len(lengths), log_odds.shape[1]), dtype=probable.dtype)
    np.add.at(sums, texts, probable)
    return np.asarray(sums[texts] - probable)


@dataclass(frozen=True)
class Blend:
    """How each label is told where a post has a vector; one that is not in it is told by words.

    `labels` are those of posts. Texts of `registers` are told by words of an expert (see `pipelines.registers`), which is weighed
    against the vector by weights of their own. Of sentences `labels` tell each of need, offer and ask alone, and `clauses` by these
    together.
    """

    labels: dict[str, Weighing]
    registers: dict[str, dict[str, Weighing]]
    clauses: dict[str, ClauseWeighing]
    worth_reading: float
    """The vector tier reads posts of which words say so much, as the greatest probability of initiative and of any movement."""

    def to_bytes(self) -> bytes:
        """The file's content."""
        return json.dumps(asdict(self), indent=1).encode() + b"\n"


def read(path: Path) -> Blend:
    """The blend in a file. Raises `PipelineError` where there is none that can be used."""
    try:
        held = json.loads(path.read_text("utf-8"))
        registers = {register: _weighings(rows) for register, rows in held["registers"].items()}
        clauses = {name: ClauseWeighing(**row) for name, row in held["clauses"].items()}
        return Blend(_weighings(held["labels"]), registers, clauses, held["worth_reading"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"The model {path.name} cannot be read: {error}."
        raise PipelineError(message, "Install the program again, or run `tinymovements train`.") from None


def _weighings(rows: dict[str, dict[str, float]]) -> dict[str, Weighing]:
    return {label: Weighing(**row) for label, row in rows.items()}


def load() -> Blend:
    """The blend in force."""
    path = in_force(FILE)
    return _load(path, stamp(str(path)))


@lru_cache(maxsize=1)
def _load(path: Path, state: Stamp) -> Blend:
    return read(path)
