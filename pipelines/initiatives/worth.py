"""How probably a post is about an initiative, from what it says and from the posts that it goes with."""

from collections.abc import Sequence

import numpy as np

from pipelines.initiatives.edges import Edges, Floats
from pipelines.initiatives.learnt import load
from pipelines.initiatives.signals import FAMILIES, Signal

FEATURES = (
    *("initiative", "self_organised", "movement", "named", "length", "forum", "page", "titled", "placed", "meaning"),
    *("nearest", "nearest_three", "company", "best_company"),
)
"""What the pipeline says; how sure a name is; words; its group; what its vector says; and the posts beside it: the log-odds of the
nearest, of the nearest three, and how many of those beside it are surely about an initiative."""

MEANING = FEATURES.index("meaning")

ALONE = MEANING + 2
"""Numbers that a post says for itself."""

_PAGE, _SITES, _TOWNS = (FAMILIES.index(family) for family in ("page", "sites", "towns"))
_NOBODY = -6.0
"""Log-odds of a neighbour that a post does not have."""


def alone(signals: Sequence[Signal]) -> Floats:
    """What each post says for itself: the first of `FEATURES`, and how probably it is about an initiative."""
    told = [
        (
            *(
                _log_odds(signal.initiative),
                _log_odds(signal.self_organised),
                signal.movement,
                signal.named,
                np.log1p(signal.length),
            ),
            *(signal.forum, signal.sizes[_PAGE] > 0, signal.titled),
            signal.sizes[_SITES] + signal.sizes[_TOWNS] > 0,
            _meant(signal),
            signal.initiative,
        )
        for signal in signals
    ]
    return np.array(told, np.float32).reshape(len(signals), ALONE)


def direction(signal: Signal) -> Floats | None:
    """Where the meaning of a post points, as a vector of length 1."""
    if signal.vector is None:
        return None
    vector = signal.vector.astype(np.float32)
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-6), np.float32)


def _meant(signal: Signal) -> float:
    vector, learnt = direction(signal), load().meaning
    return 0.0 if vector is None or not learnt.size else float(vector @ learnt[:-1] + learnt[-1])


def features(told: Floats, edges: Edges) -> Floats:
    """What there is to say of each post, in the order of `FEATURES`, from what it says for itself and from its edges."""
    nearest, company = _beside(told[:, -1], edges)
    return np.concatenate([told[:, :-1], nearest, company], axis=1).astype(np.float32)


def weigh(told: Floats, edges: Edges) -> Floats:
    """The probability of each post."""
    learnt = load().worth
    return np.asarray(1 / (1 + np.exp(-(features(told, edges) @ learnt[:-1] + learnt[-1]))), np.float32)


def _beside(initiative: Floats, edges: Edges) -> tuple[Floats, Floats]:
    nearest = np.full((len(initiative), 3), _NOBODY)
    most, total = np.zeros(len(initiative)), np.zeros(len(initiative))
    same = 1 / (1 + np.exp(-edges.log_odds))
    for side in (0, 1):
        ends, ranks = edges.pairs[:, side], edges.ranks[:, side]
        first = ranks < nearest.shape[1]
        nearest[ends[first], ranks[first]] = edges.log_odds[first]
        expected = initiative[edges.pairs[:, 1 - side]] * same
        np.maximum.at(most, ends, expected)
        total += np.bincount(ends, expected, len(initiative))
    return np.stack([nearest[:, 0], nearest.mean(axis=1)], axis=1), np.stack([np.log1p(total), most], axis=1)


def _log_odds(probability: float) -> float:
    held = min(max(probability, 0.002), 0.998)
    return float(np.log(held / (1 - held)))
