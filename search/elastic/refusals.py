"""Turns what the cluster and the way to it refuse into one sentence and what to do.

Nothing of an answer's own words is passed on: they may hold words of a post, a password or a whole query.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from elastic_transport import ConnectionTimeout, SerializationError, TlsError
from elasticsearch import ApiError, Elasticsearch, TransportError, UnsupportedProductError

from tinymovements.errors import EngineUnavailable, IndexUnavailable

INDEX, ANEW = "Run `tinymovements index`.", "Run `tinymovements index --anew`."

_CLUSTER = "Check the cluster and the setting `elasticsearch`, then do the same again: nothing is lost."

_STARTING = ("The Elasticsearch cluster is starting, or has no master.", _CLUSTER)

_PARTLY_GONE = ("Parts of the index are on no running server.", _CLUSTER)

_OTHER_FIELDS = ("The index does not have the fields of this version.", ANEW)

_INDEX: dict[str, tuple[str, str]] = {
    # Of the alias `Generations.none` says why it is not there; this is an index that was behind it a moment ago.
    "index_not_found_exception": ("The index was made anew meanwhile.", "Do the same again."),
    "strict_dynamic_mapping_exception": _OTHER_FIELDS,
    "document_parsing_exception": _OTHER_FIELDS,
    "query_shard_exception": _OTHER_FIELDS,
    "illegal_argument_exception": _OTHER_FIELDS,
}
"""Types of errors after which the index must be made, or made anew."""

_TOO_MANY_WORDS = ("The query has more words than the Elasticsearch server takes.", "Ask for fewer, or give it more heap.")

_BY_TYPE: dict[str, tuple[str, str]] = {
    "too_many_clauses": _TOO_MANY_WORDS,
    "too_many_nested_clauses": _TOO_MANY_WORDS,
    "media_type_header_exception": ("The Elasticsearch server is of another version.", "Use a server of version 9."),
    "search_context_missing_exception": ("The index was made anew, or the search took too long.", "Do the same again."),
    "circuit_breaking_exception": (
        "The Elasticsearch server has not enough memory for this.",
        "Give it more heap, or ask for less; docs/elasticsearch.md tells how much.",
    ),
    "no_shard_available_action_exception": _PARTLY_GONE,
    "unavailable_shards_exception": _PARTLY_GONE,
    "node_not_connected_exception": _PARTLY_GONE,  # told in the moment in which a node is lost, as is the next
    "node_disconnected_exception": _PARTLY_GONE,
    "es_rejected_execution_exception": ("The Elasticsearch server has more to do than it can.", "Try again later."),
    "master_not_discovered_exception": _STARTING,
}

_BLOCKED = (
    "Elasticsearch takes no more documents: its disk is nearly full, or the index was set to be read only.",
    "Make room on its disks, then run `tinymovements index` again: nothing is lost.",
)

_BY_STATUS: dict[int, tuple[str, str]] = {
    401: (
        "Elasticsearch refuses the user, the password or the API key.",
        "Correct `elasticsearch_user` and `elasticsearch_password`, or `elasticsearch_api_key`.",
    ),
    403: (
        "The Elasticsearch user may not do this.",
        "Give it `monitor` and `manage_index_templates` on the cluster; "
        "`manage`, `read` and `write` on the indexes `tinymovements-*`, or however `elasticsearch_index` has it.",
    ),
    429: ("The Elasticsearch server has more to do than it can.", "Try again later."),
}


@contextmanager
def plain_errors(client: Elasticsearch) -> Iterator[None]:
    """Turns the errors of a client and its servers into an `IndexUnavailable`, and those that no new index would mend into an
    `EngineUnavailable`.
    """
    try:
        yield
    except (ApiError, TransportError) as error:
        raise plain(error, client) from None


def plain(error: Exception, client: Elasticsearch) -> IndexUnavailable:
    """What an error of a client means."""
    if isinstance(error, ApiError) and not _is_of_another_server(error):
        return refused(error.status_code, types_of(error.body))
    at = " or ".join(sorted(node.base_url for node in client.transport.node_pool.all()))
    if isinstance(error, ApiError):
        return EngineUnavailable(f"What answers at {at} is no Elasticsearch.", "Correct the setting `elasticsearch`.")
    if isinstance(error, TlsError):
        return EngineUnavailable(
            f"The certificate of the Elasticsearch server at {at} is not known here.",
            "Name the file of its CA in `elasticsearch_ca`.",
        )
    if isinstance(error, ConnectionTimeout):
        return EngineUnavailable(
            f"Elasticsearch at {at} did not answer in time.",
            "Try again; if it is slow for good, set `elasticsearch_timeout` higher.",
        )
    if isinstance(error, SerializationError):
        return EngineUnavailable(f"Elasticsearch at {at}, or what stands before it, answered with half an answer.", _CLUSTER)
    # A node with TLS, as they are from version 8 on, closes a connection without it and says nothing.
    hint = f"{_CLUSTER} If it speaks TLS, write https:." if "http:" in at else _CLUSTER
    return EngineUnavailable(f"No Elasticsearch answers at {at}.", hint)


def _is_of_another_server(error: ApiError) -> bool:
    # The client looks at answers that are well only. Elasticsearch says of everything that it has not what kind of thing that is.
    return isinstance(error, UnsupportedProductError) or (error.status_code in (404, 405) and not types_of(error.body))


def refused(status: int, types: tuple[str, ...]) -> IndexUnavailable:
    """What an HTTP status and the types of the server's errors, the outermost first, mean."""
    if "cluster_block_exception" in types:
        return EngineUnavailable(*(_STARTING if status == 503 else _BLOCKED))
    for kind in types:
        if kind in _BY_TYPE:
            return EngineUnavailable(*_BY_TYPE[kind])
    for kind in types:
        if kind in _INDEX:
            return IndexUnavailable(*_INDEX[kind])
    if status in _BY_STATUS:
        return EngineUnavailable(*_BY_STATUS[status])
    if "search_phase_execution_exception" in types and status == 503:
        return EngineUnavailable(*_PARTLY_GONE)
    return EngineUnavailable(f"Elasticsearch failed ({', '.join((f'status {status}', *types))}).", _CLUSTER)


def types_of(body: object) -> tuple[str, ...]:
    """The types of the errors that an answer tells, the outermost first."""
    found: list[str] = []
    waiting = [body.get("error", body)] if isinstance(body, dict) else []
    while waiting:
        error = waiting.pop(0)
        if not isinstance(error, dict):
            continue
        if isinstance(kind := error.get("type"), str) and kind not in found:
            found.append(kind)
        causes = [*error.get("root_cause", ()), *(failed.get("reason") for failed in error.get("failed_shards", ()))]
        waiting += [*causes, error.get("caused_by")]
    return tuple(found)
