"""What is read of a post to find its initiative."""

from datetime import datetime
from typing import NamedTuple

from tinymovements.model import Annotation


class Evidence(NamedTuple):
    """A post with what the pipeline says of it."""

    number: int
    """Its place in the order of arrival."""
    id: str
    source: str
    group: str | None
    author: str | None
    """A pseudonym."""
    kind: str
    title: str | None
    text: str
    url: str | None
    posted: datetime | None
    annotation: Annotation
    vector: bytes | None
    """Its meaning, as `pipelines.vectors` keeps it."""
