"""Importers: one file per format, and the registry of them."""

from spiders.files.contract import Importer, ImportOptions, Rejected
from spiders.files.crowdtangle import CrowdTangle
from spiders.files.csv_file import CsvFile
from spiders.files.facebook_download import FacebookDownload
from spiders.files.graph_api import GraphApi
from spiders.files.jsonl_file import JsonlFile

__all__ = ["IMPORTERS", "ImportOptions", "Importer", "Rejected"]

_ALL: tuple[Importer, ...] = (CsvFile(), JsonlFile(), CrowdTangle(), FacebookDownload(), GraphApi())

IMPORTERS: dict[str, Importer] = {importer.format: importer for importer in _ALL}
"""Every importer by the name of its format."""
