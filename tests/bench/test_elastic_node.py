"""Elasticsearch nodes for tests: they come back as they were, are gone with who started them, and tell what they lack."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from elastic_transport import ConnectionError as NoConnection
from elastic_transport import ConnectionTimeout, TlsError
from elasticsearch import AuthenticationException, Elasticsearch

from bench.elastic_node import PASSWORD, USER, Cluster, serving

ROOT = Path(__file__).parents[2]

SERVES = """
import sys
from bench.elastic_node import serving
with serving(heap_mb=256) as cluster:
    print(cluster.nodes[0].folder, (cluster.nodes[0].folder / "pid").read_text(), flush=True)
    sys.stdin.read()
"""

NOTHING_INSTALLED = """
from bench import elastic_node
from bench.elastic_files import MissingProgram

def find_java():
    raise MissingProgram("Install a Java.")

elastic_node.find_java = find_java
"""


def test_a_killed_node_comes_back_at_its_address_with_its_data(elasticsearch: Cluster) -> None:
    with elasticsearch.client(max_retries=0) as client:
        client.index(index="comes-back", document={"word": "puisto"}, refresh=True)
        elasticsearch.kill(0)
        with pytest.raises(NoConnection):
            client.count(index="comes-back")
        elasticsearch.start(0)
        assert client.count(index="comes-back")["count"] == 1
        client.indices.delete(index="comes-back")


def test_a_paused_node_answers_when_it_goes_on(elasticsearch: Cluster) -> None:
    with elasticsearch.client(max_retries=0) as client:
        elasticsearch.pause(0)
        try:
            with pytest.raises(ConnectionTimeout):
                client.options(request_timeout=0.2).cluster.health()
        finally:
            elasticsearch.resume(0)
        assert client.cluster.health()["number_of_nodes"] == 1


def test_a_secured_node_wants_the_password_and_its_authority_known(secured_elasticsearch: Cluster) -> None:
    with secured_elasticsearch.client() as client:
        assert client.security.authenticate()["username"] == USER
    url, ca = secured_elasticsearch.url, str(secured_elasticsearch.ca)
    with Elasticsearch(url, basic_auth=(USER, PASSWORD), max_retries=0) as client, pytest.raises(TlsError):
        client.cluster.health()
    with Elasticsearch(url, basic_auth=(USER, "wrong"), ca_certs=ca) as client, pytest.raises(AuthenticationException):
        client.cluster.health()


@pytest.mark.usefixtures("elasticsearch")  # which says so where nodes cannot be started here
def test_a_node_is_gone_with_its_folder_when_its_parent_is_killed() -> None:
    child = subprocess.Popen([sys.executable, "-c", SERVES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert child.stdout is not None
    folder, server = child.stdout.readline().split()
    os.kill(int(server), 0)
    child.kill()
    child.communicate(timeout=60)  # what it started holds the same output, until it ends
    assert not Path(folder).exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(server), 0)


@pytest.mark.usefixtures("elasticsearch")
def test_a_node_that_does_not_start_says_why() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)n1 does not run.*NoSuchOption"), serving(java=["-XX:+NoSuchOption"]):
        pass


@pytest.mark.parametrize(("ci", "outcome"), [("", "1 skipped"), ("1", "1 error")])
def test_where_nothing_is_installed_tests_are_skipped_but_fail_on_ci(ci: str, outcome: str, tmp_path: Path) -> None:
    (tmp_path / "nothing_installed.py").write_text(NOTHING_INSTALLED)
    one = f"{__file__}::{test_a_paused_node_answers_when_it_goes_on.__name__}"
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "nothing_installed", "-p", "no:cacheprovider", "-rsE", one],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}", "CI": ci},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert outcome in ran.stdout.splitlines()[-1]
    assert "Install a Java." in ran.stdout
