"""Shows why a text answers: the part of it around the words that were asked for, and where they stand."""

from collections.abc import Iterator

from search.engine import Analyse
from search.query import Mark, Snippet
from search.words import Asked, Phrase

LENGTH = 200
"""Characters of a snippet, at the most."""

_Found = tuple[int, int, int]
"""Start, end, and which of the words asked for stands there."""


def marked(text: str, language: str, asked: Asked, analyse: Analyse) -> Snippet:
    """The whole text on one line, its words marked."""
    line = " ".join(text.split())
    return Snippet(text=line, marks=_marks(list(_found(line, language, asked, analyse))))


def cut(text: str, language: str, asked: Asked, analyse: Analyse) -> Snippet:
    """The part of a text that holds most of the words asked for, or else its beginning; in whole words, with … where it was cut."""
    line = " ".join(text.split())
    found = list(_found(line, language, asked, analyse))
    if len(line) <= LENGTH:
        return Snippet(text=line, marks=_marks(found))
    cluster = _best_cluster(found)
    begin, end = _window(line, cluster)
    before, after = "…" if begin else "", "…" if end < len(line) else ""
    inside = [(max(start, begin), min(stop, end), which) for start, stop, which in found if start < end and stop > begin]
    shift = len(before) - begin
    return Snippet(
        text=f"{before}{line[begin:end]}{after}",
        marks=_marks([(start + shift, stop + shift, which) for start, stop, which in inside]),
    )


def held(text: str, language: str, asked: Asked, analyse: Analyse) -> int:
    """How many of the words and phrases that were asked for stand in a text."""
    return len({which for _, _, which in _found(text, language, asked, analyse)})


def _found(line: str, language: str, asked: Asked, analyse: Analyse) -> Iterator[_Found]:
    """What was asked for, wherever it stands, in order."""
    tokens = analyse(line, language)
    terms = [token.terms for token in tokens]
    found = []
    for which, said in enumerate((*asked.plain, *asked.must)):
        if isinstance(said, Phrase):
            found += [(tokens[first].start, tokens[last - 1].end, which) for first, last in said.places_in(terms)]
        else:
            found += [(token.start, token.end, which) for token in tokens if said.found_in(token.terms)]
    yield from sorted(found)


def _best_cluster(found: list[_Found]) -> tuple[int, int]:
    """The stretch, short enough for a snippet, with most different words, then most words, then the first."""
    best, cluster = (0, 0), (0, 0)
    for i, (start, _, _) in enumerate(found):
        inside = [here for here in found[i : i + LENGTH] if here[1] <= start + LENGTH]
        worth = (len({which for _, _, which in inside}), len(inside))
        if worth > best:
            best, cluster = worth, (start, max(end for _, end, _ in inside))
    return cluster


def _window(line: str, cluster: tuple[int, int]) -> tuple[int, int]:
    """Where to cut a long line so that the cluster stands in the middle and no word is broken (but for one that fills it all)."""
    first, last = cluster
    begin = max(0, min(first - (LENGTH - (last - first)) // 2, len(line) - LENGTH))
    end = min(len(line), begin + LENGTH)
    if begin and line[begin - 1] != " ":
        begin = line.find(" ", begin, first) + 1 or begin
    if end < len(line) and line[end] != " ":
        end = max(line.rfind(" ", max(begin, last), end), 0) or end
    return begin, end


def _marks(found: list[_Found]) -> tuple[Mark, ...]:
    merged: list[tuple[int, int]] = []
    for start, end, _ in found:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(Mark(start=start, end=end) for start, end in merged)
