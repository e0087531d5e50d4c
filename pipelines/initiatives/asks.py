"""Which asks are the same, by near-same words whatever their endings; in two languages they are two.

By the pieces of four letters of the words that say what is asked for, of which the rare ones weigh more. No dictionary is asked:
base forms would take a millisecond an ask.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

ALIKE = 0.6
"""Cosine from which on two asks are one. Of 80 groups (of 206) of proposals to Helsinki 73 are one ask and nothing else. With
the words of `asks.toml` among what is compared it was 36 of 40, since "to tidy up" two places was one ask; with 0.5 besides, 31."""

_AS_IF = 1000
"""Asks that are counted besides, of which none has a piece: what three of eight ask for is not a common word."""

_LETTERS = 4
_TABLE = Path(__file__).with_name("asks.toml")
_PLACEHOLDER = re.compile(r"\[[a-z]+\]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_COLUMNS = 1 << 20
_PART = 1000


def same(asks: Sequence[str], areas: Sequence[int]) -> list[list[int]]:
    """Which asks (by their places) are the same in the same area.

    Each group stands around the one that most others are like, so that none is chained to a stranger.
    """
    if not asks:
        return []
    rows, area = _matrix(asks), np.array(areas)
    groups: list[list[int]] = []
    for number in np.unique(area):
        members = np.flatnonzero(area == number)
        groups += [members[group].tolist() for group in (_stars(rows[members]) if len(members) > 1 else ([0],))]
    return groups


def _matrix(asks: Sequence[str]) -> sparse.csr_matrix:
    """A row of length 1 for each ask: which pieces its words have, weighed by how few asks have them."""
    pieces = [sorted(set(_pieces(ask))) for ask in asks]
    ends = np.cumsum([0, *map(len, pieces)])
    columns = np.array([piece for each in pieces for piece in each], np.int64)
    held = np.bincount(columns, minlength=_COLUMNS)[columns]
    weights = np.log(1 + (_AS_IF + len(asks)) / held)
    lengths = np.sqrt(np.add.reduceat(np.append(weights**2, 0.0), ends[:-1])) * (np.diff(ends) > 0)
    weights /= np.repeat(np.where(lengths > 0, lengths, 1.0), np.diff(ends))
    return sparse.csr_matrix((weights.astype(np.float32), columns, ends), shape=(len(asks), _COLUMNS))


def _pieces(ask: str) -> Iterator[int]:
    words = _WORD.findall(_PLACEHOLDER.sub(" ", ask.lower()))
    for word in [word for word in words if not word.startswith(_asking())] or words:
        marked = f" {word} "
        for start in range(max(1, len(marked) - _LETTERS + 1)):
            yield crc32(marked[start : start + _LETTERS].encode()) % _COLUMNS


@cache
def _asking() -> tuple[str, ...]:
    """How words begin that say that one asks, and not what for."""
    return tuple(begins for each in tomllib.loads(_TABLE.read_text("utf-8")).values() for begins in each)


def _stars(rows: sparse.csr_matrix) -> Iterator[NDArray[np.int64]]:
    alike = _alike(rows)
    left = np.ones(rows.shape[0], bool)
    for centre in np.lexsort((np.arange(rows.shape[0]), -np.diff(alike.indptr))).tolist():
        if left[centre]:
            near = alike.indices[alike.indptr[centre] : alike.indptr[centre + 1]]
            group = np.unique([centre, *near[left[near]].tolist()])
            left[group] = False
            yield group


def _alike(rows: sparse.csr_matrix) -> sparse.csr_matrix:
    """Which rows are so near that they say the same."""
    rows = rows[:, np.unique(rows.indices)]
    turned, found = rows.T.tocsr(), []
    for start in range(0, rows.shape[0], _PART):
        near = rows[start : start + _PART] @ turned
        near.data[near.data < ALIKE] = 0
        near.eliminate_zeros()
        found.append(near)
    return sparse.vstack(found).tocsr()
