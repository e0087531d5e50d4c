"""Tiny Movements tracks grassroots initiatives in public posts."""

from tinymovements.model import (
    Annotation,
    Batch,
    Counts,
    Draft,
    Family,
    Movement,
    MovementScore,
    Place,
    Post,
    Source,
    Span,
)

__all__ = [
    "Annotation",
    "Batch",
    "Counts",
    "Draft",
    "Family",
    "Movement",
    "MovementScore",
    "Place",
    "Post",
    "Source",
    "Span",
    "__version__",
]

__version__ = "0.1.0"
