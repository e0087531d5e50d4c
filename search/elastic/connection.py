"""Connects to a cluster as the settings say."""

import logging
import ssl
from base64 import b64encode
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from elastic_transport.client_utils import DEFAULT
from elasticsearch import Elasticsearch

from tinymovements.errors import SettingsError
from tinymovements.settings import Settings


def connect(settings: Settings) -> Elasticsearch:
    """A client, which connects at its first request; one for each process and each way to connect.

    Raises `SettingsError` where the settings contradict themselves.
    """
    hosts, inside = _hosts(settings.elasticsearch.get_secret_value())
    user, password = settings.elasticsearch_user, settings.elasticsearch_password.get_secret_value()
    key = settings.elasticsearch_api_key.get_secret_value()
    if inside and (user or password):
        raise SettingsError(
            "An address of Elasticsearch has a user, and there is another setting of who that is.",
            "Take the user out of `elasticsearch`, or `elasticsearch_user` and `elasticsearch_password` out of the settings.",
        )
    basic = (user, password) if user else inside
    if basic and key:
        raise SettingsError("Both a user and an API key are set for Elasticsearch.", "Keep one of them.")
    if password and not basic:
        raise SettingsError("A password is set for Elasticsearch, but no user.", "Set `elasticsearch_user`, too.")
    if not (key.isascii() and key.isprintable()):  # what sends it would say so with the key in its words
        raise SettingsError("The API key for Elasticsearch has characters that no key has.", "Correct `elasticsearch_api_key`.")
    return _client(hosts, basic, key, _ca(settings.elasticsearch_ca, hosts), settings.elasticsearch_timeout)


# What it tells of each try, with whole tracebacks, is told in one sentence when all have failed.
logging.getLogger("elastic_transport").setLevel(logging.ERROR)


@lru_cache(8)
def _client(hosts: tuple[str, ...], basic: tuple[str, str] | None, key: str, ca: str | None, timeout: float) -> Elasticsearch:
    return Elasticsearch(
        list(hosts),
        # Ready made, for the client itself knows no letter beyond ASCII.
        basic_auth=b64encode(":".join(basic).encode()).decode() if basic else None,
        api_key=key or None,
        ca_certs=ca or DEFAULT,
        request_timeout=timeout,
        # Another host is asked at once where one is gone. What takes too long is not asked for twice.
        max_retries=len(hosts),
        retry_on_status=(502, 503, 504),
        retry_on_timeout=False,
    )


def _hosts(said: str) -> tuple[tuple[str, ...], tuple[str, str] | None]:
    """Addresses without user and password, and these where the addresses have them."""
    hosts, basic = [], None
    for address in filter(None, map(str.strip, said.split(","))):
        try:
            url = urlsplit(address)
            port = url.port or 9200
        except ValueError:
            raise _wrong() from None
        nameless = url.password and not url.username
        if url.scheme not in ("http", "https") or not url.hostname or nameless or url.query or url.fragment:
            raise _wrong()
        if url.username:
            said_here = (unquote(url.username), unquote(url.password or ""))
            if basic not in (None, said_here):
                raise SettingsError("The addresses of Elasticsearch have several users.", "Give all of them the same, or set one.")
            basic = said_here
        host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
        hosts.append(f"{url.scheme}://{host}:{port}{url.path.rstrip('/')}")
    if not hosts:
        raise _wrong()
    return tuple(dict.fromkeys(hosts)), basic


def _ca(file: Path | None, hosts: tuple[str, ...]) -> str | None:
    """The file of the CA's certificate, which is one."""
    if file is None:
        return None
    if not all(host.startswith("https:") for host in hosts):
        raise SettingsError("A CA is set for Elasticsearch, but an address begins with http:.", "Write https: there.")
    try:
        ssl.create_default_context(cafile=file)
    except OSError as error:
        why = "it is no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise SettingsError(f"{file} cannot be used: {why}.", "Name the CA's certificate in `elasticsearch_ca`.") from None
    return str(file)


def _wrong() -> SettingsError:
    # Without the address, for it may hold a password.
    return SettingsError(
        "The setting `elasticsearch` has an address that cannot be used.", "Write https://HOST:9200, several with commas between."
    )
