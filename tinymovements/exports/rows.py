"""What leaves the archive of one post: the place where it is decided what may leave."""

from dataclasses import dataclass
from datetime import datetime

from tinymovements.archive.initiatives import Belonging
from tinymovements.corrections import Correction, Verdict, in_force
from tinymovements.model import Annotation, Post, Source, Span
from tinymovements.privacy.sensitive import is_sensitive, shown

NOTHING = Belonging((), None)
"""Of a post that shows no initiative."""


@dataclass(frozen=True, slots=True)
class Row:
    """One post of a dataset, with nothing in it that may not be passed on."""

    post: Post
    annotation: Annotation | None
    movements: frozenset[str] | None
    """The accepted ones; None where it is not annotated."""
    first_seen: datetime
    near_duplicate_of: str | None
    licence: str | None
    withheld: bool
    """Its texts may be analysed but not passed on."""
    coarsened: bool
    """Its places were made coarser, for what they would tell of people."""
    corrections: tuple[Correction, ...]
    """All that people said of it, oldest first."""
    verdicts: tuple[Verdict, ...]
    """What counts of that."""
    initiatives: tuple[str, ...] = ()
    """Ids of those that it shows; the one that it is first of all about comes first."""
    stage: str | None = None
    """Of that one, as this post shows it."""


def make_row(
    post: Post,
    annotation: Annotation | None,
    source: Source | None,
    first_seen: datetime,
    near_duplicate_of: str | None,
    said: tuple[Correction, ...] = (),
    shows: Belonging = NOTHING,
) -> Row:
    """The row of a post. Where nobody states the facts of its source, nobody said that its texts may be passed on.

    The annotation is the corrected one, `said` is what people said of the post, and `shows` what it is evidence of.
    """
    sensitive = is_sensitive(annotation)
    post, annotation = shown(post, annotation)
    withheld = is_withheld(source)
    if withheld:
        post, annotation = _without_texts(post, annotation)
    movements = frozenset([movement.id for movement in annotation.movements]) if annotation else None
    licence = source.licence if source else None
    counts = in_force(said) if said else ()
    return Row(
        *(post, annotation, movements, first_seen, near_duplicate_of, licence, withheld, sensitive, said, counts),
        *(shows.initiatives, shows.stage),
    )


def is_withheld(source: Source | None) -> bool:
    """Whether texts of a source may not be passed on: it says so, or nobody says anything of it."""
    return source is None or not source.texts_exportable


def _without_texts(post: Post, annotation: Annotation | None) -> tuple[Post, Annotation | None]:
    post = post.model_copy(update={"title": None, "text": ""})
    if annotation is not None:
        spans = {name: tuple(map(_without_text, getattr(annotation, name))) for name in ("needs", "offers", "asks")}
        annotation = annotation.model_copy(update=spans)
    return post, annotation


def _without_text(span: Span) -> Span:
    return span.model_copy(update={"text": ""})
