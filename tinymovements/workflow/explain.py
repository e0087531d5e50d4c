"""Says why a post was understood as it was."""

from pipelines.assemble import build
from pipelines.explain import explain
from tinymovements.archive import posts
from tinymovements.archive.database import open_archive, reading
from tinymovements.model import Explanation
from tinymovements.privacy.sensitive import explained_coarsely
from tinymovements.settings import Settings
from tinymovements.workflow.encoder import ready


def why(settings: Settings, id: str) -> Explanation | None:
    """The words by which the pipeline, as it is now, tells the post with this id, or with the only id that begins so.

    None where it is not annotated yet. Words stand where `show` has them. Raises `UnknownPost`.
    """
    with reading(open_archive(settings.archive_url)) as connection:
        item = posts.get(connection, id)
    if item.annotation is None:
        return None
    post, nlp = item.post, build(ready(settings), settings.processes)
    return explained_coarsely(explain(nlp, post.title, post.text, post.language), post, item.annotation)
