from asyncio import Lock
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.exceptions import DropItem
from sqlalchemy import Engine, text

from spiders.gate import GatePipeline
from spiders.job import Job, Outcome
from spiders.sources import load_sources
from tinymovements.archive import crawl, posts
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.model import Batch, Draft
from tinymovements.privacy import Gate, load_key
from tinymovements.settings import Settings

BATCH = Batch(drafts=(Draft(native_id="1", text="Talkoot. Soita 040 555 0199.", author="x"),), state={"next": "/2"})


@pytest.fixture
def archive(settings: Settings) -> Iterator[Engine]:
    engine = open_archive(settings.archive_url)
    yield engine
    engine.dispose()


@pytest.fixture
def job(settings: Settings, archive: Engine) -> Job:
    source = load_sources(settings.sources_folder)["helka"]
    job = Job(source, settings, lambda _id, _outcome: None, Lock(), archive=archive, gate=Gate(load_key(settings.key_file)))
    job.begin()
    return job


def pipeline(job: Job) -> GatePipeline:
    crawler: Any = SimpleNamespace(spider=SimpleNamespace(job=job))
    return GatePipeline.from_crawler(crawler)


def test_posts_and_state_are_kept_together_and_nothing_unscrubbed_goes_on(job: Job, archive: Engine) -> None:
    assert pipeline(job).process_item(BATCH) == Batch()
    with reading(archive) as connection:
        (kept,) = posts.stream(connection)
        assert crawl.state(connection, "helka")["next"] == job.state["next"] == "/2"
    assert "[phone]" in kept.post.text
    assert kept.post.author != "x"
    assert job.outcome == Outcome(new=1)


def test_what_is_gone_there_is_taken_out_by_the_id_that_the_gate_gave_it(job: Job, archive: Engine) -> None:
    handle = "https://fediverse.example/@liisa/1"
    gate = pipeline(job)
    gate.process_item(Batch(drafts=(Draft(native_id=handle, text="Talkoot"),)))
    gate.process_item(Batch(gone=(handle,)))
    assert job.outcome == Outcome(new=1, removed=1)


def test_after_a_batch_that_was_not_kept_nothing_moves_the_state_past_it(job: Job, archive: Engine) -> None:
    with writing(archive) as connection:
        connection.execute(text("ALTER TABLE posts RENAME TO elsewhere"))
    with pytest.raises(DropItem):
        pipeline(job).process_item(BATCH)
    assert job.broken
    assert "archive cannot be used" in (job.outcome.failed or "")
    assert "040 555" not in (job.outcome.failed or "")
    with writing(archive) as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO posts"))
    with pytest.raises(DropItem):
        pipeline(job).process_item(Batch(state={"next": "/3"}))
    with reading(archive) as connection:
        assert "next" not in crawl.state(connection, "helka")
        assert posts.count(connection) == {}
