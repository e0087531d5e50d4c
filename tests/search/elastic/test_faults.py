"""Nothing is lost and nothing doubled, whatever happens between us and a cluster, and to its nodes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest
from elasticsearch import Elasticsearch

from bench.elastic_node import Cluster
from pipelines.terms import analyse
from search.elastic import ElasticEngine, bulk, connect, engine, patience
from search.engine import Document
from search.layout import Layout
from search.query import Query
from tests.search.elastic.proxy import (
    Answer,
    Asked,
    Disturbance,
    HeldBack,
    Proxy,
    Share,
    cut_short,
    dropped_after,
    dropped_before,
    rejects_some,
    rejects_what_it_has_done,
    starting,
    too_busy,
    valid_length_but_cut,
)
from tests.search.elastic.waiting import wait_until
from tinymovements.errors import EngineUnavailable, IndexUnavailable
from tinymovements.settings import Settings

MakeDocument = Callable[..., Document]
MakeEngine = Callable[..., ElasticEngine]

DISTURBANCES: dict[str, Disturbance] = {
    "too busy": too_busy,
    "starting": starting,
    "rejects some": rejects_some,
    "rejects what it has done": rejects_what_it_has_done,
    "cut short": cut_short,
    "cut, and its length is that of the half": valid_length_but_cut,
    "dropped before": dropped_before,
    "dropped after": dropped_after,
}


@pytest.fixture(autouse=True)
def small_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many requests for a few documents."""
    monkeypatch.setattr(bulk, "_DOCUMENTS", 10)
    monkeypatch.setattr(patience, "_LONGEST_PAUSE", 0.5)
    monkeypatch.setattr(engine, "_AT_ONCE", 30)


@pytest.fixture
def documents(document: MakeDocument) -> list[Document]:
    return [document(f"id{number:03}", "kirpputori torilla", version=number + 1) for number in range(200)]


def states(documents: list[Document]) -> list[tuple[str, int]]:
    return sorted((document.id, document.version) for document in documents)


def newer(documents: list[Document], make: MakeDocument) -> list[Document]:
    return [make(document.id, "joulukahvila", version=document.version + 1000) for document in documents]


def found(engine: ElasticEngine, words: str) -> int:
    return engine.search(Query(words=words)).total


def is_bulk(asked: Asked) -> bool:
    return asked.is_bulk


