"""Allies, matches and asks among invented initiatives, and the wishes of invented worlds that are met: `python -m bench.meeting`.

Each command is run as people run it, from the start of the program, beside reading all initiatives as records.
"""

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.measure import Measure, show
from pipelines import initiatives as package
from pipelines.initiatives.compared import cues, words_of
from pipelines.initiatives.evidence import Evidence
from pipelines.initiatives.wants import gather_wants
from pipelines.needs import kind
from tinymovements.archive import annotations, initiatives, posts
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.initiatives import Kept
from tinymovements.gazetteer import Entry, load_gazetteer
from tinymovements.initiative import Initiative, Member, Name, Quote, Site, Want, Wish
from tinymovements.model import LANGUAGES, Annotation, Draft, Language, MovementScore, Place, Post, Span
from tinymovements.privacy import Gate
from tinymovements.settings import PREFIX, Settings
from tinymovements.taxonomy import load_taxonomy

STORIES = Path(package.__file__).with_name("stories")
READ = frozenset(["helsinki", "leeds", "london", "oulu", "porvoo", "stockholm", "tampere", "vasa"])
"""The worlds that were read before the rules were written."""

_SAYS: Mapping[Wish, Mapping[Language, str]] = {
    "need": {"fi": "Etsimme: {}", "sv": "Vi söker {}", "en": "We need {}"},
    "offer": {"fi": "Annamme: {}", "sv": "Vi ger bort {}", "en": "We can lend {}"},
    "ask": {"fi": "Kaupungilta pyydetään: {}", "sv": "Staden borde ordna {}", "en": "The council should bring {}"},
}
_WIDTH = 384
_VOICES = 5000
_TIMES = 3


def measure(count: int = 20_000) -> Iterator[Measure]:
    """The three commands, and how much of what is met is found."""
    yield from measure_met()
    with tempfile.TemporaryDirectory(prefix="meeting-") as folder:
        settings = Settings(home=Path(folder), encoder=False)
        ids = _invent(settings, count)
        records = statistics.median(_reading_seconds(settings) for _ in range(_TIMES))
        for name, arguments in (("allies", [ids[0]]), ("matches", []), ("matches of one", [ids[0]]), ("asks", [])):
            command = [sys.executable, "-m", "tinymovements", name.split()[0], *arguments, "--json"]
            took = statistics.median(_processor_seconds(command, folder) for _ in range(_TIMES))
            yield Measure(f"{name}, {count:,} initiatives", took, "s of processor", "reading all as records", records, "<= 2 s")


def measure_met() -> Iterator[Measure]:
    """Of the wishes that posts of invented worlds say are met, how many are found, and how many of those found are right."""
    worlds = {path.stem.removesuffix("_posts"): path for path in sorted(STORIES.glob("*_posts.jsonl"))}
    for title, paths in (
        ("read before", [path for name, path in worlds.items() if name in READ]),
        ("not read before", [path for name, path in worlds.items() if name not in READ]),
    ):
        ours, naive = (_rates([_judged(path, by_rules) for path in paths]) for by_rules in (True, False))
        for what, value, other in zip(("precision", "recall"), ours, naive, strict=True):
            yield Measure(
                f"wishes met, worlds {title}: {what}", 100 * value, "%", "any later thanks with a word of it", 100 * other
            )


Counts = tuple[int, int, int, int]
"""Right ones told, all told, clauses found, all clauses."""


def _rates(counts: Sequence[Counts]) -> tuple[float, float]:
    right, told, found, every = (sum(column) for column in zip(*counts, strict=True))
    return right / max(1, told), found / max(1, every)


def _judged(path: Path, by_rules: bool) -> Counts:
    """A world's initiatives by what is said of each post, with the needs and offers that people marked."""
    posts_of: dict[str, list[tuple[Evidence, list[str]]]] = defaultdict(list)
    for number, line in enumerate(path.read_text("utf-8").splitlines()):
        row = json.loads(line)
        if row["gold"]["initiatives"]:
            posts_of[row["gold"]["initiatives"][0]].append((_evidence(number, row), row["gold"].get("fulfilled", [])))
    right = told = found = every = 0
    for rows in posts_of.values():
        rows.sort(key=lambda row: str(row[0].posted))
        clauses = {(post.id, post.text.find(clause), len(clause)) for post, met in rows for clause in met}
        because = _by_rules([post for post, _ in rows]) if by_rules else _naively([post for post, _ in rows])
        hits = [{clause for clause in clauses if _overlap(clause, post, start, end)} for post, start, end in because]
        right, told = right + sum(map(bool, hits)), told + len(because)
        found, every = found + len(set().union(*hits)), every + len(clauses)
    return right, told, found, every


def _overlap(clause: tuple[str, int, int], post: str, start: int, end: int) -> bool:
    id, begin, length = clause
    return id == post and begin < end and start < begin + length


def _by_rules(rows: Sequence[Evidence]) -> list[tuple[str, int, int]]:
    met = [want.because for want in gather_wants(rows) if want.because and want.wish != "offer"]
    return [(quote.post, quote.start, quote.end) for quote in met]


def _naively(rows: Sequence[Evidence]) -> list[tuple[str, int, int]]:
    """Any later post that thanks and has a word of a need: as good as reading no clause."""
    found = []
    for at, post in enumerate(rows):
        for need in post.annotation.needs:
            wanted = set(words_of(need.text, post.annotation.language))
            for later in rows[at + 1 :]:
                if cues(later.annotation.language)["thanks"].search(later.text) and wanted & set(
                    words_of(later.text, later.annotation.language)
                ):
                    found.append((later.id, 0, len(later.text)))
                    break
    return found


