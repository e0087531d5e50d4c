"""Puts figures into the model card: `python -m tools.card NAME=FILE ...`, each FILE what `tinymovements evaluate --json` printed.

The first one is shown by language and by movement as well.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

CARD = Path(__file__).parent.parent / "docs" / "model-card.md"

BEGIN, END = "<!-- figures: made by `python -m tools.card` -->", "<!-- end of the figures -->"

Figures = Mapping[str, Mapping[str, Any]]


def filled(page: str, reports: Mapping[str, Mapping[str, Any]]) -> str:
    """The page with the tables of these reports (name to report) between its marks, and nothing else changed."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{figures(reports)}\n\n{END}{after}"


def figures(reports: Mapping[str, Mapping[str, Any]]) -> str:
    """The tables."""
    first, report = next(iter(reports.items()))
    movements = {id: found for id, found in report["movements"].items() if found.get("f1")}
    by_movement = {
        "F1": {id: found["f1"] for id, found in movements.items()},
        "average precision": {id: found["average_precision"] for id, found in movements.items() if "average_precision" in found},
    }
    return "\n\n".join(
        (
            _table("measure", dict(_columns(reports))),
            f"By language ({first}):",
            _table("measure", report["languages"]),
            f"By movement ({first}):",
            _table("movement", by_movement),
            f"*Pipeline {', '.join(dict.fromkeys(str(report['pipeline']) for report in reports.values()))}.*",
        )
    )


def _columns(reports: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Figures]]:
    """A column for each report, or for each register of one that has several."""
    for name, report in reports.items():
        if len(report["registers"]) > 1:
            yield from ((f"{name}: {register}", found) for register, found in report["registers"].items())
        else:
            yield name, report["measures"]


def _table(first: str, columns: Mapping[str, Figures]) -> str:
    rows: Sequence[str] = list(dict.fromkeys(row for figures in columns.values() for row in figures))
    lines = [f"| {first} | {' | '.join(columns)} |", f"|{'---|' * (len(columns) + 1)}"]
    for row in rows:
        cells = (_cell(figures[row]) if row in figures else "" for figures in columns.values())
        lines.append(f"| {row.replace('_', ' ')} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(figure: Mapping[str, Any]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.2f}–{figure['high']:.2f})"


@click.command()
@click.argument("reports", nargs=-1, required=True, metavar="NAME=FILE...")
def main(reports: tuple[str, ...]) -> None:
    """Put the figures of these reports into docs/model-card.md."""
    named = {}
    for given in reports:
        if not (parts := re.fullmatch(r"([^=|]+)=(.+)", given)):
            raise click.UsageError(f"{given!r} is not NAME=FILE.")
        named[parts[1]] = json.loads(Path(parts[2]).read_text("utf-8"))
    CARD.write_text(filled(CARD.read_text("utf-8"), named), "utf-8")
    click.echo("docs/model-card.md")


if __name__ == "__main__":
    main()
