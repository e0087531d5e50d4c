"""Finds where a text names places: rules over its words, tried in turn at every one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from pipelines.candidates import Word, Words, finnish_venue, long_names, singular, venue_words, venues, worth_trying
from pipelines.inflection import INNER
from pipelines.placenames import Reading, is_first_name, is_nothing_else, listed, readings
from pipelines.terms import WORD
from tinymovements.gazetteer import key, load_gazetteer, until_changed

_GOES_ON = frozenset({", ", " and ", " och ", " & ", "/", "–", " – "})
"""What stands between two places that are told in a row: "Headingley and Kirkstall"."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A place named in a text."""

    name: str
    start: int
    end: int
    sure: bool
    near: str = ""
    """The known place that the name is in, where it is no known place itself: Hervanta of "Hervannan kirjasto"."""
    plain: bool = False
    """Whether it is a word that begins a sentence, so that its town, named in the same post, makes it no surer."""


def mentions(text: str, language: str) -> list[Mention]:
    """The places named in a text, in their order, the unsure ones (sentence starts) included."""
    if not (worth := worth_trying(WORD.findall(text), language)):
        return []
    tokens = Words(text)
    if len(tokens) < tokens.all_words:
        worth = worth_trying([text[start:end] for start, end in tokens.spans], language)
    found: list[Mention] = []
    free = 0
    for at in range(len(tokens)):
        if at < free or at not in worth:
            continue
        rules = _RULES if tokens[at].capital else _SMALL_RULES
        taken = next((hit for rule in rules if (hit := rule(tokens, at, language))), None)
        if taken is None and found and text[found[-1].end : tokens[at].start] in _GOES_ON:
            taken = _stranger(tokens, at, language)
        if taken:
            mention, free = taken
            if not mention.sure and found and found[-1].sure and text[found[-1].end : mention.start] in _GOES_ON:
                mention = replace(mention, sure=bool(load_gazetteer().likely(mention.name)))
            found.append(mention)
            worth |= {free, free + 1}  # which may go on: "Headingley and Kirkstall"
    return found


Taken = tuple[Mention, int]


def _span(tokens: Sequence[Word], begin: int, end: int) -> tuple[int, int]:
    return tokens[begin].start, tokens[end - 1].end


def _joined(tokens: Sequence[Word], begin: int, end: int) -> str:
    return " ".join(word.text for word in tokens[begin:end])


def _long_name(tokens: Sequence[Word], at: int, language: str) -> Taken | None:
    """A name of several words that the gazetteer has: "Port Arthurissa", "Hebden Bridge"."""
    for parts in long_names().get(tokens[at].text.lower(), ()):
        end = at + len(parts)
        if end > len(tokens) or not all(word.joined for word in tokens[at + 1 : end]):
            continue
        said = [word.text.lower() for word in tokens[at:end]]
        last = tokens[end - 1]
        inflected = language == "fi" and last.capital and said[-1].startswith(parts[-1][:4])
        if said[:-1] == list(parts[:-1]) and (said[-1] == parts[-1] or inflected):
            same = load_gazetteer().likely(" ".join(parts))
            if not same:  # it was removed while this text was read
                continue
            name = next(name for name in same[0].every_name if key(name) == " ".join(parts))
            return Mention(name, *_span(tokens, at, end), sure=True), end
    return None


