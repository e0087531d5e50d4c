"""Names the pipeline as it is now, without loading it: what another one has said is out of date."""

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

import tinymovements

_LEARNING = {"train.py", "fit.py", "examples.py", "evaluate.py"}
"""Files of this package that have no part in what the pipeline says."""

_LIBRARIES = ("py3langid", "pyvoikko", "simplemma", "spacy")
"""Whose words and models decide what ours say."""


@cache
def version() -> str:
    """A name for all that decides what the pipeline says: code, word lists, models, gazetteer, and the libraries' versions.

    The program's version and the first characters of a hash over the files, as "0.1.0-9f2c31aa".
    """
    digest = hashlib.sha256(" ".join(f"{name}={metadata.version(name)}" for name in _LIBRARIES).encode())
    folders = (Path(__file__).parent, Path(tinymovements.__file__).parent / "gazetteer")
    kinds = {".py", ".toml", ".csv", ".geojson", ".npz", ".json", ".txt"}
    for folder in folders:
        for path in sorted(path for path in folder.glob("*") if path.suffix in kinds and path.name not in _LEARNING):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{tinymovements.__version__}-{digest.hexdigest()[:8]}"
