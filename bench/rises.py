"""Whether `emerging` finds what rises, and nothing else: invented archives with rises that are known.

    python -m bench.rises --archives 200

Counts, week by week: 5 to 20 movements in 5 to 30 places, 1 to 5 sources, over 40 to 160 weeks. Movements have seasons, some have
noise beyond chance; sources are read twice or half as much from some week on, begin, end or grow; some archives are mostly chatter.
In every other archive some movements rise in some places, three to six times, for 5 to 20 weeks; in the others nothing does.

And posts: those of `pipelines/corpus`, with places put to them, through import and annotation, with rises of the same kind.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.measure import Measure, show
from pipelines.examples import read_corpus
from pipelines.initiatives.rises import FEWEST, Signs, look, rising, windows
from tinymovements.gazetteer import CITY, load_gazetteer
from tinymovements.settings import Settings
from tinymovements.workflow.annotate import annotate_posts
from tinymovements.workflow.emerging import RATE, Asked, emerging
from tinymovements.workflow.import_files import ImportOrder, Watch, import_files

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEAST = 12
"""Signs more than without the rise, in all its weeks: fewer nobody could tell from chance."""

SOURCES = ("imported-files", "facebook-groups", "crowdtangle-archive", "helka", "artova")

_END = date(2026, 5, 31)


@dataclass(frozen=True, slots=True)
class World:
    """How an invented archive goes."""

    expected: Floats
    """Signs, movements x places x sources x weeks."""
    rises: Bools
    """Movements x places."""
    chatter: Floats
    """Other posts, sources x weeks."""

    @property
    def weeks(self) -> int:
        """How many weeks there are."""
        return int(self.expected.shape[3])


def world(chance: np.random.Generator, planted: bool, largest: Sequence[int] = (20, 30, 5), level: float | None = None) -> World:
    """An invented archive: at most so many movements, places and sources; `level` is the mean of signs a week of a cell."""
    weeks, lasting = int(chance.integers(40, 161)), int(chance.integers(5, 21))
    movements, places, sources = (int(chance.integers(least, most + 1)) for least, most in zip((5, 5, 1), largest, strict=True))
    mean = level or chance.choice([0.1, 0.3, 1.0])
    rate = mean * chance.lognormal(0, 0.7, (movements, 1)) * chance.lognormal(0, 0.6, (1, places))
    rate = rate * chance.lognormal(0, 0.4, (movements, places))
    season = 1 + chance.uniform(0, 0.6) * np.sin(2 * np.pi * (np.arange(weeks) / 52.18 + chance.uniform(0, 1, (movements, 1))))
    times = chance.uniform(3, 6)
    efforts = _efforts(chance, sources, weeks)
    now = rate[:, :, None] * season[:, None, :] * efforts.sum(0)
    rises = np.zeros((movements, places), bool)
    if planted:
        enough = np.argwhere(now[:, :, -lasting:].sum(2) * (times - 1) >= LEAST)
        some = chance.permutation(len(enough))[: max(1, round(movements * places * 0.04))]
        rises[tuple(enough[some].T)] = True
    grows = np.ones((movements, places, weeks))
    grows[rises, -lasting:] = times
    noise = chance.choice([0, 0.1, 0.25])
    uneven = chance.gamma(1 / noise, noise, (movements, places, weeks)) if noise else 1.0
    expected = (rate[:, :, None] * season[:, None, :] * grows * uneven)[:, :, None, :] * efforts
    return World(expected, rises, rate.sum() * chance.choice([0, 1, 5]) * efforts * chance.lognormal(0, 0.1, efforts.shape))


def _efforts(chance: np.random.Generator, sources: int, weeks: int) -> Floats:
    """How much is read of each source in each week."""
    efforts = np.ones((sources, weeks))
    for source in range(sources):
        change = int(chance.integers(weeks // 4, weeks - 2))
        match chance.choice(["none", "twice", "half", "grows", "begins", "ends"], p=[0.4, 0.2, 0.15, 0.1, 0.1, 0.05]):
            case "twice":
                efforts[source, change:] = 2
            case "half":
                efforts[source, change:] = 0.5
            case "grows":
                efforts[source] = np.linspace(1, 3, weeks)
            case "begins" if source:
                efforts[source, :change] = 0
            case "ends" if source:
                efforts[source, change:] = 0
    return np.asarray(efforts * chance.lognormal(0, 0.15, efforts.shape) * chance.dirichlet(np.full(sources, 2.0))[:, None])


def counts(chance: np.random.Generator, of: World) -> Signs:
    """The signs of an invented archive."""
    signs = chance.poisson(of.expected)
    movement, place, source, week = np.nonzero(signs)
    movements, places = of.rises.shape
    efforts = signs.sum((0, 1)) + chance.poisson(of.chatter)
    seasons, sites = np.repeat(np.arange(movements), places), np.tile(np.arange(places), movements)
    count = signs[movement, place, source, week].astype(np.float64)
    return Signs(movement * places + place, source, week, count, seasons, sites, efforts.astype(np.float64))


def told(signs: Signs, rate: float = RATE) -> Bools:
    """Which cells are told to rise."""
    seen = look(signs, windows(signs.weeks))
    judged = seen.signs + seen.past >= FEWEST
    found = np.zeros(judged.size, bool)
    found[judged] = rising(seen.chance[judged], rate)[0]
    return found


@dataclass(slots=True)
class Tally:
    """What was found in archives in which something rises, and in archives in which nothing does."""

    planted: int = 0
    found: int = 0
    false: int = 0
    archives: int = 0
    alarms: int = 0
    quiet: int = 0

    def add(self, found: int, false: int, planted: int) -> None:
        """An archive: how many rises were found, how many told that are none, how many there are."""
        if planted:
            self.planted, self.found, self.false = self.planted + planted, self.found + found, self.false + false
            self.archives += 1
        else:
            self.alarms, self.quiet = self.alarms + false, self.quiet + 1

    def measures(self, what: str) -> Iterator[Measure]:
        """Recall, rate of false alarms, and alarms where nothing rises."""
        note = f"{self.planted} rises in {self.archives} archives"
        yield Measure(f"{what}: rises found", self.found / max(1, self.planted), "of all", bar=">= 0.8", note=note)
        false = self.false / max(1, self.found + self.false)
        yield Measure(f"{what}: false among those told", false, "of all", bar="<= 0.1", note=note)
        alarms = 20 * self.alarms / max(1, self.quiet)
        yield Measure(f"{what}: alarms where nothing rises", alarms, "in 20 archives", bar="<= 1", note=f"{self.quiet} archives")


def by_counts(archives: int) -> Iterator[Measure]:
    """What is found in so many archives of counts, and of as many in which nothing rises."""
    tally = Tally()
    for number in range(2 * archives):
        chance = np.random.default_rng(number)
        made = world(chance, planted=number % 2 == 0)
        found, rises = told(counts(chance, made)), made.rises.ravel()
        tally.add(int((found & rises).sum()), int((found & ~rises).sum()), int(rises.sum()))
    yield from tally.measures("Counts")


def posts(chance: np.random.Generator, of: World) -> tuple[list[dict[str, Any]], set[tuple[str, str]]]:
    """Posts of an invented archive, as lines to import, and which movement rises in which district."""
    texts: dict[str, list[str]] = {}
    for example in read_corpus():
        if len(example.required) == 1 or (not example.required and example.initiative is False):
            texts.setdefault(next(iter(example.required), ""), []).append(example.whole)
    movements, places = of.rises.shape
    ids = chance.permutation(sorted(texts.keys() - {""}))[:movements].tolist()
    where = chance.permutation(_districts())[:places].tolist()
    rows: list[dict[str, Any]] = []
    signs, chatter = chance.poisson(of.expected), chance.poisson(of.chatter)
    for movement, place, source, week in np.argwhere(signs).tolist():
        for _ in range(signs[movement, place, source, week]):
            rows.append(_post(chance, str(chance.choice(texts[ids[movement]])), source, of.weeks - week, where[place]))
    for source, week in np.argwhere(chatter).tolist():
        rows += [_post(chance, str(chance.choice(texts[""])), source, of.weeks - week, None) for _ in range(chatter[source, week])]
    for number, row in enumerate(rows):
        row["id"] = str(number)
    return rows, {(ids[movement], where[place]) for movement, place in np.argwhere(of.rises)}


def _districts() -> list[str]:
    entries = load_gazetteer().entries
    ours = (entry for entry in entries if entry.kind == "district" and entry.municipality == CITY and entry.name == entry.district)
    return sorted({entry.name for entry in ours})


def _post(chance: np.random.Generator, text: str, source: int, weeks_ago: int, place: str | None) -> dict[str, Any]:
    """A post of so many weeks before the end. Half of the places stand in the text, and half are told by the source."""
    day = _END - timedelta(7 * weeks_ago - 1 - int(chance.integers(7)))
    posted = datetime.combine(day, time(int(chance.integers(6, 20))), UTC).isoformat()
    row = {"posted": posted, "text": text, "source": SOURCES[source], "group": f"Group {source}"}
    if chance.random() < 0.6:
        row["author"] = f"author {chance.integers(400)}"
    if place and chance.random() < 0.5:
        row["place"] = place
    elif place:
        row["text"] = f"{text} ({place})"
    return row


def keep(settings: Settings, rows: list[dict[str, Any]]) -> None:
    """Import posts as people do, and annotate them."""
    settings.home.mkdir(parents=True, exist_ok=True)
    for source in sorted({row["source"] for row in rows}):
        path = settings.home / f"{source}.jsonl"
        path.write_text("\n".join(json.dumps(row) for row in rows if row["source"] == source), "utf-8")
        import_files(settings, ImportOrder("jsonl", [path], source), Watch())
    annotate_posts(settings, lambda steps: None)


def by_posts(archives: int) -> Iterator[Measure]:
    """The same of archives of posts, each of which goes the whole way."""
    tally = Tally()
    for number in range(2 * archives):
        chance = np.random.default_rng(number)
        made = world(chance, number % 2 == 0, (8, 8, 3), 0.4)
        rows, rises = posts(chance, made)
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(home=Path(folder), offline=True, encoder=False)
            keep(settings, rows)
            answer = emerging(settings, Asked())
        found = {(rise.movement, rise.place) for rise in answer.rises}
        tally.add(len(found & rises), len(found - rises) + len(answer.candidates), len(rises))
    yield from tally.measures("Posts")


def measure(archives: int = 400) -> Iterator[Measure]:
    """What is found, and what is told that is not so."""
    yield from by_counts(archives)
    yield from by_posts(max(1, archives // 20))


if __name__ == "__main__":
    show(measure, "--archives", 400, __doc__)
