"""What a process that annotates does with the posts it is handed; it loads the pipeline when the first come."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.version import version

if TYPE_CHECKING:
    from spacy.language import Language as Pipeline

    from pipelines.assemble import Readable
    from pipelines.vectors import Meaning

BATCH = 250
"""Posts handed over at once: 0.43 ms each, against 0.50 where they are 100 and 0.47 where they are 500."""

Said = tuple[str, "Meaning | None"]
"""An annotation as JSON, so that it is handed back and kept without being read again; and what the encoder made of the post, where
there is one and it has read it."""


def annotate_batch(posts: "Sequence[Readable]", encoder: Path | None = None, threads: int = 1) -> list[Said]:
    """What the pipeline says of each post, in their order."""
    from pipelines.assemble import annotation, read  # late: who only hands out posts needs none of its 500 MB

    docs = read(_pipeline(version(with_encoder=encoder is not None), encoder, threads), posts)
    return [(annotation(doc).model_dump_json(), doc._.meaning) for doc in docs]


@lru_cache(maxsize=1)
def _pipeline(version: str, encoder: Path | None, threads: int) -> "Pipeline":
    """Built again when the user has trained, or added something, since: what it says has that version."""
    from pipelines.assemble import build

    return build(encoder, threads)
