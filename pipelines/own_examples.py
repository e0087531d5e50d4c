"""Reads the posts that the user labelled: the fields of our corpus, of which a newcomer may leave out all but three."""

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.examples import SHOWN, Example, check_movements
from pipelines.language import identify
from tinymovements.errors import FileError, FormatError
from tinymovements.model import LONGEST_TEXT, Language
from tinymovements.taxonomy import Taxonomy

HINT = "See docs/new-movement.md for the fields."


class Labelled(BaseModel):
    """What a line must hold (id, text, movements) and may hold; further fields are ignored."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    id: str = Field(min_length=1)
    text: str = Field(min_length=1, max_length=LONGEST_TEXT)
    movements: tuple[str, ...]
    """Of which it is; empty where it is of none."""
    allowed: tuple[str, ...] = ()
    """Of which it may be as well: no evidence either way."""
    title: str | None = Field(default=None, max_length=LONGEST_TEXT)
    language: Language | None = None
    voice: str | None = None
    initiative: bool | None = None
    self_organised: bool | None = None
    needs: tuple[str, ...] | None = None
    offers: tuple[str, ...] | None = None
    asks: tuple[str, ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, row: Any) -> Any:
        """As our corpus has it, what people say of a post lies deeper: in `gold`, its movements as `required` and `allowed`."""
        if not isinstance(row, dict) or not isinstance(row.get("gold"), dict):
            return row
        flat = {**row, **row["gold"]}
        said = flat.get("movements")
        return {**flat, "movements": said.get("required"), "allowed": said.get("allowed", ())} if isinstance(said, dict) else flat


def read_own_examples(folder: Path, taxonomy: Taxonomy) -> list[Example]:
    """The labelled posts in the files `*.jsonl` of a folder, in the order of files and lines.

    Raises `FileError` where a file cannot be read, `FormatError` naming the line that is no labelled post.
    """
    paths = sorted(path for path in folder.glob("*.jsonl") if not path.name.startswith("."))
    return [example for path in paths for example in _read(path, taxonomy)]


def _read(path: Path, taxonomy: Taxonomy) -> Iterator[Example]:
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read: {error}.", "Check the file and that it is UTF-8.") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                raise FormatError(f"{path}, line {number} is no JSON object on one line.", HINT) from None
            where = f"{path}, line {number}"
            example = _example(_checked(row, where, taxonomy), path.stem, taxonomy)
            _check_clauses(example, where)
            yield example


def _checked(row: Any, where: str, taxonomy: Taxonomy) -> Labelled:
    try:
        labelled = Labelled.model_validate(row)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        field = ".".join(map(str, first["loc"])) or "the line"
        raise FormatError(f"{where}: {field}: {first['msg']}.", HINT) from None
    check_movements((*labelled.movements, *labelled.allowed), taxonomy, where)
    return labelled


def _check_clauses(example: Example, where: str) -> None:
    for clause in chain(example.needs or (), example.offers or (), example.asks or ()):
        if not clause.strip() or clause not in example.whole:
            raise FormatError(f"{where}: {clause[:SHOWN]!r} is no part of the text.", "Copy clauses from the text as they are.")


def _clauses(labelled: Labelled) -> tuple[tuple[str, ...] | None, ...]:
    """What it needs, offers and asks: whoever marked one of them has looked for all."""
    clauses = (labelled.needs, labelled.offers, labelled.asks)
    return clauses if clauses == (None, None, None) else tuple(said or () for said in clauses)


def _example(labelled: Labelled, file: str, taxonomy: Taxonomy) -> Example:
    required = frozenset(labelled.movements)
    allowed = required | frozenset(labelled.allowed)
    if required and required <= set(taxonomy.own):  # who shows a movement of their own has not thought of the other ones
        allowed |= frozenset(taxonomy.ids) - frozenset(taxonomy.own)
    whole = f"{labelled.title}\n{labelled.text}" if labelled.title else labelled.text
    needs, offers, asks = _clauses(labelled)
    return Example(
        id=labelled.id,
        text=labelled.text,
        language=labelled.language or identify(whole) or "unknown",
        required=required,
        allowed=allowed,
        initiative=True if required else labelled.initiative,
        self_organised=labelled.self_organised,
        group=labelled.voice or file,
        register="post",
        title=labelled.title,
        needs=needs,
        offers=offers,
        asks=asks,
    )
