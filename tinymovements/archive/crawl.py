"""Where each source's crawl stands, and how its runs went."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, insert, or_, select, update

from tinymovements.archive.batches import parts
from tinymovements.archive.tables import crawl_states, runs


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a step over one source. `outcome` is None while it lasts, and where it was killed and nobody has noticed yet."""

    id: int
    source: str
    step: str
    started: datetime
    finished: datetime | None
    outcome: str | None
    counts: dict[str, int]
    message: str | None


@dataclass(frozen=True, slots=True)
class History:
    """How the crawls of a source went: the last one, and how many have failed or were killed since one that was done."""

    last: Run
    failures: int
    failing_since: datetime | None


def state(connection: Connection, source: str) -> dict[str, str]:
    """What the last runs left for the next: cursors, ETags."""
    query = select(crawl_states.c.name, crawl_states.c.value).where(crawl_states.c.source == source)
    return dict(connection.execute(query).all())


def set_state(connection: Connection, source: str, values: Mapping[str, str]) -> None:
    """Put values in the place of those of the same names; an empty value takes the name away."""
    for names in parts(list(values)):
        connection.execute(delete(crawl_states).where(crawl_states.c.source == source, crawl_states.c.name.in_(names)))
    rows = [{"source": source, "name": name, "value": value} for name, value in values.items() if value]
    if rows:
        connection.execute(insert(crawl_states), rows)


def start_run(connection: Connection, source: str, step: str, at: datetime | None = None) -> int:
    """The number of a run that begins now.

    Whoever begins holds the lock `STEP SOURCE`, so a run of the same that has not ended was killed, and is closed here.
    """
    same = and_(runs.c.source == source, runs.c.step == step, runs.c.outcome.is_(None))
    connection.execute(update(runs).where(same).values(outcome="killed"))
    values = {"source": source, "step": step, "started": at or datetime.now(UTC), "counts": {}}
    return int(connection.execute(insert(runs).values(values).returning(runs.c.id)).scalar_one())


def finish_run(
    connection: Connection,
    run: int,
    outcome: str,
    counts: Mapping[str, int],
    message: str | None = None,
    at: datetime | None = None,
) -> None:
    """Say how a run ended: `done`, `failed`, `stopped` by a person, or `killed`."""
    if message:  # it may tell the name of a file, which may be none that a database takes
        message = message.encode("utf-8", "replace").decode().replace("\0", "?")
    values = {"finished": at or datetime.now(UTC), "outcome": outcome, "counts": dict(counts), "message": message}
    connection.execute(update(runs).where(runs.c.id == run).values(values))


def last_runs(connection: Connection) -> dict[str, Run]:
    """The latest run of each source."""
    return {run.source: run for run in _latest(connection)}


def unfinished(connection: Connection) -> list[Run]:
    """The runs that have not ended: they last, or were killed."""
    rows = connection.execute(select(*_RUN).where(runs.c.outcome.is_(None)).order_by(runs.c.id))
    return [Run(*row) for row in rows]


def histories(connection: Connection, sources: Collection[str]) -> dict[str, History]:
    """How the crawls of those sources went; a run that was killed and that nobody has closed yet counts as a failure."""
    crawls = and_(runs.c.step == "collect", runs.c.source.in_(sources))
    done = case((runs.c.outcome == "done", runs.c.id), else_=0)
    since = select(runs.c.source, func.max(done).label("id")).where(crawls).group_by(runs.c.source).subquery()
    query = (
        select(runs.c.source, func.count(), func.min(runs.c.started))
        .join(since, runs.c.source == since.c.source)
        .where(crawls, runs.c.id > since.c.id, or_(runs.c.outcome.in_(("failed", "killed")), runs.c.outcome.is_(None)))
        .group_by(runs.c.source)
    )
    failing = {source: (count, first) for source, count, first in connection.execute(query)}
    return {run.source: History(run, *failing.get(run.source, (0, None))) for run in _latest(connection, crawls)}


_RUN = [runs.c[name] for name in Run.__slots__]


def _latest(connection: Connection, *which: ColumnElement[bool]) -> list[Run]:
    latest = select(func.max(runs.c.id)).where(*which).group_by(runs.c.source)
    rows = connection.execute(select(*_RUN).where(runs.c.id.in_(latest)).order_by(runs.c.source))
    return [Run(*row) for row in rows]
