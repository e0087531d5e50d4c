"""Links a post to an earlier one that says the same: reformatted, or shared again with a word before it."""

import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from sqlalchemy import Connection, delete, func, insert, select, tuple_

from tinymovements.archive.batches import parts
from tinymovements.archive.tables import near_duplicates, posts, signatures

THRESHOLD = 0.75
"""Least share of common three-word runs (Jaccard). A 40-word text with five words put before it keeps 0.88."""

BANDS, ROWS = 8, 6
"""Eight bands of six: pairs that share 0.75 of their runs meet with p = 0.80, those that share 0.9 with p = 0.998."""

SHORTEST = 4
"""Words. Shorter texts ("Kiitos kaikille!") are alike without being the same."""

_WORD = re.compile(r"\w+")


def _runs(text: str) -> frozenset[str]:
    words = _WORD.findall(text.casefold())
    if len(words) < SHORTEST:
        return frozenset()
    return frozenset(" ".join(words[i : i + 3]) for i in range(len(words) - 2))


def signature(text: str) -> list[int]:
    """Signed 64-bit hashes: two texts that share one are candidates. None for texts of less than four words."""
    runs = _runs(text)
    if not runs:
        return []
    from datasketch import MinHash  # brings scipy: half a second that only writing pays

    minhash = MinHash(num_perm=BANDS * ROWS, hashfunc=zlib.crc32)
    minhash.update_batch([run.encode() for run in runs])
    values = minhash.hashvalues
    bands = (bytes([band]) + values[band * ROWS : (band + 1) * ROWS].tobytes() for band in range(BANDS))
    return [struct.unpack("<q", blake2b(band, digest_size=8).digest())[0] for band in bands]


def sign(connection: Connection, texts: Mapping[int, str]) -> None:
    """Store the signatures of posts (number: text), and link each to the first post that says the same."""
    hashes = {number: signature(text) for number, text in texts.items()}
    rows = [{"hash": value, "post": number} for number, values in hashes.items() for value in values]
    if not rows:
        return
    connection.execute(insert(signatures), rows)
    _link(connection, hashes, texts)


def unsign(connection: Connection, texts: Mapping[int, str]) -> None:
    """Take the signatures of posts out; what was linked to them is linked to the next that says the same."""
    rows = [(value, number) for number, text in texts.items() for value in signature(text)]
    for part in parts(rows, 400):
        connection.execute(delete(signatures).where(tuple_(signatures.c.hash, signatures.c.post).in_(part)))
    orphans: dict[int, str] = {}
    for numbers in parts(list(texts)):
        link = near_duplicates
        found = select(posts.c.number, posts.c.text).join(link, link.c.post == posts.c.number).where(link.c.original.in_(numbers))
        orphans |= {row.number: row.text for row in connection.execute(found)}
        connection.execute(delete(link).where(link.c.original.in_(numbers) | link.c.post.in_(numbers)))
    remaining = {number: text for number, text in sorted(orphans.items()) if number not in texts}
    if remaining:
        _link(connection, {number: signature(text) for number, text in remaining.items()}, remaining)


def _link(connection: Connection, hashes: Mapping[int, Sequence[int]], texts: Mapping[int, str]) -> None:
    # The earliest post of each hash is enough: whoever says the same as many is linked to the first of them.
    wanted = sorted({value for values in hashes.values() for value in values})
    earliest: dict[int, int] = {}
    for part in parts(wanted):
        query = (
            select(signatures.c.hash, func.min(signatures.c.post)).where(signatures.c.hash.in_(part)).group_by(signatures.c.hash)
        )
        earliest |= dict(connection.execute(query).all())
    candidates = {number: sorted({earliest[v] for v in values if earliest[v] < number}) for number, values in hashes.items()}
    known = {number for numbers in candidates.values() for number in numbers}
    bodies = dict(texts)
    for part in parts(sorted(known - texts.keys())):
        bodies |= dict(connection.execute(select(posts.c.number, posts.c.text).where(posts.c.number.in_(part))).all())
    runs = {number: _runs(bodies[number]) for number in known | {n for n, c in candidates.items() if c}}
    links = []
    for number, others in sorted(candidates.items()):
        for other in others:
            similarity = len(runs[number] & runs[other]) / len(runs[number] | runs[other])
            if similarity >= THRESHOLD:
                links.append({"post": number, "original": other, "similarity": round(similarity, 4)})
                break
    if links:
        connection.execute(insert(near_duplicates), links)
