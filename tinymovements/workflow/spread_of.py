"""Tells which initiatives show an idea, and by which of their posts."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from pipelines.initiatives.pages import page_terms
from search.query import Query
from tinymovements.archive import initiatives
from tinymovements.exports.ties import Tie
from tinymovements.initiative import Initiative, Member
from tinymovements.privacy.sensitive import shown_initiative
from tinymovements.settings import Settings
from tinymovements.taxonomy import load_taxonomy

_ID = re.compile(r"i1[a-z2-7]{6,24}")
"""An initiative's id, as `initiative_id` makes it, or a beginning of it that is as long as ids are printed. No word is like it."""

_BEGINNING = 4
"""Letters by which a name is passed over before its words are understood, which takes a hundred times as long."""


@dataclass(frozen=True, slots=True)
class Idea:
    """What was asked for, and what shows it."""

    kind: str
    name: str
    signs: Callable[[Initiative], Sequence[Member]]
    """The posts by which an initiative shows it, in their order; none where it does not."""


def find_idea(settings: Settings, connection: Connection, asked: str, ties: Sequence[Tie]) -> Idea:
    """What was asked for: the id of a movement, else the beginning of an initiative's, else words.

    Raises `UnknownInitiative` where no initiative has such an id.
    """
    movement = re.sub(r"[\s_]+", "-", asked.strip().lower())
    if movement in load_taxonomy().movements:
        return Idea("movement", movement, lambda one: _own(one) if any(m.id == movement for m in one.movements) else ())
    if _ID.fullmatch(asked):
        return _of_initiative(initiatives.get(connection, asked).initiative, ties)
    return _of_words(settings, asked)


def _own(one: Initiative) -> tuple[Member, ...]:
    """The posts that are first of all about it: what names it beside another may speak of it from anywhere."""
    return tuple(member for member in one.members if member.main)


def _of_initiative(origin: Initiative, ties: Sequence[Tie]) -> Idea:
    """It, those of its name elsewhere, and those that speak of it or that it speaks of."""
    near = {end for tie in ties if origin.id in (tie.source, tie.target) for end in (tie.source, tie.target)} | {origin.id}
    names = {words for name in origin.names if (words := _words(name.text))}
    beginnings = [tuple(word[:_BEGINNING] for word in words) for words in names]

    def is_namesake(one: Initiative) -> bool:
        return any(
            _words(name.text) in names
            for name in one.names
            if any(all(part in name.text.casefold() for part in parts) for parts in beginnings)
        )

    return Idea("initiative", shown_initiative(origin).name, lambda one: _own(one) if one.id in near or is_namesake(one) else ())


def _words(name: str) -> frozenset[str]:
    """The words of a name in their base form, without those of places."""
    return frozenset(terms[0] for terms in page_terms(name))


def _of_words(settings: Settings, asked: str) -> Idea:
    """What has posts that answer words."""
    from tinymovements.workflow.search import matching_ids  # a second, and the models' memory: only what needs it pays

    found = frozenset(matching_ids(settings, Query(words=asked)))
    return Idea("words", asked, lambda one: tuple(member for member in _own(one) if member.post in found))
