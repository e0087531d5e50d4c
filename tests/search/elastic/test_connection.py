"""Settings become a client; contradictions are told, and secrets are told to nobody."""

import logging
import traceback
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.certificates import issue
from bench.elastic_node import PASSWORD, USER, Cluster
from pipelines.terms import analyse
from search.elastic import ElasticEngine, connect
from search.query import Query
from tests.search.elastic.proxy import Answer, Proxy, refusal
from tinymovements.errors import EngineUnavailable, SettingsError
from tinymovements.settings import Settings

SECRETS = ("s3cret-Pass", "s3cret-Key")
WORDS = "kirpputori"


def settings_of(**given: Any) -> Settings:
    return Settings(engine="elasticsearch", **given)


def engine_of(**given: Any) -> ElasticEngine:
    settings = settings_of(**given)
    return ElasticEngine(connect(settings), settings.elasticsearch_index, analyse)


@pytest.fixture
def listening() -> Iterator[Proxy]:
    """Counts nothing, whoever asks."""
    nothing = Answer(200, b'{"hits": {"total": {"value": 7}}}')
    with Proxy("").serving() as proxy, proxy.disturb(lambda asked: nothing):
        yield proxy


def sent(proxy: Proxy, **given: Any) -> str:
    """What the client says of who it is."""
    assert engine_of(**given).count() == 7
    return proxy.asked[-1].headers.get("authorization", "")


def basic(user: str, password: str) -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def test_nobody_is_named_where_nobody_is_set(listening: Proxy) -> None:
    assert sent(listening, elasticsearch=listening.url) == ""


def test_user_and_password_are_sent(listening: Proxy) -> None:
    given = {"elasticsearch_user": "kaisa", "elasticsearch_password": "right: pässword"}
    assert sent(listening, elasticsearch=listening.url, **given) == basic("kaisa", "right: pässword")


def test_user_and_password_may_stand_in_the_address(listening: Proxy) -> None:
    address = listening.url.replace("//", "//kaisa:p%40ss%2Fword@")
    assert sent(listening, elasticsearch=address) == basic("kaisa", "p@ss/word")
    assert sent(listening, elasticsearch=f"{address},{address}") == basic("kaisa", "p@ss/word")


def test_an_api_key_is_sent(listening: Proxy) -> None:
    assert sent(listening, elasticsearch=listening.url, elasticsearch_api_key="a2V5OnNlY3JldA==") == "ApiKey a2V5OnNlY3JldA=="


