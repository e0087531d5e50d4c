"""Says what texts mean without keeping them: JSON Lines in, JSON Lines out. A promise to other programs (see docs/classify.md)."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pipelines.assemble import annotation, build, make_doc
from pipelines.explain import explain
from tinymovements.model import LONGEST_TEXT, Annotation, Explained, Explanation, Language, Reason
from tinymovements.privacy import Gate, load_key
from tinymovements.settings import Settings
from tinymovements.workflow.encoder import ready

LONGEST_LINE = 32_000_000
"""Bytes of a line: text and title of the greatest length, each letter written as two escapes of six."""

_HALF = re.compile("[\ud800-\udfff]")
"""Half of a character: what programs leave of an emoji when they cut a text in the middle of it."""


def _whole(value: Any) -> Any:
    return _HALF.sub("", value) if isinstance(value, str) else value


_Text = Annotated[str, BeforeValidator(_whole), Field(max_length=LONGEST_TEXT)]


class Line(BaseModel):
    """What a line must hold; further fields are ignored."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    id: _Text
    text: _Text
    title: _Text | None = None
    language: Language | None = None


def read_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a stream, of one that is too long no more than `classify` needs to see that."""
    while line := stream.readline(LONGEST_LINE):
        yield line
        while len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_LINE)


def classify(settings: Settings, lines: Iterable[bytes], with_scores: bool = False, with_reasons: bool = False) -> Iterator[str]:
    """One line out for each line in, in order; what cannot be read becomes `{"id": …, "error": …}`."""
    gate, nlp = Gate(load_key(settings.key_file)), build(ready(settings), settings.processes)
    for raw in lines:
        line = _read(raw)
        if isinstance(line, str):
            yield line
            continue
        title = gate.scrub(line.title) if line.title else None
        text = gate.scrub(line.text)
        told = annotation(nlp(make_doc(nlp, title, text, line.language)))
        answer = _answer(line.id, title, text, told, with_scores)
        if with_reasons:
            answer["why"] = _why(explain(nlp, title, text, line.language))
        yield json.dumps(answer, ensure_ascii=False)


def _read(raw: bytes) -> Line | str:
    """What the line holds, or the answer to one that cannot be read."""
    if len(raw) >= LONGEST_LINE:
        return _error(None, f"longer than {LONGEST_LINE:,} bytes")
    try:
        given = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _error(None, "not UTF-8")
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        return _error(None, "not a JSON object")
    try:
        return Line.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return _error(given.get("id"), f"{where}: {first['msg']}")


def _error(id: Any, message: str) -> str:
    known = _whole(id) if isinstance(id, str | int) else None
    return json.dumps({"id": known, "error": message}, ensure_ascii=False)


def _spans(values: Sequence[BaseModel]) -> list[dict[str, Any]]:
    # `field` is said only where it is not the text.
    hidden = ({"field"} if getattr(value, "field", "") == "text" else None for value in values)
    return [value.model_dump(exclude_none=True, exclude=names) for value, names in zip(values, hidden, strict=True)]


def _answer(id: str, title: str | None, text: str, told: Annotation, with_scores: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "id": id,
        "language": told.language,
        "movements": [movement.model_dump() for movement in told.movements],
    }
    if with_scores:
        answer["scores"] = told.scores
    return answer | {
        "initiative": told.initiative,
        "self_organised": told.self_organised,
        "places": _spans(told.places),
        "needs": _spans(told.needs),
        "offers": _spans(told.offers),
        "asks": _spans(told.asks),
        "title": title,
        "text": text,
    }


def _why(explanation: Explanation) -> dict[str, Any]:
    """The words that carried the accepted movements and the two probabilities, by label."""
    explained = (*explanation.movements, explanation.initiative, explanation.self_organised)
    return {one.label: _reasons(one) for one in explained}


def _reasons(explained: Explained) -> dict[str, Any]:
    def words(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
        return [{"word": one.word, "log_odds": one.log_odds, "spans": _spans(one.marks)} for one in reasons]

    return {
        "for": words(explained.words_for),
        "score_without_for": explained.score_without_for,
        "against": words(explained.words_against),
        "score_without_against": explained.score_without_against,
    }
