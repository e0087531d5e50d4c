"""What people corrected, as examples that the classifier learns from."""

from collections.abc import Iterator

from pipelines.examples import Example
from tinymovements.archive import corrections, posts
from tinymovements.archive.batches import parts
from tinymovements.archive.database import open_archive, reading
from tinymovements.archive.posts import Archived
from tinymovements.corrections import INITIATIVE, SELF_ORGANISED, in_force, verdicts
from tinymovements.settings import Settings
from tinymovements.taxonomy import load_taxonomy


def corrected_examples(settings: Settings) -> Iterator[Example]:
    """The posts of the archive that people said something of, in order of id.

    What they said of the post as it is now is known: labels they gave are required, those they denied are not allowed. All other
    movements are allowed and not required, and other qualities None: of them nobody knows.
    """
    with reading(open_archive(settings.archive_url)) as connection:
        for ids in parts(corrections.spoken_of(connection)):
            found = posts.by_id(connection, ids)
            yield from (example for id in ids if (example := _example(found[id])) is not None)


def _example(item: Archived) -> Example | None:
    post = item.post
    # The latest word of each person first: who took something back, of whatever text, is not heard again when an old text returns.
    latest = [vote for verdict in verdicts(item.corrections) for vote in verdict.votes]
    now = [vote for vote in latest if vote.content_hash == post.content_hash]
    said = {verdict.label: verdict.says for verdict in in_force(now)}
    if not said:
        return None
    movements = load_taxonomy().ids
    required = frozenset(id for id in movements if said.get(id))
    # What is no initiative belongs to no movement, as in all that people have labelled.
    open_to = () if said.get(INITIATIVE) is False else movements
    organised = said.get(SELF_ORGANISED, False if said.get(INITIATIVE) is False else None)
    return Example(
        id=post.id,
        text=post.text,
        language=item.annotation.language if item.annotation else post.language or "unknown",
        required=required,
        allowed=required | frozenset(id for id in open_to if id not in said),
        initiative=said.get(INITIATIVE),
        self_organised=organised,
        group=post.author or post.id,
        register="proposal" if post.kind == "proposal" else "post",
        title=post.title,
    )
