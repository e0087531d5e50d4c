"""Several processes keep the index in a cluster up to date: any of them may die, and the cluster may be away."""

import json
import signal
from collections import Counter
from threading import Barrier, Event

import pytest
from elasticsearch import Elasticsearch
from sqlalchemy import text

from search.elastic.fields import FORMAT
from tests.search.elastic.proxy import Answer, Asked, HeldBack, Proxy
from tests.search.elastic.waiting import wait_until
from tests.tinymovements.workflow.indexing import (
    PART,
    HeldBefore,
    Nth,
    command,
    ended,
    found,
    is_bulk,
    make_post,
    run,
    store,
    verify,
    worker,
)
from tinymovements.archive import indexed
from tinymovements.archive.database import open_archive, writing
from tinymovements.errors import Busy, EngineUnavailable, IndexUnavailable
from tinymovements.model import Post
from tinymovements.settings import Settings
from tinymovements.workflow.index import count_behind, index_posts, open_engine
from tinymovements.workflow.index_check import Checked
from tinymovements.workflow.status import status


@pytest.fixture
def settings(elastic_settings: Settings) -> Settings:
    return elastic_settings


class TestTwoWorkers:
    def test_each_change_is_indexed_once(self, settings: Settings, stored: list[Post], proxy: Proxy) -> None:
        together = Barrier(2)

        def meet(asked: Asked) -> Answer | None:
            if asked.is_bulk and not together.broken and len(proxy.indexed()) <= 2 * PART:
                together.wait(60)  # both are in the middle of it
            return asked.answer()

        with proxy.disturb(meet):
            workers = [worker(), worker()]
            told = [ended(process) for process in workers]
        assert [code for code, _ in told] == [0, 0], told
        assert sum(int(said.split()[0]) for _, said in told) == len(stored)
        assert all(PART <= int(said.split()[0]) < len(stored) for _, said in told)
        assert {id for _, id, _ in proxy.indexed()} == {post.id for post in stored}
        assert set(proxy.indexed().values()) == {1}
        assert verify(settings) == Checked(len(stored), 0, 0, 0, 0)
        assert count_behind(settings) == 0

    @pytest.mark.parametrize("holds", [HeldBefore, HeldBack])
    def test_what_a_killed_one_had_claimed_is_indexed_by_another(
        self, holds: type[HeldBack], settings: Settings, stored: list[Post], proxy: Proxy
    ) -> None:
        """Killed before its documents have arrived, and after that, but before they are struck out."""
        holding = holds()
        with proxy.disturb(Nth(is_bulk, 1, holding)):
            victim = worker()
            assert holding.done.wait(60)
            code, said = ended(worker())
            assert (code, said) == (0, f"{len(stored) - PART} posts indexed.")
            assert command("index").stdout == "Nothing to index: other processes are at it.\n"
            victim.send_signal(signal.SIGKILL)
            assert ended(victim) == (-signal.SIGKILL, "")
            wait_until(lambda: free_changes(settings) == PART)
            holding.let_go.set()
        assert run(settings) == PART
        times = Counter(proxy.indexed().values())
        assert times == {1: len(stored) - PART, 2: PART}
        assert verify(settings) == Checked(len(stored), 0, 0, 0, 0)
        assert sorted(found(settings)) == sorted(post.id for post in stored)

    def test_while_one_makes_the_index_anew_the_others_say_so(self, settings: Settings, stored: list[Post], proxy: Proxy) -> None:
        run(settings)
        holding = HeldBack()
        with proxy.disturb(Nth(is_bulk, 1, holding)):
            rebuilding = worker("index --anew")
            assert holding.done.wait(60)
            store(settings, make_post(0, "Soppaa torilla"), make_post(1000), gone=("1",))
            with pytest.raises(Busy, match="`index` is being done already, by process"):
                run(settings)
            assert "index: process" in command("status").stdout
            assert len(found(settings, "kirpputori")) == len(stored), "the old one serves meanwhile"
            holding.let_go.set()
            assert ended(rebuilding) == (0, f"{len(stored)} posts indexed.")
        assert run(settings) == 3
        assert verify(settings) == Checked(len(stored), 0, 0, 0, 0)
        assert found(settings, "soppaa") == [make_post(0).id]

    def test_one_in_the_middle_when_another_makes_the_index_anew_loses_nothing(
        self, settings: Settings, stored: list[Post], proxy: Proxy
    ) -> None:
        holding = HeldBefore()
        with proxy.disturb(Nth(is_bulk, 1, holding)):
            late = worker()
            assert holding.done.wait(60)
            assert index_posts(settings, lambda _steps: None, anew=True) == len(stored)
            assert count_behind(settings) == PART, "what it has claimed stays noted"
            holding.let_go.set()
            code, said = ended(late)
        assert (code, said.splitlines()) == (1, ["Error: The index was made anew meanwhile. Do the same again."])
        assert run(settings) == PART
        assert verify(settings) == Checked(len(stored), 0, 0, 0, 0)

    def test_one_that_would_take_the_next_changes_while_the_index_is_made_anew_says_so(
        self, settings: Settings, stored: list[Post], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def begins(steps: int) -> None:
            with writing(open_archive(settings.archive_url)) as connection:
                indexed.begin_anew(connection)

        with pytest.raises(Busy, match="The index is being made anew"):
            index_posts(settings, begins)
        assert run(settings) == len(stored)
        assert verify(settings) == Checked(len(stored), 0, 0, 0, 0)


def free_changes(settings: Settings) -> int:
    """How many changes nobody has claimed."""
    with writing(open_archive(settings.archive_url)) as connection:
        return len(connection.execute(text("SELECT number FROM changes FOR UPDATE SKIP LOCKED")).all())


class TestGone:
    """The cluster, or what was in it."""

    def test_away_in_the_middle_the_next_run_goes_on(self, settings: Settings, stored: list[Post], proxy: Proxy) -> None:
        before, away = open_engine(settings).identity(), Event()

        def goes_away(asked: Asked) -> Answer | None:
            if away.is_set():
                return None
            answer = asked.answer()
            if len(proxy.indexed()) == 3 * PART:
                away.set()
            return answer

        with proxy.disturb(goes_away):
            with pytest.raises(EngineUnavailable, match="No Elasticsearch answers"):
                run(settings)
            for words in ("index", "index --anew", "index --shards 3", "index --verify"):
                told = command(words)
                assert (told.exit_code, told.stderr.partition(" at ")[0]) == (1, "Error: No Elasticsearch answers")
        assert count_behind(settings) == len(stored) - 2 * PART
        assert run(settings) == len(stored) - 2 * PART
        assert open_engine(settings).identity() == before, "nothing was built anew"
        assert verify(settings) == Checked(len(stored), 0, 0, 0, 0)
        assert Counter(proxy.indexed().values()) == {1: len(stored) - PART, 2: PART}

    def test_wiped_everything_is_indexed_again_from_the_archive(
        self, settings: Settings, stored: list[Post], client: Elasticsearch, name: str
    ) -> None:
        run(settings)
        client.indices.delete(index=list(client.indices.get(index=f"{name}-*")))
        client.indices.delete_index_template(name=f"{name}-*")
        with pytest.raises(IndexUnavailable, match="There is no index yet"):
            found(settings)
        assert count_behind(settings) == len(stored)
        assert command("index").stdout == "200 posts indexed.\n"
        assert verify(settings) == Checked(len(stored), 0, 0, 0, 0)

    def test_status_tells_that_it_is_away(self, settings: Settings, stored: list[Post], proxy: Proxy) -> None:
        with proxy.disturb(lambda asked: None):
            told, as_json = command("status"), command("status --json")
        assert told.exit_code == as_json.exit_code == 0
        said = f"No Elasticsearch answers at {proxy.url}. Check the cluster"
        assert f"Index     elasticsearch: {said}" in told.stdout
        assert (json.loads(as_json.stdout)["behind"], json.loads(as_json.stdout)["index"].startswith(said)) == (None, True)
        assert "Index     elasticsearch: 200 posts behind" in command("status").stdout

    @pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
    def test_what_a_rebuild_leaves_that_was_ended(
        self, end: signal.Signals, settings: Settings, stored: list[Post], proxy: Proxy, client: Elasticsearch, name: str
    ) -> None:
        run(settings)
        before, holding = open_engine(settings).identity(), HeldBack()
        with proxy.disturb(Nth(is_bulk, 1, holding)):
            rebuilding = worker("index --anew")
            assert holding.done.wait(60)
            assert status(settings).leftovers == (), "it is at work"
            rebuilding.send_signal(end)
            if end is signal.SIGINT:
                holding.let_go.set()
            code, _ = ended(rebuilding)
            holding.let_go.set()
        wait_until(lambda: not status(settings).locks)
        left = status(settings).leftovers
        if end is signal.SIGINT:
            assert (code, left) == (130, ())
        else:
            assert code == -end
            assert [leftover.command for leftover in left] == ["tinymovements index --anew"]
            assert left[0].path.startswith(f"{name}-{FORMAT}-")
            assert f"Left over {left[0].path} " in command("status").stdout
        assert open_engine(settings).identity() == before
        assert len(found(settings)) == len(stored), "the old one serves"
        assert command("index").stdout == "200 posts indexed.\n", "nobody trusts it any more"
        assert status(settings).leftovers == ()
        assert len(client.indices.get(index=f"{name}-*")) == 1
        assert verify(settings) == Checked(len(stored), 0, 0, 0, 0)
