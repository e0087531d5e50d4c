"""From a query to what a person reads: hits of the archive, places by any name, and what to do where nothing is found."""

from datetime import UTC, date, datetime

import pytest

from search.query import Near, Query
from tinymovements.archive import annotations, posts
from tinymovements.archive.database import open_archive, writing
from tinymovements.errors import IndexUnavailable, UnknownPost
from tinymovements.model import Annotation, Draft, MovementScore, Place, Post
from tinymovements.privacy import Gate
from tinymovements.settings import Settings
from tinymovements.workflow.index import index_posts
from tinymovements.workflow.places import by_main_names
from tinymovements.workflow.search import matching_ids, search, show, without_each

GATE = Gate(b"k" * 32)
KALLIO = Place(name="Vaasanaukio", lat=60.187, lon=24.958, district="Kallio", municipality="Helsinki")
LUND = Place(name="Lund", lat=55.70, lon=13.19, municipality="Lund")

DRAFTS = {
    "market": Draft(
        native_id="market",
        title="Kirppis Vaasanaukiolla",
        text="Tule kirpputorille lauantaina! " + "Meillä on paljon tavaraa. " * 20,
        group="Korttelin ilmoitukset",
        url="https://example.org/1",
        posted=datetime(2026, 3, 1, 12, tzinfo=UTC),
    ),
    "soup": Draft(native_id="soup", text="Soppa kiehuu torilla, tervetuloa", kind="event", posted=datetime(2026, 4, 1, tzinfo=UTC)),
    "garden": Draft(native_id="garden", text="Vi odlar grönsaker i parken", language="sv"),
}
TOLD = {
    "market": Annotation(
        version="1",
        language="fi",
        movements=(MovementScore(id="flea-markets-and-swaps", score=0.9),),
        initiative=0.9,
        self_organised=0.8,
        places=(KALLIO, KALLIO),
    ),
    "soup": Annotation(version="1", language="fi", initiative=0.5, self_organised=0.5),
    "garden": Annotation(version="1", language="sv", initiative=0.5, self_organised=0.5, places=(LUND,)),
}


@pytest.fixture
def found(settings: Settings) -> dict[str, Post]:
    """Three posts in archive and index."""
    made = {name: GATE.admit(draft, "forum") for name, draft in DRAFTS.items()}
    archive = open_archive(settings.archive_url)
    with writing(archive) as connection:
        posts.store(connection, "forum", list(made.values()))
    claim = annotations.claim(archive, "1", 0, len(made))
    assert claim is not None
    assert claim.keep([TOLD[name].model_dump_json() for name in made]) == len(made)  # they came in this order
    index_posts(settings, lambda steps: None)
    return made


def ids(settings: Settings, **asked: object) -> list[str]:
    return [hit.id for hit in search(settings, Query.model_validate(asked)).hits]


def test_a_hit_tells_what_the_archive_knows(settings: Settings, found: dict[str, Post]) -> None:
    (hit,) = search(settings, Query(words="kirpputori")).hits
    assert hit.id == found["market"].id
    assert hit.score > 0
    assert hit.title is not None
    assert [hit.title.text[mark.start : mark.end] for mark in hit.title.marks] == ["Kirppis"]
    assert hit.snippet.text.startswith("Tule kirpputorille lauantaina! Meillä")
    assert hit.snippet.text.endswith("…")
    assert [hit.snippet.text[mark.start : mark.end] for mark in hit.snippet.marks] == ["kirpputorille"]
    assert (hit.kind, hit.source, hit.group, hit.url) == ("message", "forum", "Korttelin ilmoitukset", "https://example.org/1")
    assert (hit.posted, hit.language) == (datetime(2026, 3, 1, 12, tzinfo=UTC), "fi")
    assert hit.movements == ("flea-markets-and-swaps",)
    assert hit.places == ("Vaasanaukio",)


def test_a_hit_without_words_is_shown_from_its_beginning(settings: Settings, found: dict[str, Post]) -> None:
    page = search(settings, Query())
    assert [hit.id for hit in page.hits] == [found[name].id for name in ("soup", "market", "garden")]
    assert page.hits[0].title is None
    assert page.hits[0].snippet.text == "Soppa kiehuu torilla, tervetuloa"
    assert page.hits[0].snippet.marks == ()
    assert page.total == 3


