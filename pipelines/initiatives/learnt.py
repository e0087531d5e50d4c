"""What resolution has learnt, as `model.npz` holds it; `pipelines.initiatives.learn` makes it."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

MODEL = Path(__file__).with_name("model.npz")


@dataclass(frozen=True, slots=True)
class Learnt:
    """The numbers of all its parts."""

    marks: NDArray[np.uint32]
    """Of the terms of the example posts that came in two or more."""
    weights: Floats
    """How seldom each is: the log of one in so many posts."""
    unseen: Floats
    """Of every other term."""
    names: Floats
    """What each feature of a word says for its being a name (`names.COLUMNS`), and at the end the bias."""
    pair_scale: Floats
    """2 x `pairs.FEATURES`: their means and deviations."""
    pair_hidden: Floats
    """Nets x (features and bias) x hidden units."""
    pair_out: Floats
    """Nets x (hidden units and bias)."""
    kin: Floats
    """`kinship.FEATURES` and bias, for features as they are."""
    worth: Floats
    """`worth.FEATURES` and bias, for features as they are."""
    meaning: Floats
    """What a vector of length 1 says for its post's being about an initiative, and the bias."""

    @property
    def names_bias(self) -> float:
        """Of the model of names."""
        return float(self.names[-1])

    def save(self, path: Path) -> None:
        """Write it, the same bytes for the same numbers."""
        np.savez_compressed(path, **{field.name: getattr(self, field.name) for field in fields(self)})


_in_force: list[Learnt] = []


def load() -> Learnt:
    """The model in force: the one that ships, unless another one is used."""
    if not _in_force:
        with np.load(MODEL) as kept:
            _in_force.append(Learnt(**{field.name: kept[field.name] for field in fields(Learnt)}))
    return _in_force[0]


_forget: list[Callable[[], None]] = []


def remembered_until_used(forget: Callable[[], None]) -> None:
    """Call this where another model is used from now on: what was worked out from the former one is to be forgotten."""
    _forget.append(forget)


def use(model: Learnt) -> None:
    """Put a model in force, for as long as the process lives: what learns step by step looks through the steps before."""
    _in_force[:] = [model]
    for forget in _forget:
        forget()
