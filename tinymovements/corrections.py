"""What people say of a post in the place of the model: whose word counts, where they disagree, and what the post is then taken for.

No input or output here. Corrections come as they lie in the archive: oldest first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from tinymovements.model import Annotation, MovementScore
from tinymovements.taxonomy import load_taxonomy

INITIATIVE = "initiative"
SELF_ORGANISED = "self-organised"
QUALITIES = (INITIATIVE, SELF_ORGANISED)
"""What people may say of a post besides the movements it belongs to."""

WORDS: dict[bool | None, str] = {True: "yes", False: "no", None: "undo"}
"""What somebody says, as files and people write it."""

LONGEST_NAME = 100
"""Characters of the name or role of who says it."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody said of a post: that a label is right or wrong, or (None) that what they said of it before is taken back."""

    label: str
    """The id of a movement, or one of `QUALITIES`."""
    says: bool | None
    by: str
    at: datetime
    content_hash: str
    """Of the post as it was then."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What people say of one label of a post, and what counts of it."""

    label: str
    says: bool
    votes: tuple[Correction, ...]
    """The latest word of each person, oldest first."""

    @property
    def disputed(self) -> bool:
        """Whether people say different things."""
        return len({vote.says for vote in self.votes}) > 1


def person(text: str) -> str:
    """The name or role of who says something, as it was typed. Raises `ValueError` with what is wrong with it."""
    name = text.strip()
    if not name:
        raise ValueError("it is not said by whom")
    # A spreadsheet that opens an export runs `=…` as a formula, and a bar stands between names there.
    if not name.isprintable() or not name[0].isalnum() or "|" in name or len(name) > LONGEST_NAME:
        raise ValueError(f"the name or role must begin with a letter or a digit, and have no | and {LONGEST_NAME} letters at most")
    return name


def verdicts(corrections: Sequence[Correction]) -> tuple[Verdict, ...]:
    """What counts of each label that somebody has said something about and not taken back, by label.

    The latest word of each person counts: the majority wins, and where there is none, who spoke last. Of a sensitive movement one
    yes is enough, for without the movement everybody would be shown where its people meet.
    """
    latest: dict[str, dict[str, Correction]] = {}
    for correction in corrections:
        said = latest.setdefault(correction.label, {})
        said.pop(correction.by, None)  # so that who speaks again comes last
        if correction.says is not None:
            said[correction.by] = correction
    return tuple(Verdict(label, _wins(label, votes), votes) for label in sorted(latest) if (votes := tuple(latest[label].values())))


def in_force(corrections: Sequence[Correction]) -> tuple[Verdict, ...]:
    """What counts of the labels that there are: what was said of a movement that was removed waits until it is there again."""
    labels = {*load_taxonomy().ids, *QUALITIES}
    return tuple(verdict for verdict in verdicts(corrections) if verdict.label in labels)


def _wins(label: str, votes: Sequence[Correction]) -> bool:
    yes = sum(vote.says is True for vote in votes)
    if label in load_taxonomy().sensitive:
        return yes > 0
    return bool(votes[-1].says) if yes * 2 == len(votes) else yes * 2 > len(votes)


def corrected(annotation: Annotation, corrections: Sequence[Correction]) -> Annotation:
    """The annotation with what people said in the place of what the model said. `scores` stay the model's.

    Movements that people gave come first, with the score 1. What people call no initiative belongs to no movement and is not
    self-organised, unless they say that, too: so it is in all texts that people have labelled.
    """
    if not corrections:
        return annotation
    said = {verdict.label: verdict.says for verdict in in_force(corrections)}
    given = [MovementScore(id=label, score=1.0) for label, says in said.items() if says and label not in QUALITIES]
    others = [] if said.get(INITIATIVE) is False else [movement for movement in annotation.movements if movement.id not in said]
    organised = said.get(SELF_ORGANISED, False if said.get(INITIATIVE) is False else None)
    changed = {
        "movements": (*given, *others),
        "initiative": float(said.get(INITIATIVE, annotation.initiative)),
        "self_organised": annotation.self_organised if organised is None else float(organised),
    }
    return annotation.model_copy(update=changed)


def corrected_fields(annotation: str, corrections: Sequence[Correction]) -> Mapping[str, Any]:
    """The fields of an annotation that is given as JSON, with what people said in their place.

    Not as a model where they said nothing: that takes ten times as long.
    """
    if corrections:
        return corrected(Annotation.model_validate_json(annotation), corrections).model_dump()
    fields: Mapping[str, Any] = orjson.loads(annotation)
    return fields
