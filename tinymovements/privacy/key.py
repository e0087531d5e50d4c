"""The key that pseudonyms are made with: 32 random bytes in the home folder, for its owner's eyes only."""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from tinymovements.errors import PrivacyError

_LENGTH = 32


def load_key(path: Path) -> bytes:
    """The key in this file, made first where there is none. Raises `PrivacyError` rather than use a doubtful one."""
    try:
        if not path.exists():
            _make(path)
        if path.exists() and not path.is_file():  # a folder, or a pipe that nobody writes to
            raise PrivacyError(f"The pseudonym key {path} is no file.", "Remove it, or put the key back from a copy.")
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise PrivacyError(f"The pseudonym key {path} can be read by others.", f"Take their rights away: chmod 600 {path}")
        key = path.read_bytes()
    except OSError as error:
        raise PrivacyError(
            f"The pseudonym key {path} cannot be used: {error.strerror}.", "Check the rights of the file and its folder."
        ) from None
    if len(key) != _LENGTH:
        raise PrivacyError(
            f"The pseudonym key {path} is {len(key)} bytes long, not {_LENGTH}.",
            "Put the key back from a copy, or remove the file: a new one is made, and authors get other pseudonyms from then on.",
        )
    return key


def _make(path: Path) -> None:
    """Write a new key beside and link it into place: of two processes that start at once, one wins and both read its key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_LENGTH))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)
