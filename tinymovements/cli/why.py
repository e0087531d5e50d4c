"""Prints why a post was understood as it was: below the post, and by colours in its text."""

from collections.abc import Mapping, Sequence
from typing import Literal

from rich.console import Console
from rich.text import Text

from tinymovements.cli.console import movement_name, number
from tinymovements.corrections import INITIATIVE, SELF_ORGANISED
from tinymovements.model import Explanation, Reason

FOR, AGAINST = "bold green", "bold red"

_QUALITIES = {INITIATIVE: "Initiative", SELF_ORGANISED: "Self-organised"}
"""Labels of people that are no movements."""


def mark_words(said: Text, field: Literal["text", "title"], explanation: Explanation) -> None:
    """Colour the words that carried the movements; where there is none, those that carried the probability of an initiative."""
    for explained in explanation.movements or explanation.nearly or (explanation.initiative,):
        for reasons, style in ((explained.words_against, AGAINST), (explained.words_for, FOR)):
            for mark in (mark for reason in reasons for mark in reason.marks if mark.field == field):
                said.stylize(style, mark.start, mark.end)


def print_why(console: Console, explanation: Explanation, people: Mapping[str, bool]) -> None:
    """For each label its words, for and against, and what people say in the model's place."""
    console.print(Text("\nWhy", "bold"))
    told = [(one.label, one, "") for one in explanation.movements]
    told += [(one.label, one, ", not accepted") for one in explanation.nearly]
    told += [(INITIATIVE, explanation.initiative, ""), (SELF_ORGANISED, explanation.self_organised, "")]
    for label, explained, more in told:
        corrected = f"; people say {_yes(people[label])}" if label in people else ""
        console.print(f"{_name(label)} {explained.score:.2f}{more}{corrected}", markup=False)
        _print_reasons(console, "for", explained.words_for, explained.score_without_for, FOR)
        _print_reasons(console, "against", explained.words_against, explained.score_without_against, AGAINST)
    for label in sorted(people.keys() - {label for label, _, _ in told}):
        console.print(f"{_name(label)}: not thought of by the model; people say {_yes(people[label])}", markup=False)
    if explanation.hardly_an_initiative:
        console.print("The model accepts no movement, for this is hardly about an initiative.")
    if explanation.tried < explanation.words:
        console.print(f"Of {number(explanation.words)} words {number(explanation.tried)} were tried.")


def _print_reasons(console: Console, side: str, reasons: Sequence[Reason], without: float | None, style: str) -> None:
    if reasons:
        weighed = (Text.assemble((" ".join(reason.word.split()), style), f" {reason.log_odds:+.1f}") for reason in reasons)
        words = Text(", ").join(weighed)
        console.print(Text.assemble(f"  {side:9}", words, f"; without {'them' if len(reasons) > 1 else 'it'} {without:.2f}"))


def _yes(says: bool) -> str:
    return "yes" if says else "no"


def _name(label: str) -> str:
    return _QUALITIES.get(label) or movement_name(label)