def _evidence(number: int, row: Mapping[str, str | None]) -> Evidence:
    gold, language, text = row["gold"], row["language"], row["text"] or ""
    assert isinstance(gold, dict)
    spans = {
        wish: [
            Span(text=said, start=text.index(said), end=text.index(said) + len(said), kind=kind(said, str(language)))
            for said in gold[wish]
            if said in text
        ]
        for wish in ("needs", "offers")
    }
    told = {"version": "1", "language": language, "initiative": 1.0, "self_organised": 1.0, **spans}
    posted = datetime.fromisoformat(str(row["posted"])).replace(tzinfo=UTC)
    annotation = Annotation.model_validate(told)
    return Evidence(number, str(row["id"]), "s", None, None, "message", row["title"], text, None, posted, annotation, None)


def _processor_seconds(command: Sequence[str], home: str) -> float:
    """What a command takes of the processor, from the start of the program: that does not depend on what else runs."""
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, f"{PREFIX}HOME": home})
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime


def _reading_seconds(settings: Settings) -> float:
    began = time.process_time()
    with reading(open_archive(settings.archive_url)) as connection:
        deque(initiatives.stream(connection), maxlen=0)
    return time.process_time() - began


def _invent(settings: Settings, count: int) -> list[str]:
    """Initiatives in the towns of Finland, in three languages, each with a post and three wishes; and posts of none that ask."""
    chance = random.Random(1)
    concepts = tomllib.loads(Path(package.__file__).with_name("concepts.toml").read_text("utf-8"))
    things = {language: sorted({word for row in concepts.values() for word in row[language].split()}) for language in LANGUAGES}
    places = [entry for entry in load_gazetteer().entries if entry.lat is not None and entry.municipality and entry.country == "FI"]
    planned = [_plan(chance, things, chance.choice(places)) for _ in range(count)]
    voices = [
        (chance.choice(places), _SAYS["ask"]["fi"].format(" ja ".join(chance.sample(things["fi"], 2)))) for _ in range(_VOICES)
    ]
    drafts = [Draft(native_id=f"i{number}", text=". ".join(plan.wishes), posted=plan.posted) for number, plan in enumerate(planned)]
    drafts += [Draft(native_id=f"v{number}", text=text) for number, (_, text) in enumerate(voices)]
    gate = Gate(b"k" * 32)
    made = [gate.admit(draft, "s") for draft in drafts]
    annotated = [_annotation(plan.entry, plan.language) for plan in planned] + [
        _annotation(entry, "fi", text) for entry, text in voices
    ]
    kept = [_kept(chance, plan, post) for plan, post in zip(planned, made, strict=False)]
    archive = open_archive(settings.archive_url)
    with writing(archive) as connection:
        posts.store(connection, "s", made)
        initiatives.put(connection, "1", kept, {})
    claimed = annotations.claim(archive, "1", 0, len(made))
    assert claimed is not None
    claimed.keep([annotation.model_dump_json() for annotation in annotated])
    return [one.initiative.id for one in kept]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What an initiative's post will say."""

    entry: Entry
    language: Language
    wishes: Mapping[str, Wish]
    posted: datetime


def _plan(chance: random.Random, things: Mapping[Language, Sequence[str]], entry: Entry) -> _Plan:
    language = chance.choice(LANGUAGES)
    wishes = {_SAYS[wish][language].format(chance.choice(things[language])): wish for wish in chance.choices(list(_SAYS), k=3)}
    return _Plan(entry, language, wishes, datetime.now(UTC) - timedelta(days=chance.randrange(900)))


def _annotation(entry: Entry, language: Language, asks: str = "") -> Annotation:
    """Of a post in a place, all of which may be an ask."""
    place = Place(name=entry.name, district=entry.district, municipality=entry.municipality, field="source")
    spans = (Span(text=asks, start=0, end=len(asks), kind=kind(asks, language)),) if asks else ()
    return Annotation(version="1", language=language, initiative=0.9, self_organised=0.9, places=(place,), asks=spans)


def _kept(chance: random.Random, plan: _Plan, post: Post) -> Kept:
    wants, entry = [], plan.entry
    for said, wish in plan.wishes.items():
        if (start := post.text.find(said)) < 0:
            continue  # the gate took a word of it for a name
        wants.append(
            Want(
                wish=wish,
                kind=kind(said, plan.language),
                quote=Quote(
                    post=post.id, text=said, start=start, end=start + len(said), posted=post.posted, language=plan.language
                ),
                status="open",
                until=(plan.posted + timedelta(days=365)).date(),
                words=words_of(said, plan.language),
            )
        )
    site = Site(name=entry.name, lat=entry.lat, lon=entry.lon, district=entry.district, municipality=entry.municipality, posts=1)
    record = Initiative(
        id=f"i{post.id[1:]}",
        names=(Name(text=entry.name, language=plan.language, posts=1),),
        movements=tuple(MovementScore(id=id, score=0.9) for id in chance.sample(load_taxonomy().ids, 2)),
        self_organised=0.9,
        sites=(site,),
        wants=tuple(wants),
        hidden=(),
        members=(Member(post=post.id, posted=post.posted, source="s", group=None, language=plan.language, main=True),),
    )
    return Kept(record, bytes([0, 60, *(chance.randrange(256) for _ in range(_WIDTH))]))


if __name__ == "__main__":
    show(measure, "--initiatives", 20_000, __doc__)
