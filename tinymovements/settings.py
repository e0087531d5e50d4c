"""All settings, in one table: from `TINYMOVEMENTS_*` in the environment, else from `settings.toml` in the home folder."""

import os
import stat
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as UnreadableSource

from tinymovements.errors import SettingsError

EngineName = Literal["embedded", "elasticsearch"]

PREFIX = "TINYMOVEMENTS_"

SECRETS = Path("/run/secrets")
"""Where containers find secrets: a file named as the variable, in small letters, says what the variable would."""


def default_home() -> Path:
    """The folder of this program among the user's data, as the operating system has it."""
    return platformdirs.user_data_path("tinymovements", appauthor=False)


def home_folder() -> str:
    """The home folder in force, without reading a setting: for what lies there and is looked at again and again."""
    return _home_folder(os.environ.get(f"{PREFIX}HOME", ""))


@cache
def _home_folder(said: str) -> str:
    return str(Path(said or default_home()).expanduser().absolute())


Stamp = tuple[tuple[str, int, int, int], ...]
"""Of each file its path, its number on the disk, when it was last changed and its bytes: equal stamps, equal contents."""


def stamp(path: str) -> Stamp:
    """The stamp of a file, or of all files of a folder, in the order of their paths; empty where there is none."""
    try:
        state = os.stat(path)  # noqa: PTH116 -- a Path takes four times as long, and this is asked for every post
        if not stat.S_ISDIR(state.st_mode):
            return ((path, state.st_ino, state.st_mtime_ns, state.st_size),)
        with os.scandir(path) as entries:
            inside = sorted(entry.path for entry in entries if not entry.name.startswith("."))
    except OSError:
        return ()
    return tuple(line for each in inside for line in stamp(each))


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
    engine: EngineName = Field(default="embedded", description="What indexes and searches.")
    elasticsearch: SecretStr = Field(
        default=SecretStr("http://127.0.0.1:9200"),
        description="Addresses of Elasticsearch nodes, with commas between; without one http://127.0.0.1:9200.",
    )
    elasticsearch_user: str = Field(default="", description="User of the Elasticsearch cluster.")
    elasticsearch_password: SecretStr = Field(default=SecretStr(""), description="Password of that user.")
    elasticsearch_api_key: SecretStr = Field(default=SecretStr(""), description="API key, in the place of a user.")
    elasticsearch_ca: Path | None = Field(
        default=None, description="File of the CA's certificate, where the system does not know the one of the cluster."
    )
    elasticsearch_timeout: float = Field(default=30, gt=0, description="Seconds to wait for one answer of Elasticsearch.")
    elasticsearch_index: str = Field(
        default="tinymovements",
        pattern=r"^[a-z][a-z0-9_-]{0,99}$",
        description="What the names of the indexes in Elasticsearch begin with.",
    )
    encoder: bool = Field(
        default=True,
        description="Whether posts are understood by their meaning as well, some 80 a second; else by their words, some thousands.",
    )
    processes: int = Field(
        default_factory=lambda: min(4, os.cpu_count() or 1),
        ge=1,
        description="Processes that annotate, or scrub what is imported, side by side.",
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
        home = home.expanduser().absolute()
        if home.exists() and not home.is_dir():
            raise ValueError(f"{home} is no folder")
        return home

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
        """What is passed in wins over the environment, that over files of secrets, and those over the file in the home folder."""
        home = init_settings().get("home") or os.environ.get(f"{PREFIX}HOME") or default_home()
        file = Path(home).expanduser() / "settings.toml"
        said = InitSettingsSource(settings_cls, _read(file, set(settings_cls.model_fields)))
        if not SECRETS.is_dir():
            return init_settings, env_settings, said
        return init_settings, env_settings, SecretsSettingsSource(settings_cls, SECRETS), said

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
    def initiatives_index_folder(self) -> Path:
        """The embedded engine's index of initiatives."""
        return self.home / "index-initiatives"

    @property
    def places_folder(self) -> Path:
        """The districts that the user added, one file a set."""
        return self.home / "places"

    @property
    def models_folder(self) -> Path:
        """The models that `train` makes of the user's own movements and examples."""
        return self.home / "models"

    @property
    def examples_folder(self) -> Path:
        """The posts that the user labelled, JSON Lines."""
        return self.home / "examples"

    @property
    def sources_folder(self) -> Path:
        """The user's own sources, one TOML file each."""
        return self.home / "sources"


def _read(file: Path, names: set[str]) -> dict[str, Any]:
    """What the file says, nothing where there is none. Raises `SettingsError` that names the file."""
    try:
        if not os.path.lexists(file):
            return {}
        if file.exists() and not file.is_file():  # a folder, or a pipe that nobody writes to
            raise SettingsError(f"{file} is no file.", "Remove it, or put a file of settings in its place.")
        said = tomllib.loads(file.read_text("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is not valid TOML: {error}.", "Correct the file or remove it.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is not in UTF-8.", "Save it in that encoding.") from None
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}.", "Check the file and its rights.") from None
    if "home" in said:
        raise SettingsError(f"{file} names a home folder, but lies in it.", f"Set {PREFIX}HOME in the environment instead.")
    if unknown := said.keys() - names:
        others = ", ".join(sorted(names - {"home"}))
        raise SettingsError(f"{file} has a setting {min(unknown)}, which there is not.", f"There are: {others}.")
    return said


def load(**given: Any) -> Settings:
    """The settings in force. Raises `SettingsError` that names the setting and where it was read."""
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        raise SettingsError(
            f"The setting {name} cannot be used: {first['msg'].removeprefix('Value error, ')}.",
            f"Correct {PREFIX}{name.upper()} in the environment or `{name}` in settings.toml.",
        ) from None
    except UnreadableSource as error:
        why = error.__cause__.strerror if isinstance(error.__cause__, OSError) else "what is in there is no text"
        raise SettingsError(f"The secrets in {SECRETS} cannot be read: {why}.", "Check the files and their rights.") from None
