"""The life of indexes: a generation is one index, or one for each year; an alias names the one in use.

A new generation is filled beside the one in use and takes the alias in one step, in which the old one is removed. One that was
never finished has no alias, and is removed by the next one.
"""

import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError, TransportError

from search.elastic.fields import ALL, FORMAT, MAPPINGS, SETTINGS, UNDATED, year_of
from search.elastic.patience import patiently
from search.elastic.refusals import ANEW, INDEX
from search.engine import Document
from search.layout import Layout
from tinymovements.errors import IndexUnavailable

DEFAULT = Layout(shards=1, replicas=None, by_year=False)
"""Of a first index. Replicas None: one, where there is a second node to hold it."""


_TOLD = "*.settings.index,*.mappings.dynamic,*.mappings.properties.*.type"


@dataclass(frozen=True)
class Generation:
    """The indexes behind the alias, and how they lie."""

    name: str
    indexes: tuple[str, ...]
    layout: Layout

    def index_of(self, document: Document) -> str:
        """The name of the index that a document belongs to, be it there or not."""
        return f"{self.name}-{year_of(document) if self.layout.by_year else ALL}"


class Generations:
    """All generations under one name in a cluster."""

    def __init__(self, client: Elasticsearch, name: str, patience: float) -> None:
        self._client, self._name, self._patience = client, name, patience
        self.alias = f"{name}-{FORMAT}"
        """Names the generation in use; that of another format has another alias."""
        self._named = re.compile(rf"({re.escape(name)}-(\d+)-[0-9a-f]{{16}})-(?:{ALL}|{UNDATED}|\d{{4}})")

    def current(self) -> Generation:
        """The generation in use. Raises `IndexUnavailable` where there is none of this format."""
        try:
            found = self._client.indices.get(index=self.alias, filter_path=_TOLD).body
        except NotFoundError:
            raise self.none() from None
        names = sorted(name for name in found if self._named.fullmatch(name))
        generations = {name.rpartition("-")[0] for name in names}
        if len(generations) != 1 or any(not _fits(found[name].get("mappings", {})) for name in names):
            raise IndexUnavailable("The index does not have the fields of this version.", ANEW)
        return Generation(generations.pop(), tuple(names), _layout(names, found[names[0]]["settings"]["index"]))

    def none(self) -> IndexUnavailable:
        """Why there is no generation in use: none was made, or another version of this program made it."""
        if any(int(match[2]) != FORMAT for match in self._all()):
            return IndexUnavailable("The index was made by another version of this program.", INDEX)
        return IndexUnavailable("There is no index yet.", INDEX)

    def _all(self) -> Iterator["re.Match[str]"]:
        found = self._client.indices.get(index=f"{self._name}-*", filter_path="*.settings.index.uuid", expand_wildcards="all").body
        return (match for name in found if (match := self._named.fullmatch(name)))

    @contextmanager
    def renewing(self, layout: Layout) -> Iterator[Generation]:
        """An empty generation, which becomes the one in use when the block ends; if it fails, nothing changes."""
        self._put_template()
        self._sweep()  # what a killed run has left
        new = Generation(f"{self.alias}-{secrets.token_hex(8)}", (), layout)
        try:
            # Of one index for each year none is known yet; the alias needs one.
            self.create(new, f"{new.name}-{UNDATED if layout.by_year else ALL}")
            yield new
            self._take_over(new)
        except BaseException:
            with suppress(ApiError, TransportError):  # what cannot be removed now is nothing that the next one does not remove
                self._sweep()
            raise

    def create(self, generation: Generation, index: str) -> None:
        """Make an index of a generation, if nobody else has."""
        shards = {"number_of_shards": generation.layout.shards, "number_of_replicas": 0}
        try:
            self._client.indices.create(index=index, settings=shards)
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise

    def create_in_use(self, generation: Generation, index: str) -> None:
        """Make another index of the generation in use."""
        self._put_template()
        self.create(generation, index)
        self.keep_copies([index], generation.layout.replicas)
        # All or none: where another generation has taken over meanwhile, this one's indexes are gone, and it must not come back.
        self._client.indices.update_aliases(actions=[{"add": {"indices": [*generation.indexes, index], "alias": self.alias}}])

    def keep_copies(self, indexes: Sequence[str], replicas: int | None) -> None:
        """Keep so many copies of each shard from now on."""
        copies: dict[str, Any] = {"auto_expand_replicas": "0-1"}
        if replicas is not None:
            copies = {"auto_expand_replicas": "false", "number_of_replicas": replicas}
        self._client.indices.put_settings(index=list(indexes), settings=copies)

    def of(self, generation: Generation) -> str:
        """A pattern of the names of its indexes."""
        return f"{generation.name}-*"

    def leftovers(self) -> list[str]:
        """Every index of ours that is not in use."""
        return sorted({match[0] for match in self._all()} - self._in_use())

    def _put_template(self) -> None:
        # An index of ours is never made by writing into it: what arrives late must not bring back one that has been removed.
        self._client.indices.put_index_template(
            name=self.alias,
            index_patterns=[f"{self.alias}-*"],
            priority=500 + len(self.alias),  # of two names of which one begins like the other, the longer one is meant
            allow_auto_create=False,
            template={"settings": {"index": SETTINGS}, "mappings": MAPPINGS},
        )

    def _in_use(self) -> set[str]:
        # Where there is none the answer is empty. A 404 is no answer of Elasticsearch's, and must not be taken for "none".
        return set(self._client.indices.get_alias(name=f"{self._name}-*", filter_path="*.aliases").body)

    def _sweep(self) -> None:
        if left := self.leftovers():
            self._client.indices.delete(index=left, ignore_unavailable=True)

    def _take_over(self, new: Generation) -> None:
        patiently(lambda: self.keep_copies([self.of(new)], new.layout.replicas), self._patience)
        old = [{"remove_index": {"index": index}} for index in sorted(self._in_use() & {match[0] for match in self._all()})]
        actions = [{"add": {"index": self.of(new), "alias": self.alias}}, *old]
        try:
            patiently(lambda: self._client.indices.update_aliases(actions=actions), self._patience)
        except (ApiError, TransportError):
            # Of a try that nobody heard of the next one finds the old indexes gone.
            if {index.rpartition("-")[0] for index in self._in_use()} != {new.name}:
                raise


def _fits(mappings: dict[str, Any]) -> bool:
    """Whether an index still has the fields it was made with: anybody who may write to a cluster can change them."""
    types = {name: field.get("type") for name, field in mappings.get("properties", {}).items()}
    wanted = {name: field["type"] for name, field in MAPPINGS["properties"].items()}
    return mappings.get("dynamic") == MAPPINGS["dynamic"] and types == types | wanted


def _layout(names: list[str], settings: dict[str, Any]) -> Layout:
    follows = settings.get("auto_expand_replicas", "false") != "false"
    return Layout(
        shards=int(settings["number_of_shards"]),
        replicas=None if follows else int(settings["number_of_replicas"]),
        by_year=not any(name.endswith(f"-{ALL}") for name in names),
    )
