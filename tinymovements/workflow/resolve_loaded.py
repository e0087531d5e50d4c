"""Loads all that resolving reads from files when it is imported: for processes that resolve side by side and share it."""

from contextlib import suppress
from datetime import UTC, datetime

from pipelines.initiatives.clusters import Cluster, find_clusters
from pipelines.initiatives.describe import describe
from pipelines.initiatives.evidence import Evidence
from pipelines.initiatives.signals import read_signal
from tinymovements.model import Annotation, Language

_ALL_LANGUAGES: dict[Language, str] = {
    "fi": "Kyläpajan avoin ilta on torstaina Kalliossa, ja etsimme talkooväkeä keväälle. Tule mukaan!",
    "sv": "Byverkstadens öppna kväll är på torsdag på Södermalm, och vi söker frivilliga till våren. Välkommen!",
    "en": "The Village Workshop opens on Thursday in Hackney, and we are looking for volunteers for the spring. Come along!",
}
"""Each language has its dictionary, which is read at the first word of it."""


def _load() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    for number, (language, text) in enumerate(_ALL_LANGUAGES.items()):
        told = Annotation(version="", language=language, initiative=0.9, self_organised=0.9)
        read = Evidence(number, f"{number}", "x", "Kyläpaja", None, "message", None, text, None, now, told, None)
        find_clusters([read_signal(read)])
        describe(Cluster((number,)), {number: read}, None)


# What cannot be loaded is told, as one sentence, by the process that then needs it.
with suppress(Exception):
    _load()
