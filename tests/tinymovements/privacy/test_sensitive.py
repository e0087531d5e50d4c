"""Nobody learns from a dataset where people meet who could be harmed."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinymovements.initiative import Initiative, Member, Name, Quote, Site, StageSign, Want
from tinymovements.model import Annotation, MovementScore, Place, Post, Span
from tinymovements.privacy.sensitive import MASK, coarse, hidden_words, is_sensitive, shown_initiative, shown_within
from tinymovements.taxonomy import load_taxonomy

TEXT = "Vertaisryhmä Kalliossa: tarvitsemme tilaa Pihlajatalolta, Vilhonvuorenkadulta."


def _place(text: str, found: str, name: str, **given: str) -> Place:
    start = text.index(found)
    return Place(name=name, start=start, end=start + len(found), lat=60.18411, lon=24.95022, **given)


def _need(text: str, clause: str) -> Span:
    start = text.index(clause)
    return Span(text=clause, start=start, end=start + len(clause), kind="space")


@pytest.fixture
def told(make_annotation: Callable[..., Annotation]) -> Annotation:
    here = {"district": "Kallio", "municipality": "Helsinki"}
    return make_annotation(
        "peer-support",
        "mutual-aid",
        places=(
            _place(TEXT, "Kalliossa", "Kallio", **here),
            _place(TEXT, "Pihlajatalolta", "Pihlajatalo", **here),
            _place(TEXT, "Vilhonvuorenkadulta", "Vilhonvuorenkatu"),
            Place(name="Kallion kirjasto", lat=60.1841, lon=24.9502, field="source", **here),
        ),
        needs=(_need(TEXT, "tarvitsemme tilaa Pihlajatalolta, Vilhonvuorenkadulta"),),
    )


def test_the_sensitive_movements_are_in_the_taxonomy() -> None:
    assert load_taxonomy().sensitive == {"asylum-seeker-support", "peer-support"}


def test_only_their_posts_are_sensitive_and_those_nobody_has_judged(make_annotation: Callable[..., Annotation]) -> None:
    assert is_sensitive(None)
    assert is_sensitive(make_annotation("street-art", "asylum-seeker-support"))
    assert not is_sensitive(make_annotation("street-art", "mutual-aid"))
    assert not is_sensitive(make_annotation())


@pytest.mark.usefixtures("pets")
def test_a_movement_of_the_users_own_may_be_sensitive(make_annotation: Callable[..., Annotation]) -> None:
    assert is_sensitive(make_annotation("shared-pets"))
    assert not is_sensitive(make_annotation("street-art"))


def test_places_are_districts_without_points(make_post: Callable[..., Post], told: Annotation) -> None:
    post, told_coarsely = coarse(make_post(text=TEXT, place="Kallion kirjasto", lat=60.1841, lon=24.9502), told)
    assert told_coarsely is not None
    assert [place.name for place in told_coarsely.places] == ["Kallio", "Kallio", "Kallio"]
    assert {(place.lat, place.lon) for place in told_coarsely.places} == {(None, None)}
    assert (post.place, post.lat, post.lon) == ("Kallio", None, None)


def test_texts_lose_streets_and_venues_and_keep_districts(make_post: Callable[..., Post], told: Annotation) -> None:
    post, told_coarsely = coarse(make_post(text=TEXT), told)
    assert post.text == f"Vertaisryhmä Kalliossa: tarvitsemme tilaa {MASK}, {MASK}."
    assert told_coarsely is not None
    assert told_coarsely.needs[0].text == f"tarvitsemme tilaa {MASK}, {MASK}"
    assert _exact(post, told_coarsely)


def test_a_title_is_treated_like_a_text(make_post: Callable[..., Post], make_annotation: Callable[..., Annotation]) -> None:
    place = Place(name="Pihlajatalo", start=0, end=14, field="title", municipality="Helsinki")
    need = Span(text="Pihlajatalolla tilaa", start=0, end=20, kind="space", field="title")
    post, told = coarse(make_post(title="Pihlajatalolla tilaa"), make_annotation("peer-support", places=(place,), needs=(need,)))
    assert post.title == f"{MASK} tilaa"
    assert told is not None
    assert (told.needs[0].text, told.places[0].name) == (f"{MASK} tilaa", "Helsinki")
    assert _exact(post, told)


def test_a_post_without_annotation_shows_no_place_at_all(make_post: Callable[..., Post]) -> None:
    post, told = coarse(make_post(text=TEXT, place="Kallion kirjasto", lat=60.1841, lon=24.9502), None)
    assert (post.place, post.lat, post.lon, post.text, told) == (None, None, None, TEXT, None)


def _exact(post: Post, told: Annotation) -> bool:
    spans: Sequence[Place | Span] = [place for place in told.places if place.field != "source"]
    texts = {"title": post.title or "", "text": post.text}
    in_text = all(place.start is not None and texts[place.field][place.start : place.end] for place in spans)
    return in_text and all(texts[span.field][span.start : span.end] == span.text for span in told.needs)


_parts = st.tuples(st.integers(0, 20), st.integers(1, 6)).map(lambda part: (part[0], part[0] + part[1]))


@given(st.lists(_parts, max_size=4), st.lists(_parts, max_size=4))
def test_spans_stay_exact_however_they_overlap(places: list[tuple[int, int]], needs: list[tuple[int, int]]) -> None:
    text = "abcdefghijklmnopqrstuvwxyz"
    post = Post(id="a" * 26, native_id="1", source="pihalista", text=text, content_hash="0")
    told = Annotation(
        version="1",
        language="fi",
        initiative=0.5,
        self_organised=0.5,
        places=tuple(Place(name="Pihlajatalo", start=start, end=end, municipality="Espoo") for start, end in places),
        needs=tuple(Span(text=text[start:end], start=start, end=end, kind="space") for start, end in needs),
    )
    masked, told_coarsely = coarse(post, told)
    assert told_coarsely is not None
    assert _exact(masked, told_coarsely)
    hidden = {at for start, end in places for at in range(start, end)}
    assert not {text[at] for at in hidden} & set(masked.text.replace(MASK, ""))
    for (start, end), need in zip(needs, told_coarsely.needs, strict=True):
        assert need.text.replace(MASK, "") == "".join(text[at] for at in range(start, end) if at not in hidden)


def _quote(text: str) -> Quote:
    return Quote(post="a" * 26, text=text, start=0, end=len(text))


def _initiative(*movements: str, hidden: tuple[str, ...] | None = None) -> Initiative:
    """An initiative all of whose words name a venue."""
    sign = StageSign(stage="active", rule="runs", score=0.9, quote=_quote("auki Pihlajatalolla"))
    here = {"district": "Kallio", "municipality": "Helsinki"}
    want = Want(wish="need", kind="space", quote=_quote("tilaa  Pihlajatalolta"), status="fulfilled", because=_quote("Pihlajatalo"))
    return Initiative(
        id="i1",
        names=(Name(text="Pihlajatalo-ilta", language="fi", posts=1),),
        description=_quote("Tule pihlajatalolle"),
        movements=tuple(MovementScore(id=id, score=0.9) for id in movements),
        self_organised=0.9,
        sites=(
            Site(name="Pihlajatalo", lat=60.1, lon=24.9, posts=2, **here),
            Site(name="Kallion kirjasto", lat=60.2, lon=24.9, posts=3, **here),
            Site(name="Paja", posts=1),
        ),
        stage=sign,
        stages=(sign,),
        wants=(want,),
        hidden=hidden,
        members=(Member(post="a" * 26, posted=None, source="forum", group=None, language="fi", main=True, stage=sign),),
    )


HIDDEN = ("Pihlajatalo", "Pihlajatalolla", "pihlajatalolle", "Pihlajatalolta")


class TestInitiatives:
    def test_of_a_sensitive_one_every_word_and_site_is_coarse(self) -> None:
        one = shown_initiative(_initiative("peer-support", hidden=HIDDEN))
        assert "ihlajatalo" not in one.model_dump_json(exclude={"hidden"})
        assert one.description
        assert (one.name, one.description.text, one.wants[0].quote.text) == (f"{MASK}-ilta", f"Tule {MASK}", f"tilaa  {MASK}")
        assert [(site.name, site.lat, site.lon, site.posts) for site in one.sites] == [("Kallio", None, None, 3)]
        assert one.members[0].stage == one.stage == one.stages[0]

    def test_of_another_one_only_what_its_sensitive_posts_name(self) -> None:
        plain = _initiative("street-art", hidden=())
        assert shown_initiative(plain) == plain
        one = shown_initiative(_initiative("street-art", hidden=HIDDEN))
        assert "ihlajatalo" not in one.model_dump_json(exclude={"hidden"})
        assert [(site.name, site.lat) for site in one.sites] == [("Kallio", None), ("Kallion kirjasto", 60.2), ("Paja", None)]

    def test_where_nobody_has_looked_for_its_words_none_of_a_sensitive_one_is_shown(self) -> None:
        one = shown_initiative(_initiative("peer-support"))
        assert {one.name, one.description and one.description.text, one.wants[0].quote.text} == {MASK}
        open_one = _initiative("street-art")
        assert shown_initiative(open_one) == open_one

    def test_hidden_words_are_those_of_sensitive_posts_or_of_all_where_it_is_sensitive(
        self, told: Annotation, make_annotation: Callable[..., Annotation]
    ) -> None:
        text = "Juhlat Omatuvalla"
        other = make_annotation("street-art", places=(_place(text, "Omatuvalla", "Omatupa"),))
        posts = [(None, TEXT, told), (None, text, other)]
        found = {"Kallion kirjasto", "Pihlajatalo", "Pihlajatalolta", "Vilhonvuorenkadulta", "Vilhonvuorenkatu"}
        assert set(hidden_words(["mutual-aid"], posts)) == found
        assert set(hidden_words(["peer-support"], posts)) == found | {"Omatupa", "Omatuvalla"}
        assert hidden_words(["mutual-aid"], posts[1:]) == ()

    def test_its_posts_are_as_coarse_as_it_is(
        self, make_post: Callable[..., Post], make_annotation: Callable[..., Annotation]
    ) -> None:
        post, other = (
            make_post(text="Juhlat Omatuvalla"),
            make_annotation(places=(_place("Juhlat Omatuvalla", "Omatuvalla", "Omatupa"),)),
        )
        assert shown_within(_initiative("street-art"), post, other) == (post, other)
        assert shown_within(_initiative("peer-support"), post, other)[0].text == f"Juhlat {MASK}"
