"""Finds the points within a distance, exactly: tantivy knows no geography, but it can list the points it holds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.query import Near

EARTH = 6371.0087714
"""Mean radius in kilometres, as Lucene has it."""


@dataclass(frozen=True, slots=True)
class Points:
    """Every point of an index once, as the term it is indexed by and as radians."""

    terms: list[str]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]

    @classmethod
    def of(cls, terms: list[str]) -> "Points":
        """The points of terms such as "60.19,24.96"."""
        pairs = np.array([term.split(",") for term in terms], dtype=np.float64).reshape(-1, 2)
        lat, lon = np.radians(pairs).T
        return cls(terms, lat, lon)

    def within(self, near: Near) -> list[str]:
        """The terms of those that lie within the distance, by the haversine formula; the edge belongs to it."""
        lat, lon = np.radians(near.lat), np.radians(near.lon)
        chord = np.sin((self.lat - lat) / 2) ** 2 + np.cos(lat) * np.cos(self.lat) * np.sin((self.lon - lon) / 2) ** 2
        distance = 2 * EARTH * np.arcsin(np.sqrt(np.minimum(chord, 1)))
        return [self.terms[i] for i in np.flatnonzero(distance <= near.km)]
