"""What all commands share: how they print, count and show progress."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

Advance = Callable[[int], None]

SHORT = 8
"""Characters of a post's id that are printed: enough to tell a billion posts apart."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def out() -> Console:
    """Standard output; colours and folding only on a terminal."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=not sys.stdout.isatty())


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Advance]:
    """A bar on standard error while the block runs; nothing where that is no terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda steps: bar.advance(task, steps)


def number(value: int) -> str:
    """A whole number with its thousands apart: 3,697."""
    return f"{value:,}"


def amount(value: int, singular: str, plural: str) -> str:
    """A number with its noun: 1 post, 3,697 posts."""
    return f"{number(value)} {singular if value == 1 else plural}"


def did_you_mean(like: Sequence[str]) -> str:
    """A question to end a message with, where there are names like the one that is not known."""
    return f" Did you mean {' or '.join(like)}?" if like else ""


def amounts(posts: int, initiatives: int) -> str:
    """How many of each of which there are some: 3 posts and 1 initiative; nothing where there are none."""
    counts = ((posts, "post", "posts"), (initiatives, "initiative", "initiatives"))
    return " and ".join(amount(*count) for count in counts if count[0])


def day(moment: date | None) -> str:
    """A day as it is written here (1.3.2026), in UTC like the days of the filters."""
    return f"{moment.day}.{moment.month}.{moment.year}" if moment else ""


def today() -> date:
    """In UTC, as days are told here."""
    return datetime.now(UTC).date()


def movement_name(id: str) -> str:
    """What a movement is called in English; its id where the taxonomy has it no more."""
    from tinymovements.taxonomy import load_taxonomy  # 20 ms that `--help` need not pay

    known = load_taxonomy().movements.get(id)
    return known.labels["en"] if known else id


class MinusWords(click.Command):
    """A command whose words may begin with a minus: -street-art is what somebody says and no option, -hoito no call for help."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.context_settings = {"ignore_unknown_options": True, "help_option_names": ["--help"]}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As any command; -h alone calls for help all the same, as it does everywhere else."""
        return super().parse_args(ctx, ["--help"] if args == ["-h"] else args)


class Day(click.ParamType[date]):
    """A day as people write it: 2026-03-01, 1.3.2026 or 1/3/2026 (day first)."""

    name = "day"
    _FORMS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day, or a sentence that says how to write one."""
        if isinstance(value, date):
            return value
        for form in self._FORMS:
            try:
                return datetime.strptime(value, form).date()
            except ValueError:
                continue
        self.fail(f"{value!r} is no day: write 2026-03-01 or 1.3.2026.", param, ctx)
