"""Posts and annotations to test with."""

from collections.abc import Callable
from typing import Any

import pytest

from tinymovements.model import Annotation, MovementScore, Post
from tinymovements.taxonomy import load_taxonomy


@pytest.fixture
def make_post() -> Callable[..., Post]:
    def make(native_id: str = "1", **given: Any) -> Post:
        facts: dict[str, Any] = {"source": "pihalista", "text": "Talkoot pihalla.", "content_hash": f"{native_id:0>64}"}
        return Post(id=f"{native_id:a>26}", native_id=native_id, **(facts | given))

    return make


@pytest.fixture
def make_annotation() -> Callable[..., Annotation]:
    def make(*movements: str, **given: Any) -> Annotation:
        facts: dict[str, Any] = {
            "version": "0.1.0-12345678",
            "language": "fi",
            "movements": tuple(MovementScore(id=id, score=0.75) for id in movements),
            "scores": {id: 0.75 if id in movements else 0.125 for id in load_taxonomy().ids},
            "initiative": 0.5,
            "self_organised": 0.25,
        }
        return Annotation(**(facts | given))

    return make
