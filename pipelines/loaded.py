"""Loads all that the pipeline reads from files when it is imported: for processes that annotate side by side and share it."""

from contextlib import suppress

from pipelines.processes import annotate_batch
from tinymovements.model import Post

_ALL_LANGUAGES = (
    "Siivoustalkoot pidettiin naapurustontuvalla Kalliossa, tuu mukaan.",
    "Byagården söker frivilliga till loppisen på Södermalm.",
    "We're swapping seedlings at the neighbourhood garden in Hackney.",
)
"""Each language has its dictionary, which is read at the first word of it."""

# What cannot be loaded is told, as one sentence, by the process that then needs it.
with suppress(Exception):
    annotate_batch([Post(id="", source="x", native_id="x", text=text, content_hash="") for text in _ALL_LANGUAGES])