def test_pages_follow_one_another(settings: Settings, found: dict[str, Post]) -> None:
    first = search(settings, Query(size=2))
    second = search(settings, Query(size=2, cursor=first.cursor))
    assert [hit.id for hit in (*first.hits, *second.hits)] == ids(settings)
    assert second.cursor is None


@pytest.mark.parametrize("name", ["Kallio", "kallio", "Berghäll", "Kalliossa", "Vaasanaukio", "Helsingfors", "Helsingissä"])
def test_a_place_is_asked_for_by_any_name_and_holds_what_lies_in_it(settings: Settings, found: dict[str, Post], name: str) -> None:
    assert ids(settings, places=(name,)) == [found["market"].id]
    assert list(matching_ids(settings, Query(places=(name,)))) == [found["market"].id]


def test_a_place_that_nobody_knows_is_asked_for_as_it_stands() -> None:
    assert by_main_names(Query(places=("Xyzzy", "lund"))).places == ("Xyzzy", "Lund")


def test_near_a_point(settings: Settings, found: dict[str, Post]) -> None:
    assert ids(settings, near=Near(lat=60.19, lon=24.95, km=2)) == [found["market"].id]


def test_a_post_that_has_gone_meanwhile_is_left_out(settings: Settings, found: dict[str, Post]) -> None:
    with writing(open_archive(settings.archive_url)) as connection:
        posts.remove(connection, [found["soup"].id])
    page = search(settings, Query())
    assert [hit.id for hit in page.hits] == [found["market"].id, found["garden"].id]


def test_which_filter_to_drop(settings: Settings, found: dict[str, Post]) -> None:
    asked = Query(words="kirpputori", kinds=("event",), until=date(2026, 3, 31))
    assert search(settings, asked).total == 0
    assert without_each(settings, asked) == {"kinds": 1}
    assert without_each(settings, Query(words="soppa", places=("Kallio",), languages=("fi",))) == {"places": 1, "words": 1}
    assert without_each(settings, Query(words="kirpputori")) == {}
    assert without_each(settings, Query(places=("Xyzzy",), sources=("nobody",))) == {}


def test_show_tells_all(settings: Settings, found: dict[str, Post]) -> None:
    again = GATE.admit(DRAFTS["market"].model_copy(update={"native_id": "again"}), "forum")
    changed = GATE.admit(DRAFTS["soup"].model_copy(update={"text": "Soppa on loppu"}), "forum")
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "forum", [again, changed])
    shown = show(settings, found["market"].id[:10])
    assert shown.post == found["market"]
    assert shown.annotation == TOLD["market"]
    assert shown.same == (again.id,)
    assert [content for content, _ in shown.history] == [found["market"].content_hash]
    assert [content for content, _ in show(settings, changed.id).history] == [found["soup"].content_hash, changed.content_hash]
    assert show(settings, again.id).annotation is None


def test_show_of_no_post(settings: Settings) -> None:
    with pytest.raises(UnknownPost):
        show(settings, "zzz")


def test_search_without_an_index_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(IndexUnavailable, match="tinymovements index"):
        search(settings, Query())


def test_where_a_sensitive_group_meets_is_found_no_finer_than_by_district(settings: Settings) -> None:
    text = "Toipujien ilta Vaasankatu 5:ssä Kalliossa, ovi on auki."
    street = Place(name="Vaasankatu", start=15, end=25, lat=60.1869, lon=24.9603, district="Kallio", municipality="Helsinki")
    post = GATE.admit(Draft(native_id="1", text=text, place="Vaasankatu 5", lat=60.1869, lon=24.9603), "forum")
    annotation = Annotation(
        version="1",
        language="fi",
        movements=(MovementScore(id="peer-support", score=0.9),),
        initiative=0.9,
        self_organised=0.9,
        places=(street,),
    )
    archive = open_archive(settings.archive_url)
    with writing(archive) as connection:
        posts.store(connection, "forum", [post])
    claim = annotations.claim(archive, "1", 0, 1)
    assert claim is not None
    claim.keep([annotation.model_dump_json()])
    index_posts(settings, lambda steps: None)
    assert search(settings, Query(words="Vaasankatu")).total == 0
    assert search(settings, Query(near=Near(lat=60.1869, lon=24.9603, km=1))).total == 0
    page = search(settings, Query(words="toipujien", places=("Kallio",)))
    assert page.total == 1
    assert "Vaasankatu" not in page.model_dump_json()
    assert "Vaasankatu" not in repr(show(settings, post.id))
