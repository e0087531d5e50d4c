"""Where people of some movements meet is told no finer than by district, for it could be used against them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from tinymovements.gazetteer import load_gazetteer
from tinymovements.initiative import Initiative, Quote, Site, StageSign
from tinymovements.model import Annotation, Explained, Explanation, Mark, Place, Post, Reason, Span
from tinymovements.taxonomy import load_taxonomy

MASK = "[place]"
"""Stands in a text where a street or a venue was named."""


def is_sensitive(annotation: Annotation | None) -> bool:
    """Whether a post's places must be coarse. Of a post that is not annotated yet nobody knows, so they must."""
    return annotation is None or _is_sensitive(movement.id for movement in annotation.movements)


def _is_sensitive(movements: Iterable[str]) -> bool:
    return not load_taxonomy().sensitive.isdisjoint(movements)


def shown(post: Post, annotation: Annotation | None) -> tuple[Post, Annotation | None]:
    """The post and its annotation as anyone but the pipeline may see them: coarse where they are sensitive."""
    return coarse(post, annotation) if is_sensitive(annotation) else (post, annotation)


def coarse(post: Post, annotation: Annotation | None) -> tuple[Post, Annotation | None]:
    """The post and its annotation with no place finer than a district: no points, no names of streets and venues.

    Texts carry `[place]` in their stead, and every span is still an exact part of its text.
    """
    if annotation is None:
        return post.model_copy(update={"place": None, "lat": None, "lon": None}), None
    masked = _masked(post, annotation)
    title, text = masked["title"], masked["text"]
    places = tuple(_coarse(place, masked) for place in annotation.places)
    pin = next((place.name for place in places if place and place.field == "source"), None)
    changed = {"title": post.title and title.text, "text": text.text, "place": pin, "lat": None, "lon": None}
    told: dict[str, tuple[Place | Span, ...]] = {"places": tuple(place for place in places if place)}
    for name in ("needs", "offers", "asks"):
        told[name] = tuple(masked[span.field].span(span) for span in getattr(annotation, name))
    return post.model_copy(update=changed), annotation.model_copy(update=told)


def explained_coarsely(explanation: Explanation, post: Post, annotation: Annotation | None) -> Explanation:
    """The explanation of a post as anyone may see it: its words are those of the coarse text, `[place]` among them."""
    if annotation is None or not is_sensitive(annotation):
        return explanation
    masked = _masked(post, annotation)
    changed = {name: tuple(_reworded(one, masked) for one in getattr(explanation, name)) for name in ("movements", "nearly")}
    both = {name: _reworded(getattr(explanation, name), masked) for name in ("initiative", "self_organised")}
    return explanation.model_copy(update=changed | both)


def hidden_words(movements: Iterable[str], said: Iterable[tuple[str | None, str, Annotation]]) -> tuple[str, ...]:
    """The words that name places finer than a district, in posts (title, text, annotation) of an initiative of these movements.

    Of its sensitive posts; of all of them where it is sensitive itself.
    """
    every, found = _is_sensitive(movements), set[str]()
    for title, text, annotation in said:
        if every or is_sensitive(annotation):
            for field, content in (("title", title or ""), ("text", text)):
                found.update(content[start:end] for start, end in _fine(annotation.places, field))
            found.update(place.name for place in annotation.places if not _is_area(place.name))
    return tuple(sorted(found))


def shown_initiative(initiative: Initiative) -> Initiative:
    """The initiative as anyone but the pipeline may see it: nothing tells its places finer than its posts do, as `shown` has them.

    Names and quotes carry `[place]` where a place is not told; where a quote stands is said of the text as it is kept. Of a
    sensitive one whose words nobody has looked at, all of them are left out.
    """
    sensitive, hidden = _is_sensitive(movement.id for movement in initiative.movements), initiative.hidden
    if not sensitive and not hidden:
        return initiative
    masked = _masking(hidden)

    def quote(said: Quote) -> Quote:
        return said.model_copy(update={"text": masked(said.text)})

    def sign(stage: StageSign) -> StageSign:
        return stage.model_copy(update={"quote": quote(stage.quote)})

    changed = {
        "names": tuple(name.model_copy(update={"text": masked(name.text)}) for name in initiative.names),
        "description": initiative.description and quote(initiative.description),
        "sites": _coarse_sites(initiative.sites, None if sensitive else set(hidden or ())),
        "stage": initiative.stage and sign(initiative.stage),
        "stages": tuple(map(sign, initiative.stages)),
        "wants": tuple(
            want.model_copy(update={"quote": quote(want.quote), "because": want.because and quote(want.because), "words": ()})
            for want in initiative.wants
        ),
        "members": tuple(
            member.model_copy(update={"stage": sign(member.stage)}) if member.stage else member for member in initiative.members
        ),
    }
    return initiative.model_copy(update=changed)


