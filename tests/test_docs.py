"""The pages that follow from the code are those the code makes, and every command says how it is used."""

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tinymovements.cli import COMMANDS, main
from tools.docs import DOCS, PAGES

ROOT = DOCS.parent


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_makes(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name](), "Run `make docs`."


def _commands() -> list[tuple[str, ...]]:
    context = click.Context(main)
    paths: list[tuple[str, ...]] = []
    for name in COMMANDS:
        command = main.get_command(context, name)
        inner = command.commands if isinstance(command, click.Group) else {}
        paths += [(name, child) for child in inner] or [(name,)]
    return paths


@pytest.mark.parametrize("path", _commands(), ids=" ".join)
def test_every_command_has_an_example_of_itself(path: tuple[str, ...]) -> None:
    told = CliRunner().invoke(main, [*path, "--help"])
    assert told.exit_code == 0
    examples = re.findall(r"Example: (tinymovements .*)", told.output)
    assert len(examples) == 1
    assert examples[0].split()[1 : len(path) + 1] == list(path)


def test_links_between_pages_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *DOCS.glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_pages_speak_of_commands_that_exist() -> None:
    for page in [*ROOT.glob("*.md"), *DOCS.glob("*.md")]:
        for command in re.findall(r"^\$? ?tinymovements ([a-z]+)", page.read_text("utf-8"), re.MULTILINE):
            assert command in COMMANDS, f"{page.name} speaks of {command}"


def test_constraints_pin_names_and_versions_only() -> None:
    lines = Path(ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert lines
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.!+-]+", line), line
