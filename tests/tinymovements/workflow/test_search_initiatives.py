"""Initiatives are found by their names and the words of their posts, and by nothing that is gone; and what is shown of them."""

import pytest

from bench.elastic_node import Cluster
from search.query import FACETS, Near, Query
from tests.tinymovements import village as world
from tests.tinymovements.village import SOUP, STREET, WORKSHOP, Village
from tinymovements.archive import posts
from tinymovements.archive.database import open_archive, writing
from tinymovements.archive.indexed_initiatives import begin_anew
from tinymovements.errors import IndexUnavailable, QueryError, UnknownInitiative
from tinymovements.initiative import Name
from tinymovements.settings import Settings
from tinymovements.workflow.index import index_initiatives, index_posts
from tinymovements.workflow.search import matching_ids, search, show, without_each
from tinymovements.workflow.search_initiatives import search_initiatives, usual_unit
from tinymovements.workflow.show_initiative import show_initiative, unit_of


@pytest.fixture
def village(settings: Settings) -> Village:
    """A village that is indexed."""
    made = world.build(settings)
    index(settings)
    return made


def index(settings: Settings) -> None:
    index_posts(settings, lambda _steps: None)
    index_initiatives(settings, lambda _steps: None)


def asked(**asked: object) -> Query:
    return Query.model_validate({"unit": "initiatives", **asked})


def names(settings: Settings, **given: object) -> list[str]:
    return [hit.name.text for hit in search_initiatives(settings, asked(**given)).hits]


class TestFound:
    @pytest.mark.parametrize(
        "words", ["kyläpaja", "byverkstadens", "pakettiauto", "cyklar", "+korjata -soppa", '"tarjota pullakahvi"']
    )
    def test_by_its_names_and_the_words_of_its_posts(self, village: Village, words: str) -> None:
        assert names(village.settings, words=words) == [WORKSHOP]

    def test_not_by_the_words_of_what_only_names_it_or_of_chatter(self, village: Village) -> None:
        assert names(village.settings, words="haitarikonsertti") == names(village.settings, words="lähin") == []

    def test_a_name_weighs_more_than_a_post(self, village: Village) -> None:
        other = world.initiative([("Pakettiauto", "fi")], [world.member(village.posts["chatter"])])
        village.put(other)
        index(village.settings)
        assert names(village.settings, words="pakettiauto") == ["Pakettiauto", WORKSHOP]

    def test_by_every_filter(self, village: Village) -> None:
        settings = village.settings
        assert names(settings) == [WORKSHOP, SOUP], "the one with the last sign of life first"
        assert names(settings, sort="oldest") == [SOUP, WORKSHOP]
        assert names(settings, movements=("repair-and-reuse",)) == [WORKSHOP]
        assert names(settings, places=("Berghäll",)) == names(settings, places=("helsingissä",)) == [WORKSHOP]
        assert names(settings, near=Near(lat=60.19, lon=24.95, km=2)) == [WORKSHOP]
        assert names(settings, languages=("sv",)) == names(settings, kinds=("event",)) == [WORKSHOP]
        assert names(settings, stages=("active",)) == [WORKSHOP]
        assert names(settings, stages=("forming", "ended")) == []
        assert names(settings, until="2026-02-01") == [SOUP], "of the last post"
        assert names(settings, sources=("forum",), since="2026-05-01") == [WORKSHOP]
        assert list(matching_ids(settings, asked(words="kyläpaja"))) == [village.ids[WORKSHOP]]
        assert without_each(settings, asked(words="soppa", stages=("active",))) == {"stages": 1, "words": 1}

    def test_facets_count_initiatives(self, village: Village) -> None:
        page = search_initiatives(village.settings, asked(facets=FACETS))
        counts = {facet.name: {value.value: value.count for value in facet.values} for facet in page.facets}
        assert (counts["stages"], counts["languages"], counts["months"]) == (
            {"active": 1},
            {"fi": 2, "sv": 1},
            {"2026-05": 1, "2026-01": 1},
        )
        assert counts["kinds"] == {"message": 2, "event": 1}
        assert (page.unit, page.total) == ("initiatives", 2)

    def test_pages_follow_one_another_and_belong_to_their_unit(self, village: Village) -> None:
        first = search_initiatives(village.settings, asked(size=1))
        second = search_initiatives(village.settings, asked(size=1, cursor=first.cursor))
        assert [hit.name.text for hit in (*first.hits, *second.hits)] == [WORKSHOP, SOUP]
        assert second.cursor is None
        with pytest.raises(QueryError, match="another query"):
            search(village.settings, Query(size=1, cursor=first.cursor))


