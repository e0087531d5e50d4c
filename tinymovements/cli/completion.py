"""`completion`: the shell completes commands and options."""

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what makes a shell complete commands and options.

    Example: tinymovements completion bash >> ~/.bashrc
    """
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101 -- click has all three
    click.echo(made(ctx.find_root().command, {}, "tinymovements", "_TINYMOVEMENTS_COMPLETE").source())
