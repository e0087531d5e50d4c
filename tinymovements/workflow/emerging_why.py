"""Tells why something is said to rise, or is not: counts by period, what was expected, sources, posts, and how to name a theme."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import Connection

from pipelines.initiatives.rises import course
from pipelines.initiatives.themes import Theme
from tinymovements.archive import dated, initiatives
from tinymovements.archive.database import open_archive, reading
from tinymovements.archive.posts import Archived
from tinymovements.errors import QueryError
from tinymovements.model import LANGUAGES, Post
from tinymovements.privacy.sensitive import shown, shown_within
from tinymovements.settings import Settings
from tinymovements.taxonomy import load_taxonomy
from tinymovements.workflow.emerging import Asked, Candidate, Rise, Told, tell, theme_id, within

MOST_POSTS = 20
"""Posts that are shown."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the time, as long as the window; the last one is the window."""

    since: date
    weeks: int
    signs: int
    expected: float
    posts: int
    """All posts that were read of that time."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a source gave: signs in the window and before it, and all of its posts in the window and before."""

    signs: int
    signs_before: int
    posts: int
    posts_before: int


@dataclass(frozen=True, slots=True)
class Why:
    """The counts behind a rise, or behind something that does not rise."""

    id: str
    movement: str | None
    place: str | None
    words: tuple[str, ...]
    rise: Rise | Candidate | None
    """None where it is not told to rise."""
    chance: float
    """Of so many signs or more if nothing rose, in any of the windows."""
    weeks: int
    signs: int
    expected: float
    past: int
    pieces: tuple[Piece, ...]
    sources: dict[str, Read]
    posts: tuple[Post, ...]
    """The latest of the window, as anybody may see them."""
    of_posts: int
    entry: str | None
    """Of a theme: how its movement could begin in movements.toml."""


def why(settings: Settings, asked: Asked, id: str) -> Why:
    """The counts behind what has this id. Raises `QueryError` where nothing has it."""
    with reading(open_archive(settings.archive_url)) as connection:
        told = tell(connection, asked)
        if not told.emerging.windows:
            raise QueryError(told.emerging.notes[0])
        theme = next((theme for theme in told.themes if theme_id(theme.words) == id.lower()), None)
        if theme is not None:
            return _of_theme(connection, told, theme)
        assert told.counted is not None  # noqa: S101 -- there are windows
        cell = next((at for at, other in enumerate(told.counted.ids()) if other.lower() == id.lower()), None)
        if cell is None:
            raise QueryError(f"Nothing was counted of {id}.", "`tinymovements emerging` prints ids; MOVEMENT/PLACE asks for any.")
        return _of_cell(connection, told, cell)


def _of_cell(connection: Connection, told: Told, cell: int) -> Why:
    assert told.counted is not None and told.signs is not None and told.seen is not None  # noqa: S101, PT018 -- there is a cell
    counted, weeks = told.counted, int(told.seen.weeks[cell])
    went = course(told.signs, weeks)
    id = counted.ids()[cell]
    latest = sorted({(-sign.week, -sign.post) for sign in within(counted, cell, weeks)})
    sources: dict[str, Read] = {}
    by_source = Counter((sign.source, sign.week >= counted.period.weeks - weeks) for sign in counted.signs[cell] if sign.counts)
    for source in sorted({source for source, _ in by_source}, key=lambda source: -by_source[source, True]):
        now, before = (int(part.sum()) for part in (counted.efforts[source, -weeks:], counted.efforts[source, :-weeks]))
        sources[counted.sources[source]] = Read(by_source[source, True], by_source[source, False], now, before)
    posts = [-post for _, post in latest]
    return Why(
        id=id,
        movement=counted.cells[cell].movement,
        place=counted.cells[cell].where.name,
        words=(),
        rise=next((rise for rise in told.emerging.rises if id in (rise.id, *rise.also)), None),
        chance=float(told.seen.chance[cell]),
        weeks=weeks,
        signs=int(told.seen.signs[cell]),
        expected=round(float(told.seen.expected[cell]), 2),
        past=int(told.seen.past[cell]),
        pieces=_pieces(told, weeks, list(zip(went.signs[cell].tolist(), went.expected[cell].tolist(), strict=True))),
        sources=sources,
        posts=tuple(_shown(connection, dated.archived_of(connection, posts[:MOST_POSTS]))),
        of_posts=len(posts),
        entry=None,
    )