def _venue(tokens: Sequence[Word], at: int, language: str) -> Taken | None:
    """A thing named by the place before it: "Hervannan kirjastossa", "Malms station", "Oldham library"."""
    word = tokens[at]
    if at + 1 == len(tokens) or not tokens[at + 1].joined:
        return None
    following = tokens[at + 1].text.lower()
    if not (word.text.lower().endswith("n") if language == "fi" else singular(following, language) in venues(language)):
        return None
    wanted = "base" if language == "en" else "genitive"
    place = next((r for r in readings(word.text, language) if r.case == wanted or (language == "sv" and r.known)), None)
    generic = word.text.lower() in listed("words", "common")
    if place is None and (generic or word.first or word.after_name or is_first_name(word.text)):
        return None
    near = place.name if place else ""
    if language == "fi":
        base = finnish_venue(following, _is_city(near))
        return (Mention(f"{word.text} {base}", *_span(tokens, at, at + 2), sure=True, near=near), at + 2) if base else None
    for venue in venue_words(language):
        end = at + 1 + len(venue)
        after = tokens[at + 1 : end]
        if tuple(singular(other.text.lower(), language) for other in after) == venue and all(other.joined for other in after):
            if word.first and not (place and place.known):
                return None
            head = place.name if place and place.known and place.case == "base" else word.text
            return Mention(f"{head} {_joined(tokens, at + 1, end)}", *_span(tokens, at, end), sure=True, near=near), end
    return None


_CITY = 100_000


@until_changed()
def _is_city(name: str) -> bool:
    return any(entry.kind == "municipality" and entry.population >= _CITY for entry in load_gazetteer().find(name)[:1])


def _street(tokens: Sequence[Word], at: int, language: str) -> Taken | None:
    """An English street, square or house of several words: "Great Junction Street", "Sefton Park Infant School"."""
    if language != "en" or tokens[at].text.lower() in _function_words():
        return None
    tails = listed("tails", "street", "en")
    end, last = at + 1, 0
    while end < len(tokens) and end - at < 5 and tokens[end].joined and tokens[end].capital:
        end += 1
        if tokens[end - 1].text.lower() in tails:
            last = end
    if not last or (tokens[at].text.lower() in tails and not _known(tokens[at], language)):
        return None
    if all(word.text.isupper() for word in tokens[at:last]):  # a text in capitals, where they say nothing
        return None
    name = _joined(tokens, at, last)
    return Mention(name, *_span(tokens, at, last), sure=not _generic(tokens[at : last - 1], tokens[last - 1])), last


@cache
def _function_words() -> frozenset[str]:
    return listed("prepositions", "any", "en") | listed("words", "function")


_TOWNLIKE = {"road", "street", "lane", "avenue", "square"}


def _generic(before: Sequence[Word], tail: Word) -> bool:
    """Whether nothing in the name is a name: "Community Centre", but not "Main Street"."""
    return tail.text.lower() not in _TOWNLIKE and all(word.text.lower() in listed("words", "common") for word in before)


def _known(word: Word, language: str) -> bool:
    return any(reading.known for reading in readings(word.text, language))


def _prefixed(tokens: Sequence[Word], at: int, language: str) -> Taken | None:
    """A name with a word of direction, size or age before it: "Övre Husargatan", "Norra Vallgrund"."""
    word = tokens[at]
    if word.text not in listed("prefixes", language) or at + 1 == len(tokens):
        return None
    name = tokens[at + 1]
    if not name.joined or not name.capital:
        return None
    hit = next(iter(readings(name.text, language)), None)
    if hit is None and language != "sv":
        return None
    base = hit.name if hit else name.text
    near = hit.name if hit and hit.known else ""
    return Mention(f"{word.text} {base}", *_span(tokens, at, at + 2), sure=True, near=near), at + 2


def _one_word(tokens: Sequence[Word], at: int, language: str) -> Taken | None:
    """A name of one word, if its capital, its case or the word before it says that a place is meant."""
    word = tokens[at]
    for reading in readings(word.text, language):
        certainty = _certainty(reading, tokens, at, language)
        if certainty is not None:
            plain = word.first and reading.ordinary
            return Mention(reading.name, word.start, word.end, sure=certainty, plain=plain), at + 1
    return None


