"""What every engine must do, I: words, filters, facets, writing. `conftest.new_engine` makes each engine in turn."""

import itertools
import math
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from search.engine import Document, Engine
from search.query import FACETS, LARGEST_FACET, Near, Query
from tinymovements.errors import IndexUnavailable
from tinymovements.taxonomy import load_taxonomy

Make = Callable[..., Document]

# One index serves all examples of a property: none of them changes it.
many = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def ids(engine: Engine, words: str = "", **filters: object) -> list[str]:
    return [match.id for match in engine.search(Query.model_validate({"words": words, "size": 1000, **filters})).matches]


def facet(engine: Engine, name: str, **filters: object) -> dict[str, int]:
    found = engine.search(Query.model_validate({"facets": (name,), **filters}))
    return {value.value: value.count for facet in found.facets if facet.name == name for value in facet.values}


# Words


@pytest.mark.parametrize("asked", ["kirpputori", "kirpputorilla", "kirppis", "kirppiksellä", "KIRPPUTORIT"])
def test_forms_of_a_word_meet(engine: Engine, document: Make, asked: str) -> None:
    engine.write([document("a", "Tule kirpputorille!"), document("b", "Meillä on lauantaina kirppis."), document("c", "Soppaa")])
    assert sorted(ids(engine, asked)) == ["a", "b"]


def test_words_are_read_in_every_language(engine: Engine, document: Make) -> None:
    engine.write([document("fi", "Puita istutetaan"), document("sv", "Vi byter växter", language="sv")])
    engine.write([document("en", "Gardens for neighbours", language="en"), document("none", "xyzzyt", language="unknown")])
    assert ids(engine, "puu") == ["fi"]
    assert ids(engine, "växten") == ["sv"]
    assert ids(engine, "garden") == ["en"]
    assert ids(engine, "XYZZYT") == ["none"]


def test_compounds_are_found_by_their_parts_but_not_parts_by_a_compound(engine: Engine, document: Make) -> None:
    engine.write([document("joulu", "joulukirpputori"), document("tori", "Kahvit torilla"), document("both", "kirppu torilla")])
    assert sorted(ids(engine, "kirpputori")) == ["both", "joulu"]
    assert sorted(ids(engine, "tori")) == ["both", "joulu", "tori"]


def test_who_has_more_of_the_words_comes_first(engine: Engine, document: Make) -> None:
    filler = " ".join(["asia"] * 30)
    engine.write([document(f"x{number}", f"pyörä {filler}") for number in range(30)])
    engine.write([document("rare", "hevonen hevonen hevonen"), document("all", f"pyörä kulkee, hevonen juoksee, {filler}")])
    assert ids(engine, "pyörä hevonen")[:2] == ["all", "rare"]


def test_a_title_counts_more_than_a_text(engine: Engine, document: Make) -> None:
    engine.write([document("text", "muraali", title="seinä"), document("title", "seinä", title="muraali")])
    assert ids(engine, "muraali") == ["title", "text"]


def test_of_many_words_one_in_four_and_one_more_must_be_there(engine: Engine, document: Make) -> None:
    engine.write([document("one", "kahvi"), document("two", "kahvi ja pulla"), document("none", "tee")])
    assert ids(engine, "kahvi pulla muki") == ["two", "one"]
    assert ids(engine, "kahvi pulla muki lusikka") == ["two"]


def test_must_and_never_decide(engine: Engine, document: Make) -> None:
    engine.write([document("a", "kirpputori Malmilla"), document("b", "kirpputori Kalliossa"), document("c", "soppaa Malmilla")])
    assert ids(engine, "+malmi kirpputori") == ["a", "c"]  # with a word that must be, others only rank
    assert ids(engine, "kirpputori -malmi") == ["b"]
    assert sorted(ids(engine, "-soppa")) == ["a", "b"]
    assert ids(engine, "+kirpputori +malmi") == ["a"]


