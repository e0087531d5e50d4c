"""Names the resolver as it is now: what another one has made is out of date."""

import hashlib
from functools import cache
from pathlib import Path

import tinymovements

_KINDS = {".py", ".toml", ".npz"}


@cache
def version() -> str:
    """The program's version and the first characters of a hash over all that decides what is made of posts, as "0.1.0-9f2c31aa"."""
    digest = hashlib.sha256()
    for path in sorted(path for path in Path(__file__).parent.glob("*") if path.suffix in _KINDS and path.name != "learn.py"):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{tinymovements.__version__}-{digest.hexdigest()[:8]}"
