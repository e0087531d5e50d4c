"""The engine that needs no server: tantivy, in a folder on disk."""

from search.embedded.engine import EmbeddedEngine

__all__ = ["EmbeddedEngine"]
