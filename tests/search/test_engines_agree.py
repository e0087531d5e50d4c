"""Both engines find the same, and what the rules say: in an archive made by hand, while it changes, and as people see it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import chain

import pytest

from bench.elastic_node import Cluster
from pipelines.terms import analyse
from search.engine import Document, Engine
from search.query import FACETS, Box, Near, Query
from search.words import read
from tests.search.rules import NOISE, Both, check
from tinymovements.archive import annotations, posts
from tinymovements.archive.database import open_archive, writing
from tinymovements.model import Annotation, Draft, MovementScore, Place
from tinymovements.privacy import Gate
from tinymovements.settings import Settings
from tinymovements.workflow.index import index_posts
from tinymovements.workflow.search import search

Make = Callable[..., Document]


def pages(engine: Engine, query: Query, between: Iterator[object] | None = None) -> Iterator[tuple[str, ...]]:
    """The ids of each page; after each, `between` goes one step on."""
    while True:
        found = engine.search(query)
        yield tuple(match.id for match in found.matches)
        if found.cursor is None:
            return
        if between:
            next(between, None)
        query = query.model_copy(update={"cursor": found.cursor})


# One archive made by hand

TEXTS = (
    ("fi", "Kirpputori Kalliossa", "Tule kirpputorille lauantaina! Myytävänä lastenvaatteita ja kirjoja."),
    ("fi", "", "Joulukirpputori torilla, kahvia ja pullaa. Kahvi on ilmaista, pulla ei."),
    ("fi", "Kirppis", "Meillä on taas kirppis pihalla, tervetuloa kaikki naapurit"),
    ("fi", "Yhteinen puutarha", "Perustimme yhteisen puutarhan kadun varrelle. Puutarha on kaikille yhteinen."),
    ("fi", "", "Suuri yhteinen suuri puutarha odottaa talkoolaisia; talkoot alkavat aamulla"),
    ("fi", "Katutaidetta Malmilla", "Muraali seinään! Taide kuuluu kaikille, katutaide varsinkin."),
    ("fi", "Taide", "taide taide taide"),
    ("fi", "", "Polkupyörän korjaus ilmaiseksi, tuo pyöräsi. Pyörät kuntoon pajalla, pyöräpaja auki"),
    ("sv", "Loppis i parken", "Vi säljer böcker och kläder på loppisen. Kaffe och bullar finns."),
    ("sv", "", "Gatukonst på väggen: konsten tillhör alla, odlar grönsaker i trädgården"),
    ("sv", "Odling", "Vi odlar växter tillsammans i den gemensamma trädgården, nya växter behövs"),
    ("en", "Community garden", "We grow vegetables together in the community garden, neighbours welcome"),
    ("en", "", "Bicycle repair café: bring your bicycle, we have the tools and the coffee"),
    ("en", "Street art", "A mural for the neighbourhood's wall - the art of the street"),
    ("unknown", "xyzzyt", "Xyzzyt plugh kirpputori kirpputorilla"),
    ("unknown", "", ""),
    ("fi", "", "ja"),
    ("fi", "Ja", "!!! ... ---"),
    ("fi", "", "Itä-Pasilassa kahvi-ilta, Itä-Pasila tarvitsee kahvilan. Kahvilassa kahvia."),
    ("fi", "Soppaa", "Soppa kiehuu torilla, tervetuloa syömään soppaa; ruokajakelu jatkuu, ruokaa riittää " * 9),
    ("fi", "", f"{'a' * 300} {'ä' * 700} loppu"),
)
MOMENTS = (
    None,
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2026, 3, 31, 23, 59, 59, 999_000, tzinfo=UTC),
    datetime(2026, 4, 1, tzinfo=UTC),
    datetime(2026, 4, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
)
POINTS = (
    (),
    ((60.19, 24.96),),
    ((60.25, 25.01), (55.7, 13.19)),
    ((90.0, 0.0),),
    ((-90.0, 180.0),),
    ((-17.0, 180.0), (-17.0, -180.0)),
    ((0.1, 0.3),),
)
PLACES = (((), ()), (("Vaasanaukio",), ("Kallio",)), (("Malmi", "Tapanila", "Tattarisuo", "Ala-Malmin tori"), ("Malmi",)))
MOVEMENTS = ((), ("street-art",), ("mutual-aid", "food-sharing", "street-art"), ("flea-markets-and-swaps",))


def archive(make: Make) -> list[Document]:
    """Every text twice (equal scores), with values in turns."""
    return [
        make(
            f"{(number * 37) % 101:03}{language}",
            text,
            title,
            language,
            movements=MOVEMENTS[number % len(MOVEMENTS)],
            places=PLACES[number % len(PLACES)][0],
            districts=PLACES[number % len(PLACES)][1],
            points=POINTS[number % len(POINTS)],
            source=("forum", "calendar")[number % 2],
            kind=("message", "event", "proposal", "page")[number % 4],
            posted=MOMENTS[number % len(MOMENTS)],
            stage=(None, "spark", "active")[number % 3],
            languages=(language, "de", "nn") if number % 7 == 0 else None,
            sources=("calendar", "map") if number % 7 == 0 else None,
        )
        for number, (language, title, text) in enumerate(chain(TEXTS, TEXTS))
    ]


WORDS = """
kirpputori | kirpputorilla | KIRPPIS | kirppikset | tori | torilla | kahvi | kahvila | kahvia kahvila | joulukirpputori
kirpputori kallio | kirpputori lastenvaatteet kirja | pulla kahvi tori kirja
kirpputori kahvi pulla tori kirja naapuri piha talkoot | puutarha yhteinen | taide | katutaide | street art | konst
gatukonst | konsten på väggen | växter trädgård | växten | loppis | bicycle | bicycles coffee | neighbours | neighbour's
garden community growing | café | cafe | polkupyörä | pyörä | pyöräpaja korjaus | xyzzyt | plugh kirpputori | ja | och | the
ja kahvi | och the ja | Itä-Pasila | itä pasila | pasila | kahvi-ilta | ruoka | ruokajakelu soppa | +kirpputori
+kirpputori kallio | +kirpputori +kallio | +kahvi +pulla tori | +kahvi pulla tori kirja soppa | +ja | +ja +kahvi | +xyzzyt
-kirpputori | -kahvi -tori | kirpputori -kallio | tori -kirpputori | +kahvi -pulla | kahvi -"kahvi on" | -taide taide
+taide -taide | -ja | "yhteinen puutarha" | "yhteisen puutarhan" | "puutarha yhteinen" | "suuri yhteinen suuri" | "taide"
"taide taide" | "taide taide taide" | "kahvi on ilmainen" | "kahvi ja pulla" | "street art" | "art of the street"
"community garden" -bicycle | "xyzzyt plugh" | "loppis i parken" | "konsten tillhör alla" | +"yhteinen puutarha" talkoot
"yhteinen puutarha" +suuri | -"yhteinen puutarha" | -"taide" | "ja" | "!!!" | "∅" | ∅ | -∅ | +∅ kahvi | "kahvi | " | + | -
+- | * ? ~ (kahvi) [pulla TO kirja] | kahvi AND pulla | title:kahvi | kahvi^9 | kahvi~ | kah* | a\\b | kahvi kahvi kahvi
kahvi kahvia kahvin | "kahvi" "pulla" | soppa soppaa torilla | tule myydä vaate | nobody wrote this | “yhteinen puutarha”
""".replace("\n", "|").split("|")

CASES: list[Query] = [
    *(Query(words=words.strip()) for words in WORDS if words.strip()),
    Query(),
    Query(words="a" * 300),
    Query(words="ä" * 700),
    Query(words=f'"{"a" * 300} {"ä" * 700}"'),
    Query(words="a" * 255),
    *(Query(sort=sort) for sort in ("newest", "oldest")),
    *(Query(sort=sort, words="kirpputori kahvi") for sort in ("newest", "oldest")),
    *(Query(movements=movements) for movements in (("street-art",), ("mutual-aid", "flea-markets-and-swaps"), ("no-such",))),
    *(Query(places=places) for places in (("Kallio",), ("Malmi", "Vaasanaukio"), ("Ala-Malmin tori",), ("kallio",), ("",))),
    *(Query(languages=languages) for languages in (("fi",), ("sv", "unknown"), ("en", "sv", "fi"))),
    Query(sources=("calendar",)),
    Query(kinds=("event", "page")),
    *(Query(stages=stages) for stages in (("active",), ("spark", "active"), ("ended",))),
    Query(words="kirpputori kahvi", stages=("spark",), languages=("fi",), sources=("map", "forum")),
    Query(words="kirpputori", movements=("street-art",), places=("Malmi",), kinds=("message",), languages=("fi",)),
    *(Query(since=day) for day in (date.min, date(1, 1, 2), date(1970, 1, 1), date(2026, 4, 1), date(9999, 12, 31))),
    *(
        Query(until=day)
        for day in (date.min, date(1969, 12, 31), date(1970, 1, 1), date(2026, 3, 31), date(9999, 12, 30), date.max)
    ),
    Query(since=date(2026, 4, 1), until=date(2026, 4, 1), sort="oldest"),
    Query(since=date(2026, 4, 2), until=date(2026, 4, 1)),
    Query(words="kahvi pulla", since=date(1969, 12, 31), until=date(2026, 3, 31)),
    *(Query(near=Near(lat=lat, lon=lon, km=km)) for lat, lon, km in ((60.19, 24.96, 0.0001), (60.19, 24.96, 8), (60, 25, 700))),
    *(Query(near=Near(lat=lat, lon=lon, km=km)) for lat, lon, km in ((90, 50, 1), (-90, 0, 1), (-17, 180, 1), (-17, -179.9, 20))),
    *(Query(near=Near(lat=lat, lon=lon, km=km)) for lat, lon, km in ((0.1, 0.3, 1e-9), (0.1, 0.3, 20_000), (-0.1, -179.7, 20_000))),
    *(
        Query(box=Box(south=south, west=west, north=north, east=east))
        for south, west, north, east in (
            (60, 24, 61, 26),
            (60.19, 24.96, 60.25, 25.01),  # the edges run through points
            (60.19, 24.96, 60.19, 24.96),
            (0.1, 0.3, 0.1, 0.3),
            (-90, -180, 90, 180),
            (90, -180, 90, 180),
            (-90, -180, -90, 180),
            (-90, 180, 90, 180),
            (-90, -180, 90, -180),
            (0, 0, 0, 0),
        )
    ),
    Query(words="kirpputori tori kahvi", box=Box(south=0, west=0, north=89, east=90), near=Near(lat=60, lon=25, km=100)),
]


@pytest.fixture(scope="module")
def filled(shared_engines: Both, make_document: Make) -> tuple[Both, list[Document]]:
    kept = archive(make_document)
    embedded, elastic = shared_engines
    for engine in shared_engines:
        engine.rebuild(kept[:20])
        engine.write(kept[20:])
    return (embedded, elastic), kept


@pytest.mark.parametrize("query", CASES, ids=lambda query: query.model_dump_json(exclude_defaults=True)[:80])
def test_both_find_what_the_rules_say(filled: tuple[Both, list[Document]], query: Query) -> None:
    engines, kept = filled
    check(engines, kept, query)
    for size in (1, 4, 1000):
        sized = query.model_copy(update={"size": size})
        one, other = (list(pages(engine, sized)) for engine in engines)
        assert list(chain(*one)) == [match.id for match in engines[0].search(query.model_copy(update={"size": 1000})).matches]
        assert one == other


# Pages while documents come and go


@pytest.mark.parametrize(
    "query",
    [Query(words="lamppu"), Query(), Query(sort="oldest"), Query(words="+kahvi lamppu -pulla")],
    ids=lambda query: query.model_dump_json(exclude_defaults=True),
)
@pytest.mark.parametrize("size", [1, 3])
def test_pages_are_the_same_while_documents_come_and_go(both_engines: Both, document: Make, query: Query, size: int) -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    kept = [document(f"m{n:02}", f"lamppu {'kahvi ' * n}", posted=day + timedelta(days=n % 5)) for n in range(14)]
    order = [f"m{n:02}" for n in range(14)]
    steps: list[Callable[[Engine], None]] = [
        lambda engine: engine.write(
            [document("new1", "lamppu lamppu", posted=day + timedelta(days=9)), document("new2", "kahvi pulla")]
        ),
        lambda engine: engine.write([], gone=[(order[0], 1), (order[5], 1)]),
        lambda engine: engine.write([document("m07", "pulla", posted=day, version=2), document("a", f"lamppu {'kahvi ' * 20}")]),
        lambda engine: engine.write([document("m05", f"lamppu {'kahvi ' * 5}", posted=day, version=3)], gone=[("m12", 1)]),
        lambda engine: engine.write([document(f"z{n}", "lamppu kahvi") for n in range(5)]),
    ]
    found = []
    for engine in both_engines:
        engine.rebuild(kept)
        between = (step(engine) for step in steps)
        found.append(list(pages(engine, query.model_copy(update={"size": size}), between)))
    assert found[0] == found[1]
    assert len(found[0]) > 3


# What a person gets

FILLER = "Meillä on taas paljon puuhaa ja vähän väkeä, joten tule mukaan vaikka hetkeksi. "
KALLIO = Place(name="Vaasanaukio", lat=60.187, lon=24.958, district="Kallio", municipality="Helsinki")
ART, FLEA = MovementScore(id="street-art", score=0.8), MovementScore(id="flea-markets-and-swaps", score=0.9)


def told(language: str, movements: tuple[MovementScore, ...] = (), places: tuple[Place, ...] = ()) -> Annotation:
    return Annotation.model_validate(
        {"version": "1", "language": language, "movements": movements, "initiative": 0.9, "self_organised": 0.8, "places": places}
    )


POSTS = (
    (
        Draft(native_id="0", title="Kirppis Vaasanaukiolla", text=f"Kirpputorille! {FILLER * 6} Kirppis on ohi."),
        told("fi", (FLEA,), (KALLIO,)),
    ),
    (Draft(native_id="1", text=f"{FILLER * 5}Yhteisen puutarhan talkoot, puutarha on yhteinen. {FILLER * 5}"), told("fi")),
    (Draft(native_id="2", title="Muraali", text="Muraali\n\nja   katutaidetta seinään", kind="event"), told("fi", (ART,))),
    (Draft(native_id="3", title="Loppis", text="Loppis i parken: kläder & böcker, gatukonst på väggen"), told("sv", (ART, FLEA))),
    (
        Draft(native_id="4", text=f"{FILLER * 3}joulukirpputori{FILLER * 4}", posted=datetime(2026, 3, 1, tzinfo=UTC)),
        told("fi", (FLEA,)),
    ),
    (Draft(native_id="5", text="The community garden welcomes neighbours; bicycle's repair too"), told("en", (), (KALLIO,))),
    (Draft(native_id="6", text="kirpputori xyzzyt"), told("unknown")),
)


@pytest.fixture
def both_settings(settings: Settings, elasticsearch: Cluster, elastic_name: str) -> tuple[Settings, Settings]:
    """Of one archive, and an index of it in each engine."""
    gate, store = Gate(b"k" * 32), open_archive(settings.archive_url)
    with writing(store) as connection:
        posts.store(connection, "forum", [gate.admit(draft, "forum") for draft, _ in POSTS])
    claim = annotations.claim(store, "1", 0, len(POSTS))
    assert claim is not None
    claim.keep([annotation.model_dump_json() for _, annotation in POSTS])  # they came in this order
    cluster = {"engine": "elasticsearch", "elasticsearch": elasticsearch.url, "elasticsearch_index": elastic_name}
    both = settings, Settings.model_validate({**settings.model_dump(), **cluster})
    for each in both:
        assert index_posts(each, lambda steps: None) == len(POSTS)
    return both


ASKED = (
    Query(words="kirpputori", facets=FACETS),
    Query(words='"yhteinen puutarha" talkoot'),
    Query(words="katutaide muraali gatukonst", facets=FACETS),
    Query(words="kirpputori -xyzzyt", size=2),
    Query(words="garden neighbour bicycle", places=("kalliossa",)),
    Query(words="+loppis böcker", movements=("street-art",), facets=("movements", "languages")),
    Query(near=Near(lat=60.19, lon=24.95, km=2)),
    Query(facets=FACETS, size=3),
)


@pytest.mark.parametrize("query", ASKED, ids=lambda query: query.model_dump_json(exclude_defaults=True)[:80])
def test_a_person_gets_the_same_from_both(both_settings: tuple[Settings, Settings], query: Query) -> None:
    one, other = (search(each, query) for each in both_settings)
    assert one.hits
    assert [hit.score for hit in one.hits] == pytest.approx([hit.score for hit in other.hits], rel=NOISE)
    for ours, theirs in zip(one.hits, other.hits, strict=True):
        assert ours == theirs.model_copy(update={"score": ours.score})
        assert not read(query.words, analyse).ranks or ours.snippet.marks or (ours.title and ours.title.marks)
    assert (one.total, one.facets, one.cursor is None) == (other.total, other.facets, other.cursor is None)
