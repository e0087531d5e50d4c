"""A lock keeps others out, says who holds it, and is free the moment its holder is dead."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.locks import held, holder, holders
from tinymovements.errors import ArchiveError, Busy

HOLDS = """
import sys
from tinymovements.archive.database import open_archive
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.locks import held
with held(open_archive(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""

Other = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def other(archive: Engine) -> Iterator[Other]:
    """Starts a process that holds the lock of a name until its standard input ends."""
    started: list[subprocess.Popen[str]] = []

    def start(name: str) -> "subprocess.Popen[str]":
        url = archive.url.render_as_string(hide_password=False)
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDS, url, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )  # fmt: skip
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def is_free(archive: Engine, name: str) -> bool:
    """Asked as often as a server may need to see that somebody is gone."""
    for _ in range(100):
        try:
            with held(archive, name):
                return True
        except Busy:
            threading.Event().wait(0.02)
    return False


class TestOneHolder:
    def test_another_process_is_kept_out_and_told_by_whom(self, archive: Engine, other: Other) -> None:
        process = other("collect helka")
        with pytest.raises(Busy) as refused, held(archive, "collect helka"):
            pass
        assert refused.value.exit_code == 1
        assert f"process {process.pid} on {socket.gethostname()} since {datetime.now(UTC):%Y-}" in refused.value.message
        assert "collect helka" in refused.value.message

    def test_it_is_told_who_holds_what(self, archive: Engine, other: Other) -> None:
        process = other("index")
        found = holder(archive, "index")
        assert found is not None
        assert (found.name, found.pid, found.machine) == ("index", process.pid, socket.gethostname())
        assert timedelta() <= datetime.now(UTC) - found.since < timedelta(minutes=1)
        with held(archive, "collect a"):
            assert [(one.name, one.pid) for one in holders(archive)] == [("collect a", os.getpid()), ("index", process.pid)]
        assert holder(archive, "annotate") is None

    def test_threads_of_one_process_keep_each_other_out(self, archive: Engine) -> None:
        refused: list[Busy] = []

        def try_it() -> None:
            try:
                with held(archive, "annotate"):
                    pass
            except Busy as error:
                refused.append(error)

        with held(archive, "annotate"):
            thread = threading.Thread(target=try_it)
            thread.start()
            thread.join()
        assert len(refused) == 1
        assert str(os.getpid()) in refused[0].message

    def test_two_names_do_not_hinder_each_other(self, archive: Engine, other: Other) -> None:
        other("collect helka")
        with held(archive, "collect artova"), held(archive, "annotate"):
            assert {one.name for one in holders(archive)} == {"collect helka", "collect artova", "annotate"}

    def test_of_many_at_once_one_gets_it(self, archive: Engine) -> None:
        together, inside, got = threading.Barrier(8), threading.Lock(), []

        def try_it() -> None:
            together.wait()
            for _ in range(20):
                try:
                    with held(archive, "index"):
                        assert inside.acquire(blocking=False)
                        got.append(holder(archive, "index"))
                        inside.release()
                except Busy:
                    continue

        threads = [threading.Thread(target=try_it) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got
        assert None not in got
        assert holders(archive) == []


class TestLettingGo:
    def test_at_the_end_and_after_an_error(self, archive: Engine) -> None:
        with held(archive, "index"):
            pass
        with pytest.raises(KeyError), held(archive, "index"):
            raise KeyError
        assert holder(archive, "index") is None
        with held(archive, "index"):
            assert holder(archive, "index") is not None

    def test_what_a_killed_process_held_is_free(self, archive: Engine, other: Other) -> None:
        process = other("collect helka")
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert is_free(archive, "collect helka")
        assert holders(archive) == []

    def test_a_stopped_process_still_holds_it(self, archive: Engine, other: Other) -> None:
        process = other("collect helka")
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(Busy), held(archive, "collect helka"):
            pass


class TestFiles:
    """SQLite alone."""

    def test_they_lie_beside_the_database_and_are_gone_afterwards(self, tmp_path: Path, sqlite: Engine) -> None:
        with held(sqlite, "collect helka"):
            assert [path.name for path in tmp_path.glob("*.lock")] == ["archive.db.collect-helka.lock"]
        assert list(tmp_path.glob("*.lock")) == []

    def test_all_names_of_one_database_meet(self, tmp_path: Path, sqlite: Engine) -> None:
        (tmp_path / "link.db").symlink_to(tmp_path / "archive.db")
        with held(sqlite, "index"), pytest.raises(Busy), held(create_engine(f"sqlite:///{tmp_path}/./link.db"), "index"):
            pass

    def test_to_look_writes_nothing(self, tmp_path: Path, sqlite: Engine) -> None:
        assert holders(sqlite) == []
        assert holder(sqlite, "index") is None
        assert list(tmp_path.glob("*.lock")) == []

    def test_a_folder_that_cannot_be_written_is_told(self, tmp_path: Path, sqlite: Engine) -> None:
        (tmp_path / "archive.db.index.lock").symlink_to(tmp_path / "no such folder" / "file")
        with (
            pytest.raises(ArchiveError, match=r"cannot be taken, by .*archive\.db\.index\.lock: No such file"),
            held(sqlite, "index"),
        ):
            pass

    def test_an_archive_in_memory_is_nobody_elses(self) -> None:
        engine = create_engine("sqlite://")
        with held(engine, "index"):
            assert holders(engine) == []
        engine.dispose()

    @pytest.fixture
    def sqlite(self, tmp_path: Path) -> Iterator[Engine]:
        engine = create_engine(f"sqlite:///{tmp_path / 'archive.db'}")
        yield engine
        engine.dispose()


class TestServer:
    """PostgreSQL alone."""

    @pytest.fixture
    def server(self, postgresql_url: str) -> Iterator[Engine]:
        engine = open_archive(postgresql_url)
        yield engine
        engine.dispose()

    def test_a_broken_connection_lets_go_and_the_holder_is_warned(self, server: Engine, caplog: pytest.LogCaptureFixture) -> None:
        with held(server, "index"):
            with writing(server) as connection:
                connection.execute(
                    text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'index %'")
                )
            assert is_free(server, "index")
        assert "the lock `index` had broken" in caplog.text

    def test_a_name_too_long_to_be_told_is_still_a_name_of_its_own(self, server: Engine) -> None:
        long = "collect " + "a" * 60
        with held(server, long), held(server, long[:-1]):
            found = holder(server, long)
            assert found is not None
            assert (found.name, found.pid) == (long, os.getpid())
            assert len(holders(server)) == 2
            with pytest.raises(Busy), held(server, long):
                pass

    def test_archives_in_two_schemas_do_not_hinder_each_other(self, server: Engine) -> None:
        other = create_engine(server.url.update_query_dict({"options": "-csearch_path=pg_catalog"}))
        with held(server, "index"), held(other, "index"):
            assert len(holders(server)) == 1
        other.dispose()

    def test_it_is_no_open_transaction(self, server: Engine) -> None:
        """One would keep the server from clearing away what is dead."""
        with held(server, "index"), reading(server) as connection:
            state = connection.execute(
                text("SELECT state FROM pg_stat_activity WHERE application_name LIKE 'index %'")
            ).scalar_one()
        assert state == "idle"
