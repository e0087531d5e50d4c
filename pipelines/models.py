"""Which models are in force: those that `train` put into the home folder, else those that ship."""

import io
import json
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from tinymovements.settings import home_folder
from tinymovements.taxonomy import load_taxonomy

OWN = "own.npz"
"""The model of the user's own movements (see `pipelines.own`)."""

UNREADABLE = (ValueError, KeyError, EOFError, BadZipFile)
"""What comes of bytes that are no model."""

AGAIN = "Run `tinymovements train` again."


def models_folder() -> Path:
    """Where the user's own models lie, by the home folder in force."""
    return Path(home_folder(), "models")


def in_force(shipped: Path) -> Path:
    """The file that is used for one that ships."""
    own = models_folder() / shipped.name
    return own if own.exists() else shipped


def untrained() -> tuple[str, ...]:
    """The user's own movements that no model knows: they are in every list, and found nowhere."""
    own = load_taxonomy().own
    path = models_folder() / OWN
    if not own or not path.exists():
        return own
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            known = json.loads(arrays["about"].tobytes())["movements"]
    except (OSError, *UNREADABLE):  # whoever needs it will be told so
        return ()
    return tuple(id for id in own if id not in known)
