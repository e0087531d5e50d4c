"""Keeps what people decide about initiatives in the place of the program, and makes at once what follows from it."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection
from sqlalchemy import Engine as Archive

from tinymovements.archive import decisions, initiatives, posts, signals
from tinymovements.archive.database import one_writer, open_archive, reading, writing
from tinymovements.archive.decisions import Action
from tinymovements.archive.decisions import Decision as Decision
from tinymovements.corrections import person
from tinymovements.errors import Busy, DecisionError, TinyMovementsError
from tinymovements.initiative import Initiative
from tinymovements.privacy import contacts
from tinymovements.privacy.gate import normalised
from tinymovements.privacy.spans import Placeholder
from tinymovements.settings import Settings

Advance = Callable[[int], None]

LONGEST_NAME = 200
"""Characters of an initiative's name: three times the longest that we have met."""

_CONTACTS: dict[Placeholder, str] = {
    "phone": "a phone number",
    "email": "an e-mail address",
    "id": "an identity number",
    "iban": "a bank account",
    "handle": "a handle",
    "profile": "a link to a profile",
}
"""What a name may not hold, as it is called to people."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a decision: the initiatives of its posts as they are now, the one with most of them first."""

    number: int
    initiatives: tuple[Initiative, ...]
    taken_in: bool
    """False: another process resolves at this moment, or posts or the resolver have changed: the next `resolve` takes it in."""


def merge(settings: Settings, given: Sequence[str], by: str, advance: Advance) -> Decided:
    """Have initiatives be one from now on. Raises `DecisionError`, and `UnknownInitiative`."""

    def ready(connection: Connection) -> tuple[list[str], list[str]]:
        found = {one.id: one for one in (_get(connection, id) for id in given)}
        if len(found) < 2:
            raise DecisionError("To merge takes two initiatives.", "`tinymovements search` prints their ids.")
        return [post for one in found.values() for post in _main(one)], []

    return _decide(settings, "merge", ready, None, by, advance)


def split(settings: Settings, id: str, given: Sequence[str], by: str, advance: Advance) -> Decided:
    """Have posts not be of an initiative. Raises `DecisionError`, `UnknownInitiative`, and `UnknownPost`."""

    def ready(connection: Connection) -> tuple[list[str], list[str]]:
        one = _get(connection, id)
        leave = list(dict.fromkeys(posts.get(connection, post).post.id for post in given))
        if foreign := set(leave).difference(member.post for member in one.members):
            raise DecisionError(f"The post {min(foreign)} is not of {one.name}.", "`tinymovements show` lists its posts.")
        if not (stay := [post for post in _main(one) if post not in leave]):
            raise DecisionError(
                f"Nothing would be left of {one.name}.", "Leave one of its posts, or correct its posts with `label`."
            )
        return leave, stay

    return _decide(settings, "split", ready, None, by, advance)


def rename(settings: Settings, id: str, name: str, by: str, advance: Advance) -> Decided:
    """Have an initiative be called so. Raises `DecisionError`, and `UnknownInitiative`."""
    said = " ".join(normalised(name).split())
    if not said or not said.isprintable() or len(said) > LONGEST_NAME:
        raise DecisionError(f"A name has 1 to {LONGEST_NAME} letters.", "Write it in quotation marks.")
    if found := {contact.what for contact in contacts.find(said)[0]}:  # people's names may stand: initiatives are called after them
        kinds = " and ".join(words for what, words in _CONTACTS.items() if what in found)
        raise DecisionError(f"The name holds {kinds}, which may not be kept.", "Leave that out: everybody sees the name.")
    return _decide(settings, "rename", lambda connection: (_main(_get(connection, id)), []), said, by, advance)


def undo(settings: Settings, number: int, advance: Advance) -> Decided:
    """Let a decision count no more; it stays in the list. Raises `DecisionError` where there is none that counts."""
    archive = open_archive(settings.archive_url)
    with writing(archive) as connection:
        one_writer(connection)
        found = next((one for one in decisions.every(connection) if one.number == number and not one.taken_back), None)
        if not found:
            raise DecisionError(f"There is no decision {number} that counts.", "`tinymovements initiative decisions` lists them.")
        decisions.take_back(connection, number, datetime.now(UTC))
        signals.unsettle(connection, [*found.posts, *found.others])
    return _take_in(archive, settings, number, [*found.posts, *found.others], advance)


def every(settings: Settings) -> list[Decision]:
    """All that people decided, oldest first."""
    with reading(open_archive(settings.archive_url)) as connection:
        return decisions.every(connection)


def _get(connection: Connection, id: str) -> Initiative:
    return initiatives.get(connection, id).initiative


def _main(one: Initiative) -> list[str]:
    return [member.post for member in one.members if member.main]


def _decide(
    settings: Settings,
    action: Action,
    ready: Callable[[Connection], tuple[list[str], list[str]]],
    name: str | None,
    by: str,
    advance: Advance,
) -> Decided:
    try:
        who = person(by)
    except ValueError as error:
        raise DecisionError(f"A decision needs to be somebody's: {error}.", "Write --by and a role, such as library.") from None
    archive = open_archive(settings.archive_url)
    with writing(archive) as connection:
        one_writer(connection)  # else whoever resolves might keep what it made without knowing of it
        of, others = ready(connection)
        number = decisions.keep(connection, action, of, others, name, who, datetime.now(UTC))
        signals.unsettle(connection, [*of, *others])
    return _take_in(archive, settings, number, [*of, *others], advance)


def _take_in(archive: Archive, settings: Settings, number: int, ids: Sequence[str], advance: Advance) -> Decided:
    from tinymovements.workflow.resolve import resolve_decided  # a second, which listing need not pay

    with suppress(Busy):
        resolve_decided(settings, advance)
    with reading(archive) as connection:
        numbers = signals.numbers_of(connection, ids)
        taken_in = signals.are_settled(connection, list(numbers.values()))
        belongings = initiatives.of_posts(connection, list(numbers.values()))
        found = Counter(belongings[number].initiatives[0] for number in sorted(belongings))
        order = [id for id, _ in found.most_common()]  # of as many posts the one of the first
        kept = initiatives.by_id(connection, order)
    _index(archive, settings)
    return Decided(number, tuple(kept[id].initiative for id in order if id in kept), taken_in)


def _index(archive: Archive, settings: Settings) -> None:
    """Bring the index of initiatives up to date where there is one; else, or where it cannot be asked, `index` does it later."""
    from tinymovements.workflow.index import INITIATIVES, index_initiatives, is_known, open_engine

    with suppress(TinyMovementsError):
        if is_known(archive, open_engine(settings, unit=INITIATIVES.name), INITIATIVES):
            index_initiatives(settings, lambda _steps: None)