def test_a_phrase_stands_in_one_piece_whatever_the_forms(engine: Engine, document: Make) -> None:
    engine.write([document("apart", "yhteinen suuri puutarha"), document("near", "Perustimme yhteisen puutarhan kadulla")])
    engine.write([document("title", "x", title="Yhteiset puutarhat"), document("compound", "yhteinen kasvipuutarha")])
    assert sorted(ids(engine, '"yhteinen puutarha"')) == ["near", "title"]
    assert ids(engine, "”yhteistä puutarhaa” +katu") == ["near"]
    assert sorted(ids(engine, '-"yhteinen puutarha"')) == ["apart", "compound"]


def test_a_phrase_reaches_over_compounds_and_small_words(engine: Engine, document: Make) -> None:
    engine.write([document("a", "kirpputorin ja jumppasalin avajaiset"), document("b", "avajaiset, jumppasali ja kirpputori")])
    assert ids(engine, '"kirpputori ja jumppasali avajaiset"') == ["a"]


def test_a_phrase_of_one_word_is_the_word_itself_and_no_part(engine: Engine, document: Make) -> None:
    engine.write([document("art", "taidetta"), document("street", "katutaidetta")])
    assert sorted(ids(engine, "taide")) == ["art", "street"]
    assert ids(engine, '"taide"') == ["art"]


def test_small_words_are_looked_for_only_where_nothing_else_is_asked(engine: Engine, document: Make) -> None:
    engine.write([document("a", "ja"), document("b", "pyörä")])
    assert ids(engine, "ja pyörä") == ["b"]
    assert ids(engine, "ja") == ["a"]


@many
@given(some.text(alphabet='abä +-"”“()[]{}*?:^~\\/&|!\n\x00ΩTOANDOR', max_size=40))
def test_no_words_fail(engine: Engine, words: str) -> None:
    engine.search(Query(words=words))


def test_half_characters_are_answered(engine: Engine, document: Make) -> None:
    engine.write([document("a", "kirpputori", places=("Kallio",))])
    assert ids(engine, "kirpputori \udcff") == ["a"]
    assert ids(engine, places=("\udcff", "Kallio")) == ["a"]


def test_a_very_long_query_is_answered(engine: Engine, document: Make) -> None:
    engine.write([document("a", "kirpputori")])
    letters = ("".join(letters) for letters in itertools.product("bcdfghjklm", repeat=4))
    pasted = " ".join(f"qu{word}x" for word in letters)
    assert ids(engine, pasted) == []
    assert ids(engine, f"+kirpputori {pasted}") == ["a"]


PASTED = ('"', "+", "+-", '" ', "-", "a", "a-", "a\u0301", "\x00", '"a" ', "+a ", "-b ", "* ?(~2 ^3 [x TO y] field:\\ ")


