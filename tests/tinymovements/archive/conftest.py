"""An archive, on each database in turn, and posts to put into it."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from tinymovements.archive.database import open_archive
from tinymovements.model import Counts, Post

MakePost = Callable[..., Post]


@pytest.fixture
def archive(archive_url: str) -> Iterator[Engine]:
    """An empty archive."""
    engine = open_archive(archive_url)
    yield engine
    engine.dispose()


@pytest.fixture
def make_post() -> MakePost:
    """Makes a post of the source `groups`; its id and its hash follow from what it is given."""

    def make(native_id: str, text: str, **fields: object) -> Post:
        source = str(fields.pop("source", "groups"))
        counts = fields.pop("counts", Counts())
        return Post.model_validate(
            {
                "id": f"{source}.{native_id}".ljust(26, "a")[:26],
                "source": source,
                "native_id": native_id,
                "text": text,
                "content_hash": f"hash of {text}"[:64],
                "counts": counts,
                **fields,
            }
        )

    return make
