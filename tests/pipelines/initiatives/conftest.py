"""Invented posts of a few initiatives, as the pipeline of words understands them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from pipelines.assemble import annotate, build
from pipelines.initiatives.evidence import Evidence
from tinymovements.model import Post

MakeEvidence = Callable[..., list[Evidence]]

START = datetime(2025, 3, 1, 12, tzinfo=UTC)

TOLD = (
    (
        "tuulikki",
        "Kallion puskaradio",
        "Korjauskahvila Tuulikki aloittaa Kallion kirjastossa torstaisin klo 17, tuo rikkinäinen radio mukaan.",
    ),
    ("tuulikki", "Kallion puskaradio", "Kiitos Tuulikin väelle, leivänpaahdin toimii taas! Ensi torstaina kirjastolla uudestaan."),
    (
        "tuulikki",
        "Korjauskahvila Tuulikki",
        "Tuulikki etsii ompelijaa torstaille klo 17, kirjaston kerhohuone on meidän talkoilla kunnostama.",
    ),
    (
        "jakokaappi",
        "Malmin asukkaat",
        "Malmin jakokaappi on auki torin laidalla, vie ja hae ruokaa ilmaiseksi, me naapurit pidämme sen puhtaana.",
    ),
    (
        "jakokaappi",
        "Malmin asukkaat",
        "Jakokaappiin tarvitaan lauantaille siivooja, hävikkiruokaa tulee Malmin leipomosta joka ilta.",
    ),
    (
        "loppis",
        "Grannar i Aspudden",
        "Grannloppis på gården i Aspudden söndag 4 maj, alla får sälja, vi som bor här ordnar själva.",
    ),
    ("loppis", "Grannar i Aspudden", "Tack för Grannloppisen! Nästa söndag samlar vi ihop borden på gården i Aspudden."),
    ("", "Kallion puskaradio", "Myydään sohva, nouto Kalliosta, 50 euroa."),
    ("", "Malmin asukkaat", "Kaupunki lakaisee kadut Malmilla ensi viikolla."),
    ("", "Grannar i Aspudden", "Någon som tappat en svart katt? Den sitter på vår trappa."),
)
"""Which initiative a post is of, its group, and what it says."""


@pytest.fixture(scope="session")
def evidence_of() -> MakeEvidence:
    """Makes evidence of texts: tuples of group and text, or of group, title and text; a day lies between two posts."""
    nlp = build()

    def make(*told: tuple[str | None, ...], start: datetime = START) -> list[Evidence]:
        posts = [
            Post(
                native_id=str(number),
                id=f"p{number:03}",
                source="invented",
                group=group,
                title=said[0] if len(said) > 1 else None,
                text=said[-1] or "",
                posted=start + timedelta(days=number),
                content_hash="0",
            )
            for number, (group, *said) in enumerate(told, 1)
        ]
        return [
            Evidence(number, p.id, p.source, p.group, p.author, p.kind, p.title, p.text, p.url, p.posted, said, None)
            for number, (p, said) in enumerate(zip(posts, annotate(nlp, posts), strict=True), 1)
        ]

    return make


@pytest.fixture(scope="session")
def neighbourhoods(evidence_of: MakeEvidence) -> list[Evidence]:
    """The posts of `TOLD`."""
    return evidence_of(*((group, text) for _, group, text in TOLD))


@pytest.fixture(scope="session")
def initiatives_of() -> dict[str, frozenset[int]]:
    """The numbers of the posts of each initiative of `neighbourhoods`; of none by the empty key."""
    keys = sorted({key for key, _, _ in TOLD})
    return {key: frozenset(number for number, (of, _, _) in enumerate(TOLD, 1) if of == key) for key in keys}
