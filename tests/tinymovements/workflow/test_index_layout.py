"""The index in a cluster is compared with the archive, and lies as it was told to."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from elasticsearch import Elasticsearch
from sqlalchemy import text

from search.elastic.fields import FORMAT
from tests.search.elastic.proxy import Proxy
from tests.search.elastic.waiting import wait_until
from tests.tinymovements.workflow.indexing import (
    DAY,
    HeldBefore,
    Nth,
    command,
    ended,
    found,
    held_by,
    is_refresh,
    make_post,
    run,
    shards,
    store,
    verify,
    worker,
)
from tinymovements.archive import indexed
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.errors import IndexUnavailable
from tinymovements.model import Post
from tinymovements.settings import Settings
from tinymovements.workflow.index import count_behind, index_posts, open_engine
from tinymovements.workflow.index_check import Checked


@pytest.fixture
def settings(elastic_settings: Settings) -> Settings:
    return elastic_settings


class TestVerify:
    def test_what_was_changed_by_hand_is_found_and_mended(
        self, settings: Settings, stored: list[Post], client: Elasticsearch, name: str
    ) -> None:
        run(settings)
        assert command("index --verify").stdout == "200 posts compared: the index has each as the archive has it.\n"
        alias = f"{name}-{FORMAT}"
        for post in stored[:3]:
            client.delete(index=alias, id=post.id)
        entry = {"id": "zzz", "language": "fi", "source": "forum", "kind": "message", "title": "x", "title_words": "x"}
        version = indexed.version_of(10_000, 1)
        client.index(index=alias, id="zzz", document=entry, version=version, version_type="external", refresh=True)
        store(settings, make_post(10, "Soppaa torilla"), make_post(11, "Soppaa torilla"))
        with writing(open_archive(settings.archive_url)) as connection:  # as if the engine had lost it
            indexed.strike_out(connection, indexed.next_changes(connection, 0, 100))
        client.index(index=alias, id=stored[20].id, document=entry | {"id": stored[20].id}, refresh=True)
        assert found(settings, "kirpputori") != found(settings)
        assert verify(settings) == Checked(201, 3, 3, 1, 0)
        told = command("index --verify --json")
        assert (told.exit_code, json.loads(told.stdout)) == (
            0,
            {"compared": 201, "missing": 0, "other": 0, "surplus": 0, "foreign": 0},
        )
        assert count_behind(settings) == 7, "what is noted already is found once"
        assert run(settings) == 7
        assert verify(settings) == Checked(200, 0, 0, 0, 0)
        assert len(found(settings, "kirpputori")) == 198
        assert sorted(found(settings, "soppaa")) == sorted(make_post(number).id for number in (10, 11))

    def test_it_tells_what_differs_and_what_mends_it(
        self, settings: Settings, stored: list[Post], client: Elasticsearch, name: str
    ) -> None:
        run(settings)
        client.delete(index=f"{name}-{FORMAT}", id=stored[0].id, refresh=True)
        told = command("index --verify")
        assert (told.exit_code, told.stderr) == (1, "")
        assert told.stdout == (
            "200 posts compared: 1 missing in the index, 0 in another state, 0 gone from the archive, "
            "0 never in this archive. `tinymovements index` mends them.\n"
        )
        assert command("index").stdout == "1 post indexed.\n"
        assert command("index --verify").exit_code == 0

    def test_what_this_archive_never_had_wants_a_new_index(
        self, settings: Settings, stored: list[Post], client: Elasticsearch, name: str
    ) -> None:
        """Documents that were written by hand, and one of a post that came after the copy from which the archive was put back."""
        run(settings)
        entry = {"language": "fi", "source": "forum", "kind": "message", "title": "x", "title_words": "x"}
        for id in ("zzx", "zzy"):
            client.index(index=f"{name}-{FORMAT}", id=id, document=entry | {"id": id}, refresh=True)
        later = indexed.version_of(100, 1)  # the number that another post has
        client.index(
            index=f"{name}-{FORMAT}", id="zzz", document=entry | {"id": "zzz"}, version=later, version_type="external", refresh=True
        )
        assert verify(settings) == Checked(203, 0, 0, 0, 3)
        told = command("index --verify")
        assert "3 never in this archive. `tinymovements index --anew` mends them." in told.stdout
        assert command("index --anew").stdout == "200 posts indexed.\n"
        assert verify(settings) == Checked(200, 0, 0, 0, 0)

    def test_two_at_once_note_each_difference_once(self, settings: Settings, stored: list[Post]) -> None:
        run(settings)
        archive = open_archive(settings.archive_url)
        differing = {post.id: 0 for post in stored[:5]} | {"zzz": indexed.version_of(10_000, 1)}

        def note() -> Counter[indexed.Difference]:
            with writing(archive) as connection:
                return indexed.note(connection, differing)

        def waits() -> bool:
            with reading(archive) as connection:
                return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())

        with ThreadPoolExecutor(1) as pool:
            with writing(archive) as connection:
                indexed.note(connection, differing)
                second = pool.submit(note)
                wait_until(waits)
            assert second.result() == {"missing": 5, "surplus": 1}
        assert run(settings) == 6

    def test_it_changes_nothing_and_says_so(self, settings: Settings) -> None:
        for words in ("--anew", "--shards 2", "--by-year"):
            told = command(f"index --verify {words}")
            assert told.exit_code == 2
            assert "--verify changes nothing: give it alone" in told.stderr


class TestLayout:
    def test_shards_are_kept_until_told_otherwise(
        self, settings: Settings, stored: list[Post], client: Elasticsearch, name: str
    ) -> None:
        assert command("index --shards 2").stdout == "200 posts indexed.\n"
        before = open_engine(settings).identity()
        store(settings, make_post(1000))
        assert command("index --shards 2").stdout == "1 post indexed.\n"
        assert open_engine(settings).identity() == before
        assert command("index --anew").stdout == "201 posts indexed.\n"
        assert shards(client, name) == {"2"}
        assert command("index --shards 1").stdout == "201 posts indexed.\n"
        assert shards(client, name) == {"1"}
        assert verify(settings) == Checked(201, 0, 0, 0, 0)

    def test_replicas_are_changed_at_once(self, settings: Settings, client: Elasticsearch, name: str) -> None:
        before = open_engine(settings).identity()
        assert "Each part has 2 further copies, as soon as" in command("index --replicas 2").stdout
        ((_, index),) = client.indices.get_settings(index=f"{name}-{FORMAT}").items()
        assert index["settings"]["index"]["number_of_replicas"] == "2"
        assert open_engine(settings).identity() == before

    def test_the_embedded_engine_has_none(self) -> None:
        for words in ("--shards 2", "--replicas 0", "--by-year"):
            told = command(f"index --engine embedded {words}")
            assert (told.exit_code, told.stderr) == (
                2,
                "Error: The embedded engine has neither shards nor replicas. Give none, or set `engine` to elasticsearch.\n",
            )

    def test_a_post_whose_date_has_changed_moves_to_the_index_of_the_other_year(
        self, settings: Settings, client: Elasticsearch, name: str
    ) -> None:
        years = [DAY.replace(year=2024), DAY.replace(year=2025), None]
        store(settings, *(make_post(number, posted=years[number % 3]) for number in range(90)))
        assert command("index --by-year").stdout == "90 posts indexed.\n"
        before = open_engine(settings).identity()
        assert held_by(client, name) == {"2024": 30, "2025": 30, "undated": 30}
        moved = [make_post(number, posted=DAY.replace(year=2026)) for number in range(30)]
        store(settings, *moved, *(make_post(number, posted=years[0]) for number in range(31, 61, 3)), gone=("60", "61", "62"))
        assert command("index").stdout == "43 posts indexed.\n"
        assert open_engine(settings).identity() == before
        assert held_by(client, name) == {"2024": 29, "2025": 9, "2026": 30, "undated": 19}
        assert verify(settings) == Checked(87, 0, 0, 0, 0)
        assert command("index --in-one").stdout == "87 posts indexed.\n"
        assert held_by(client, name) == {"all": 87}

    def test_a_post_that_a_killed_worker_has_written_moves_too(
        self, settings: Settings, client: Elasticsearch, name: str, proxy: Proxy
    ) -> None:
        """It was written, but nothing shows it yet, when its date changes."""
        command("index --by-year")
        store(settings, *(make_post(number) for number in range(10)))
        holding = HeldBefore()
        with proxy.disturb(Nth(is_refresh, 2, holding)):  # the first shows where posts lie, the second what was written
            victim = worker()
            assert holding.done.wait(60)
            victim.kill()
            ended(victim)
            with proxy.disturb(lambda asked: None):
                holding.let_go.set()
        store(settings, *(make_post(number, posted=DAY.replace(year=2025)) for number in range(10)))
        assert run(settings) == 10
        assert held_by(client, name) == {"2025": 10, "2026": 0, "undated": 0}
        assert verify(settings) == Checked(10, 0, 0, 0, 0)

    def test_a_year_that_is_new_comes_not_into_an_index_that_was_made_anew_meanwhile(
        self, settings: Settings, client: Elasticsearch, name: str, proxy: Proxy
    ) -> None:
        store(settings, make_post(0))
        command("index --by-year")
        store(settings, make_post(1, posted=DAY.replace(year=2027)))
        holding = HeldBefore()
        with proxy.disturb(Nth(lambda asked: asked.method == "PUT" and asked.path.endswith("-2027"), 1, holding)):
            with ThreadPoolExecutor(1) as pool:
                late = pool.submit(run, settings)
                assert holding.done.wait(60)
                assert index_posts(settings, lambda _steps: None, anew=True) == 2
                holding.let_go.set()
            with pytest.raises(IndexUnavailable, match="The index was made anew meanwhile"):
                late.result()
        assert held_by(client, name) == {"2026": 1, "2027": 1, "undated": 0}
        assert run(settings) == 1, "what the late one had claimed"
        assert verify(settings) == Checked(2, 0, 0, 0, 0)

    def test_a_post_that_lies_in_two_years_is_found_and_mended(self, settings: Settings, client: Elasticsearch, name: str) -> None:
        store(settings, make_post(0), make_post(1, posted=DAY.replace(year=2025)))
        command("index --by-year")
        generation = open_engine(settings).identity()
        entry = {"id": make_post(0).id, "language": "fi", "source": "forum", "kind": "message", "title": "x", "title_words": "x"}
        client.index(index=f"{generation}-2025", id=entry["id"], document=entry, version=7, version_type="external", refresh=True)
        assert held_by(client, name) == {"2025": 2, "2026": 1, "undated": 0}
        assert verify(settings).other == 1
        assert run(settings) == 1
        assert held_by(client, name) == {"2025": 1, "2026": 1, "undated": 0}
        assert verify(settings).differing == 0
