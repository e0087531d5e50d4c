"""Where each source's crawl stands, and how its runs went."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from tinymovements.archive.batches import parts
from tinymovements.archive.tables import crawl_states, runs


@dataclass(frozen=True, slots=True)
class Run:
    """One run over one source: `outcome` is None while it lasts, or when it was killed."""

    source: str
    step: str
    started: datetime
    finished: datetime | None
    outcome: str | None
    counts: dict[str, int]
    message: str | None


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


def start_run(connection: Connection, source: str, step: str) -> int:
    """The number of a run that begins now."""
    values = {"source": source, "step": step, "started": datetime.now(UTC), "counts": {}}
    return int(connection.execute(insert(runs).values(values).returning(runs.c.id)).scalar_one())


def finish_run(connection: Connection, run: int, outcome: str, counts: Mapping[str, int], message: str | None = None) -> None:
    """Say how a run ended: `done`, `failed` or `stopped`."""
    values = {"finished": datetime.now(UTC), "outcome": outcome, "counts": dict(counts), "message": message}
    connection.execute(update(runs).where(runs.c.id == run).values(values))


def last_runs(connection: Connection) -> dict[str, Run]:
    """The latest run of each source."""
    latest = select(func.max(runs.c.id)).group_by(runs.c.source)
    columns = [runs.c[name] for name in Run.__slots__]
    rows = connection.execute(select(*columns).where(runs.c.id.in_(latest)).order_by(runs.c.source))
    return {row.source: Run(*row) for row in rows}
