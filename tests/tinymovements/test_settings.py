"""Settings come from the environment, else from the file in the home folder; a wrong one is named."""

from pathlib import Path

import pytest

from tinymovements.errors import SettingsError
from tinymovements.settings import Settings, load


def test_defaults_are_enough(home: Path) -> None:
    settings = load()
    assert settings.home == home
    assert settings.archive_url == f"sqlite:///{home / 'archive.db'}"
    assert settings.contact == ""
    assert not home.exists(), "reading settings writes nothing"


def test_the_environment_wins_over_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir()
    (home / "settings.toml").write_text('contact = "file@example.org"\ncrawl_pages = 7\n', "utf-8")
    assert load().contact == "file@example.org"
    monkeypatch.setenv("TINYMOVEMENTS_CONTACT", "env@example.org")
    assert (load().contact, load().crawl_pages) == ("env@example.org", 7)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CONTACT", "just a name", "contact"),
        ("CRAWL_PAGES", "0", "crawl_pages"),
        ("ENGINE", "telepathy", "engine"),
        ("LOG_LEVEL", "LOUD", "log_level"),
    ],
)
def test_a_wrong_setting_is_named_with_where_to_mend_it(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"TINYMOVEMENTS_{name}", value)
    with pytest.raises(SettingsError, match=said) as caught:
        load()
    assert f"TINYMOVEMENTS_{name}" in str(caught.value)


@pytest.mark.parametrize("content", [b"contact = ", b"no_such_setting = 1", b"\xff\xfe\x00"])
def test_a_broken_file_is_one_sentence(home: Path, content: bytes) -> None:
    home.mkdir()
    (home / "settings.toml").write_bytes(content)
    with pytest.raises(SettingsError):
        load()


def test_a_password_is_not_shown(home: Path) -> None:
    assert "hunter2" not in repr(Settings(home=home, archive="postgresql://me:hunter2@localhost/db"))
