"""Settings come from the environment, else from the file in the home folder; a wrong one is named."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import tinymovements.settings
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
def test_a_wrong_setting_is_named_with_where_to_mend_it(name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"TINYMOVEMENTS_{name}", value)
    with pytest.raises(SettingsError, match=said) as caught:
        load()
    assert f"TINYMOVEMENTS_{name}" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"contact = ", "settings.toml is not valid TOML"),
        (b"\0" * 100, "settings.toml is not valid TOML"),
        (b"no_such_setting = 1", "settings.toml has a setting no_such_setting, which there is not. There are: archive, contact"),
        (b"[crawl]\ndelay = 1", "settings.toml has a setting crawl, which there is not."),
        (b'home = "/elsewhere"', "settings.toml names a home folder, but lies in it. Set TINYMOVEMENTS_HOME"),
        (b'processes = "many"', "The setting processes cannot be used"),
        (b"archive = 5", "The setting archive cannot be used"),
        ('contact = "a@example.org"'.encode("utf-16"), "settings.toml is not in UTF-8. Save it"),
        (b'contact = "p\xe4iv\xe4@example.org"', "settings.toml is not in UTF-8. Save it"),
    ],
)
def test_a_broken_file_is_one_sentence(home: Path, content: bytes, said: str) -> None:
    home.mkdir()
    (home / "settings.toml").write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_mark_that_some_editors_put_before_utf8_does_no_harm(home: Path) -> None:
    home.mkdir()
    (home / "settings.toml").write_text('contact = "a@example.org"', "utf-8-sig")
    assert load().contact == "a@example.org"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (Path.mkdir, "settings.toml is no file"),
        (os.mkfifo, "settings.toml is no file"),
        (lambda path: path.symlink_to("nowhere"), "settings.toml cannot be read: No such file"),
        (lambda path: path.symlink_to(path), "settings.toml cannot be read: Too many levels"),
    ],
)
def test_what_is_no_file_of_settings_is_not_passed_over(make: Callable[[Path], None], said: str, home: Path) -> None:
    home.mkdir()
    make(home / "settings.toml")
    with pytest.raises(SettingsError, match=said):
        load()


def test_a_home_that_is_a_file_is_refused(home: Path) -> None:
    home.touch()
    with pytest.raises(SettingsError, match=r"home is no folder\. Correct TINYMOVEMENTS_HOME"):
        load()


def test_a_password_is_not_shown(home: Path) -> None:
    assert "hunter2" not in repr(Settings(home=home, archive="postgresql://me:hunter2@localhost/db"))


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of secrets, as containers have it."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    monkeypatch.setattr(tinymovements.settings, "SECRETS", folder)
    return folder


def test_a_secret_may_lie_in_a_file_of_its_own(home: Path, secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (secrets / "tinymovements_archive").write_text("postgresql://me:hunter2@localhost/secret\n", "utf-8")
    (secrets / "postgres_password").write_text("of no concern to us", "utf-8")
    home.mkdir()
    (home / "settings.toml").write_text('archive = "postgresql://file"\ncrawl_pages = 7\n', "utf-8")
    assert load().archive_url == "postgresql://me:hunter2@localhost/secret"
    assert load().crawl_pages == 7
    monkeypatch.setenv("TINYMOVEMENTS_ARCHIVE", "postgresql://env")
    assert load().archive_url == "postgresql://env"


def test_a_secret_that_cannot_be_read_is_one_sentence_and_not_told(secrets: Path) -> None:
    (secrets / "tinymovements_archive").write_bytes(b"hunter2\xff")
    with pytest.raises(SettingsError, match=r"The secrets in .*secrets cannot be read: what is in there is no text\.") as caught:
        load()
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)
