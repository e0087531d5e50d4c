"""The command line: `tinymovements COMMAND`. Each command stands in the file that names it and is loaded when it is called."""

import difflib
import importlib
import logging
import sys
from contextlib import suppress
from typing import Any

import click

from tinymovements import __version__
from tinymovements.errors import TinyMovementsError

COMMANDS = {
    "sources": "sources:sources",
    "places": "places:places",
    "collect": "collect:collect",
    "import": "imports:import_files",
    "annotate": "derive:annotate",
    "resolve": "derive:resolve",
    "index": "derive:index",
    "update": "derive:update",
    "schedule": "schedule:schedule",
    "classify": "classify:classify",
    "search": "discover:search",
    "show": "discover:show",
    "allies": "meet:allies",
    "matches": "meet:matches",
    "asks": "meet:asks",
    "spread": "spread:spread",
    "label": "label:label",
    "corrections": "label:corrections",
    "initiative": "initiative:initiative",
    "emerging": "emerging:emerging",
    "export": "export:export",
    "train": "learn:train",
    "evaluate": "learn:evaluate",
    "status": "status:status",
    "demo": "demo:demo",
    "completion": "completion:completion",
}
"""Name of a command, and where it is: module and function. The order is that of the help."""

STOPPED = 130
"""Exit code after Ctrl-C, as shells have it (128 + SIGINT)."""


class Commands(click.Group):
    """Loads a command's module only when that command is wanted, and says errors in one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands in the order of the way that posts take."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """The command of this name, or a sentence that names the one most like it."""
        if cmd_name not in COMMANDS:
            close = difflib.get_close_matches(cmd_name, COMMANDS, n=1)
            hint = f"Did you mean {close[0]}?" if close else "`tinymovements --help` lists them."
            raise click.UsageError(f"There is no command {cmd_name}. {hint}", ctx)
        module, _, function = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(f"tinymovements.cli.{module}"), function)
        assert isinstance(command, click.Command)  # noqa: S101 -- narrows the type; a test loads every command
        return command

    def main(self, *args: Any, **given: Any) -> Any:
        """The whole program. A disk that is full, standard output on it too, is told in one sentence as well."""
        try:
            return super().main(*args, **given)
        except OSError as error:
            what = error.filename or "Standard output or a file"
            hint = "Check the rights, and the room on the disk; then do the same again."
            click.echo(f"Error: {what} cannot be used: {error.strerror or error}. {hint}", err=True)
            with suppress(OSError):
                sys.stdout.close()  # or Python would try the rest once more, and tell of it in its own way
            sys.exit(1)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; what a person can mend ends in one sentence on standard error and its exit code."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()  # here it can still be told that this fails
        except TinyMovementsError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("Stopped. What was done is kept; the same command goes on from here.", err=True)
            ctx.exit(STOPPED)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="tinymovements")
def main() -> None:
    """Track grassroots initiatives in public posts: collect, understand, discover, export.

    Everything is kept in one folder (TINYMOVEMENTS_HOME; `tinymovements status` tells which). Begin with
    `tinymovements demo`, a tour on invented posts.

    Example: tinymovements search "kirpputori" --place Kallio
    """
    from tinymovements.settings import load
    from tinymovements.workflow.offline import refuse_connections

    settings = load()
    logging.basicConfig(level=settings.log_level, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    if settings.offline:
        refuse_connections()
