"""A whole run over 300 planted names, phones and e-mail addresses leaves none of them in any byte that it writes."""

import base64
import csv
import gzip
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import pyarrow.parquet
import pytest
import tantivy

from tinymovements.privacy import lexicon

COUNT = 100
STEPS = (
    ("import", "csv", "{files}/posts.csv", "--map", "id=key", "--map", "text=body", "--rejected", "{out}/rejected.csv"),
    ("import", "jsonl", "{files}/posts.jsonl", "--source", "more-files"),
    ("collect", "feed"),
    ("annotate",),
    ("index",),
    ("search", "talkoot", "--json"),
    *(("export", f"{{out}}/all.{ending}") for ending in ("csv.gz", "geojson", "jsonl", "parquet", "xlsx")),
)
SENTENCES = (
    "Nimeni on {name} ja vedän talkoita. Soita {phone} tai kirjoita {email}!",
    "Hej, jag heter {name}. Ring {phone} eller mejla {email} om loppisen.",
    "My name is {name}, call {phone} or write to {email} about the jumble sale.",
)


def invented() -> Iterator[dict[str, str]]:
    """People who do not exist: names that the gate's lists hold and no dictionary does, phones and addresses."""
    chance = random.Random(5)
    given = [name for name, level in sorted(lexicon.given_names().items()) if level >= 6 and _is_unmistakable(name)]
    family = [name for name, tier in sorted(lexicon.family_names().items()) if tier == "2" and _is_unmistakable(name)]
    for number, first, last in zip(range(COUNT), chance.sample(given, COUNT), chance.sample(family, COUNT), strict=True):
        local = f"{''.join(chance.sample('abdefghiklmnoprstuv', 9))}"
        yield {
            "given": first.title(), "family": last.title(), "name": f"{first.title()} {last.title()}",
            "phone": f"04{number % 6} {chance.randrange(200, 999)} {chance.randrange(2000, 9999)}",
            "email": f"{local}@example.org", "local": local,
        }  # fmt: skip


def _is_unmistakable(name: str) -> bool:
    return len(name) > 6 and name.isalpha() and not set("NPfse") & set(lexicon.look_up(name.title()).kind)


@pytest.fixture(scope="module")
def people() -> list[dict[str, str]]:
    return list(invented())


def _row(number: int, person: dict[str, str], text: str) -> dict[str, str]:
    return {
        "key": person["email"] if number % 7 == 0 else f"row-{number}",
        "body": text if number % 9 else "",  # every ninth row is rejected, for it has no text
        "title": f"Mrs {person['family']} {person['phone']}",
        "author": person["name"],
        "group": f"Rouva {person['family']}, {person['email']}",
        "place": f"Dr {person['family']}",
        "url": f"https://www.facebook.com/{person['local']}/posts/{number}",
        "posted": "2026-05-02" if number % 11 else person["email"],
        "remarks": f"{person['name']} {person['phone']}",  # a column that nobody asked for
    }


def _write(folder: Path, people: list[dict[str, str]], site: Any, reply: Any) -> None:
    texts = [sentence.format(**person) for sentence, person in zip(cycle(SENTENCES), people, strict=False)]
    rows = [_row(number, person, text) for number, (person, text) in enumerate(zip(people, texts, strict=True), 1)]
    third = COUNT // 3
    with (folder / "posts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows[:third])
    lines = [json.dumps({"id": row.pop("key"), "text": row.pop("body"), **row}) for row in rows[third : 2 * third]]
    (folder / "posts.jsonl").write_text("\n".join([*lines, f'{{"id": "broken", "author": "{people[0]["name"]}']), "utf-8")
    items = "".join(
        f"<item><guid>{escape(row['key'])}</guid><title>{escape(row['title'])}</title><author>{escape(row['author'])}</author>"
        f"<link>{site.base}/@{quote(person['local'])}</link><description>{escape(row['body'])}</description></item>"
        for row, person in zip(rows[2 * third :], people[2 * third :], strict=True)
    )
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed</title>{items}</channel></rss>'
    site.answers("/feed.xml", reply(feed.encode(), headers={"Content-Type": "application/rss+xml"}))


def _unpacked(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and what is packed in them."""
    yield path.read_bytes()
    if path.suffix == ".gz":
        yield gzip.decompress(path.read_bytes())
    elif path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as packed:
            yield from (packed.read(name) for name in packed.namelist())
    elif path.suffix == ".parquet":
        yield repr(pyarrow.parquet.read_table(path).to_pylist()).encode()
    elif path.name == "meta.json" and (path.parent / ".managed.json").exists():
        searcher = tantivy.Index.open(str(path.parent)).searcher()
        hits = searcher.search(tantivy.Query.all_query(), 10_000).hits
        assert hits, "the index holds something to look at"
        yield from (repr(searcher.doc(address).to_dict()).encode() for _, address in hits)


def _disguises(plain: str) -> Iterator[bytes]:
    """The ways in which a text may stand in a file."""
    for text in {plain, plain.lower(), plain.upper()}:
        yield text.encode()
        yield text.encode("utf-16-le")
        yield quote(text).encode()
        yield json.dumps(text)[1:-1].encode()
        for shift in range(3):  # what base64 makes of it depends on where it stands; less than eight letters may be anything
            packed = base64.b64encode(b"\0" * shift + text.encode())[4 if shift else 0 : -4]
            if len(packed) >= 8:
                yield packed


@pytest.fixture
def run(start: Callable[..., Any], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """A command whose home, caches and temporary files are all in one folder; what it said, with its log."""
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "TMPDIR"):
        folder = tmp_path / "written" / name
        folder.mkdir(parents=True)
        monkeypatch.setenv(name, str(folder))

    def run_one(*arguments: str) -> str:
        process = start(*arguments, home=str(tmp_path / "written" / "home"))
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0 or arguments[0] == "import", f"{arguments} {out} {err}"
        return f"{out}\n{err}"

    return run_one


def test_a_whole_run_leaves_nothing_personal_in_any_byte(
    run: Callable[..., str], site: Any, reply: Any, source: Any, people: list[dict[str, str]], home: Path, tmp_path: Path
) -> None:
    files, written = tmp_path / "files", tmp_path / "written"
    (written / "out").mkdir(parents=True)
    files.mkdir()
    _write(files, people, site, reply)
    source("feed", "rss", f"{site.base}/feed.xml")
    home.rename(written / "home")
    for step in STEPS:
        said = run(*(argument.format(files=files, out=written / "out") for argument in step))
        (written / f"{len(list(written.iterdir()))}.log").write_text(said, "utf-8")
    exported = (written / "out" / "all.jsonl").read_text("utf-8")
    assert exported.count("[name]") > COUNT // 2, "the posts are there"
    assert exported.count("[phone]") > COUNT // 2
    assert exported.count("[email]") > COUNT // 2

    everything = b"\0".join(part for path in sorted(written.rglob("*")) if path.is_file() for part in _unpacked(path))
    found = [
        text
        for person in people
        for text in (person["given"], person["family"], person["phone"], person["phone"].replace(" ", ""), person["local"])
        if any(disguise in everything for disguise in _disguises(text))
    ]
    assert found == []
