"""Genuine Elasticsearch nodes for tests and measures: on loopback, in temporary folders, and gone with this process."""

import json
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from pwd import struct_passwd
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM, Signals
from typing import Any

from elasticsearch import ApiError, Elasticsearch, TransportError

from bench.certificates import issue
from bench.elastic_files import default_cache, find_java, find_programs
from bench.unprivileged import run_as, unprivileged

USER, PASSWORD = "tinymovements", "right-password"
"""Who may do everything on a secured node."""

_FAST = ("-XX:TieredStopAtLevel=1", "-XX:-UseG1GC", "-XX:+UseSerialGC", "-XX:-AlwaysPreTouch")
"""For tests: starts in half the time, and takes half the memory."""

_TIDY = ("-XX:-UsePerfData", "-XX:-HeapDumpOnOutOfMemoryError", "-Xlog:disable", "-Xlog:all=warning:stderr")
"""No file outside of its folder, and none that grows."""

_PORTS = range(20_000, 32_000)
"""Below those that systems give to connections, so that a node which was killed finds its own still free."""

# Its input ends when the process that holds the other end closes it or dies, however it dies. Each line before starts the server.
# The signals reach the whole process group: the launcher, the server, and one that was paused.
_KEEPER = """
folder=$1; shift
trap : TERM
while read -r _; do
    { trap : TERM; "$@"; echo $? >"$folder/ended"; } >>"$folder/log" 2>&1 &
done
kill -CONT 0; kill -TERM 0
wait
rm -rf "$folder"
"""

