"""Finds the places that a post names, from districts to streets, and where they lie."""

from collections.abc import Iterator, Sequence
from typing import Literal

from spacy.language import Language as Pipeline
from spacy.tokens import Doc

from pipelines.batches import Batched, text_of
from pipelines.meant import Pin, meant, pinned
from pipelines.mentions import Mention, mentions
from tinymovements.gazetteer import Entry, Gazetteer, load_gazetteer
from tinymovements.model import Place

Field = Literal["text", "title", "source"]


@Pipeline.factory("places", requires=["doc._.language"], assigns=["doc._.places"])
def make_places(nlp: Pipeline, name: str) -> "PlacesComponent":
    """The component that finds places."""
    load_gazetteer()  # now, and not at the first document
    return PlacesComponent()


class PlacesComponent(Batched):
    """Sets the places that a post names, in their order, and the one its source states."""

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Set them, by the gazetteer as it is at this batch."""
        gazetteer = load_gazetteer()
        for doc in docs:
            self._annotate(doc, gazetteer)

    def _annotate(self, doc: Doc, gazetteer: Gazetteer) -> None:
        told, text = doc._, text_of(doc)
        cut, language, pin = told.title_length, told.language, told.pin
        fields: list[tuple[Field, str]] = [("title", text[:cut]), ("text", text[cut + 1 :])] if cut else [("text", text)]
        found = [(field, mention) for field, part in fields for mention in mentions(part, language)]
        certain = _certain([mention for _, mention in found], gazetteer)
        kept = [(field, mention) for field, mention in found if mention.sure or mention.name in certain]
        places: tuple[Place, ...] = ()
        if kept or pin != (None, None, None):
            names = {name for _, mention in kept for name in (mention.name, mention.near) if name}
            places = (*_placed(kept, meant(gazetteer, names, text, language, pin)), *_pinned(gazetteer, pin))
        told.places = [place.model_dump(exclude_none=True) for place in places]  # plain, so that spaCy can serialise it


def _certain(found: Sequence[Mention], gazetteer: Gazetteer) -> set[str]:
    """The names that are surely places: by themselves, or because their town or their district is named as well."""
    sure = {mention.name for mention in found if mention.sure}
    if not sure or len(sure) == len({mention.name for mention in found}):
        return sure
    known = [entry for name in sure for entry in gazetteer.likely(name)]
    towns = {entry.municipality for entry in known if entry.municipality and entry.municipality != entry.name}
    unsure = {mention.name: mention.plain for mention in found if mention.name not in sure}
    for name, plain in unsure.items():
        here = gazetteer.likely(name)
        if any(entry.name in towns for entry in here if entry.kind != "district") or (
            not plain and any(entry.municipality == other.name for entry in here for other in known if other.name != entry.name)
        ):
            sure.add(name)
    return sure


def _placed(found: Sequence[tuple[Field, Mention]], places: dict[str, Entry | None]) -> Iterator[Place]:
    """Each mention with the point of the place that is meant."""
    for field, mention in found:
        entry = places[mention.name]
        around = entry or places.get(mention.near)
        yield Place(
            name=mention.name,
            start=mention.start,
            end=mention.end,
            lat=entry.lat if entry else None,
            lon=entry.lon if entry else None,
            district=around.district if around else None,
            municipality=around.municipality if around else None,
            field=field,
        )


def _pinned(gazetteer: Gazetteer, pin: Pin) -> Iterator[Place]:
    """Where the source put the post, if it says so by a point or a name that is known."""
    name, lat, lon = pin
    name = " ".join(name.split()) if name else ""
    entry = pinned(gazetteer, pin)
    if lat is not None and lon is not None:
        district, municipality = gazetteer.area(lat, lon) or (None, None)
        municipality = municipality or (entry.municipality if entry else None)
        shown = name or district or gazetteer.nearest(lat, lon).name
        yield Place(name=shown, lat=lat, lon=lon, district=district, municipality=municipality, field="source")
    elif entry:
        yield Place(
            name=name,
            lat=entry.lat,
            lon=entry.lon,
            district=entry.district,
            municipality=entry.municipality,
            field="source",
        )
