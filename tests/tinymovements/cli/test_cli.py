"""What all commands share: they load, they say errors in one sentence, they stop cleanly."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tinymovements import __version__
from tinymovements.cli import COMMANDS, STOPPED, main


def test_every_command_loads_and_its_first_line_fits_the_list() -> None:
    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        assert command.help


@pytest.mark.parametrize("name", ["search", "label", "show"])
def test_h_alone_calls_for_help_where_words_may_begin_with_a_minus_too(name: str) -> None:
    told = CliRunner().invoke(main, [name, "-h"])
    assert told.exit_code == 0
    assert told.stdout == CliRunner().invoke(main, [name, "--help"]).stdout


def test_a_mistyped_command_is_told_the_right_one() -> None:
    told = CliRunner().invoke(main, ["serach", "kirppis"])
    assert told.exit_code == 2
    assert "There is no command serach. Did you mean search?" in told.stderr
    assert "lists them" in CliRunner().invoke(main, ["xyz"]).stderr


def test_version_and_help_are_quick_and_light() -> None:
    heavy = {"spacy", "scrapy", "sqlalchemy", "tantivy"}
    code = f"import sys, tinymovements.cli; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    told = subprocess.run([sys.executable, "-m", "tinymovements", "--version"], capture_output=True, text=True, check=True)
    assert told.stdout.strip().endswith(__version__)


def test_an_error_is_one_sentence_on_standard_error_with_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYMOVEMENTS_ENGINE", "telepathy")
    told = CliRunner().invoke(main, ["status"])
    assert told.exit_code == 2
    assert told.stdout == ""
    assert told.stderr.startswith("Error: The setting engine cannot be used")
    assert len(told.stderr.strip().splitlines()) == 1


def test_search_before_there_is_an_index_says_what_to_do() -> None:
    told = CliRunner().invoke(main, ["search", "kirppis"])
    assert told.exit_code == 1
    assert "tinymovements index" in told.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_what_the_shell_reads(shell: str) -> None:
    told = CliRunner().invoke(main, ["completion", shell])
    assert told.exit_code == 0
    assert "_TINYMOVEMENTS_COMPLETE" in told.output


def test_completion_completes() -> None:
    given = {"_TINYMOVEMENTS_COMPLETE": "bash_complete", "COMP_WORDS": "tinymovements ann", "COMP_CWORD": "1"}
    program = Path(sys.executable).with_name("tinymovements")
    told = subprocess.run([program], env=os.environ | given, capture_output=True, text=True, check=True)
    assert "annotate" in told.stdout


def test_status_of_an_empty_home_says_how_to_begin(home: Path) -> None:
    told = CliRunner().invoke(main, ["status"])
    assert told.exit_code == 0
    assert str(home) in told.output
    assert "tinymovements demo" in told.output
    known = json.loads(CliRunner().invoke(main, ["status", "--json"]).output)
    assert (known["posts"], known["outdated"], known["behind"]) == ({}, 0, 0)


def test_ctrl_c_ends_in_one_sentence() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tinymovements", "classify"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b'{"id": "1", "text": "Talkoot"}\n')
    process.stdin.flush()
    assert b'"id": "1"' in process.stdout.readline(), "it answers while it reads"
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == STOPPED
    assert told.decode().strip() == "Stopped. What was done is kept; the same command goes on from here."
