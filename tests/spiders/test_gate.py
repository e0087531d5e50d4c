import asyncio
import os
from asyncio import Lock
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.exceptions import DropItem
from sqlalchemy import Engine, text

from spiders.gate import AHEAD, GatePipeline
from spiders.job import Job, Outcome
from spiders.sources import load_sources
from tinymovements.archive import crawl, posts
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.errors import ProcessDied
from tinymovements.model import Batch, Draft
from tinymovements.privacy import load_key
from tinymovements.settings import Settings
from tinymovements.workflow.side_by_side import workers

BATCH = Batch(drafts=(Draft(native_id="1", text="Talkoot. Soita 040 555 0199.", author="x"),), state={"next": "/2"})


@pytest.fixture
def archive(settings: Settings) -> Iterator[Engine]:
    engine = open_archive(settings.archive_url)
    yield engine
    engine.dispose()


@pytest.fixture
def job(settings: Settings, archive: Engine) -> Job:
    source = load_sources(settings.sources_folder)["helka"]
    job = Job(source, settings, lambda _id, _outcome: None, Lock(), archive, load_key(settings.key_file))
    job.begin()
    return job


def pipeline(job: Job) -> GatePipeline:
    crawler: Any = SimpleNamespace(spider=SimpleNamespace(job=job))
    return GatePipeline.from_crawler(crawler)


def give(job: Job, *batches: Batch) -> list[Batch]:
    """What goes on from the gate."""
    gate = pipeline(job)

    async def all_of_them() -> list[Batch]:
        given = [await gate.process_item(batch) for batch in batches]
        await gate.close_spider()
        return given

    return asyncio.run(all_of_them())


def test_posts_and_state_are_kept_together_and_nothing_unscrubbed_goes_on(job: Job, archive: Engine) -> None:
    assert give(job, BATCH) == [Batch()]
    with reading(archive) as connection:
        (kept,) = posts.stream(connection)
        assert crawl.state(connection, "helka")["next"] == job.state["next"] == "/2"
    assert "[phone]" in kept.post.text
    assert kept.post.author != "x"
    assert job.outcome == Outcome(new=1)


def test_what_is_gone_there_is_taken_out_by_the_id_that_the_gate_gave_it(job: Job, archive: Engine) -> None:
    handle = "https://fediverse.example/@liisa/1"
    give(job, Batch(drafts=(Draft(native_id=handle, text="Talkoot"),)), Batch(gone=(handle,)))
    assert job.outcome == Outcome(new=1, removed=1)


def test_after_a_batch_that_was_not_kept_nothing_moves_the_state_past_it(job: Job, archive: Engine) -> None:
    with writing(archive) as connection:
        connection.execute(text("ALTER TABLE posts RENAME TO elsewhere"))
    with pytest.raises(DropItem):
        give(job, BATCH)
    assert job.broken
    assert "archive cannot be used" in (job.outcome.failed or "")
    assert "040 555" not in (job.outcome.failed or "")
    with writing(archive) as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO posts"))
    with pytest.raises(DropItem):
        give(job, Batch(state={"next": "/3"}))
    with reading(archive) as connection:
        assert "next" not in crawl.state(connection, "helka")
        assert posts.count(connection) == {}


class Late(Executor):
    """Works as it is told to, and not in the order in which it was asked: what a slow process beside a fast one does."""

    def __init__(self) -> None:
        self.asked: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **_named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.asked.append((future, lambda: work(*arguments)))
        return future

    def finish(self, number: int) -> None:
        future, work = self.asked[number]
        future.set_result(work())


def test_batches_that_are_scrubbed_beside_are_kept_in_the_order_of_their_pages(job: Job, archive: Engine) -> None:
    job.pool = pool = Late()
    gate = pipeline(job)
    batches = [Batch(drafts=(Draft(native_id=str(n), text="Talkoot"),), state={"next": f"/{n}"}) for n in range(AHEAD + 2)]

    def kept() -> tuple[int, str | None]:
        with reading(archive) as connection:
            return posts.count(connection).get("helka", 0), crawl.state(connection, "helka").get("next")

    async def crawl_them() -> None:
        for batch in batches[:AHEAD]:
            assert await gate.process_item(batch) == Batch()
        pool.finish(1)
        waits = asyncio.create_task(gate.process_item(batches[AHEAD]))
        await asyncio.sleep(0.01)
        assert (kept(), job.state["next"], waits.done()) == ((0, None), f"/{AHEAD}", False)
        pool.finish(0)
        await waits
        assert kept() == (2, "/1")
        for number in range(2, AHEAD + 1):
            pool.finish(number)
        await gate.close_spider()

    asyncio.run(crawl_them())
    assert kept() == (AHEAD + 1, f"/{AHEAD}")


def test_a_process_that_dies_fails_the_source_and_those_that_come_after(job: Job, archive: Engine) -> None:
    with workers(1, "json") as pool:
        with pytest.raises(ProcessDied):
            pool.submit(os._exit, 1).result()
        job.pool = pool
        later = replace(job)
        give(job, BATCH)
        give(later, BATCH)
    for one in (job, later):
        assert "TINYMOVEMENTS_PROCESSES=1" in (one.outcome.failed or "")
    with reading(archive) as connection:
        assert (posts.count(connection), crawl.state(connection, "helka").get("next")) == ({}, None)
