"""All settings, in one table: from `TINYMOVEMENTS_*` in the environment, else from `settings.toml` in the home folder."""

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from tinymovements.errors import SettingsError

PREFIX = "TINYMOVEMENTS_"


def default_home() -> Path:
    """The folder of this program among the user's data, as the operating system has it."""
    return platformdirs.user_data_path("tinymovements", appauthor=False)


class Settings(BaseSettings):
    """What can be set. Nothing is written outside `home` unless a command names a file."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    home: Path = Field(
        default_factory=default_home,
        description="Folder of the archive, the index, the key and your own sources (from the environment only).",
    )
    archive: SecretStr = Field(
        default=SecretStr(""),
        description="SQLAlchemy URL of the archive; empty: the SQLite file `archive.db` in the home folder.",
    )
    contact: str = Field(
        default="",
        description="E-mail or web address that crawled sites can complain to. Without one nothing is crawled.",
    )
    engine: Literal["embedded"] = Field(default="embedded", description="What indexes and searches.")
    processes: int = Field(
        default_factory=lambda: min(4, os.cpu_count() or 1), ge=1, description="Processes that annotate side by side."
    )
    crawl_delay: float = Field(
        default=1.0, ge=0, description="Seconds between two requests to one host, at the least; AutoThrottle may wait longer."
    )
    crawl_timeout: float = Field(default=60, gt=0, description="Seconds to wait for one answer of a source.")
    crawl_pages: int = Field(default=200, ge=1, description="Pages of one source read in one run; the next run goes on.")
    offline: bool = Field(default=False, description="Refuse every connection that would leave this machine.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="WARNING", description="How much is told on standard error."
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator("contact")
    @classmethod
    def _reachable(cls, contact: str) -> str:
        contact = contact.strip()
        if contact and "@" not in contact and not contact.startswith(("http://", "https://")):
            raise ValueError("must be an e-mail address or a web address")
        return contact

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is passed in wins over the environment, and the environment over the file in the home folder."""
        home = init_settings().get("home") or os.environ.get(f"{PREFIX}HOME") or default_home()
        file = TomlConfigSettingsSource(settings_cls, Path(home).expanduser() / "settings.toml")
        return init_settings, env_settings, file

    @property
    def archive_url(self) -> str:
        """Where the archive is; holds a password where the database wants one, so never print it."""
        return self.archive.get_secret_value() or f"sqlite:///{self.home / 'archive.db'}"

    @property
    def key_file(self) -> Path:
        """The key of the pseudonyms."""
        return self.home / "pseudonym.key"

    @property
    def index_folder(self) -> Path:
        """The embedded engine's index."""
        return self.home / "index"

    @property
    def sources_folder(self) -> Path:
        """The user's own sources, one TOML file each."""
        return self.home / "sources"


def load(**given: Any) -> Settings:
    """The settings in force. Raises `SettingsError` that names the setting and where it was read."""
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        raise SettingsError(
            f"The setting {name} cannot be used: {first['msg']}.",
            f"Correct {PREFIX}{name.upper()} in the environment or `{name}` in settings.toml.",
        ) from None
    except tomllib.TOMLDecodeError as error:
        home = Path(given.get("home") or os.environ.get(f"{PREFIX}HOME") or default_home())
        raise SettingsError(f"{home / 'settings.toml'} is not valid TOML: {error}.", "Correct the file or remove it.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings cannot be read: {error}.", "Check the file settings.toml in the home folder.") from None
