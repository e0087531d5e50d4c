"""Reads content as an importer would read it from a file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spiders.files import IMPORTERS, ImportOptions, Rejected
from tinymovements.model import Draft

Read = Callable[..., list[Draft | Rejected]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Rows of a content (text is written as UTF-8) in a format."""

    def _read(form: str, content: str | bytes, name: str = "posts.txt", **options: Any) -> list[Draft | Rejected]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return list(IMPORTERS[form].read(path, ImportOptions(**options)))

    return _read
