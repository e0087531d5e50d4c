"""`python -m tinymovements` is the command `tinymovements`."""

from tinymovements.cli import main

main(prog_name="tinymovements")
