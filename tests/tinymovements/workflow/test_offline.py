"""With the setting `offline` nothing leaves this machine."""

import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tinymovements.errors import OfflineError
from tinymovements.workflow.offline import is_local


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::1%lo", True),
        ("localhost", True),
        (b"localhost", True),
        (None, True),
        ("0.0.0.0", True),
        ("example.org", False),
        ("10.0.0.1", False),
        ("192.0.2.7", False),
        ("localhost.example.org", False),
    ],
)
def test_what_is_local(host: object, local: bool) -> None:
    assert is_local(host) is local


def test_connections_and_look_ups_are_refused() -> None:
    with pytest.raises(OfflineError, match=r"192\.0\.2\.7"):
        socket.create_connection(("192.0.2.7", 80), timeout=0.1)
    with pytest.raises(OfflineError, match=r"example\.org"):
        socket.getaddrinfo("example.org", 80)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, pytest.raises(OfflineError):
        udp.sendto(b"x", ("192.0.2.7", 53))


def test_this_machine_may_be_reached() -> None:
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    with socket.create_connection(("127.0.0.1", server.server_port)) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert connection.recv(1)
    thread.join()
    server.server_close()


def test_the_command_line_obeys_the_setting() -> None:
    code = (
        "import socket\nfrom click.testing import CliRunner\nfrom tinymovements.cli import main\n"
        "assert CliRunner().invoke(main, ['status']).exit_code == 0\n"
        "socket.create_connection(('192.0.2.7', 80), timeout=0.1)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "OfflineError" in ended.stderr, ended.stderr