_LONGEST_WAIT = 120
"""Seconds for a node to be there, or gone."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node, in its folder; `Cluster` says what can be done to it."""

    name: str
    folder: Path
    keeper: "subprocess.Popen[bytes]"

    @property
    def runs(self) -> bool:
        """Whether it was started, and has not ended since."""
        return not (self.folder / "ended").exists()

    def begin(self) -> None:
        """Starts it, and does not wait."""
        for name in ("ended", "pid", "logs/http.ports", "logs/transport.ports"):
            (self.folder / name).unlink(missing_ok=True)
        assert self.keeper.stdin is not None
        self.keeper.stdin.write(b"start\n")
        self.keeper.stdin.flush()

    def send(self, signal: Signals) -> None:
        """Sends a signal to the server itself, not to what launched it."""
        self._must_run()
        os.kill(int((self.folder / "pid").read_text()), signal)

    def end(self, signal: Signals) -> None:
        """Ends it by this signal, and waits until it is gone."""
        self.send(signal)
        self._wait(lambda: not self.runs)

    def address(self, kind: str) -> str:
        """Host and port of its `http` or `transport`, once it listens there."""
        ports = self.folder / "logs" / f"{kind}.ports"

        def listens() -> bool:
            self._must_run()
            return ports.exists()

        self._wait(listens)
        return ports.read_text().split()[0]

    def log_end(self) -> str:
        """What it said last."""
        return (self.folder / "log").read_text("utf-8", "replace")[-4000:]

    def _must_run(self) -> None:
        if not self.runs:
            raise RuntimeError(f"The node {self.name} does not run. The end of its log: {self.log_end()}")

    def _wait(self, until: Callable[[], bool]) -> None:
        longest = time.monotonic() + _LONGEST_WAIT
        while not until():
            if time.monotonic() > longest:
                raise RuntimeError(f"The node {self.name} was waited for in vain. The end of its log: {self.log_end()}")
            time.sleep(0.02)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Nodes, the first of them the master. Each is named by its place in `urls`, and keeps its address and its data."""

    nodes: tuple[Node, ...]
    urls: tuple[str, ...]
    ca: Path | None
    """Of a secured one, the certificate of the authority that signed its own; `USER` and `PASSWORD` are let in."""

    @property
    def url(self) -> str:
        """The address of the first node."""
        return self.urls[0]

    def client(self, **options: Any) -> Elasticsearch:
        """The official client, with the right to everything; to be closed."""
        if self.ca:
            options |= {"basic_auth": (USER, PASSWORD), "ca_certs": str(self.ca)}
        return Elasticsearch(list(self.urls), **options)

    def kill(self, node: int) -> None:
        """Ends a node as if its machine had lost its power."""
        self.nodes[node].end(SIGKILL)

    def stop(self, node: int) -> None:
        """Ends a node in good order."""
        self.nodes[node].end(SIGTERM)

    def start(self, node: int) -> None:
        """Starts a node again that was killed or stopped, and waits until what it held can be searched."""
        self.nodes[node].begin()
        self.nodes[node].address("http")
        self.wait()

    def pause(self, node: int) -> None:
        """Lets a node answer nothing, while connections to it stay open."""
        self.nodes[node].send(SIGSTOP)

    def resume(self, node: int) -> None:
        """Lets a paused node go on."""
        self.nodes[node].send(SIGCONT)

    def wait(self) -> None:
        """Until all nodes that run have found each other, and every index can be searched."""
        running = str(sum(node.runs for node in self.nodes))
        longest = time.monotonic() + _LONGEST_WAIT
        with self.client(max_retries=0, request_timeout=10) as client:
            while True:
                try:
                    client.cluster.health(wait_for_status="yellow", wait_for_nodes=running, timeout="5s")
                    return
                except (ApiError, TransportError) as error:
                    if time.monotonic() > longest:
                        raise RuntimeError(f"{error}. The end of the first node's log: {self.nodes[0].log_end()}") from None
                    time.sleep(0.02)


@contextmanager
def serving(nodes: int = 1, heap_mb: int = 512, *, secured: bool = False, java: Sequence[str] = _FAST) -> Iterator[Cluster]:
    """So many nodes, each with that heap. `secured`: by password and TLS. `java`: options, none for measures, as others run it.

    Stopped, and their folders removed, when the block or we end.
    """
    options = (f"-Xms{heap_mb}m", f"-Xmx{heap_mb}m", *_TIDY, *java)
    with ExitStack() as stack:
        started = tuple(stack.enter_context(_kept(f"n{number}", options, secured)) for number in range(1, nodes + 1))
        for node in started:
            _configure(node, secured, _some_ports(), _some_ports())
            node.begin()
        for node in started[1:]:
            (node.folder / "config" / "unicast_hosts.txt").write_text(started[0].address("transport"))
        for node in started:
            _configure(node, secured, *(node.address(kind).rpartition(":")[2] for kind in ("http", "transport")))
        scheme, ca = ("https", started[0].folder / "config" / "ca.crt") if secured else ("http", None)
        cluster = Cluster(started, tuple(f"{scheme}://{node.address('http')}" for node in started), ca)
        cluster.wait()
        yield cluster


def _some_ports() -> str:
    """The node takes the first of these that is free."""
    first = random.choice(_PORTS[:-100])
    return f"{first}-{first + 99}"


def _configure(node: Node, secured: bool, http: str, transport: str) -> None:
    settings: dict[str, object] = {
        "cluster.name": "test",
        "node.name": node.name,
        "network.host": "127.0.0.1",
        "http.port": http,
        "transport.port": transport,
        "node.portsfile": True,
        "path.data": str(node.folder / "data"),
        "path.logs": str(node.folder / "logs"),
        "discovery.seed_hosts": [],
        "cluster.routing.allocation.disk.threshold_enabled": False,
        "xpack.security.enabled": secured,
    }
    if node.name == "n1":
        settings["cluster.initial_master_nodes"] = ["n1"]
    else:
        settings |= {"node.roles": ["data"], "discovery.seed_providers": "file"}
    if secured:
        settings["xpack.security.transport.ssl.enabled"] = False
        tls = {"enabled": True, "certificate": "server.crt", "key": "server.key"}
        settings |= {f"xpack.security.http.ssl.{name}": value for name, value in tls.items()}
    lines = (f"{name}: {json.dumps(value)}\n" for name, value in settings.items())
    (node.folder / "config" / "elasticsearch.yml").write_text("".join(lines))


@contextmanager
def _kept(name: str, options: Sequence[str], secured: bool) -> Iterator[Node]:
    """A node that can be started, in a folder of its own."""
    programs, java, user = find_programs(default_cache()), find_java(), unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="tm-elasticsearch-"))
    environment = {
        "PATH": os.environ["PATH"],
        "ES_PATH_CONF": str(folder / "config"),
        "ES_TMPDIR": str(folder / "tmp"),
        "ES_JAVA_HOME": str(java),
        "ES_JAVA_OPTS": " ".join(options),
        "CLI_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:-UsePerfData",
    }
    how = {"cwd": "/", "env": environment, **run_as(user)}
    try:
        _fill(folder, programs, secured, user)
        if secured:
            add = [programs / "bin" / "elasticsearch-users", "useradd", USER, "-p", PASSWORD, "-r", "superuser"]
            subprocess.run(add, check=True, stderr=subprocess.DEVNULL, **how)  # type: ignore[call-overload]
        command = ["sh", "-c", _KEEPER, "sh", folder, programs / "bin" / "elasticsearch", "--pidfile", folder / "pid"]
        # A session of its own, so that Ctrl-C reaches us alone and the server is there until we have tidied up.
        with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, **how) as keeper:  # type: ignore[call-overload]
            try:
                yield Node(name, folder, keeper)
            finally:
                keeper.communicate()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(folder: Path, programs: Path, secured: bool, user: struct_passwd | None) -> None:
    shutil.copytree(programs / "config", folder / "config")
    for empty in ("data", "logs", "tmp"):
        (folder / empty).mkdir()
    (folder / "log").touch()
    if secured:
        issue(folder / "config")
    if user:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)
