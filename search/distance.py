"""How far points lie apart, by one formula for whoever answers "within so many kilometres"."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from search.query import Near

EARTH = 6371.0087714
"""Mean radius in kilometres, as Lucene has it."""


def are_within(near: Near, lat: ArrayLike, lon: ArrayLike) -> NDArray[np.bool_]:
    """Which of the points (degrees) lie within the distance, by the haversine formula; the edge belongs to it."""
    north, east, south, west = np.radians(lat), np.radians(lon), np.radians(near.lat), np.radians(near.lon)
    chord = np.sin((north - south) / 2) ** 2 + np.cos(south) * np.cos(north) * np.sin((east - west) / 2) ** 2
    return np.asarray(2 * EARTH * np.arcsin(np.sqrt(np.minimum(chord, 1))) <= near.km)
