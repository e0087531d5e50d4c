"""Every engine, and documents made of a few words."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from pipelines.terms import analyse
from search.embedded import EmbeddedEngine
from search.engine import Document, Engine

ENGINES: dict[str, Callable[[Path], Engine]] = {
    "embedded": lambda folder: EmbeddedEngine(folder, analyse),
}
"""How to make each engine with a folder of its own. Another engine joins the contract by a line here."""


@pytest.fixture(params=ENGINES)
def new_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Engine]:
    """Makes an engine that finds what one made before has written, as another process would."""
    return lambda: ENGINES[request.param](tmp_path / "index")


@pytest.fixture
def engine(new_engine: Callable[[], Engine]) -> Engine:
    """An engine with an empty index."""
    made = new_engine()
    made.rebuild([])
    return made


def make_document(
    id: str,
    text: str = "",
    title: str = "",
    language: str = "fi",
    movements: tuple[str, ...] = (),
    places: tuple[str, ...] = (),
    districts: tuple[str, ...] = (),
    points: tuple[tuple[float, float], ...] = (),
    source: str = "forum",
    kind: str = "message",
    posted: datetime | None = None,
) -> Document:
    return Document(
        id=id,
        title=tuple(token.terms for token in analyse(title, language)),
        text=tuple(token.terms for token in analyse(text, language)),
        movements=movements,
        places=places,
        districts=districts,
        within=tuple(sorted({*places, *districts})),
        points=points,
        language=language,
        source=source,
        kind=kind,
        posted=posted,
    )


@pytest.fixture
def document() -> Callable[..., Document]:
    """Makes a document of its text and what else is given."""
    return make_document