def shown_within(initiative: Initiative, post: Post, annotation: Annotation | None) -> tuple[Post, Annotation | None]:
    """A post as anyone may see it among those of an initiative: coarse where either is sensitive."""
    if _is_sensitive(movement.id for movement in initiative.movements):
        return coarse(post, annotation)
    return shown(post, annotation)


def _masking(hidden: Sequence[str] | None) -> Callable[[str], str]:
    """What takes these words out of a text; None: whatever it says."""
    if hidden is None:
        return lambda text: MASK
    ways = [r"\s+".join(map(re.escape, words.split())) for words in sorted(hidden, key=len, reverse=True) if words.strip()]
    if not ways:
        return lambda text: text
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(ways)})(?!\w)", re.IGNORECASE)
    return lambda text: pattern.sub(MASK, text)


def _coarse_sites(sites: Sequence[Site], named: set[str] | None) -> tuple[Site, ...]:
    """The sites with those of these names (None: all of them) as their districts, each district once."""
    found: dict[str, Site] = {}
    for site in sites:
        if named is None or site.name in named:
            name = site.district or site.municipality or (site.name if _is_area(site.name) else None)
            if name is None:
                continue
            site = site.model_copy(update={"name": name, "lat": None, "lon": None})
        other = found.get(site.name)
        # How many posts say one of the two nobody knows: as many as say the one that more say, at the least.
        posts = max(site.posts, other.posts) if other else site.posts
        found[site.name] = (other or site).model_copy(update={"posts": posts})
    return tuple(found.values())


def _reworded(explained: Explained, masked: "Mapping[str, _Masked]") -> Explained:
    def reworded(reason: Reason) -> Reason:
        marks = tuple(masked[mark.field].span(mark) for mark in reason.marks)
        return reason.model_copy(update={"marks": marks, "word": marks[0].text})

    told = {name: tuple(map(reworded, getattr(explained, name))) for name in ("words_for", "words_against")}
    return explained.model_copy(update=told)


_Part = TypeVar("_Part", Span, Mark)


class _Masked:
    """A text with some parts masked, and where its spans are now."""

    def __init__(self, text: str, cuts: Sequence[tuple[int, int]]) -> None:
        self._moves: list[tuple[int, int, int]] = []
        """Start and end of each cut in the old text, and its start in the new one."""
        parts, done, length = [], 0, 0
        for start, end in cuts:
            parts += [text[done:start], MASK]
            length += start - done
            self._moves.append((start, end, length))
            done, length = end, length + len(MASK)
        self.text = "".join([*parts, text[done:]])

    def bounds(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of the old text is in the new one; a part that ends within a mask takes in the whole mask."""
        return self._moved(start, is_end=False), self._moved(end, is_end=True)

    def _moved(self, offset: int, is_end: bool) -> int:
        shift = 0
        for start, end, now in self._moves:
            if offset <= start:
                break
            if offset < end:
                return now + len(MASK) if is_end else now
            shift = now + len(MASK) - end
        return offset + shift

    def span(self, span: _Part) -> _Part:
        """A part of the old text as one of the new text."""
        start, end = self.bounds(span.start, span.end)
        return span.model_copy(update={"text": self.text[start:end], "start": start, "end": end})


def _masked(post: Post, annotation: Annotation) -> dict[str, _Masked]:
    return {field: _Masked(getattr(post, field) or "", _fine(annotation.places, field)) for field in ("title", "text")}


def _fine(places: Sequence[Place], field: str) -> list[tuple[int, int]]:
    """Where a field names places that are no areas: in order, none overlapping another."""
    found = sorted(
        (place.start, place.end)
        for place in places
        if place.field == field and place.start is not None and place.end is not None and not _is_area(place.name)
    )
    cuts: list[tuple[int, int]] = []
    for start, end in found:
        if cuts and start < cuts[-1][1]:
            cuts[-1] = (cuts[-1][0], max(end, cuts[-1][1]))
        else:
            cuts.append((start, end))
    return cuts


def _is_area(name: str) -> bool:
    """Whether a name is that of a district, a town, a country: an area that many people live in."""
    return any(entry.kind != "place" or entry.population for entry in load_gazetteer().find(name))


def _coarse(place: Place, masked: dict[str, _Masked]) -> Place | None:
    name = place.district or place.municipality or (place.name if _is_area(place.name) else None)
    if name is None:
        return None
    changed: dict[str, str | int | None] = {"name": name, "lat": None, "lon": None}
    if place.field != "source" and place.start is not None and place.end is not None:
        changed["start"], changed["end"] = masked[place.field].bounds(place.start, place.end)
    return place.model_copy(update=changed)
