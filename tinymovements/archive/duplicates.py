"""Links a post to an earlier one that says the same: reformatted, or shared again with a word before it."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import shake_128
from typing import TYPE_CHECKING
from zlib import crc32

from sqlalchemy import Connection, bindparam, delete, func, insert, select, union_all

from tinymovements.archive.batches import among, pairs
from tinymovements.archive.tables import fresh_signatures, near_duplicates, posts, signatures

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Numbers = NDArray[numpy.uint64]

THRESHOLD = 0.75
"""Least share of common three-word runs (Jaccard). A 40-word text with five words put before it keeps 0.88."""

BANDS, ROWS = 6, 5
"""Six bands of five: pairs that share 0.75 of their runs meet with p = 0.80, those that share 0.9 with p = 0.995.

Eight of six: 0.80 and 0.998, for a third more of the table.
"""

SHORTEST = 4
"""Words. Shorter texts ("Kiitos kaikille!") are alike without being the same."""

FRESH = 50_000
"""Posts whose signatures wait in a table of their own, to be put among all others sorted and at once.

A signature's place is a matter of chance: written one batch at a time, each is a page of its own to change, and at 400,000 posts
that took three times as long as this way.
"""

_WORD = re.compile(r"\w+")


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _runs(text: str) -> frozenset[str]:
    words = _words(text)
    return frozenset(" ".join(words[i : i + 3]) for i in range(len(words) - 2))


@cache
def _random(name: str, count: int = 1) -> "Numbers":
    """Odd numbers that are the same everywhere and for ever: what was signed years ago must be met."""
    import numpy  # 0.2 s that only writing pays

    return numpy.frombuffer(shake_128(name.encode()).digest(8 * count), "<u8").astype(numpy.uint64) | numpy.uint64(1)


def signed(texts: Sequence[str]) -> list[list[int]]:
    """Hashes of each text: two texts that share one are candidates. None for texts of less than four words.

    MinHash over all texts at once: one by one, with a library, it took six times as long, which was half the time of storing.
    """
    import numpy

    words = [_words(text) for text in texts]
    lengths = numpy.array([len(found) for found in words if len(found) >= SHORTEST], numpy.int64)
    if not lengths.size:
        return [[] for _ in texts]
    hashes = [value for found in words if len(found) >= SHORTEST for value in map(crc32, map(str.encode, found))]
    each = numpy.array(hashes, numpy.uint64)
    first, second, third = _random("words", 3)
    runs = _mixed(each[:-2] * first + each[1:-1] * second + each[2:] * third)
    # Where the runs of each text begin and end; between an end and the next beginning lie those of two texts.
    ends = numpy.cumsum(lengths)
    bounds = numpy.stack([ends - lengths, ends - 2], axis=1).ravel()[:-1]
    factors, salts = _random("factors", BANDS * ROWS), _random("salts", BANDS * ROWS)
    bands = numpy.zeros((BANDS, lengths.size), numpy.uint64)
    for number, (factor, salt) in enumerate(zip(factors, _random("rows", BANDS * ROWS), strict=True)):
        least = numpy.minimum.reduceat(runs * factor + salts[number], bounds)[::2]
        bands[number // ROWS] += _mixed(least) * salt
    # 48 bits: of the width of an integer that SQLite has, the first that keeps strangers apart.
    found = iter((_mixed(bands) >> numpy.uint64(16)).T.tolist())
    return [next(found) if len(each) >= SHORTEST else [] for each in words]


def _mixed(values: "Numbers") -> "Numbers":
    """Each number with its high bits in its low ones, and the other way round."""
    import numpy

    half, (factor,) = numpy.uint64(32), _random("mixed")
    values = (values ^ (values >> half)) * factor
    return values ^ (values >> half)


def sign(connection: Connection, texts: Mapping[int, str]) -> None:
    """Store the signatures of posts (number: text), and link each to the first post that says the same."""
    hashes = dict(zip(texts, signed(list(texts.values())), strict=True))
    rows = sorted([(value, number) for number, values in hashes.items() for value in values])
    if not rows:
        return
    _alone(connection)
    _link(connection, hashes, texts)
    connection.execute(insert(fresh_signatures).from_select(["hash", "post"], pairs(connection, rows)))
    if (min(texts) - 1) // FRESH != max(texts) // FRESH:
        _settle(connection)


def _alone(connection: Connection) -> None:
    # Of two that sign the same text at once each must see the other's. SQLite has one writer anyway.
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("tinymovements signs"))))


def _settle(connection: Connection) -> None:
    fresh = select(fresh_signatures).order_by(fresh_signatures.c.hash, fresh_signatures.c.post)
    connection.execute(insert(signatures).from_select(["hash", "post"], fresh))
    connection.execute(delete(fresh_signatures))


def unsign(connection: Connection, texts: Mapping[int, str]) -> None:
    """Take the signatures of posts out; what was linked to them is linked to the next that says the same."""
    hashes = zip(texts, signed(list(texts.values())), strict=True)
    rows = [{"value": value, "number": number} for number, values in hashes for value in values]
    _alone(connection)
    for table in (fresh_signatures, signatures) if rows else ():
        connection.execute(delete(table).where(table.c.hash == bindparam("value"), table.c.post == bindparam("number")), rows)
    link, numbers = near_duplicates, list(texts)
    found = select(posts.c.number, posts.c.text).join(link, link.c.post == posts.c.number)
    orphans = connection.execute(found.where(among(connection, link.c.original, numbers)).order_by(posts.c.number))
    remaining = {number: text for number, text in orphans if number not in texts}
    for column in (link.c.original, link.c.post):
        connection.execute(delete(link).where(among(connection, column, numbers)))
    if remaining:
        _link(connection, dict(zip(remaining, signed(list(remaining.values())), strict=True)), remaining)


def _link(connection: Connection, hashes: Mapping[int, Sequence[int]], texts: Mapping[int, str]) -> None:
    # The earliest post of each hash is enough: whoever says the same as many is linked to the first of them.
    tables, wanted = (signatures, fresh_signatures), sorted({value for values in hashes.values() for value in values})
    both = union_all(*(select(table).where(among(connection, table.c.hash, wanted)) for table in tables)).subquery()
    found = connection.execute(select(both.c.hash, func.min(both.c.post)).group_by(both.c.hash))
    earliest: dict[int, int] = dict(found.all())
    candidates: dict[int, set[int]] = {}
    for number, values in sorted(hashes.items()):  # which need not be stored yet: most hashes are new, and so not found
        for value in values:
            first = earliest.setdefault(value, number)
            if first < number:
                candidates.setdefault(number, set()).add(first)
            elif first > number:
                earliest[value] = number
    known = set().union(*candidates.values())
    bodies = dict(texts)
    if unread := sorted(known - texts.keys()):
        read = select(posts.c.number, posts.c.text).where(among(connection, posts.c.number, unread))
        bodies |= dict(connection.execute(read).all())
    runs = {number: _runs(bodies[number]) for number in known | candidates.keys()}
    links = []
    for number, others in sorted(candidates.items()):
        for other in sorted(others):
            similarity = len(runs[number] & runs[other]) / len(runs[number] | runs[other])
            if similarity >= THRESHOLD:
                links.append({"post": number, "original": other, "similarity": round(similarity, 4)})
                break
    if links:
        connection.execute(insert(near_duplicates), links)
