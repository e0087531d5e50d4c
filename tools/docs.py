"""Writes the pages of docs/ that follow from the code: `python -m tools.docs`. A test fails where one is out of date."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tinymovements.cli import COMMANDS, main
from tinymovements.exports.page import data_format_page
from tinymovements.settings import PREFIX, SECRETS, Settings

DOCS = Path(__file__).parent.parent / "docs"

_COMPUTED = {"home": "`tinymovements` in your data folder", "processes": "one a core, 4 at most"}
"""Defaults that depend on the machine."""

_MARK = "<!-- made by `make docs`: change the code, not this page -->"


def cli_page() -> str:
    """The help of every command, as a page."""
    parts = [
        _MARK,
        "# The command line",
        "What `tinymovements COMMAND --help` says. Exit codes: 0 done, 1 failed, 2 misused, 130 stopped by Ctrl-C.",
        _help(main),
    ]
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        parts.append(f"## {name}\n\n{_help(main, command)}")
        if isinstance(command, click.Group):
            parts += [f"### {name} {inner}\n\n{_help(main, command, command.commands[inner])}" for inner in command.commands]
    return "\n\n".join(parts) + "\n"


def _help(*path: click.Command) -> str:
    """The help of the last command of a path."""
    context: click.Context | None = None
    for command in path:
        # What click itself makes a context of: without the command's own settings its help option would have other names.
        given: dict[str, Any] = {**command.context_settings, "terminal_width": 100, "max_content_width": 100}
        context = click.Context(command, parent=context, info_name=command.name if context else "tinymovements", **given)
    assert context is not None
    return f"```\n{path[-1].get_help(context).strip()}\n```"


def settings_page() -> str:
    """The table of settings, as a page."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = _COMPUTED.get(name) or (f"`{field.default}`" if str(field.default) else "none")
        rows.append(f"| `{PREFIX}{name.upper()}` | `{name}` | {default} | {field.description} |")
    return "\n".join(
        [
            _MARK,
            "# Settings",
            "",
            "A setting comes from the environment, else from the file `settings.toml` in the home folder, else from the default.",
            f"In containers a file `{SECRETS}/{PREFIX.lower()}NAME` may hold what the variable `{PREFIX}NAME` would.",
            "A wrong one is named when the program starts, with where to mend it.",
            "",
            "| in the environment | in the file | default | meaning |",
            "|---|---|---|---|",
            *rows,
            "",
            "Example of a `settings.toml`:",
            "",
            "```toml",
            'contact = "initiatives@example.org"',
            "crawl_delay = 2.0",
            "```",
            "",
        ]
    )


PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli_page,
    "settings.md": settings_page,
    "data-format.md": data_format_page,
}
"""File name in docs/, and what makes it."""

if __name__ == "__main__":
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), "utf-8")
        click.echo(f"docs/{name}")
