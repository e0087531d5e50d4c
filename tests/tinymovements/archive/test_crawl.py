"""Crawl states are set and taken away; runs are told."""

from sqlalchemy import Engine

from tinymovements.archive import crawl
from tinymovements.archive.database import reading, writing


def test_state_is_set_changed_and_taken_away(archive: Engine) -> None:
    with writing(archive) as connection:
        crawl.set_state(connection, "feed", {"etag": "1", "cursor": "a"})
        crawl.set_state(connection, "other", {"etag": "x"})
        crawl.set_state(connection, "feed", {"etag": "2", "cursor": ""})
    with reading(archive) as connection:
        assert crawl.state(connection, "feed") == {"etag": "2"}
        assert crawl.state(connection, "other") == {"etag": "x"}


def test_the_last_run_of_each_source_is_told(archive: Engine) -> None:
    with writing(archive) as connection:
        first = crawl.start_run(connection, "feed", "collect")
        crawl.finish_run(connection, first, "failed", {"new": 0}, "it did not answer")
        second = crawl.start_run(connection, "feed", "collect")
        crawl.finish_run(connection, second, "done", {"new": 3})
        crawl.start_run(connection, "file", "import")
    with reading(archive) as connection:
        runs = crawl.last_runs(connection)
    assert runs["feed"].outcome == "done"
    assert runs["feed"].counts == {"new": 3}
    assert runs["feed"].finished is not None
    assert runs["feed"].finished >= runs["feed"].started
    assert runs["file"].outcome is None


def test_a_message_with_the_name_of_an_odd_file_is_kept(archive: Engine) -> None:
    with writing(archive) as connection:
        run = crawl.start_run(connection, "file", "import")
        crawl.finish_run(connection, run, "failed", {}, "h\udcf6st\0.csv is empty.")
    with reading(archive) as connection:
        assert crawl.last_runs(connection)["file"].message == "h?st?.csv is empty."
