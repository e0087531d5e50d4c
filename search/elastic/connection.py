"""Connects to a cluster as the settings say."""

import logging
from functools import lru_cache
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
    password, key = settings.elasticsearch_password.get_secret_value(), settings.elasticsearch_api_key.get_secret_value()
    basic = (settings.elasticsearch_user, password) if settings.elasticsearch_user else inside
    if basic and key:
        raise SettingsError("Both a user and an API key are set for Elasticsearch.", "Keep one of them.")
    if password and not basic:
        raise SettingsError("A password is set for Elasticsearch, but no user.", "Set `elasticsearch_user`, too.")
    ca = settings.elasticsearch_ca
    if ca is not None and not ca.is_file():
        raise SettingsError(f"There is no file {ca}.", "Name the CA's certificate in `elasticsearch_ca`.")
    return _client(hosts, basic, key, None if ca is None else str(ca), settings.elasticsearch_timeout)


# What it tells of each try, with whole tracebacks, is told in one sentence when all have failed.
logging.getLogger("elastic_transport").setLevel(logging.ERROR)


@lru_cache(8)
def _client(hosts: tuple[str, ...], basic: tuple[str, str] | None, key: str, ca: str | None, timeout: float) -> Elasticsearch:
    return Elasticsearch(
        list(hosts),
        basic_auth=basic,
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
            port = url.port or (443 if url.scheme == "https" else 9200)
        except ValueError:
            raise _wrong() from None
        if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
            raise _wrong()
        if url.username:
            basic = (unquote(url.username), unquote(url.password or ""))
        host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
        hosts.append(f"{url.scheme}://{host}:{port}{url.path.rstrip('/')}")
    if not hosts:
        raise _wrong()
    return tuple(hosts), basic


def _wrong() -> SettingsError:
    # Without the address, for it may hold a password.
    return SettingsError(
        "The setting `elasticsearch` has an address that cannot be used.", "Write https://HOST:9200, several with commas between."
    )
