"""Datasets as networkx, pandas and geopandas read them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import networkx as nx
import pandas as pd
import pytest

from search.query import Query
from tests.tinymovements.invented import fill, id_of, initiative_of
from tinymovements.settings import Settings
from tinymovements.workflow.export_initiatives import Name, export_initiatives
from tinymovements.workflow.export_spread import export_spread

Write = Callable[[Name, str], Path]


@pytest.fixture
def write(settings: Settings, tmp_path: Path) -> Write:
    fill(settings)

    def run(name: Name, file: str) -> Path:
        return export_initiatives(settings, name, tmp_path / file, Query(unit="initiatives"), lambda steps: None).files[0]

    return run


@pytest.mark.parametrize(("file", "read"), [("ties.graphml", nx.read_graphml), ("ties.gexf", nx.read_gexf)])
def test_networkx_reads_who_is_tied_to_whom(file: str, read: Callable[[Path], Any], write: Write) -> None:
    graph = read(write("ties", file))
    a, b, g, was = map(initiative_of, "abgz")
    assert set(graph) == {*map(initiative_of, "abcdefg"), was}
    assert graph.nodes[a]["label"] == graph.nodes[a]["name"] == "Kyläpajan ilta"
    assert (graph.nodes[a]["stage"], graph.nodes[a]["posts"], graph.nodes[a]["place_lat"]) == ("active", 3, 60.1819)
    assert graph.degree[g] == 0
    kinds = {(source, target, told["kind"]) for source, target, told in graph.edges(data=True)}
    assert {(a, b, "same_group"), (b, a, "same_group"), (b, a, "mention"), (was, a, "successor")} <= kinds
    assert (a, b, "mention") not in kinds
    (mention,) = (told for *_, told in graph.edges(data=True) if told["kind"] == "mention")
    assert (mention["weight"], mention["posts"], mention["first"]) == (1, id_of("b1"), "2025-06-01T00:00:00Z")


def test_both_graphs_are_the_same_graph(write: Write) -> None:
    one, other = nx.read_graphml(write("ties", "ties.graphml")), nx.read_gexf(write("ties", "ties.gexf"))
    assert sorted(one.edges()) == sorted(other.edges())


def test_networkx_makes_a_graph_of_the_table_of_ties(write: Write) -> None:
    graph = nx.from_pandas_edgelist(pd.read_csv(write("ties", "ties.csv")), edge_attr=True, create_using=nx.MultiGraph)
    assert graph.number_of_edges() == 8


@pytest.mark.parametrize(
    ("suffix", "read"),
    [
        (".csv", pd.read_csv),
        (".csv.gz", pd.read_csv),
        (".parquet", pd.read_parquet),
        (".xlsx", pd.read_excel),
        (".jsonl", lambda path: pd.json_normalize(pd.read_json(path, lines=True)["initiative"].tolist())),
    ],
)
def test_pandas_reads_initiatives_of_every_format(suffix: str, read: Callable[[Path], Any], write: Write) -> None:
    frame = read(write("initiatives", f"initiatives{suffix}"))
    assert list(frame["id"]) == list(map(initiative_of, "abcdefg"))
    if suffix != ".jsonl":
        assert frame["name"].isna().sum() == 1
        assert pd.to_datetime(frame["first"], utc=True)[0] == pd.Timestamp("2025-03-01", tz="UTC")


@pytest.mark.parametrize(("suffix", "read"), [(".csv", pd.read_csv), (".parquet", pd.read_parquet), (".xlsx", pd.read_excel)])
def test_pandas_reads_wants(suffix: str, read: Callable[[Path], Any], write: Write) -> None:
    frame = read(write("wants", f"wants{suffix}"))
    assert frame.groupby("wish").size().to_dict() == {"ask": 1, "need": 1, "offer": 1}


def test_geopandas_reads_initiatives_on_the_map(write: Write) -> None:
    frame = geopandas.read_file(write("initiatives", "initiatives.geojson"))
    assert frame.crs.to_epsg() == 4326
    assert frame.geometry.notna().sum() == 5  # one is nowhere, and one is sensitive
    assert frame.geometry.x.round(2).max() == 25.01


def test_geopandas_and_pandas_read_a_spread(write: Write, settings: Settings, tmp_path: Path) -> None:
    write("initiatives", "filled.csv")
    files = [
        export_spread(settings, "repair-and-reuse", "district", tmp_path / f"spread{suffix}", lambda steps: None).files[0]
        for suffix in (".geojson", ".csv")
    ]
    places, table = geopandas.read_file(files[0]), pd.read_csv(files[1])
    assert list(places["place"]) == list(table["place"]) == ["Kallio, Helsinki", "Malmi, Helsinki", "Varissuo, Turku"]
    assert [(point.x, point.y) for point in places.geometry] == list(zip(table["lon"], table["lat"], strict=True))
