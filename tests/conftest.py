"""What all tests stand on: a home folder of their own, and no connection beyond this machine."""

import os
from pathlib import Path

import pytest

from tinymovements.settings import PREFIX, Settings
from tinymovements.workflow.offline import refuse_connections

refuse_connections()  # for this process; the commands that tests start get TINYMOVEMENTS_OFFLINE=1 by `home`


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, for this process and all that it starts."""
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv(f"{PREFIX}HOME", str(folder))
    monkeypatch.setenv(f"{PREFIX}OFFLINE", "1")
    return folder


@pytest.fixture
def settings(home: Path) -> Settings:
    """Settings of the home folder, one process."""
    return Settings(home=home, processes=1, contact="tests@example.org")
