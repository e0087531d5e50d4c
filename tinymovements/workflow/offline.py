"""Makes the program refuse every connection that would leave this machine."""

import ipaddress
import sys
from typing import Any

from tinymovements.errors import OfflineError

_LOCAL_NAMES = {"localhost", "", None}


def is_local(host: Any) -> bool:
    """Whether a host name or address is this machine's own."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    host: Any = ""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    if not is_local(host):
        hint = "The setting `offline` is on: turn it off to reach other machines."
        raise OfflineError(f"A connection to {host!s} was refused.", hint)


def refuse_connections() -> None:
    """From now on, and until the process ends, connections and name look-ups beyond this machine raise `OfflineError`.

    An audit hook (PEP 578): it sees every socket that Python opens, whatever library asks for it.
    """
    sys.addaudithook(_audit)
