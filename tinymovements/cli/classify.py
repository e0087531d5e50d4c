"""`classify`: what texts mean, without keeping them."""

import sys

import click


@click.command()
@click.option("--scores", is_flag=True, help="Give the probability of every movement as well.")
@click.option("--explain", is_flag=True, help="Give the words that carried each label; a text then takes a hundred times as long.")
def classify(scores: bool, explain: bool) -> None:
    """Say what texts mean: JSON Lines on standard input to JSON Lines on standard output.

    A line in holds "id", "text", and perhaps "title" and "language". One line comes out for each, in order; one that cannot be read
    becomes {"id": …, "error": …}. Personal data is scrubbed first, and nothing is kept.

    Example: tinymovements classify < posts.jsonl > classified.jsonl
    """
    from tinymovements.settings import load
    from tinymovements.workflow.classify import classify as classify_lines
    from tinymovements.workflow.classify import read_lines

    for line in classify_lines(load(), read_lines(sys.stdin.buffer), scores, explain):
        click.echo(line)
