"""Reads the labelled texts that models learn from and are measured on."""

import csv
import difflib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.language import identify
from tinymovements.errors import FileError, FormatError
from tinymovements.taxonomy import Taxonomy, load_taxonomy

CORPUS = Path(__file__).with_name("corpus")
"""Our own posts, one file per writer; in folders beside them, likewise, our own texts of other registers."""

_FOLDERS = {"charities": "charity", "descriptions": "description", "proposals": "proposal"}
"""And the registers that they hold: what charities tell whom they are registered with, what groups say of themselves, and what
residents propose to a city."""

_MARKED = ("needs", "offers", "asks", "places", "people")
"""What is marked in a text, where somebody was asked."""

_LABELS = ("key", "movements", "self_organised")
_ANSWERS = {"y": True, "n": False}
SHOWN = 60
"""Characters of what is wrong in a line."""

_FILES = "See docs/classifier.md for the files."


@dataclass(frozen=True, slots=True)
class Example:
    """A text with what people say of it; None where they were not asked.

    `required` movements are missed when not found, `allowed` ones are not wrong when found. `group` is who wrote it:
    folds go by it. `register` is what sort of text it is: post, description, proposal, charity or chatter. `usual` is whether it
    tells how often people write so: not where a writer was asked for many movements.
    """

    id: str
    text: str
    language: str
    required: frozenset[str]
    allowed: frozenset[str]
    initiative: bool | None
    self_organised: bool | None
    group: str
    register: str
    title: str | None = None
    needs: tuple[str, ...] | None = None
    offers: tuple[str, ...] | None = None
    asks: tuple[str, ...] | None = None
    places: tuple[str, ...] | None = None
    people: tuple[str, ...] | None = None
    usual: bool = True

    @property
    def whole(self) -> str:
        """Title and text as the pipeline reads them."""
        return f"{self.title}\n{self.text}" if self.title else self.text


def read_posts(path: Path, register: str = "post") -> Iterator[Example]:
    """Labelled posts, one JSON object a line: id, language, title, text, gold, and voice where there is one.

    Texts of another register may lack what is marked in them, and are not `usual`.

    Raises `FormatError` naming the line that is not so.
    """
    taxonomy, may_lack = load_taxonomy(), ("places", "people") if register == "post" else _MARKED
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            gold = row["gold"]
            told: dict[str, Any] = {name: tuple(gold[name]) for name in _MARKED if name in gold or name not in may_lack}
            required, allowed = (frozenset(gold["movements"][name]) for name in ("required", "allowed"))
            check_movements(sorted(required | allowed), taxonomy, f"{path}, line {number}")
            yield Example(
                id=row["id"],
                text=row["text"],
                language=row["language"],
                required=required,
                allowed=required | allowed,
                initiative=gold["initiative"],
                self_organised=gold["self_organised"],
                group=row.get("voice") or path.stem,
                register=register,
                title=row["title"],
                usual=register == "post",
                **told,
            )
        except (ValueError, KeyError, TypeError) as error:
            message = f"{path}, line {number} is no labelled post: {error!r}."
            raise FormatError(message, "See docs/classifier.md for the fields.") from None


def check_movements(ids: Iterable[str], taxonomy: Taxonomy, where: str) -> None:
    """Raises `FormatError` where one is no movement of the taxonomy, with the one that may be meant."""
    for id in ids:
        if id not in taxonomy.movements:
            close = difflib.get_close_matches(id, taxonomy.ids, n=1)
            hint = f"Did you mean {close[0]}?" if close else "Write the id as movements.toml has it."
            raise FormatError(f"{where}: there is no movement {id[:SHOWN]!r}.", hint)


def read_corpus() -> list[Example]:
    """The posts of `pipelines/corpus`, in the order of files and lines."""
    return [example for path in sorted(CORPUS.glob("*.jsonl")) for example in read_posts(path)]


def read_other_registers() -> list[Example]:
    """The texts of our own that are no posts: of what they need, offer and ask nobody was asked."""
    return [
        example
        for folder, register in _FOLDERS.items()
        for path in sorted((CORPUS / folder).glob("*.jsonl"))
        for example in read_posts(path, register)
    ]


def read_rows(texts: Path, labels: Path) -> Iterator[Example]:
    """The rows of a CSV file that a TSV file labels (columns key, movements, self_organised).

    The key is the value of the first column, or of the first two joined by a hyphen. Of the other columns those that hold prose
    are the text: `title` and `texts`, or `activities`. Raises `FormatError` where columns are missing, and naming the line where
    a label is none.
    """
    by_key = _labels(labels)
    for _, row in _table(texts, ","):
        if row.keys().isdisjoint(("texts", "activities")):
            raise FormatError(f"{texts} lacks a column texts or activities.", _FILES)
        title, text, cells = row.get("title"), row.get("texts") or row.get("activities"), list(row.values())
        keys = (*(f"{cells[0]}-{second}" for second in cells[1:2]), cells[0])
        key = next((key for key in keys if key in by_key), None)
        if not text or key is None:
            continue
        movements, organised = by_key[key]
        yield Example(
            id=key,
            text=text,
            language=identify(text) or "unknown",
            required=movements,
            allowed=movements,
            initiative=True if organised else None,
            self_organised=organised,
            group=key,
            register="proposal" if title else "charity",
            title=title,
        )


def _labels(path: Path) -> dict[str, tuple[frozenset[str], bool]]:
    """The movements of each key, and whether it is self-organised."""
    taxonomy, found = load_taxonomy(), dict[str, tuple[frozenset[str], bool]]()
    for where, row in _table(path, "\t", _LABELS):
        key, said, organised = ((row[name] or "").strip() for name in _LABELS)
        if not key and not said and not organised:
            continue
        if organised not in _ANSWERS:
            raise FormatError(f"{where}: self_organised is {organised[:SHOWN]!r}, and neither y nor n.", _FILES)
        movements = [id.strip() for id in said.split(";") if id.strip()]
        check_movements(movements, taxonomy, where)
        found[key] = frozenset(movements), _ANSWERS[organised]
    return found


def read_chatter(path: Path) -> Iterator[Example]:
    """Forum messages (variety, tab, text) that are about no initiative."""
    for number, line in enumerate(filter(str.strip, _lines(path)), 1):
        text = line.partition("\t")[2]
        if text:
            id = f"chatter-{number}"
            yield Example(id, text, "fi", frozenset(), frozenset(), False, False, id, "chatter")


def _lines(path: Path, newline: str | None = None) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8-sig", newline=newline) as file:
            yield from file
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read: {error}.", "Check the path and that the file is UTF-8.") from None


def _table(path: Path, delimiter: str, columns: Sequence[str] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each row, and where it stands."""
    csv.field_size_limit(10_000_000)
    reader = csv.DictReader(_lines(path, newline=""), delimiter=delimiter)
    if missing := set(columns).difference(reader.fieldnames or ()):
        raise FormatError(f"{path} lacks the columns {', '.join(sorted(missing))}.", _FILES)
    for row in reader:
        yield f"{path}, line {reader.line_num}", row