def test_all_of_it_is_read_from_the_environment(listening: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYMOVEMENTS_ELASTICSEARCH", listening.url)
    monkeypatch.setenv("TINYMOVEMENTS_ELASTICSEARCH_API_KEY", "a2V5")
    assert sent(listening) == "ApiKey a2V5"


def test_a_path_before_the_cluster_is_kept(listening: Proxy) -> None:
    sent(listening, elasticsearch=f"{listening.url}/behind/this/")
    assert listening.asked[-1].path.startswith("/behind/this/tinymovements-")


def test_another_host_is_asked_where_one_is_gone(listening: Proxy) -> None:
    with Proxy("").serving() as gone:
        pass
    engine = engine_of(elasticsearch=f"{gone.url}, {listening.url},")
    assert [engine.count() for _ in range(5)] == [7] * 5


def test_another_host_is_asked_where_one_is_no_part_of_the_cluster(listening: Proxy) -> None:
    with Proxy("").serving() as alone, alone.disturb(lambda asked: refusal(503, "master_not_discovered_exception")):
        engine = engine_of(elasticsearch=f"{alone.url},{listening.url}")
        assert [engine.count() for _ in range(5)] == [7] * 5
        assert alone.asked


def test_one_client_is_kept_for_the_same_settings(listening: Proxy) -> None:
    first, same = settings_of(elasticsearch=listening.url), settings_of(elasticsearch=listening.url)
    assert connect(first) is connect(same)
    assert connect(first) is not connect(settings_of(elasticsearch=listening.url, elasticsearch_timeout=5))


def test_the_certificate_of_a_ca_is_enough_to_know_a_node(secured_elasticsearch: Cluster) -> None:
    given = {"elasticsearch_user": USER, "elasticsearch_password": PASSWORD, "elasticsearch_ca": secured_elasticsearch.ca}
    assert engine_of(elasticsearch=secured_elasticsearch.url, **given).leftovers() == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"user": "kaisa", "password": SECRETS[0], "api_key": SECRETS[1]}, "Both a user and an API key are set"),
        ({"": f"https://kaisa:{SECRETS[0]}@127.0.0.1", "api_key": SECRETS[1]}, "Both a user and an API key are set"),
        ({"": f"https://kaisa:{SECRETS[0]}@127.0.0.1", "user": "ville"}, "has a user, and there is another setting"),
        ({"": "https://kaisa@127.0.0.1", "password": SECRETS[0]}, "has a user, and there is another setting"),
        ({"": f"http://a:{SECRETS[0]}@127.0.0.1,http://b:{SECRETS[0]}@127.0.0.1"}, "have several users"),
        ({"password": SECRETS[0]}, "A password is set for Elasticsearch, but no user"),
        ({"api_key": f"{SECRETS[1]}\nmore"}, "has characters that no key has"),
        ({"api_key": f"{SECRETS[1]}ä"}, "has characters that no key has"),
        ({"": f"ftp://kaisa:{SECRETS[0]}@127.0.0.1"}, "an address that cannot be used"),
        ({"": f"https://kaisa:{SECRETS[0]}@"}, "an address that cannot be used"),
        ({"": f"https://kaisa:{SECRETS[0]}@127.0.0.1:port"}, "an address that cannot be used"),
        ({"": f"https://kaisa:{SECRETS[0]}@[::1"}, "an address that cannot be used"),
        ({"": f"https://127.0.0.1?key={SECRETS[1]}"}, "an address that cannot be used"),
        ({"": " , "}, "an address that cannot be used"),
    ],
)
def test_what_contradicts_itself_is_told_without_the_secret(given: dict[str, str], said: str) -> None:
    settings = settings_of(**{f"elasticsearch_{name}".removesuffix("_"): value for name, value in given.items()})
    with pytest.raises(SettingsError, match=said) as caught:
        connect(settings)
    assert caught.value.hint
    shown = "".join(traceback.format_exception(caught.value)) + repr(settings) + str(settings)
    assert not any(secret in shown for secret in SECRETS)


def test_a_ca_must_be_a_certificate_and_of_use(tmp_path: Path) -> None:
    certificate, other = issue(tmp_path), tmp_path / "other"
    other.write_text("no certificate")
    for address, file, said in (
        ("http://127.0.0.1", certificate, "an address begins with http:"),
        ("https://127.0.0.1", tmp_path / "missing", "missing cannot be used: No such file"),
        ("https://127.0.0.1", other, "other cannot be used: it is no certificate"),
        ("https://127.0.0.1", tmp_path, "cannot be used: "),
    ):
        with pytest.raises(SettingsError, match=said):
            connect(settings_of(elasticsearch=address, elasticsearch_ca=file))
    connect(settings_of(elasticsearch="https://127.0.0.1", elasticsearch_ca=certificate))


@pytest.mark.parametrize(
    "given", [{"elasticsearch_user": "kaisa", "elasticsearch_password": SECRETS[0]}, {"elasticsearch_api_key": SECRETS[1]}]
)
@pytest.mark.parametrize("answers", ["refuses", "is gone", "is another server", "cuts"])
def test_no_secret_is_in_a_log_or_an_error(given: dict[str, str], answers: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = {
        "refuses": refusal(401, "security_exception"),
        "is gone": None,
        "is another server": Answer(200, b"{}", headers={}),
        "cuts": Answer(200, b'{"hits": {"total": {"value": 7}}}').cut(),
    }[answers]
    with Proxy("").serving() as proxy, proxy.disturb(lambda asked: told):
        engine = engine_of(elasticsearch=proxy.url, **given)
        with pytest.raises(EngineUnavailable) as caught:
            engine.search(Query(words=WORDS))
        assert proxy.asked[-1].headers["authorization"]
    encoded = basic("kaisa", SECRETS[0]).split()[1]
    shown = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(engine) + repr(connect)
    assert not any(secret in shown for secret in (*SECRETS, encoded, WORDS))