def _certainty(reading: Reading, tokens: Sequence[Word], at: int, language: str) -> bool | None:
    """Whether a reading is surely a place; None where it is none."""
    word = tokens[at]
    if word.tag or not word.capital:
        return True if reading.small or _is_sure_alone(reading, word, language) else None
    if not word.text.endswith(INNER) and (reading.person or not reading.street) and _follows_name(tokens, at):
        return None
    if len(word.text) < 3 and reading.case == "base":
        return None
    if language == "fi":
        return _certain_in_finnish(reading, word)
    before = tokens[at - 1].text.lower() if at and word.joined else ""
    placed = before in listed("prepositions", "any", language) and not word.first
    if placed and reading.ordinary and at > 1 and tokens[at - 2].text.lower() in listed("addressed", language):
        return False
    if placed or (reading.known and not reading.ordinary):
        return True
    if reading.street:
        return True if not (word.first and reading.ordinary) else None
    return False if reading.known and not word.first else None


def _is_sure_alone(reading: Reading, word: Word, language: str) -> bool:
    """Whether a hashtag, or a name in lower case, can be nothing but a place."""
    if word.tag:
        return reading.known and (word.capital or not reading.ordinary)
    if not reading.known or reading.ordinary:
        return False
    inflected = reading.case == "place" or language != "fi"
    return len(word.text) > 5 and inflected and not reading.person and is_nothing_else(word.text, language)


def _certain_in_finnish(reading: Reading, word: Word) -> bool | None:
    if reading.person and reading.case != "place":
        return False if reading.known and not reading.ordinary else None
    if not word.first or (reading.known and not reading.ordinary):
        return True
    return (reading.known and reading.case == "place") or (reading.street and not reading.ordinary)


def _follows_name(tokens: Sequence[Word], at: int) -> bool:
    """Whether a first name or its placeholder stands right before a word, so that it is likely a surname."""
    word = tokens[at]
    before = tokens[at - 1] if at and word.joined else None
    return word.after_name or (before is not None and before.capital and is_first_name(before.text))


def _unheard(tokens: Sequence[Word], at: int, language: str) -> Taken | None:
    """A name that nobody knows after a word that says where: "i Roparnäs", "in Stokes Croft"."""
    placed = at > 0 and tokens[at].joined and tokens[at - 1].text.lower() in listed("prepositions", "sure", language)
    return _stranger(tokens, at, language) if placed else None


def _stranger(tokens: Sequence[Word], at: int, language: str) -> Taken | None:
    """Up to three words with capitals that no word list has, where a place is expected."""
    end = at
    while end < len(tokens) and end - at < 3 and tokens[end].capital and (end == at or tokens[end].joined):
        end += 1
    said = [word.text for word in tokens[at:end]]
    if language not in {"sv", "en"} or not said or tokens[at].first or any(not part[1:].islower() for part in said):
        return None
    lower = [part.lower() for part in said]
    if (
        any({part, part.removesuffix("s")} & listed("words", "never") or is_first_name(part) for part in lower)
        or tokens[at].after_name
    ):
        return None
    if lower[-1].removesuffix("s").endswith(tuple(listed("offices", language))):
        return None
    if not any(len(part) > 2 and is_nothing_else(part, language) for part in lower):
        return None
    if any(entry.kind == "country" for entry in load_gazetteer().find(" ".join(lower))):
        return None
    return Mention(" ".join(said), *_span(tokens, at, end), sure=True), end


def _part(tokens: Sequence[Word], at: int, language: str) -> Taken | None:
    """A place that begins a compound: "Kajaani-rinki"."""
    head, _, tail = tokens[at].text.partition("-")
    if not tail or not head[:1].isupper() or not tail[:1].islower():
        return None
    place = next((r for r in readings(head, language) if r.known and r.case == "base" and not r.ordinary and not r.person), None)
    start = tokens[at].start
    return (Mention(place.name, start, start + len(head), sure=True), at + 1) if place else None


Rule = Callable[[Sequence[Word], int, str], Taken | None]
_SMALL_RULES: tuple[Rule, ...] = (_one_word,)
_RULES: tuple[Rule, ...] = (_long_name, _venue, _street, _prefixed, _one_word, _part, _unheard)
