"""Has the encoder ready where the settings ask for one."""

import sys
from pathlib import Path

from pipelines import encoder
from tinymovements.settings import Settings


def ready(settings: Settings) -> Path | None:
    """The folder of the encoder, which is made at its first use (a line on standard error says so); None where it is set off."""
    if not settings.encoder:
        return None
    return encoder.make(settings.home, lambda line: print(line, file=sys.stderr, flush=True))


def name(settings: Settings) -> str:
    """Of the encoder in use, "" where it is set off: what another one has read is read again."""
    return encoder.name() if settings.encoder else ""