@pytest.mark.parametrize("pasted", PASTED)
def test_a_megabyte_of_anything_is_answered(engine: Engine, document: Make, pasted: str) -> None:
    engine.write([document("z", "kirpputori")])
    assert ids(engine, pasted * (1_000_000 // len(pasted))) in ([], ["z"])


# Filters


def test_each_filter_keeps_what_has_one_of_its_values(engine: Engine, document: Make) -> None:
    engine.write(
        [
            document("a", movements=("street-art", "mutual-aid"), places=("Vaasanaukio",), districts=("Kallio",)),
            document("b", movements=("food-sharing",), places=("Kallio",), language="sv", source="calendar", kind="event"),
            document("c", places=("Malmin lentokenttä",), districts=("Malmi",), language="en", kind="event"),
        ]
    )
    assert ids(engine, movements=("mutual-aid",)) == ["a"]
    assert ids(engine, movements=("mutual-aid", "food-sharing")) == ["a", "b"]
    assert ids(engine, places=("Kallio",)) == ["a", "b"]
    assert ids(engine, places=("Malmin lentokenttä",)) == ["c"]
    assert ids(engine, languages=("sv", "en")) == ["b", "c"]
    assert ids(engine, sources=("forum",)) == ["a", "c"]
    assert ids(engine, kinds=("event",), languages=("en",)) == ["c"]
    assert ids(engine, kinds=("page",)) == []


def test_of_several_values_one_is_enough_and_each_is_counted_once(engine: Engine, document: Make) -> None:
    engine.write(
        [
            document("both", languages=("fi", "sv"), sources=("forum", "calendar", "map"), kinds=("message", "event")),
            document("one", language="sv", source="calendar", kind="event"),
            document("none", languages=(), sources=(), kinds=()),
        ]
    )
    assert ids(engine, languages=("fi",)) == ids(engine, sources=("map", "forum")) == ids(engine, kinds=("message",)) == ["both"]
    assert ids(engine, languages=("sv",)) == ids(engine, sources=("calendar",)) == ids(engine, kinds=("event",)) == ["both", "one"]
    assert facet(engine, "languages") == {"sv": 2, "fi": 1}
    assert facet(engine, "sources", languages=("fi",)) == {"forum": 1, "calendar": 1, "map": 1}
    assert facet(engine, "kinds", kinds=("message",)) == {"message": 1, "event": 2}


def test_a_stage_is_asked_for_and_counted_where_there_is_one(engine: Engine, document: Make) -> None:
    engine.write([document("a", "soppa", stage="active"), document("b", "soppa", stage="ended"), document("c", "soppa")])
    assert ids(engine, stages=("active",)) == ["a"]
    assert ids(engine, "soppa", stages=("active", "ended")) == ["a", "b"]
    assert ids(engine, stages=("dormant",)) == []
    assert facet(engine, "stages") == facet(engine, "stages", stages=("ended",)) == {"active": 1, "ended": 1}
    assert facet(engine, "kinds", stages=("ended",)) == {"message": 1}
    engine.write([document("a", "soppa", stage="dormant", version=2)])
    assert facet(engine, "stages", words="soppa") == {"dormant": 1, "ended": 1}


def test_days_are_those_of_utc_and_the_last_one_is_in(engine: Engine, document: Make) -> None:
    def at(moment: str) -> datetime:
        return datetime.fromisoformat(moment)

    engine.write(
        [
            document("before", posted=at("2026-02-28T23:59:59.999999+00:00")),
            document("first", posted=at("2026-03-01T00:00:00+00:00")),
            document("zone", posted=at("2026-03-01T01:30:00+02:00")),  # still February in UTC
            document("last", posted=at("2026-03-02T23:59:59.999999+00:00")),
            document("after", posted=at("2026-03-03T00:00:00+00:00")),
            document("old", posted=at("1932-05-01T00:00:00+00:00")),
            document("undated"),
        ]
    )
    assert ids(engine, since=date(2026, 3, 1), until=date(2026, 3, 2)) == ["last", "first"]
    assert ids(engine, since=date(2026, 3, 3)) == ["after"]
    assert ids(engine, until=date(2026, 2, 28)) == ["before", "zone", "old"]
    assert facet(engine, "months") == {"2026-03": 3, "2026-02": 2, "1932-05": 1}


def test_near_is_exact_at_the_edge(engine: Engine, document: Make) -> None:
    kilometre = 180 / math.pi / 6371.0087714  # degrees of latitude
    engine.write(
        [
            document("inside", points=((60.2 + 4.999 * kilometre, 25.0),)),
            document("outside", points=((60.2 + 5.001 * kilometre, 25.0),)),
            document("east", points=((60.2, 25.0 + 4.99 * kilometre / math.cos(math.radians(60.2))),)),
            document("farther-east".replace("-", ""), points=((60.2, 25.0 + 5.01 * kilometre / math.cos(math.radians(60.2))),)),
            document("several", points=((65.0, 25.5), (60.2, 25.0), (0.0, 0.0))),
            document("nowhere"),
        ]
    )
    near = Near(lat=60.2, lon=25.0, km=5)
    assert ids(engine, near=near) == ["east", "inside", "several"]
    assert ids(engine, near=Near(lat=60.2, lon=25.0, km=20_000)) == ["east", "farthereast", "inside", "outside", "several"]
    assert ids(engine, near=Near(lat=-60.0, lon=-25.0, km=1)) == []


def test_near_reaches_over_the_date_line_and_the_pole(engine: Engine, document: Make) -> None:
    engine.write([document("fiji", points=((-17.0, 179.99),)), document("pole", points=((89.99, 100.0),))])
    assert ids(engine, near=Near(lat=-17.0, lon=-179.99, km=5)) == ["fiji"]
    assert ids(engine, near=Near(lat=89.99, lon=-80.0, km=5)) == ["pole"]


def test_near_knows_every_point_of_many(engine: Engine, document: Make) -> None:
    engine.write(document(f"p{number:04}", points=((60 + number / 10_000, 25.0),)) for number in range(2500))
    assert len(ids(engine, near=Near(lat=60.1, lon=25.0, km=500), size=1000)) == 1000
    found = engine.search(Query(near=Near(lat=60.1, lon=25.0, km=500), size=1))
    assert found.total == 2500


# Facets


@pytest.mark.usefixtures("pets")
def test_a_facet_counts_every_movement_those_of_the_user_too(engine: Engine, document: Make) -> None:
    ids_of = load_taxonomy().ids
    assert len(ids_of) == 21
    engine.write([document(id, movements=(id, ids_of[0])) for id in ids_of[1:]])
    assert facet(engine, "movements") == {ids_of[0]: 20, **dict.fromkeys(ids_of[1:], 1)}
    assert ids(engine, movements=("shared-pets",)) == ["shared-pets"]


def test_a_facet_leaves_out_its_own_filter_and_no_other(engine: Engine, document: Make) -> None:
    march, may = datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 5, 5, tzinfo=UTC)
    engine.write(
        [
            document("a", "soppa", movements=("street-art",), places=("Kallio",), districts=("Kallio",), posted=march),
            document("b", "soppa", movements=("mutual-aid",), places=("Malmi",), districts=("Malmi",), posted=march, language="sv"),
            document("c", "soppa", movements=("street-art",), places=("Malmi",), districts=("Malmi",), posted=may),
            document("d", "kahvi", movements=("street-art",), places=("Kallio",), districts=("Kallio",), posted=may),
        ]
    )
    art = {"words": "soppa", "movements": ("street-art",)}
    assert facet(engine, "movements", **art) == {"street-art": 2, "mutual-aid": 1}
    assert facet(engine, "places", **art) == {"Kallio": 1, "Malmi": 1}
    assert facet(engine, "languages", **art) == {"fi": 2}
    assert facet(engine, "movements", **art, places=("Kallio",)) == {"street-art": 1}
    # A place filter is the own one of places and of districts, dates are that of months.
    for name in ("places", "districts"):
        assert facet(engine, name, **art, places=("Kallio",)) == {"Kallio": 1, "Malmi": 1}
    assert facet(engine, "months", **art, until=date(2026, 3, 31)) == {"2026-03": 1, "2026-05": 1}
    assert facet(engine, "kinds", **art, until=date(2026, 3, 31)) == {"message": 1}
    assert facet(engine, "sources", near=Near(lat=0, lon=0, km=1)) == {}


def test_every_value_of_a_post_is_counted_however_many_it_has(engine: Engine, document: Make) -> None:
    names = [f"name-{number}" for number in range(9)]
    for id in range(9):  # in several segments
        some = tuple(names[: id + 1])
        engine.write([document(f"a{id}", "kahvi", movements=some, places=some, districts=some)])
    for name in ("movements", "places", "districts"):
        assert facet(engine, name) == facet(engine, name, words="kahvi") == {name: 9 - at for at, name in enumerate(names)}
    engine.write([], gone=[("a8", 1), ("a0", 1)])
    assert facet(engine, "places") == {"name-0": 7} | {name: 8 - at for at, name in enumerate(names[:8]) if at}


def test_facets_are_in_order_and_end_somewhere(engine: Engine, document: Make) -> None:
    engine.write(document(f"a{number}", places=(f"Place {number:03}",)) for number in range(LARGEST_FACET + 50))
    engine.write([document("b", places=("Zoo",)), document("c", places=("Zoo",))])
    found = engine.search(Query(facets=FACETS))
    assert tuple(facet.name for facet in found.facets) == FACETS
    places = next(facet.values for facet in found.facets if facet.name == "places")
    assert [value.value for value in places] == ["Zoo", *(f"Place {number:03}" for number in range(LARGEST_FACET - 1))]


def test_only_the_facets_that_are_asked_for_are_counted(engine: Engine, document: Make) -> None:
    engine.write([document("a")])
    found = engine.search(Query())
    assert found.facets == ()
    assert found.total == 1
    asked = engine.search(Query(facets=("sources", "kinds")))
    assert [facet.name for facet in asked.facets] == ["sources", "kinds"]


# Writing


def test_what_is_written_shows_at_once_in_every_engine_on_it(new_engine: Callable[[], Engine], document: Make) -> None:
    writer, reader = new_engine(), new_engine()
    writer.rebuild([document("a", "kahvi")])
    assert ids(reader) == ["a"]
    writer.write([document("a", "pulla"), document("b", "kahvi")])
    assert ids(reader, "kahvi") == ["b"]
    writer.write([document("c", "kahvi")], gone=[("b", 1), ("never-was", 1)])
    assert ids(reader) == ["a", "c"]
    assert reader.count() == 2


def test_of_two_documents_with_one_id_the_last_stays(engine: Engine, document: Make) -> None:
    engine.write([document("a", "kahvi"), document("a", "pulla")])
    assert engine.count() == 1
    assert ids(engine, "pulla") == ["a"]


def breaking(document: Document) -> Iterator[Document]:
    yield document
    raise RuntimeError("the archive is gone")


def test_a_write_that_fails_changes_nothing(engine: Engine, document: Make) -> None:
    engine.write([document("a", "kahvi")])
    with pytest.raises(RuntimeError):
        engine.write(breaking(document("b")), gone=[("a", 1)])
    assert ids(engine) == ["a"]
    engine.write([document("c")])
    assert ids(engine) == ["a", "c"]


def test_a_rebuild_that_fails_changes_nothing(engine: Engine, document: Make) -> None:
    engine.write([document("a", "kahvi")])
    before = engine.identity()
    with pytest.raises(RuntimeError):
        engine.rebuild(breaking(document("b")))
    assert ids(engine) == ["a"]
    assert engine.identity() == before


def test_identity_changes_when_the_index_starts_anew(new_engine: Callable[[], Engine], document: Make) -> None:
    engine = new_engine()
    engine.rebuild([document("a")])
    before = engine.identity()
    engine.write([document("b")])
    assert engine.identity() == new_engine().identity() == before
    engine.rebuild([document("a")])
    assert engine.identity() != before
    assert ids(engine) == ["a"]


def test_searches_see_the_old_index_until_the_new_one_is_complete(new_engine: Callable[[], Engine], document: Make) -> None:
    engine, reader = new_engine(), new_engine()
    engine.rebuild([document("old")])
    seen: list[list[str]] = []

    def documents() -> Iterator[Document]:
        for number in range(50):
            yield document(f"new{number:02}")
            seen.append(ids(reader))

    engine.rebuild(documents())
    assert seen == [["old"]] * 50
    assert len(ids(reader)) == 50


def test_nobody_who_searches_notices_that_the_index_is_made_anew(new_engine: Callable[[], Engine], document: Make) -> None:
    writer, reader = new_engine(), new_engine()
    writer.rebuild([document("a", "kahvi")])
    over = threading.Event()

    def search() -> set[tuple[int, int]]:
        seen = set()
        while not over.is_set():
            seen.add((reader.search(Query(words="kahvi")).total, reader.count()))
        return seen

    with ThreadPoolExecutor() as pool:
        searching = pool.submit(search)
        for _ in range(8):
            writer.rebuild([document("a", "kahvi")])
        over.set()
        assert searching.result() == {(1, 1)}


def test_a_stream_of_ids_sees_one_state(engine: Engine, document: Make) -> None:
    engine.write(document(f"a{number:05}") for number in range(6000))
    stream = engine.ids(Query())
    first = next(stream)
    engine.rebuild([document("z")])
    assert [first, *stream] == [f"a{number:05}" for number in range(6000)]


def test_without_an_index_everything_says_so(new_engine: Callable[[], Engine], document: Make) -> None:
    engine = new_engine()
    for ask in (
        engine.identity,
        engine.count,
        lambda: engine.search(Query()),
        lambda: list(engine.ids(Query())),
        lambda: engine.write([document("a")]),
    ):
        with pytest.raises(IndexUnavailable, match="tinymovements index"):
            ask()
