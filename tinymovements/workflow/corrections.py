"""Keeps what people say of posts in the place of the model, and tells what counts of it."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from tinymovements.archive import corrections, initiatives, posts
from tinymovements.archive.batches import parts
from tinymovements.archive.corrections import Kept, Said
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.corrections import Verdict, person, verdicts
from tinymovements.errors import CorrectionError, FileError, TinyMovementsError
from tinymovements.exports.corrections import FIELDS, check_ending, write_corrections
from tinymovements.exports.dictionary import write_dictionary
from tinymovements.settings import Settings
from tinymovements.workflow.correction_files import Row, known_label, labels, read_corrections, refuse
from tinymovements.workflow.export_file import folder_beside


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts of what people said of one post."""

    post: str
    content_hash: str
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of corrections that were handed in."""

    kept: Kept
    behind: int | None
    """How many posts the index is behind; None where it cannot be asked."""
    initiatives: int
    """How many there are, which hear of it at the next `resolve`."""


def labelled(text: str) -> tuple[str, bool]:
    """What `+street-art` or `-street-art` says. Raises `CorrectionError`."""
    if text[:1] not in ("+", "-"):
        raise CorrectionError(f"{text} says neither yes nor no.", f"Write +{text} or -{text}.")
    try:
        return known_label(text[1:]), text[0] == "+"
    except ValueError as error:
        raise CorrectionError(f"{text}: {error}.", f"There are {', '.join(labels())}.") from None


def say(settings: Settings, post: str, given: Sequence[str], by: str) -> Outcome:
    """Keep what somebody says of a post, such as `+street-art`. Raises `CorrectionError`, and `UnknownPost`."""
    name, said = _person(by), dict[str, bool]()
    for label, says in map(labelled, given):
        if said.setdefault(label, says) != says:
            raise CorrectionError(f"{label} cannot be both right and wrong.", "Give it once.")

    def rows(connection: Connection) -> list[Said]:
        id = posts.get(connection, post).post.id
        return [Said(id, label, says, name) for label, says in said.items()]

    return _keep(settings, rows)


def take_back(settings: Settings, post: str, by: str) -> Outcome:
    """Let all that somebody said of a post count no more; it stays in the history. Raises `CorrectionError` where it is nothing."""
    name = _person(by)

    def rows(connection: Connection) -> list[Said]:
        item = posts.get(connection, post)
        theirs = [verdict.label for verdict in verdicts(item.corrections) if name in {vote.by for vote in verdict.votes}]
        if not theirs:
            raise CorrectionError(f"{name} has said nothing of this post that counts.", "`tinymovements show` tells who has.")
        return [Said(item.post.id, label, None, name) for label in theirs]

    return _keep(settings, rows)


def say_file(
    settings: Settings, path: Path, by: str | None, tell: Callable[[str], None], advance: Callable[[int], None]
) -> Outcome:
    """Keep all that a file says, or nothing of it. Raises `FormatError` that tells what is wrong by line."""
    name = None if by is None else _person(by)
    found = read_corrections(path, name, tell, advance)

    def rows(connection: Connection) -> list[Said]:
        return _of_posts_that_are_there(connection, path, found)

    return _keep(settings, rows)


def _of_posts_that_are_there(connection: Connection, path: Path, rows: Sequence[Row]) -> list[Said]:
    """What a file says, by the whole ids of its posts."""
    ids = corrections.ids_of(connection, sorted({row.said.post for row in rows}))
    faults: list[tuple[int, str]] = []
    said: list[Said] = []
    for row in rows:
        one = row.said
        match ids[one.post]:
            case [id]:
                said.append(replace(one, post=id))
            case []:
                faults.append((row.line, "no post has this id"))
            case _:
                faults.append((row.line, "several posts have an id that begins so"))
    if faults:
        refuse(path, faults)
    return said


def _keep(settings: Settings, rows: Callable[[Connection], list[Said]]) -> Outcome:
    with writing(open_archive(settings.archive_url)) as connection:
        kept = corrections.keep(connection, rows(connection), datetime.now(UTC))
        count = initiatives.count(connection)
    return Outcome(kept, _index(settings), count)


def _index(settings: Settings) -> int | None:
    """Bring the index up to date where that is soon done, so that filters and facets know at once what people say."""
    from tinymovements.workflow.index import index_little  # a second, which listing need not pay

    try:
        return index_little(settings)
    except TinyMovementsError:  # what was said is kept all the same, and the next `index` finds it and says what is wrong
        return None


def _person(text: str) -> str:
    try:
        return person(text)
    except ValueError as error:
        raise CorrectionError(f"A correction needs to be somebody's: {error}.", "Write --by and a role, such as library.") from None


def standing(settings: Settings, disputed: bool) -> Iterator[Standing]:
    """What counts of each post that people said something of, in order of id; or only that on which they disagree."""
    with reading(open_archive(settings.archive_url)) as connection:
        for part in parts(corrections.spoken_of(connection)):
            found = posts.by_id(connection, part)
            for item in (found[id] for id in part):
                counting = tuple(verdict for verdict in verdicts(item.corrections) if verdict.disputed or not disputed)
                if counting:
                    yield Standing(item.post.id, item.post.content_hash, counting)


def has_history(settings: Settings) -> bool:
    """Whether anybody ever said anything of a post that is there, be it taken back or not."""
    with reading(open_archive(settings.archive_url)) as connection:
        return bool(corrections.spoken_of(connection))


def write_history(settings: Settings, path: Path, force: bool, advance: Callable[[int], None]) -> int:
    """Write all that people ever said, with a data dictionary beside it; how many corrections. Appears whole or not at all."""
    check_ending(path)
    if path.exists() and not force:
        raise FileError(f"{path} is there already.", "Give another name, or --force to replace it.")
    with reading(open_archive(settings.archive_url)) as connection, folder_beside(path) as folder:
        made, dictionary = folder / path.name, folder / f"{path.name}.dictionary.csv"
        count = write_corrections(made, corrections.every(connection), advance)
        write_dictionary(dictionary, FIELDS)
        for file in (dictionary, made):
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
            file.replace(path.with_name(file.name))
    return count
