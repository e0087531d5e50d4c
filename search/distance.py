"""How far points lie apart, by one formula for whoever answers "within so many kilometres"."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from search.query import Near

EARTH = 6371.0087714
"""Mean radius in kilometres, as Lucene has it."""


def kilometres(lat: ArrayLike, lon: ArrayLike, to_lat: ArrayLike, to_lon: ArrayLike) -> NDArray[np.float64]:
    """How far points (degrees) lie from others, by the haversine formula."""
    north, east, south, west = np.radians(lat), np.radians(lon), np.radians(to_lat), np.radians(to_lon)
    chord = np.sin((north - south) / 2) ** 2 + np.cos(south) * np.cos(north) * np.sin((east - west) / 2) ** 2
    return np.asarray(2 * EARTH * np.arcsin(np.sqrt(np.minimum(chord, 1))))


def are_within(near: Near, lat: ArrayLike, lon: ArrayLike) -> NDArray[np.bool_]:
    """Which of the points (degrees) lie within the distance; the edge belongs to it."""
    return np.asarray(kilometres(lat, lon, near.lat, near.lon) <= near.km)
