"""Annotating goes on where it was stopped, and does nothing twice."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipelines.assemble import Readable
from pipelines.processes import Said, annotate_batch
from tinymovements.archive import annotations, posts
from tinymovements.archive.database import open_archive, reading, writing
from tinymovements.archive.locks import held
from tinymovements.errors import Busy
from tinymovements.model import Draft
from tinymovements.privacy import Gate
from tinymovements.settings import PREFIX, Settings, load
from tinymovements.workflow import annotate
from tinymovements.workflow.annotate import annotate_posts, count_outdated
from tinymovements.workflow.status import status

GATE = Gate(b"k" * 32)


@pytest.fixture
def settings(home: Path, archive_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """One process, an archive on each database in turn; so, too, for the processes that tests start."""
    monkeypatch.setenv(f"{PREFIX}ARCHIVE", archive_url)
    return load(processes=1)


def _store(settings: Settings, *numbers: int, text: str = "Kirppis Kalliossa numero {}") -> None:
    batch = [GATE.admit(Draft(native_id=str(number), text=text.format(number)), "forum") for number in numbers]
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "forum", batch)


def _annotations(settings: Settings) -> dict[str, str]:
    with reading(open_archive(settings.archive_url)) as connection:
        return {item.post.native_id: item.annotation.model_dump_json() for item in posts.stream(connection) if item.annotation}


def test_all_are_done_once_and_then_only_what_is_new_or_changed(settings: Settings) -> None:
    steps: list[int] = []
    _store(settings, *range(5))
    assert count_outdated(settings) == 5
    assert annotate_posts(settings, steps.append) == 5
    assert sum(steps) == 5
    assert annotate_posts(settings, steps.append) == 0
    _store(settings, 1, 5, text="Talkoot Malmilla numero {}")
    assert annotate_posts(settings, steps.append) == 2
    assert set(_annotations(settings)) == {str(number) for number in range(6)}
    assert "Malmi" in _annotations(settings)["1"]


def test_where_nothing_is_to_be_done_no_encoder_is_made(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Settings] = []
    monkeypatch.setattr(annotate, "ready", made.append)
    assert annotate_posts(settings, lambda steps: None) == 0
    assert made == []
    _store(settings, 1)
    assert annotate_posts(settings, lambda steps: None) == 1
    assert made == [settings], "once, and not again to see that nothing is left"


def test_another_version_of_the_pipeline_does_all_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    _store(settings, 1, 2)
    annotate_posts(settings, lambda steps: None)
    monkeypatch.setattr(annotate, "version", lambda with_encoder: "another")
    assert count_outdated(settings) == 2


def test_stopped_in_the_middle_it_keeps_what_is_done_and_goes_on(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotate, "COMMIT", 2)
    _store(settings, *range(7))

    def stop_after_four(steps: int) -> None:
        done.append(steps)
        if sum(done) == 4:
            raise KeyboardInterrupt

    done: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        annotate_posts(settings, stop_after_four)
    kept = _annotations(settings)
    assert len(kept) == 4
    assert annotate_posts(settings, lambda steps: None) == 3
    assert len(_annotations(settings)) == 7
    assert {id: text for id, text in _annotations(settings).items() if id in kept} == kept


def test_side_by_side_says_what_one_process_says(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    _store(settings, *range(20))
    annotate_posts(settings, lambda steps: None)
    alone = _annotations(settings)
    with writing(open_archive(settings.archive_url)) as connection:
        posts.store(connection, "forum", [], gone=list(alone))
    _store(settings, *range(20))
    monkeypatch.setattr(annotate, "WORTH_PROCESSES", 1)
    annotate_posts(settings.model_copy(update={"processes": 2}), lambda steps: None)
    assert _annotations(settings) == alone


@pytest.mark.parametrize(
    ("said", "code"),
    [("os.killpg(0, signal.SIGINT)", -signal.SIGINT), ("[child.kill() for child in multiprocessing.active_children()]", 1)],
    ids=["Ctrl-C", "a process that dies"],
)
def test_interrupted_side_by_side_it_ends_and_keeps_what_is_done(settings: Settings, said: str, code: int) -> None:
    _store(settings, *range(1500))
    program = (
        "import multiprocessing, os, signal\nfrom tinymovements.settings import load\nfrom tinymovements.workflow import annotate\n"
        f"annotate.WORTH_PROCESSES, annotate.COMMIT = 1, 100\nannotate.annotate_posts(load(processes=2), lambda steps: {said})\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, start_new_session=True, check=False
    )
    assert ended.returncode == code
    assert ("KeyboardInterrupt" if code < 0 else "TINYMOVEMENTS_PROCESSES=1") in ended.stderr
    assert 100 <= len(_annotations(settings)) < 1500


def test_what_changes_while_it_is_annotated_is_annotated_as_it_then_is(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    _store(settings, 1, 2)
    say = annotate_batch
    changed: list[threading.Thread] = []

    def change_one_meanwhile(batch: Sequence[Readable], **_: object) -> list[Said]:
        if not changed:
            # On PostgreSQL the change waits until the annotation is kept; then it is the older one.
            changed.append(threading.Thread(target=_store, args=(settings, 2), kwargs={"text": "Talkoot Malmilla numero {}"}))
            changed[0].start()
            if settings.archive_url.startswith("sqlite"):
                changed[0].join()
        return say(batch)

    monkeypatch.setattr(annotate, "annotate_batch", change_one_meanwhile)
    done = annotate_posts(settings, lambda steps: None)
    changed[0].join()
    done += annotate_posts(settings, lambda steps: None)
    assert done in (2, 3)
    assert "Malmi" in _annotations(settings)["2"]
    assert count_outdated(settings) == 0


SIDE_BY_SIDE = """
import sys
from tinymovements.settings import load
from tinymovements.workflow import annotate
annotate.COMMIT = 5
said = '{"version":"1","language":"fi","initiative":0.5,"self_organised":0.5}'
annotate.annotate_batch = lambda posts, encoder, threads: [(said, None)] * len(posts)
print("ready", flush=True)
sys.stdin.readline()
steps = []
assert annotate.annotate_posts(load(), steps.append) == sum(steps)
print(sum(steps))
"""


def test_several_on_one_server_do_each_post_once(home: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}ARCHIVE", postgresql_url)
    settings, pipe = load(processes=1), subprocess.PIPE
    _store(settings, *range(500))
    started = [subprocess.Popen([sys.executable, "-c", SIDE_BY_SIDE], stdin=pipe, stdout=pipe, text=True) for _ in range(4)]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    done = [int(process.communicate("go\n", timeout=60)[0]) for process in started]
    assert sum(done) == 500
    with reading(open_archive(settings.archive_url)) as connection:
        assert annotations.count(connection) == 500
        assert {item.revision for item in posts.stream(connection)} == {2}


def test_on_sqlite_a_second_one_is_told_who_is_at_it(home: Path) -> None:
    settings = Settings(home=home, processes=1)
    _store(settings, 1)
    with held(open_archive(settings.archive_url), "annotate"), pytest.raises(Busy, match=f"annotate.*process {os.getpid()}"):
        annotate_posts(settings, lambda steps: None)
    assert annotate_posts(settings, lambda steps: None) == 1


def test_status_names_what_is_unfinished(settings: Settings) -> None:
    assert status(settings).unfinished == ()
    _store(settings, 1)
    told = status(settings)
    assert (told.posts, told.outdated, told.behind) == ({"forum": 1}, 1, 1)
    assert [left.command for left in told.unfinished] == [f"tinymovements {step}" for step in ("annotate", "resolve", "index")]
    annotate_posts(settings, lambda steps: None)
    assert [left.command for left in status(settings).unfinished] == ["tinymovements resolve", "tinymovements index"]
