"""What a cluster or the way to it refuses is one plain sentence, and what to do about it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from elasticsearch import AuthenticationException, Elasticsearch

from bench.elastic_node import PASSWORD, USER, Cluster
from search.elastic import ElasticEngine
from search.elastic.fields import FORMAT, MAPPINGS
from search.engine import Document
from search.query import Query
from tests.search.elastic.proxy import Answer, HeldBack, Proxy, refusal
from tests.search.elastic.waiting import wait_until
from tinymovements.cli import main
from tinymovements.errors import EngineUnavailable, IndexUnavailable
from tinymovements.settings import PREFIX

MakeDocument = Callable[..., Document]
MakeEngine = Callable[..., ElasticEngine]

ROLES = (Path(__file__).parents[3] / "deploy" / "roles.yml").read_text("utf-8")
"""What the program may on a cluster that was set up as the documentation says."""

TO_BEGIN = "To begin  tinymovements demo, tinymovements collect, or tinymovements import csv FILE"

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command with these settings of Elasticsearch: its exit code, and what it tells on standard error."""
    monkeypatch.setenv(f"{PREFIX}ENGINE", "elasticsearch")

    def run(words: str, **given: object) -> tuple[int, str]:
        for name, value in given.items():
            monkeypatch.setenv(f"{PREFIX}{name.upper()}", str(value))
        ended = CliRunner().invoke(main, words.split())
        assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
        return ended.exit_code, ended.stderr.strip()

    return run


def sentence(told: str) -> str:
    """What is told, which is one line."""
    assert told.startswith("Error: ")
    assert "\n" not in told
    assert "Traceback" not in told
    return told.removeprefix("Error: ")


class TestNotLetIn:
    @pytest.mark.parametrize(
        "given",
        [
            {},
            {"elasticsearch_user": USER, "elasticsearch_password": "wrong-password"},
            {"elasticsearch_api_key": "d3Jvbmc6d3Jvbmc="},
        ],
    )
    @pytest.mark.parametrize("words", ["index", "search kirpputori", "index --verify", "index --anew"])
    def test_by_a_user_or_a_key(self, words: str, given: dict[str, str], command: Command, secured_elasticsearch: Cluster) -> None:
        code, told = command(words, elasticsearch=secured_elasticsearch.url, elasticsearch_ca=secured_elasticsearch.ca, **given)
        assert code == 1
        assert sentence(told) == (
            "Elasticsearch refuses the user, the password or the API key. "
            "Correct `elasticsearch_user` and `elasticsearch_password`, or `elasticsearch_api_key`."
        )

    def test_a_user_who_may_only_read(self, command: Command, secured_elasticsearch: Cluster) -> None:
        with added(secured_elasticsearch, "reader", "viewer"):
            given = {
                "elasticsearch_user": "reader",
                "elasticsearch_password": PASSWORD,
                "elasticsearch_ca": secured_elasticsearch.ca,
            }
            code, told = command("index", elasticsearch=secured_elasticsearch.url, **given)
        assert code == 1
        assert sentence(told) == (
            "The Elasticsearch user may not do this. Give it `monitor` and `manage_index_templates` on the cluster; "
            "`manage`, `read` and `write` on the indexes `tinymovements-*`, or however `elasticsearch_index` has it."
        )

    def test_a_user_who_may_what_the_program_needs(self, command: Command, secured_elasticsearch: Cluster) -> None:
        with added(secured_elasticsearch, "indexer", "tinymovements", ROLES):
            given = {
                "elasticsearch_user": "indexer",
                "elasticsearch_password": PASSWORD,
                "elasticsearch_ca": secured_elasticsearch.ca,
            }
            given |= {"elasticsearch": secured_elasticsearch.url, "elasticsearch_index": "tinymovements-may"}
            for words in ("index", "search kirpputori", "index --anew --by-year", "index --replicas 0", "index --verify", "status"):
                begins = words.startswith("search")  # where nothing is found it says how to begin
                assert command(words, **given) == (0, TO_BEGIN if begins else ""), words
        with secured_elasticsearch.client() as client:
            assert client.indices.get_alias(name="tinymovements-may-*")
            client.indices.delete(index=list(client.indices.get(index="tinymovements-may-*")))

    def test_a_certificate_that_nobody_here_knows(self, command: Command, secured_elasticsearch: Cluster) -> None:
        given = {"elasticsearch_user": USER, "elasticsearch_password": PASSWORD}
        code, told = command("index", elasticsearch=secured_elasticsearch.url, **given)
        assert code == 1
        assert sentence(told) == (
            f"The certificate of the Elasticsearch server at {secured_elasticsearch.url} is not known here. "
            "Name the file of its CA in `elasticsearch_ca`."
        )