class TestHit:
    def test_it_tells_what_is_known(self, village: Village) -> None:
        (hit,) = search_initiatives(village.settings, asked(words="pakettiauto ilta")).hits
        assert hit.id == village.ids[WORKSHOP]
        assert hit.score > 0
        assert [hit.name.text[mark.start : mark.end] for mark in hit.name.marks] == ["ilta"]
        assert hit.other_names == ("Byverkstadens kväll",)
        assert (hit.stage, hit.stage_posted) == ("active", world.day(3))
        assert (hit.movements, hit.places) == (("repair-and-reuse",), ("Vaasanaukio",))
        assert (hit.languages, hit.sources, hit.posts) == (("fi", "sv"), ("forum",), 4)
        assert (hit.first, hit.last) == (world.day(2), world.day(5))

    @pytest.mark.parametrize(
        ("words", "of", "text"),
        [
            ("", "first", "korjaamme pyöriä yhdessä torstaisin"),
            ("kväll", "swedish", "Byverkstadens kväll är i gång, vi lagar cyklar varje torsdag."),
            ("lauantai pakettiauto korjata", "wish", "Kyläpaja tarvitsee pakettiauton lauantaiksi. Tarjoamme pullakahvit."),
            ("korjata", "first", "korjaamme pyöriä yhdessä torstaisin"),
        ],
    )
    def test_its_words_are_those_of_the_text_that_holds_most(self, village: Village, words: str, of: str, text: str) -> None:
        hit = search_initiatives(village.settings, asked(words=words)).hits[0]
        assert hit.snippet is not None
        assert (hit.snippet.text, hit.snippet_post) == (text, village.posts[of].id)
        assert bool(hit.snippet.marks) == bool(words)

    def test_without_a_description_the_newest_post_speaks(self, village: Village) -> None:
        (hit,) = search_initiatives(village.settings, asked(places=("Turku",))).hits
        assert hit.snippet is not None
        assert hit.snippet.text == "Soppakerho kokoontuu Turussa, soppaa kaikille naapureille."
        assert (hit.stage, hit.stage_posted, hit.other_names) == (None, None, ())


class TestWithdrawn:
    """Nothing of a post that is gone is found or shown, be the index as old as it may."""

    def test_before_initiatives_are_made_anew(self, village: Village) -> None:
        village.withdraw("wish")
        assert names(village.settings, words="pakettiauto") == names(village.settings, words="kyläpaja") == []
        assert names(village.settings) == [SOUP]
        with pytest.raises(UnknownInitiative):
            show_initiative(village.settings, village.ids[WORKSHOP])

    @pytest.mark.parametrize("index_is_being_made_anew", [False, True])
    def test_before_they_are_indexed(self, village: Village, index_is_being_made_anew: bool) -> None:
        settings = village.settings
        village.withdraw("wish")
        village.put(world.workshop(village.posts, without="wish"))
        if index_is_being_made_anew:
            with writing(open_archive(settings.archive_url)) as connection:
                begin_anew(connection)
        assert names(settings, words="pakettiauto") == []
        assert names(settings, kinds=("event",)) == [], "only that post was one"
        assert names(settings, words="korjata") == names(settings, words="byverkstadens", stages=("active",)) == [WORKSHOP]
        assert names(settings, near=Near(lat=60.19, lon=24.95, km=2), places=("Kallio",), since="2026-05-01") == [WORKSHOP]

    def test_afterwards(self, village: Village) -> None:
        village.withdraw("wish")
        village.put(world.workshop(village.posts, without="wish"))
        index(village.settings)
        assert search_initiatives(village.settings, asked(words="pakettiauto")).total == 0
        told = show_initiative(village.settings, village.ids[WORKSHOP])
        assert "pakettiauto" not in repr((told, search_initiatives(village.settings, asked())))

    def test_what_says_other_words_now_is_not_found_by_the_old_ones(self, village: Village) -> None:
        village.put(world.soup(village.posts).model_copy(update={"names": (Name(text="Keittokerho", language="fi", posts=0),)}))
        assert names(village.settings, words="soppakerho -kokoontua") == []
        assert names(village.settings, words="soppaa") == ["Keittokerho"]