class TestDisturbed:
    """Between us and the node."""

    @pytest.mark.parametrize("name", DISTURBANCES)
    def test_a_write_and_a_rebuild_lose_and_double_nothing(
        self, name: str, documents: list[Document], document: MakeDocument, engine_at: MakeEngine, proxy: Proxy
    ) -> None:
        through, share = engine_at(proxy.url), Share(is_bulk, 3, DISTURBANCES[name])
        with proxy.disturb(share):
            through.rebuild(documents)
            rebuilt = share.disturbed
            assert list(through.versions()) == states(documents)
            changed = newer(documents[:150], document)
            gone = [(document.id, document.version) for document in documents[190:]]
            through.write(changed, gone)
        assert 0 < rebuilt < share.disturbed
        assert list(through.versions()) == states([*changed, *documents[150:190]])
        assert through.count() == 190
        assert (found(through, "joulukahvila"), found(through, "kirpputori")) == (150, 40)

    def test_what_arrives_late_changes_nothing(
        self, documents: list[Document], document: MakeDocument, engine_at: MakeEngine, elasticsearch: Cluster, proxy: Proxy
    ) -> None:
        """A request that was given up by who sent it, and reaches the node after what is newer."""
        plain, through = engine_at(elasticsearch.url), engine_at(proxy.url, timeout=0.5, patience=0)
        plain.rebuild(documents)
        late: list[Asked] = []

        def lost(asked: Asked) -> Answer | None:
            if not asked.is_bulk:
                return asked.answer()
            late.append(asked)
            return None

        older = [document(one.id, "soppaa", version=one.version + 1) for one in documents]
        with proxy.disturb(lost), pytest.raises(EngineUnavailable, match="No Elasticsearch answers"):
            through.write(older)
        changed, gone = newer(documents[:100], document), [(one.id, one.version + 1000) for one in documents[100:]]
        plain.write(changed, gone)
        assert late
        assert all(asked.answer().status == 200 for asked in late)
        plain.write(older)  # as a process that was slow does
        assert list(plain.versions()) == states(changed)

    def test_answers_that_come_after_the_time_out(
        self, documents: list[Document], engine_at: MakeEngine, elasticsearch: Cluster, proxy: Proxy
    ) -> None:
        held = HeldBack()
        engine_at(elasticsearch.url).rebuild([])
        with proxy.disturb(Share(is_bulk, 5, held)):
            engine_at(proxy.url, timeout=0.5).write(documents)
            assert held.done.is_set()
            held.let_go.set()
        assert max(proxy.indexed().values()) > 1, "what was done, and not heard of in time, was sent again"
        assert list(engine_at(elasticsearch.url).versions()) == states(documents)

    def test_a_cluster_that_stays_too_busy_is_told_and_the_next_run_goes_on(
        self, documents: list[Document], engine_at: MakeEngine, proxy: Proxy
    ) -> None:
        through = engine_at(proxy.url, patience=0.3)
        through.rebuild([])
        with (
            proxy.disturb(lambda asked: rejects_some(asked) if asked.is_bulk else asked.answer()),
            pytest.raises(EngineUnavailable, match="has more to do than it can") as caught,
        ):
            through.write(documents)
        assert caught.value.hint == "Try again later."
        through.write(documents)
        assert list(through.versions()) == states(documents)

    def test_no_faster_than_the_cluster_takes_it(self, documents: list[Document], engine_at: MakeEngine, proxy: Proxy) -> None:
        """However many documents there are, a few requests are under way and as many documents are read."""
        read, under_way, most, lock, free = 0, 0, 0, Lock(), Event()

        def reading() -> Iterator[Document]:
            nonlocal read
            for document in documents:
                read += 1
                yield document

        def slow(asked: Asked) -> Answer | None:
            nonlocal under_way, most
            if not asked.is_bulk:
                return asked.answer()
            with lock:
                under_way += 1
                most = max(most, under_way)
            free.wait()
            with lock:
                under_way -= 1
            return asked.answer()

        through = engine_at(proxy.url)
        with proxy.disturb(slow), ThreadPoolExecutor(1) as pool:
            running = pool.submit(through.rebuild, reading())
            wait_until(lambda: under_way == 4 and read == 60)
            free.set()
            running.result()
        assert most == 4
        assert list(through.versions()) == states(documents)

    @pytest.mark.parametrize("name", ["too busy", "cut short", "cut, and its length is that of the half", "dropped after"])
    def test_a_search_answers_in_full_or_says_why(
        self, name: str, documents: list[Document], engine_at: MakeEngine, elasticsearch: Cluster, proxy: Proxy
    ) -> None:
        engine_at(elasticsearch.url).rebuild(documents)
        share = Share(lambda asked: asked.is_search, 3, DISTURBANCES[name])
        through = engine_at(proxy.url)
        asks: tuple[Callable[[], int], ...] = (
            through.count,
            lambda: found(through, "kirpputori"),
            lambda: len(list(through.ids(Query()))),
        )
        told = []
        with proxy.disturb(share):
            for _ in range(6):
                for ask in asks:
                    try:
                        assert ask() == 200
                    except EngineUnavailable as error:
                        told.append(str(error))
        assert share.disturbed >= 6
        assert all("\n" not in said and said.endswith(".") for said in told)
        asked_again = name in ("cut short", "dropped after")
        assert (told == []) == asked_again, "what breaks off is asked for once more"
        assert found(through, "kirpputori") == 200


class TestKilled:
    """The node dies as if its machine had lost its power, and is started again."""

    def test_during_a_bulk(
        self, documents: list[Document], document: MakeDocument, engine_at: MakeEngine, elasticsearch: Cluster, proxy: Proxy
    ) -> None:
        plain, through = engine_at(elasticsearch.url), engine_at(proxy.url)
        plain.rebuild(documents)
        dies = Dies(elasticsearch, after=5)
        changed, gone = newer(documents[:150], document), [(one.id, one.version) for one in documents[190:]]
        with proxy.disturb(dies), ThreadPoolExecutor(1) as pool:
            writing = pool.submit(through.write, changed, gone)
            dies.dead.wait(60)
            with pytest.raises(EngineUnavailable, match="No Elasticsearch answers"):
                plain.count()
            elasticsearch.start(0)
            writing.result()
        assert list(plain.versions()) == states([*changed, *documents[150:190]])
        assert (found(plain, "joulukahvila"), found(plain, "kirpputori")) == (150, 40)

    def test_during_a_rebuild(
        self,
        documents: list[Document],
        document: MakeDocument,
        engine_at: MakeEngine,
        elasticsearch: Cluster,
        proxy: Proxy,
        elastic_client: Elasticsearch,
        elastic_name: str,
    ) -> None:
        plain, impatient = engine_at(elasticsearch.url), engine_at(proxy.url, patience=0.2)
        plain.rebuild(documents)
        old, changed = plain.identity(), newer(documents[:150], document)
        with proxy.disturb(Dies(elasticsearch, after=5)), pytest.raises(EngineUnavailable, match="No Elasticsearch answers"):
            impatient.rebuild(changed)
        elasticsearch.start(0)
        assert plain.identity() == old, "the old one serves"
        assert list(plain.versions()) == states(documents)
        assert found(plain, "kirpputori") == 200
        assert len(plain.leftovers()) == 1
        plain.rebuild(changed)
        assert list(plain.versions()) == states(changed)
        assert plain.identity() != old
        assert plain.leftovers() == []
        assert len(list(elastic_client.indices.get(index=f"{elastic_name}-*"))) == 1

    def test_during_paging(self, documents: list[Document], engine_at: MakeEngine, elasticsearch: Cluster) -> None:
        plain = engine_at(elasticsearch.url)
        plain.rebuild(documents)
        query, stream = Query(words="kirpputori", size=80), plain.ids(Query())
        first, begun = plain.search(query), [next(stream) for _ in range(40)]
        elasticsearch.kill(0)
        following = query.model_copy(update={"cursor": first.cursor})
        with pytest.raises(EngineUnavailable, match="No Elasticsearch answers"):
            plain.search(following)
        elasticsearch.start(0)
        second = plain.search(following)
        third = plain.search(query.model_copy(update={"cursor": second.cursor}))
        ids = [match.id for page in (first, second, third) for match in page.matches]
        assert ids == [document.id for document in documents]
        # What a stream reads is a state of the index that the node held in its memory: it is told, and never half of it given.
        with pytest.raises(IndexUnavailable, match=r"The index was made anew, or the search took too long\. Do the same again\."):
            begun += stream
        assert begun == ids[: len(begun)]
        assert len(begun) == 60
        assert list(plain.ids(Query())) == ids


