"""Finds the points within a distance, exactly: tantivy knows no geography, but it can list the points it holds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.distance import are_within
from search.query import Box, Near


@dataclass(frozen=True, slots=True)
class Points:
    """Every point of an index once, as the term it is indexed by and as degrees."""

    terms: list[str]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]

    @classmethod
    def of(cls, terms: list[str]) -> "Points":
        """The points of terms such as "60.19,24.96"."""
        pairs = np.array([term.split(",") for term in terms], dtype=np.float64).reshape(-1, 2)
        lat, lon = pairs.T
        return cls(terms, lat, lon)

    def within(self, near: Near) -> list[str]:
        """The terms of those that lie within the distance."""
        return [self.terms[i] for i in np.flatnonzero(are_within(near, self.lat, self.lon))]

    def inside(self, box: Box) -> list[str]:
        """The terms of those that lie in the box."""
        inside = (self.lat >= box.south) & (self.lat <= box.north) & (self.lon >= box.west) & (self.lon <= box.east)
        return [self.terms[i] for i in np.flatnonzero(inside)]
