"""Finds the places that a post names, from districts to streets, and where they lie."""

from collections.abc import Iterator, Sequence
from typing import Literal

from spacy.language import Language as Pipeline
from spacy.tokens import Doc

from pipelines.batches import text_of
from pipelines.mentions import Mention, mentions
from tinymovements.gazetteer import Entry, Gazetteer, load_gazetteer
from tinymovements.model import Place

Field = Literal["text", "title", "source"]


@Pipeline.factory("places", requires=["doc._.language"], assigns=["doc._.places"])
def make_places(nlp: Pipeline, name: str) -> "PlacesComponent":
    """The component that finds places, with the gazetteer that ships."""
    return PlacesComponent(load_gazetteer())


class PlacesComponent:
    """Sets the places that a post names, in their order, and the one its source states."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer

    def __call__(self, doc: Doc) -> Doc:
        """The document with its places."""
        told, text = doc._, text_of(doc)
        cut, language, pin = told.title_length, told.language, told.pin
        fields: list[tuple[Field, str]] = [("title", text[:cut]), ("text", text[cut + 1 :])] if cut else [("text", text)]
        found = [(field, mention) for field, part in fields for mention in mentions(part, language)]
        certain = {mention.name for _, mention in found if mention.sure}
        kept = [(field, mention) for field, mention in found if mention.sure or mention.name in certain]
        places = (*self._placed(kept, language, pin), *self._pinned(pin)) if kept or pin != (None, None, None) else ()
        told.places = [place.model_dump(exclude_none=True) for place in places]  # plain, so that spaCy can serialise it
        return doc

    def _placed(
        self, found: Sequence[tuple[Field, Mention]], language: str, pin: tuple[str | None, float | None, float | None]
    ) -> Iterator[Place]:
        """Each mention with the point of the place that is meant."""
        named = {name: self.gazetteer.find(name) for _, mention in found for name in (mention.name, mention.near) if name}
        only = [same[0] for same in named.values() if len(same) == 1]
        points = [pin[1:], *((entry.lat, entry.lon) for entry in only)]
        anchors = [(lat, lon) for lat, lon in points if lat is not None and lon is not None]
        for field, mention in found:
            entry = _meant(named[mention.name], language, anchors)
            around = entry or _meant(named.get(mention.near, ()), language, anchors)
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

    def _pinned(self, pin: tuple[str | None, float | None, float | None]) -> Iterator[Place]:
        """Where the source put the post, if it says so by a point or a name that is known."""
        name, lat, lon = pin
        name = " ".join(name.split()) if name else ""
        parts = (name, *(part.strip() for part in name.split(",")))
        known = (entry for part in parts for entry in self.gazetteer.find(part)[:1])
        entry = next((entry for entry in known if entry.kind != "country"), None)
        if lat is not None and lon is not None:
            district = self.gazetteer.district(lat, lon)
            municipality = "Helsinki" if district else entry.municipality if entry else None
            shown = name or district or self.gazetteer.nearest(lat, lon).name
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


_HOME = {"fi": {"FI"}, "sv": {"FI", "SE", "AX"}, "en": {"FI", "GB", "IE"}}
"""Countries that a text of the language is likelier to speak of."""
_CLOSE = 0.5
"""Degrees: within some 50 km of another place of the post a namesake is the one that is meant."""


def _meant(same: Sequence[Entry], language: str, anchors: Sequence[tuple[float, float]]) -> Entry | None:
    """Of places with one name the one near the others of the post, else at home, else the likeliest."""
    if len(same) < 2:
        return same[0] if same else None

    def rank(entry: Entry) -> tuple[bool, bool, int]:
        close = any(
            entry.lat is not None and entry.lon is not None and abs(entry.lat - lat) < _CLOSE and abs(entry.lon - lon) < 2 * _CLOSE
            for lat, lon in anchors
        )
        return (not close, entry.country not in _HOME.get(language, ()), -entry.weight)

    return min(same, key=rank)
