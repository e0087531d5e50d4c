"""`demo`: the whole way from posts to a dataset, on invented posts."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from tinymovements.errors import TinyMovementsError
from tinymovements.settings import PREFIX


@click.command()
def demo() -> None:
    """A tour on invented posts of a year: crawl, import, annotate, index, search, export.

    Nothing leaves this machine. It works in the folder `demo` of the home folder, which is emptied first.

    Example: tinymovements demo
    """
    from tinymovements.demo.files import write_files
    from tinymovements.demo.site import serve
    from tinymovements.demo.tour import sources, steps
    from tinymovements.settings import load

    home = load().home / "demo"
    shutil.rmtree(home, ignore_errors=True)
    (home / "sources").mkdir(parents=True)
    environment = _environment(home)
    click.echo(f"A tour of Tiny Movements, on invented posts in Finnish, Swedish and English.\nIt works in {home}.")
    with serve() as base:
        for id, facts in sources(base).items():
            (home / "sources" / f"{id}.toml").write_text(facts, "utf-8")
        for step in steps(write_files(home / "files"), home / "flea-markets.csv"):
            _run(step.says, step.command, step.reads, environment)
    _farewell(home)


def _environment(home: Path) -> dict[str, str]:
    # None of the person's own settings: the tour must not touch their archive.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    given = {"HOME": str(home), "OFFLINE": "1", "CONTACT": "demo@example.org", "CRAWL_DELAY": "0"}
    return inherited | {f"{PREFIX}{name}": value for name, value in given.items()}


def _run(says: str, command: tuple[str, ...], reads: str | None, environment: Mapping[str, str]) -> None:
    shown = f"tinymovements {shlex.join(command)}"
    click.echo()
    click.secho(says, bold=True)
    click.secho(f"$ {f'echo {shlex.quote(reads)} | ' if reads else ''}{shown}", fg="green")
    sys.stdout.flush()
    ended = subprocess.run(  # noqa: S603 -- our own command, our own words
        [sys.executable, "-m", "tinymovements", *command], input=reads, env=environment, text=True, check=False
    )
    if ended.returncode:
        raise TinyMovementsError(f"The tour stopped: `{shown}` ended with {ended.returncode}.", "What it said stands above.")


def _farewell(home: Path) -> None:
    program = "tinymovements" if shutil.which("tinymovements") else os.path.relpath(sys.argv[0])
    click.echo()
    click.secho("That was the tour. It is all still there to play with:", bold=True)
    click.echo(f"  export {PREFIX}HOME={shlex.quote(str(home))}")
    click.echo(f"  {program} search kirppis --place Kallio")
    click.echo(f"  {program} export all.xlsx")
    click.secho("Then with posts of your own, in a home of its own:", bold=True)
    click.echo(f"  unset {PREFIX}HOME")
    click.echo(f"  export {PREFIX}CONTACT=you@example.org")
    click.echo(f"  {program} sources list")
    click.echo(f"  {program} update")
    click.echo(f"  {program} --help")