class Dies:
    """Kills the node after so many bulk requests that it has done: the last of them nobody hears of."""

    def __init__(self, cluster: Cluster, after: int) -> None:
        self._cluster, self._after = cluster, after
        self._lock = Lock()
        self.dead = Event()

    def __call__(self, asked: Asked) -> Answer | None:
        if not asked.is_bulk or self.dead.is_set():
            return asked.answer()
        with self._lock:
            answer = None if self.dead.is_set() else asked.answer()
            self._after -= 1
            if self._after == 0:
                self._cluster.kill(0)
                self.dead.set()
                return None
            return answer


class TestSecondNode:
    """Two nodes, and a copy of every shard on each."""

    def test_lost(self, documents: list[Document], document: MakeDocument, elasticsearch_cluster: Cluster) -> None:
        settings = Settings(engine="elasticsearch", elasticsearch=",".join(elasticsearch_cluster.urls))
        layouts = (Layout(shards=2), Layout(shards=2, replicas=1))  # by itself it has a copy where there is a second node
        engines = [ElasticEngine(connect(settings), f"lost{n}", analyse, layout) for n, layout in enumerate(layouts)]
        bare = ElasticEngine(connect(settings), "lost-bare", analyse, Layout(shards=2, replicas=0))
        with elasticsearch_cluster.client() as client:
            for engine in (*engines, bare):
                engine.rebuild(documents)
            client.cluster.health(index="lost*", wait_for_status="green", timeout="60s")
            query = Query(words="kirpputori", size=120)
            cursors = [engine.search(query).cursor for engine in engines]
            stream = bare.ids(Query())
            begun = [next(stream)]
            elasticsearch_cluster.kill(1)
            asks: tuple[Callable[[], object], ...] = (bare.count, lambda: found(bare, "kirpputori"), lambda: begun.extend(stream))
            for ask in asks:  # half of it is on no running server: never is the other half taken for the whole
                with pytest.raises(EngineUnavailable, match=r"Parts of the index are on no running|No Elasticsearch answers at"):
                    ask()
            assert begun == [document.id for document in documents[: len(begun)]]
            changed = newer(documents[:150], document)
            after = states([*changed, *documents[150:190]])
            for engine, cursor in zip(engines, cursors, strict=True):
                assert (engine.count(), found(engine, "kirpputori")) == (200, 200)
                second = engine.search(query.model_copy(update={"cursor": cursor}))
                assert [match.id for match in second.matches] == [document.id for document in documents[120:]]
                assert len(list(engine.ids(Query()))) == 200
                engine.write(changed, [(one.id, one.version) for one in documents[190:]])
                assert list(engine.versions()) == after
            elasticsearch_cluster.start(1)
            health = client.cluster.health(index="lost*", wait_for_status="green", wait_for_nodes="2", timeout="60s")
            assert (health["status"], health["active_shards"]) == ("green", 10)
            for node in client.nodes.info()["nodes"]:
                counted = client.search(index="lost*", size=0, track_total_hits=True, preference=f"_prefer_nodes:{node}")
                assert counted["hits"]["total"]["value"] == 2 * 190 + 200
            assert all(list(engine.versions()) == after for engine in engines)
            assert list(bare.versions()) == states(documents)
            client.indices.delete(index=list(client.indices.get(index="lost*")))