@contextmanager
def added(cluster: Cluster, user: str, role: str, roles: str = "") -> Iterator[None]:
    """A user of a role, with the password of the others, while the block runs."""
    config = cluster.nodes[0].folder / "config"
    before = {path: path.read_text() for path in (config / name for name in ("users", "users_roles", "roles.yml"))}
    hashed = next(line for line in before[config / "users"].splitlines() if line.startswith(f"{USER}:")).partition(":")[2]
    try:
        for name, more in (("users", f"{user}:{hashed}"), ("users_roles", f"{role}:{user}"), ("roles.yml", roles)):
            (config / name).write_text(f"{before[config / name]}\n{more}\n")
        with Elasticsearch(cluster.url, ca_certs=str(cluster.ca), basic_auth=(user, PASSWORD)) as client:
            wait_until(lambda: role in _roles(client))  # the node looks at its files every five seconds
        yield
    finally:
        for path, content in before.items():
            path.write_text(content)


def _roles(client: Elasticsearch) -> list[str]:
    try:
        return list(client.security.authenticate()["roles"])
    except AuthenticationException:
        return []


class TestIndex:
    """What is wrong with an index, and what mends it."""

    def test_none_yet(self, engine_at: MakeEngine, elasticsearch: Cluster) -> None:
        engine = engine_at(elasticsearch.url)
        for ask in (
            engine.count,
            engine.identity,
            lambda: engine.search(Query()),
            lambda: list(engine.ids(Query())),
            lambda: engine.write([]),
        ):
            with pytest.raises(IndexUnavailable, match=r"There is no index yet\. Run `tinymovements index`\.$") as caught:
                ask()
            assert not isinstance(caught.value, EngineUnavailable)

    def test_one_of_another_version(
        self, engine_at: MakeEngine, elasticsearch: Cluster, elastic_client: Elasticsearch, elastic_name: str
    ) -> None:
        elastic_client.indices.create(
            index=f"{elastic_name}-{FORMAT + 1}-{'0' * 16}-all", aliases={f"{elastic_name}-{FORMAT + 1}": {}}
        )
        engine = engine_at(elasticsearch.url)
        for ask in (engine.count, engine.identity, lambda: engine.search(Query())):
            with pytest.raises(IndexUnavailable, match=r"another version of this program\. Run `tinymovements index`\.$"):
                ask()
        engine.rebuild([])
        assert engine.count() == 0
        assert len(list(elastic_client.indices.get(index=f"{elastic_name}-*"))) == 1

    @pytest.mark.parametrize("changed", ["kind", "text"])
    def test_one_whose_fields_were_changed_behind_our_back(
        self, changed: str, document: MakeDocument, engine_at: MakeEngine, elasticsearch: Cluster, elastic_client: Elasticsearch
    ) -> None:
        engine = engine_at(elasticsearch.url)
        engine.rebuild([document("a", "kirpputori")])
        generation, alias = engine.identity(), engine.identity().rpartition("-")[0]
        elastic_client.indices.delete(index=f"{generation}-all")
        fields = MAPPINGS["properties"] | {changed: {"type": "flattened" if changed == "kind" else "keyword"}}
        elastic_client.indices.create(index=f"{generation}-all", mappings=MAPPINGS | {"properties": fields}, aliases={alias: {}})
        with pytest.raises(
            IndexUnavailable, match=r"does not have the fields of this version\. Run `tinymovements index --anew`\.$"
        ):
            engine.write([document("a", "kirpputori")])

    def test_one_that_takes_any_field(
        self, document: MakeDocument, engine_at: MakeEngine, elasticsearch: Cluster, elastic_client: Elasticsearch
    ) -> None:
        engine = engine_at(elasticsearch.url)
        engine.rebuild([])
        elastic_client.indices.put_mapping(index=f"{engine.identity()}-all", dynamic="true")
        with pytest.raises(
            IndexUnavailable, match=r"does not have the fields of this version\. Run `tinymovements index --anew`\.$"
        ):
            engine.write([document("a")])

    @pytest.mark.parametrize("block", ["read_only_allow_delete", "read_only", "write"])
    def test_one_that_takes_no_more_for_its_disk_is_full(
        self, block: str, document: MakeDocument, engine_at: MakeEngine, elasticsearch: Cluster, elastic_client: Elasticsearch
    ) -> None:
        engine = engine_at(elasticsearch.url)
        engine.rebuild([document("a", "kirpputori")])
        index = f"{engine.identity()}-all"
        elastic_client.indices.put_settings(index=index, settings={f"index.blocks.{block}": True})
        with pytest.raises(EngineUnavailable, match="its disk is nearly full, or the index was set to be read only") as caught:
            engine.write([document("b")])
        assert caught.value.hint == "Make room on its disks, then run `tinymovements index` again: nothing is lost."
        assert [match.id for match in engine.search(Query(words="kirpputori")).matches] == ["a"]
        elastic_client.indices.put_settings(index=index, settings={f"index.blocks.{block}": None})
        engine.write([document("b")])
        assert engine.count() == 2