def _of_theme(connection: Connection, told: Told, theme: Theme) -> Why:
    items = dated.archived_of(connection, theme.posts)
    assert told.counted  # noqa: S101 -- there is a theme
    efforts, names = told.counted.efforts, told.counted.sources
    by_source = Counter(item.post.source for item in items)
    sources: dict[str, Read] = {}
    for source, signs in by_source.most_common():
        read = efforts[names.index(source)]
        sources[source] = Read(signs, 0, int(read[-theme.weeks :].sum()), int(read[: -theme.weeks].sum()))
    candidate = next(each for each in told.emerging.candidates if each.words == theme.words)
    return Why(
        id=candidate.id,
        movement=None,
        place=None,
        words=theme.words,
        rise=candidate,
        chance=theme.chance,
        weeks=theme.weeks,
        signs=theme.signs,
        expected=candidate.expected,
        past=theme.past,
        pieces=_pieces(told, theme.weeks, theme.course),
        sources=sources,
        posts=tuple(_shown(connection, items[:MOST_POSTS])),
        of_posts=len(items),
        entry=_entry(candidate.id, theme.words, items),
    )


def _pieces(told: Told, weeks: int, went: Sequence[tuple[float, float]]) -> tuple[Piece, ...]:
    assert told.counted  # noqa: S101 -- something was counted
    period, read = told.counted.period, told.counted.efforts.sum(0)
    made = []
    for at, (signs, expected) in enumerate(went):
        first = period.weeks - (len(went) - at) * weeks
        posts = int(np.sum(read[first : first + weeks]))
        made.append(Piece(period.begins(first), weeks, round(signs), round(expected, 2), posts))
    return tuple(made)


def _shown(connection: Connection, items: Sequence[Archived]) -> list[Post]:
    """The posts as anybody may see them: coarse where they, or what they are about, are sensitive."""
    belongings = initiatives.of_posts(connection, [item.number for item in items])
    ids = [belonging.initiatives[0] for belonging in belongings.values()]
    kept = initiatives.by_id(connection, ids)
    made = []
    for item in items:
        about = kept.get(belongings[item.number].initiatives[0]) if item.number in belongings else None
        both = (item.post, item.annotation)
        made.append((shown_within(about.initiative, *both) if about else shown(*both))[0])
    return made


def _entry(id: str, words: Sequence[str], items: Sequence[Archived]) -> str:
    """A table that movements.toml takes as it is, to be put into people's words."""
    label = json.dumps(words[0].capitalize(), ensure_ascii=False)
    listed = json.dumps(", ".join(words), ensure_ascii=False)
    lines = [f"[movements.{id}]", f'family = "{_family(items)}"']
    lines.append("labels = { " + ", ".join(f"{language} = {label}" for language in LANGUAGES) + " }")
    lines += [f"[movements.{id}.definitions]", *(f"{language} = {listed}" for language in LANGUAGES)]
    return "\n".join(lines)


def _family(items: Sequence[Archived]) -> str:
    """The family of the movements that its posts are most like."""
    movements = load_taxonomy().movements
    likeness: Counter[str] = Counter()
    for item in items:
        scores: Mapping[str, float] = item.annotation.scores if item.annotation else {}
        for movement, score in scores.items():
            if movement in movements:
                likeness[movements[movement].family] += round(1000 * score)
    return max(sorted(likeness), key=lambda family: likeness[family], default=next(iter(load_taxonomy().families)))
