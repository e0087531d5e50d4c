"""Where people of some movements meet is told no finer than by district, for it could be used against them."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from tinymovements.gazetteer import load_gazetteer
from tinymovements.model import Annotation, Explained, Explanation, Mark, Place, Post, Reason, Span
from tinymovements.taxonomy import load_taxonomy

MASK = "[place]"
"""Stands in a text where a street or a venue was named."""


def is_sensitive(annotation: Annotation | None) -> bool:
    """Whether a post's places must be coarse. Of a post that is not annotated yet nobody knows, so they must."""
    return annotation is None or any(movement.id in load_taxonomy().sensitive for movement in annotation.movements)


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