class TestWay:
    """What is wrong with the way to a cluster: said within a moment, and the same by every command."""

    @pytest.fixture(params=["index", "index --verify", "search kirpputori", "export posts.csv kirpputori"])
    def words(self, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
        monkeypatch.chdir(tmp_path)
        return str(request.param)

    def test_nobody_there(self, words: str, command: Command) -> None:
        with Proxy("").serving() as gone:
            pass
        code, told = command(words, elasticsearch=f"{gone.url}")
        assert code == 1
        assert sentence(told) == (
            f"No Elasticsearch answers at {gone.url}. "
            "Check the cluster and the setting `elasticsearch`, then do the same again: nothing is lost. "
            "If it speaks TLS, write https:."
        )

    def test_no_such_host(self, command: Command) -> None:
        code, told = command("index", elasticsearch="http://nowhere.invalid:9200")
        assert code == 1
        assert sentence(told).startswith("No Elasticsearch answers at http://nowhere.invalid:9200. Check ")

    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            (
                Answer(200, b"{}", "application/json", {}),
                "What answers at URL is no Elasticsearch. Correct the setting `elasticsearch`.",
            ),
            (
                Answer(200, b"<p>Hello", "text/html", {}),
                "What answers at URL is no Elasticsearch. Correct the setting `elasticsearch`.",
            ),
            (Answer(404, b"<p>Nothing here", "text/html", {}), "What answers at URL is no Elasticsearch. Correct"),
            (
                refusal(400, "media_type_header_exception"),
                "The Elasticsearch server is of another version. Use a server of version 9.",
            ),
            (
                refusal(503, "master_not_discovered_exception"),
                "The Elasticsearch cluster is starting, or has no master. Check the ",
            ),
            (refusal(503, "cluster_block_exception"), "The Elasticsearch cluster is starting, or has no master. Check the cluster"),
            (
                refusal(429, "es_rejected_execution_exception"),
                "The Elasticsearch server has more to do than it can. Try again later.",
            ),
            (
                refusal(429, "circuit_breaking_exception"),
                "The Elasticsearch server has not enough memory for this. Give it more heap",
            ),
            (refusal(500, "strange_exception"), "Elasticsearch failed (status 500, strange_exception). Check the cluster and the"),
            (
                Answer(502, b"<p>Bad gateway", "text/html", {}),
                "Elasticsearch failed (status 502). Check the cluster and the setting",
            ),
            (Answer(200, b'{"hits": ').cut(), "No Elasticsearch answers at URL. Check the cluster and the setting `elasticsearch`"),
            (Answer(200, b'{"hits": '), "Elasticsearch at URL, or what stands before it, answered with half an answer. Check the"),
        ],
    )
    def test_what_answers(self, answer: Answer, said: str, words: str, command: Command) -> None:
        with Proxy("").serving() as proxy, proxy.disturb(lambda asked: answer):
            code, told = command(words, elasticsearch=proxy.url)
            assert code == 1
            assert sentence(told).startswith(said.replace("URL", proxy.url))

    def test_too_slow(self, command: Command, proxy: Proxy) -> None:
        held = HeldBack()
        with proxy.disturb(held):
            code, told = command("search kirpputori", elasticsearch=proxy.url, elasticsearch_timeout=0.2)
            held.let_go.set()
        assert code == 1
        assert sentence(told) == (
            f"Elasticsearch at {proxy.url} did not answer in time. "
            "Try again; if it is slow for good, set `elasticsearch_timeout` higher."
        )
        assert len(proxy.asked) == 1, "what takes too long is not asked for again"

    def test_settings_that_contradict_themselves(self, command: Command) -> None:
        for words in ("index", "index --verify", "search kirpputori", "status"):
            code, told = command(words, elasticsearch_user="kaisa", elasticsearch_api_key="key")
            assert (code, sentence(told)) == (2, "Both a user and an API key are set for Elasticsearch. Keep one of them.")
