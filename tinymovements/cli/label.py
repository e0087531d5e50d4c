"""`label` and `corrections`: people say what posts are, where the program errs."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinymovements.cli.console import SHORT, MinusWords, amount, json_option, print_json, progress
from tinymovements.corrections import WORDS, Correction, Verdict

if TYPE_CHECKING:
    from tinymovements.workflow.corrections import Outcome

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(cls=MinusWords)
@click.argument("post", required=False)
@click.argument("labels", metavar="[+LABEL|-LABEL]...", nargs=-1)
@click.option("--by", metavar="WHO", help="Who says so: a role, such as library, better than a name. It is shown and exported.")
@click.option("--undo", is_flag=True, help="Take back all that WHO said of the post; it stays in the history.")
@click.option("--file", type=_FILE, help="Take corrections from a CSV or JSON Lines file; see docs/corrections.md.")
@json_option
def label(post: str | None, labels: tuple[str, ...], by: str | None, undo: bool, file: Path | None, as_json: bool) -> None:
    """Say what a post is: +street-art that it belongs to the movement, -street-art that it does not.

    Besides movements there are initiative and self-organised. What people say wins over the program, at once and for good:
    `annotate` and `index --anew` change nothing of it, and `train` learns from it. The first characters of the post's id are
    enough. Of a file all is kept, or nothing.

    Example: tinymovements label 4k7q2m5x +street-art -pop-up-food --by library
    """
    from tinymovements.settings import load
    from tinymovements.workflow import corrections as workflow

    if mistyped := next((word for word in (post or "", *labels) if word.startswith("--")), None):
        raise click.NoSuchOption(mistyped, ctx=click.get_current_context())
    settings = load()
    if file:
        if post or undo:
            raise click.UsageError("--file says of which posts: give no POST with it, and no --undo.")
        with progress("Reading", file.stat().st_size) as advance:
            outcome = workflow.say_file(settings, file, by, lambda line: click.echo(line, err=True), advance)
    elif not post or bool(labels) == undo:
        raise click.UsageError("Give a POST and what it is, as in `4k7q2m5x +street-art`; or a POST with --undo; or --file FILE.")
    elif undo:
        outcome = workflow.take_back(settings, post, by or "")
    else:
        outcome = workflow.say(settings, post, labels, by or "")
    _print_outcome(outcome, as_json, undo)


def _print_outcome(outcome: "Outcome", as_json: bool, taken_back: bool) -> None:
    kept = outcome.kept
    if as_json:
        print_json(asdict(kept) | {"behind": outcome.behind})
        return
    known = f"; {amount(kept.known, 'was', 'were')} known already" if kept.known else ""
    what = f"{amount(kept.new, 'correction', 'corrections')} of {amount(kept.posts, 'post', 'posts')}"
    click.echo(f"Taken back: {what}." if taken_back else f"{what} kept{known}.")
    if kept.new and outcome.initiatives:
        click.echo("What it says of initiatives follows when `tinymovements resolve` has run.")
    if kept.disputed:
        click.echo(f"People disagree on {amount(kept.disputed, 'label', 'labels')}: `tinymovements corrections --disputed`.")
    if kept.not_annotated:
        lacking = amount(kept.not_annotated, "post is", "posts are")
        click.echo(f"{lacking} not annotated yet, and shown by it afterwards: `tinymovements annotate`.", err=True)
    if outcome.behind is None:
        click.echo("The index could not be asked: `tinymovements index` says why, and takes it in.", err=True)
    elif kept.new and outcome.behind:
        behind = amount(outcome.behind, "post", "posts")
        click.echo(f"The index is {behind} behind: `tinymovements index`, and filters and facets follow.", err=True)


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--disputed", is_flag=True, help="Only what people disagree on.")
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
@json_option
def corrections(file: Path | None, disputed: bool, force: bool, as_json: bool) -> None:
    """List what people said of posts and what counts of it; or write all that was ever said to FILE.

    FILE ends with .csv or .jsonl, perhaps with .gz after it; a data dictionary comes beside it, and `label --file` reads it.

    Example: tinymovements corrections --disputed
    """
    from tinymovements.settings import load
    from tinymovements.workflow.corrections import has_history, standing, write_history

    settings = load()
    if file:
        if disputed:
            raise click.UsageError("FILE gets all that was ever said: give no --disputed with it.")
        with progress("Writing", None) as advance:
            count = write_history(settings, file, force, advance)
        if as_json:
            print_json({"corrections": count, "files": [str(file), f"{file}.dictionary.csv"]})
            return
        click.echo(f"{amount(count, 'correction', 'corrections')} in {file}\nBeside it: {file}.dictionary.csv")
        return
    posts = list(standing(settings, disputed))
    if as_json:
        print_json([{"post": one.post, "labels": as_labels(one.verdicts, one.content_hash)} for one in posts])
        return
    for one in posts:
        for verdict in one.verdicts:
            click.echo(f"{one.post[:SHORT]}  {in_words(verdict, one.content_hash)}")
    if posts:
        return
    if disputed:
        click.echo("People disagree on nothing.")
    elif has_history(settings):
        click.echo("Nothing that people said counts now: `tinymovements corrections history.csv` writes all that was ever said.")
    else:
        click.echo("Nobody has said anything yet: `tinymovements label --help`.")


def in_words(verdict: Verdict, content_hash: str) -> str:
    """What counts of a label and who says so: `street-art: yes (library, 1.3.2026)`."""
    told = [f"{WORDS[vote.says]}: " * verdict.disputed + _vote(vote, content_hash) for vote in verdict.votes]
    return f"{verdict.label}: {WORDS[verdict.says]}{', disputed' if verdict.disputed else ''} ({'; '.join(told)})"


def _vote(vote: Correction, content_hash: str) -> str:
    older = "" if vote.content_hash == content_hash else ", of an older text"
    return f"{vote.by}, {vote.at.day}.{vote.at.month}.{vote.at.year}{older}"


def as_labels(counting: Sequence[Verdict], content_hash: str) -> list[dict[str, Any]]:
    """What counts of each label and who says what, for programs."""
    from tinymovements.exports.corrections import as_said  # 0.5 s that people need not wait

    return [
        {
            "label": verdict.label,
            "says": WORDS[verdict.says],
            "disputed": verdict.disputed,
            "votes": [as_said(vote) | {"older_text": vote.content_hash != content_hash} for vote in verdict.votes],
        }
        for verdict in counting
    ]
