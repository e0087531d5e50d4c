"""The engine for a city: an Elasticsearch cluster, version 9."""

from search.elastic.connection import connect
from search.elastic.engine import ElasticEngine

__all__ = ["ElasticEngine", "connect"]
