"""Work in several processes: in order, a few items ahead, and none of them outlives the process that asked for it."""

import multiprocessing
import operator
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tinymovements.errors import ProcessDied
from tinymovements.settings import PREFIX
from tinymovements.workflow.side_by_side import side_by_side, workers


def test_the_answers_come_in_the_order_of_the_items() -> None:
    for processes in (1, 3):
        assert list(side_by_side(operator.neg, range(200), processes, "json")) == list(range(0, -200, -1))


def test_they_know_the_home_folder_of_now(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in (home, home.with_name("other")):
        monkeypatch.setenv(f"{PREFIX}HOME", str(folder))
        assert list(side_by_side(os.getenv, [f"{PREFIX}HOME"] * 2, 2, "json")) == [str(folder)] * 2


def test_items_are_not_read_far_ahead() -> None:
    read = 0

    def items() -> Iterator[int]:
        nonlocal read
        while True:
            read += 1
            yield read

    answers = side_by_side(operator.neg, items(), 2, "json")
    assert [next(answers), next(answers)] == [-1, -2]
    assert read < 30
    answers.close()


def test_what_goes_wrong_there_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        list(side_by_side(operator.inv, _broken(), 2, "json"))
    with pytest.raises(ValueError, match="non-hexadecimal"):
        list(side_by_side(bytes.fromhex, ["no hex"], 2, "json"))


def _broken() -> Iterator[int]:
    yield 1
    raise ZeroDivisionError


def test_a_process_that_dies_is_one_sentence() -> None:
    with pytest.raises(ProcessDied, match="TINYMOVEMENTS_PROCESSES=1"):
        list(side_by_side(os._exit, [3], 2, "json"))


def test_one_that_dies_in_the_middle_of_its_answer_is_not_waited_for() -> None:
    def items() -> Iterator[int]:
        yield from (3, 3)
        while multiprocessing.active_children():  # nothing is read meanwhile, so that it dies at the full pipe
            threading.Event().wait(0.01)

    with pytest.raises(ProcessDied):
        list(side_by_side(_die_answering, items(), 2, "json", ahead=1))


def _die_answering(_item: int) -> bytes:
    threading.Timer(0.1, os._exit, [1]).start()
    return bytes(5_000_000)


def test_large_items_and_answers_pass_each_other() -> None:
    items = [bytes([number]) * 3_000_000 for number in range(8)]
    assert list(side_by_side(bytes.upper, items, 2, "json")) == items


def test_killed_it_leaves_no_process_behind() -> None:
    program = (
        "import os, signal\nfrom tinymovements.workflow.side_by_side import side_by_side, workers\n"
        "work = side_by_side(abs, range(100), 2, 'json')\nnext(work)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # Whatever it has started holds the pipe open: `communicate` ends when the last of them has.
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.communicate(timeout=60)[0] == b""


def test_they_do_not_hear_ctrl_c() -> None:
    # A program of its own: in this one the server may have been started by another test, in another way.
    program = (
        "import os, signal\nfrom functools import partial\nfrom tinymovements.workflow.side_by_side import side_by_side\n"
        "signal.signal(signal.SIGINT, lambda *_: None)\n"
        "print(*side_by_side(partial(os.killpg, 0), [signal.SIGINT] * 4, 2, 'json'))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, start_new_session=True, check=False
    )
    assert (ended.returncode, ended.stdout.split(), ended.stderr) == (0, ["None"] * 4, "")


class TestWorkers:
    def test_each_answers_what_it_was_handed(self) -> None:
        with workers(2, "json") as pool:
            asked = [pool.submit(pow, number, 2) for number in range(50)]
            assert [future.result() for future in asked] == [number**2 for number in range(50)]
            with pytest.raises(ValueError, match="non-hexadecimal"):
                pool.submit(bytes.fromhex, "no hex").result()

    def test_what_is_not_done_when_the_block_ends_is_left(self) -> None:
        with workers(1, "json") as pool:
            begun = pool.submit(signal.pause)
            waiting = pool.submit(pow, 2, 2)
        assert waiting.cancelled() or isinstance(waiting.exception(), ProcessDied)
        assert isinstance(begun.exception(), ProcessDied)