class TestSensitive:
    def test_where_its_people_meet_is_told_no_finer_than_by_district(self, settings: Settings) -> None:
        peers = world.build_peers(settings)
        index(peers.settings)
        page = search_initiatives(peers.settings, asked(words="toipuja pihajuhla", places=("Kallio",)))
        (hit,) = page.hits
        assert (hit.other_names, hit.places) == (("[place] toipujat",), ("Kallio",))
        assert names(peers.settings, words="Vaasankatu") == names(peers.settings, near=Near(lat=60.1869, lon=24.9603, km=1)) == []
        told = show_initiative(peers.settings, peers.ids["Toipujien ilta"])
        for shown in (page, told):
            assert "Vaasanka" not in repr(shown).replace("hidden=('Vaasankatu', 'Vaasankadun')", "")
            assert STREET.replace("Vaasankatu", "[place]") in repr(shown)


class TestShow:
    def test_it_has_the_newest_posts(self, village: Village) -> None:
        told = show_initiative(village.settings, village.ids[WORKSHOP][:8], most=2)
        assert told.initiative == world.workshop(village.posts)
        assert told.moved_from is None
        assert [post.id for post in told.posts] == [village.posts[name].id for name in ("beside", "wish")]
        assert len(show_initiative(village.settings, village.ids[WORKSHOP], None).posts) == 4

    def test_an_id_that_has_become_anothers_leads_there(self, village: Village) -> None:
        village.put(gone={village.ids[SOUP]: village.ids[WORKSHOP]})
        told = show_initiative(village.settings, village.ids[SOUP][:10])
        assert (told.initiative.id, told.moved_from) == (village.ids[WORKSHOP], village.ids[SOUP][:10])

    def test_a_post_names_its_initiatives(self, village: Village) -> None:
        parts = {name: show(village.settings, post.id).initiatives for name, post in village.posts.items()}
        assert [(part.id, part.name, part.stage) for part in parts["swedish"]] == [(village.ids[WORKSHOP], WORKSHOP, "active")]
        assert [(part.name, part.stage) for part in parts["beside"]] == [(WORKSHOP, None)]
        assert parts["chatter"] == ()

    def test_what_an_id_is_of(self, village: Village) -> None:
        post = village.posts["chatter"]
        twin = post.model_copy(update={"id": f"i{post.id[1:]}", "native_id": "twin"})
        with writing(open_archive(village.settings.archive_url)) as connection:
            posts.store(connection, "forum", [twin])
        assert unit_of(village.settings, village.ids[WORKSHOP][:6]) == "initiatives"
        assert (
            unit_of(village.settings, twin.id) == unit_of(village.settings, post.id) == unit_of(village.settings, "zzz") == "posts"
        )
        with pytest.raises(UnknownInitiative, match="No initiative has the id izzz"):
            unit_of(village.settings, "izzz")
        with pytest.raises(UnknownInitiative, match="Several"):
            unit_of(village.settings, "i5")


def test_initiatives_are_what_is_looked_for_once_there_are_any(settings: Settings) -> None:
    assert usual_unit(settings) == "posts"
    world.build(settings)
    assert usual_unit(settings) == "initiatives"
    with pytest.raises(IndexUnavailable, match="tinymovements index"):
        search_initiatives(settings, asked())


@pytest.mark.parametrize(
    "query",
    [
        asked(facets=FACETS),
        asked(words="kyläpaja soppa", facets=FACETS),
        asked(words="cykel", stages=("active",), facets=("stages", "languages")),
        asked(places=("Kallio",), kinds=("event",)),
    ],
    ids=lambda query: query.model_dump_json(exclude_defaults=True)[:60],
)
def test_a_person_gets_the_same_from_both_engines(settings: Settings, elasticsearch: Cluster, name: str, query: Query) -> None:
    world.build(settings)
    cluster = {"engine": "elasticsearch", "elasticsearch": elasticsearch.url, "elasticsearch_index": name}
    pages = []
    for each in (settings, Settings.model_validate({**settings.model_dump(), **cluster})):
        index(each)
        pages.append(search_initiatives(each, query))
    one, other = pages
    assert one.hits
    assert [hit.score for hit in one.hits] == pytest.approx([hit.score for hit in other.hits], rel=1e-5)
    assert [hit.model_copy(update={"score": 0}) for hit in one.hits] == [hit.model_copy(update={"score": 0}) for hit in other.hits]
    assert (one.total, one.facets) == (other.total, other.facets)
