"""Tells what register a text is of: what people say in a group, or one that is written otherwise and has an expert of its own.

A proposal to a city and what a charity says of itself use other words for the same things than posts do. Mixed in at full weight
they harm posts, at a small weight they are learnt badly. So the model knows movements and self_organised twice: once by posts, and
once by the texts of these registers; a gate, learnt from the same words, says whose word counts.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

REGISTERS = ("proposal", "charity")
"""Those that have an expert, one for both. Each is also the label of the model that tells whether a text is of it, which is told to
nobody."""

Floats = NDArray[np.float32]


def expert(label: str) -> str:
    """The label of the model for what the expert says of a label."""
    return f"{label} by expert"


def columns(known: Sequence[str], labels: Sequence[str]) -> list[int]:
    """Where a model has what the expert says of each label; where it has none, what is said of posts. -1 where it has neither."""
    at = {label: column for column, label in enumerate(known)}
    return [at.get(expert(label), at.get(label, -1)) for label in labels]


def shares(gates: Floats) -> Floats:
    """By the log-odds of each register, texts x registers, how much each one's word counts: that of posts first, together one."""
    told = 1 / (1 + np.exp(-gates))
    told /= np.maximum(1, told.sum(axis=1, keepdims=True))
    return np.column_stack([1 - told.sum(axis=1), told])
