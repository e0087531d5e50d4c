"""What all models have in common."""

import copy
import pickle
from datetime import datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from tinymovements.model import Counts, Draft


@pytest.fixture
def draft() -> Draft:
    posted = datetime(2026, 5, 1, 12, tzinfo=timezone(timedelta(hours=3)))
    return Draft(native_id="7", text="Talkoot pihalla", posted=posted, counts=Counts(reactions=3))


@pytest.mark.parametrize("way", [lambda model: pickle.loads(pickle.dumps(model)), copy.copy, copy.deepcopy])
def test_a_copy_says_the_same_and_is_a_model_as_any(draft: Draft, way: object) -> None:
    made = way(draft)  # type: ignore[operator]
    assert made == draft
    assert made is not draft
    assert made.model_dump_json() == draft.model_dump_json()
    assert made.model_copy(update={"title": "Kevät"}).title == "Kevät"
    with pytest.raises(ValidationError):
        made.text = "something else"
    with pytest.raises(AttributeError):
        made.unknown  # noqa: B018
