"""Learns to resolve initiatives, `pipelines/initiatives/model.npz`: `python -m tools.learn_initiatives [--judge]`.

The invented worlds of `pipelines/initiatives/stories` go through the gate and the whole pipeline as any other file. `--judge` tells
as well how each world is resolved by a model of the others (a quarter of an hour; without it two minutes).
"""

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from sqlalchemy import select

from pipelines.initiatives import learnt
from pipelines.initiatives.clusters import Cluster, find_clusters
from pipelines.initiatives.evidence import Evidence
from pipelines.initiatives.learn import STORIES, World, learn, read_world, world_names
from pipelines.initiatives.signals import read_signal
from tinymovements.archive import posts
from tinymovements.archive.database import open_archive, reading
from tinymovements.archive.tables import meanings
from tinymovements.settings import Settings, load
from tinymovements.workflow.annotate import annotate_posts
from tinymovements.workflow.import_files import ImportOrder, Watch, import_files

_MAPPING = ("native_id=id", "group=source", "posted=posted", "title=title", "text=text")


def main() -> None:
    """Write the model, and print what it is worth."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--judge", action="store_true")
    judge = arguments.parse_args().judge
    worlds = [_world(name) for name in world_names()]
    if judge:
        print("world       precision  recall  F1     others  look-alikes mixed  languages joined")
        for world in worlds:
            learn([other for other in worlds if other is not world])
            print(f"{world.name:10}  {_line(judged(world))}", flush=True)
    learn(worlds).save(learnt.MODEL)
    print(f"{learnt.MODEL}: {learnt.MODEL.stat().st_size:,} bytes, of {len(worlds)} worlds")


def _world(name: str) -> World:
    with tempfile.TemporaryDirectory() as folder:
        settings = load(home=Path(folder))
        rows = Path(folder) / f"{name}.jsonl"
        given = map(json.loads, (STORIES / f"{name}_posts.jsonl").read_text("utf-8").splitlines())
        kept = ({key: row[key] for key in ("id", "source", "posted", "title", "text")} for row in given)
        rows.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept), "utf-8")
        import_files(settings, ImportOrder("jsonl", [rows], mapping=_MAPPING), Watch())
        annotate_posts(settings, lambda _posts: None)
        return read_world(name, _evidence(settings))


def _evidence(settings: Settings) -> list[tuple[str, Evidence]]:
    with reading(open_archive(settings.archive_url)) as connection:
        vectors = dict(connection.execute(select(meanings.c.post, meanings.c.vector)).all())
        found = []
        for item in posts.stream(connection):
            post = item.post
            assert item.annotation is not None
            told = (post.kind, post.title, post.text, post.url, post.posted, item.annotation, vectors.get(item.number))
            found.append((post.native_id, Evidence(item.number, post.id, post.source, post.group, post.author, *told)))
        return found


@dataclass(frozen=True)
class Judged:
    """What the resolution of a world is worth."""

    precision: float
    """B-cubed, over the posts that are about an initiative (Bagga and Baldwin 1998)."""
    recall: float
    f1: float
    others: float
    """Of the posts that are about none, how many were given one."""
    mixed: int
    """Clusters in which two look-alikes are."""
    joined: float
    """Of the initiatives that are told of in several languages, how many are one in all of them."""


def judged(world: World) -> Judged:
    """How the model in force resolves a world."""
    clusters = find_clusters([read_signal(post) for post in world.evidence])
    numbers = [post.number for post in world.evidence]
    gold = {number: keys[0] for number, keys in zip(numbers, world.initiatives, strict=True) if keys}
    found = {number: str(index) for index, cluster in enumerate(clusters) for number in cluster.main}
    precision, recall = b_cubed(gold, found)
    others = [number for number in numbers if number not in gold]
    joined = _languages_joined(world, gold, found)
    return Judged(
        precision,
        recall,
        2 * precision * recall / (precision + recall),
        sum(number in found for number in others) / len(others),
        sum(_mixes(cluster, gold, look_alikes(world.name)) for cluster in clusters),
        sum(joined) / len(joined),
    )


def b_cubed(gold: dict[int, str], found: dict[int, str]) -> tuple[float, float]:
    """Precision and recall of a grouping; what was put into no group stands alone."""
    ours: dict[str, set[int]] = defaultdict(set)
    theirs: dict[str, set[int]] = defaultdict(set)
    for number, key in gold.items():
        theirs[key].add(number)
        ours[found.get(number, f"alone {number}")].add(number)
    shared = {number: len(theirs[key] & ours[found.get(number, f"alone {number}")]) for number, key in gold.items()}
    precision = sum(shared[number] / len(ours[found.get(number, f"alone {number}")]) for number in gold) / len(gold)
    return precision, sum(shared[number] / len(theirs[key]) for number, key in gold.items()) / len(gold)


def look_alikes(world: str) -> dict[str, set[str]]:
    """Of each initiative of a world the keys of those that are much like it and are not the same."""
    rows = map(json.loads, (STORIES / f"{world}_initiatives.jsonl").read_text("utf-8").splitlines())
    return {row["key"]: set(row["not_same_as"]) for row in rows}


def _mixes(cluster: Cluster, gold: dict[int, str], alike: dict[str, set[str]]) -> bool:
    keys = {gold[number] for number in cluster.main if number in gold}
    return any(keys & alike[key] for key in keys)


def _languages_joined(world: World, gold: dict[int, str], found: dict[int, str]) -> Sequence[bool]:
    spoken: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for post in world.evidence:
        if post.number in gold:
            spoken[gold[post.number]][post.annotation.language].add(found.get(post.number, f"alone {post.number}"))
    return [bool(set.intersection(*by.values())) for by in spoken.values() if len(by) > 1]


def _line(judged: Judged) -> str:
    precision, recall, f1, others, mixed, joined = astuple(judged)
    return f"{precision:9.3f} {recall:7.3f}  {f1:5.3f}  {others:6.2f}  {mixed:17}  {joined:16.2f}"


if __name__ == "__main__":
    main()
