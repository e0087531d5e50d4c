"""Loads the gate's lists and dictionaries when it is imported: for `side_by_side`, whose processes share them."""

from tinymovements.privacy import Gate

# Each language has its dictionary, each list its turn.
Gate(b"").scrub("Hei, tavataanko Testi Testaajan pihalla Helsingissä? Vi ses hos Testi på gården. See you there!")
