"""Says what texts mean without keeping them: JSON Lines in, JSON Lines out. A promise to other programs (see docs/classify.md)."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.assemble import annotation, build, make_doc
from tinymovements.model import LONGEST_TEXT, Annotation, Language
from tinymovements.privacy import Gate, load_key
from tinymovements.settings import Settings


class Line(BaseModel):
    """What a line must hold; further fields are ignored."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    id: str
    text: str = Field(max_length=LONGEST_TEXT)
    title: str | None = Field(default=None, max_length=LONGEST_TEXT)
    language: Language | None = None


def classify(settings: Settings, lines: Iterable[bytes], with_scores: bool = False) -> Iterator[str]:
    """One line out for each line in, in order; what cannot be read becomes `{"id": …, "error": …}`."""
    gate, nlp = Gate(load_key(settings.key_file)), build()
    for raw in lines:
        given: Any = None
        try:
            given = json.loads(raw.decode("utf-8"))
            line = Line.model_validate(given)
        except UnicodeDecodeError:
            yield _error(None, "not UTF-8")
            continue
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the line"
            yield _error(given.get("id") if isinstance(given, dict) else None, f"{where}: {first['msg']}")
            continue
        except (ValueError, RecursionError):
            yield _error(None, "not a JSON object")
            continue
        title = gate.scrub(line.title) if line.title else None
        text = gate.scrub(line.text)
        told = annotation(nlp(make_doc(nlp, title, text, line.language)))
        yield json.dumps(_answer(line.id, title, text, told, with_scores), ensure_ascii=False)


def _error(id: Any, message: str) -> str:
    return json.dumps({"id": id, "error": message}, ensure_ascii=False)


def _answer(id: str, title: str | None, text: str, told: Annotation, with_scores: bool) -> dict[str, Any]:
    def spans(values: Sequence[BaseModel]) -> list[dict[str, Any]]:
        # `field` is said only where it is not the text.
        hidden = ({"field"} if getattr(value, "field", "") == "text" else None for value in values)
        return [value.model_dump(exclude_none=True, exclude=names) for value, names in zip(values, hidden, strict=True)]

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
        "places": spans(told.places),
        "needs": spans(told.needs),
        "offers": spans(told.offers),
        "asks": spans(told.asks),
        "title": title,
        "text": text,
    }
